//! One `JobPost` as plugins of the brief's contract send it, with every field kept.

use super::reader::Reader;
use super::record::{self, Markup, RawPosting, reject};
use super::{Limits, Rejection};

/// Legacy salaries are whole units of the currency.
const MINOR_UNITS: f64 = 100.0;

/// Reads one entry of a legacy list.
pub(super) fn read(
    position: usize,
    raw: &str,
    damaged: bool,
    limits: &Limits,
) -> Result<RawPosting, Rejection> {
    let whole = |reason: String| reject(position, None, "posting", reason);
    let value = record::parse(raw, damaged, limits).map_err(whole)?;
    let object = value.as_object().ok_or_else(|| whole("is not an object".to_owned()))?;
    let mut reader = Reader::lenient(object);
    let told = reader.text(&["original_id"]).or_else(|| reader.text(&["id", "url", "source_url"]));
    let original_id =
        told.ok_or_else(|| reject(position, None, "id", "has neither an id nor a url to tell it by"))?;
    match reader.text(&["title", "headline"]) {
        Some(title) => {
            Ok(RawPosting { position, payload: raw.to_owned(), ..fill(reader, original_id, title) })
        }
        None => Err(reject(position, Some(original_id), "title", "is missing or is not text")),
    }
}

/// Legacy plugins write `is_remote: false` when they found no keyword, so their "no" means "not said".
fn remote(from: &mut Reader<'_>) -> Option<bool> {
    from.boolean(&["remote"]).or_else(|| from.boolean(&["is_remote"]).filter(|yes| *yes))
}

fn fill(mut from: Reader<'_>, original_id: String, title: String) -> RawPosting {
    let posting = RawPosting {
        original_id,
        title,
        company: from.text(&["company", "company_name", "employer"]),
        description: from.text(&["description"]).map(Markup::Html),
        locations: from.list(&["locations", "location"]),
        salary: from.text(&["salary"]),
        salary_min: from.number(&["salary_min"]).map(|units| units * MINOR_UNITS),
        salary_max: from.number(&["salary_max"]).map(|units| units * MINOR_UNITS),
        salary_currency: from.text(&["salary_currency"]),
        salary_period: from.text(&["salary_period"]),
        remote: remote(&mut from),
        url: from.text(&["url", "source_url", "apply_url"]),
        employment_type: from.text(&["employment_type"]),
        experience_level: from.text(&["experience_level"]),
        published_at: from.moment(&["published_at", "posted_date", "date_posted"]),
        expires_at: from.moment(&["expires_at", "expires_date"]),
        removed: from.boolean(&["removed"]).unwrap_or_default(),
        requirements: from.list(&["requirements"]),
        benefits: from.list(&["benefits"]),
        must_have: from.list(&["must_have", "must_have_skills"]),
        nice_to_have: from.list(&["nice_to_have", "nice_to_have_skills"]),
        country: from.text(&["country", "country_code"]),
        region: from.text(&["region"]),
        municipality: from.text(&["municipality"]),
        language: from.text(&["language"]),
        fields: from.free_fields(),
        ..RawPosting::default()
    };
    RawPosting { doubts: from.doubts, ..posting }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::dialect::read_listing;

    fn read_all(body: &[u8]) -> Vec<Result<RawPosting, Rejection>> {
        read_listing(200, body, &Limits::default()).unwrap().postings
    }

    #[test]
    fn no_field_of_a_job_post_is_dropped() {
        let body = br#"[{"id":7,"title":"Nurse","salary_min":100,"salary_max":"200.5","salary_currency":"SEK",
            "is_remote":true,"url":"https://a.example/1","posted_date":"2025-01-02","requirements":null,
            "benefits":["Bike"],"fields":{"original_id":"x7","region":"Skane","must_have_skills":[{"label":"Rust"}]}}]"#;
        let posting = read_all(body).remove(0).unwrap();
        assert_eq!(posting.original_id, "x7");
        assert_eq!((posting.salary_min, posting.salary_max), (Some(10_000.0), Some(20_050.0)));
        assert_eq!((posting.remote, posting.url.as_deref()), (Some(true), Some("https://a.example/1")));
        assert_eq!((posting.region.as_deref(), posting.must_have), (Some("Skane"), vec!["Rust".to_owned()]));
        assert_eq!(posting.published_at.unwrap().to_string(), "2025-01-02T00:00:00Z");
        assert!(posting.doubts.is_empty());
    }

    #[test]
    fn a_wrong_optional_field_is_set_aside_and_the_posting_kept() {
        let posting = read_all(br#"[{"id":"a","title":"Nurse","salary_min":"lots","posted_date":"soon"}]"#);
        let doubts = posting[0].as_ref().unwrap().doubts.clone();
        let fields: Vec<_> = doubts.iter().map(|doubt| doubt.field.as_str()).collect();
        assert_eq!(fields, ["salary_min", "published_at"]);
    }

    #[test]
    fn one_bad_posting_never_loses_the_batch() {
        let deep = format!(r#"{{"id":"d","title":"x","f":{}1{}}}"#, "[".repeat(5_000), "]".repeat(5_000));
        let good = r#"{"id":"g","title":"Good"}"#;
        let body = format!(
            r#"[{good},{deep},7,{{"id":"t"}},{{"title":"no id"}},{{"id":"h","title":9e999}},{good}]"#
        );
        let mut bytes = body.into_bytes();
        bytes.truncate(bytes.len() - 1);
        bytes.extend_from_slice(b",{\"id\":\"u\",\"title\":\"\xff\"}]");
        let outcomes: Vec<_> = read_all(&bytes)
            .into_iter()
            .map(|outcome| outcome.map(|posting| posting.original_id).map_err(|no| (no.position, no.field)))
            .collect();
        assert_eq!(outcomes[0], Ok("g".to_owned()));
        assert_eq!(outcomes[6], Ok("g".to_owned()));
        let fields: Vec<_> = outcomes.iter().filter_map(|outcome| outcome.clone().err()).collect();
        let expected =
            [(1, "posting"), (2, "posting"), (3, "title"), (4, "id"), (5, "posting"), (7, "posting")];
        assert_eq!(fields, expected.map(|(position, field)| (position, field.to_owned())));
    }
}
