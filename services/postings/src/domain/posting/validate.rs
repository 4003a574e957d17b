//! The one door: each posting judged on its own, with the field and the reason when it is refused.
//!
//! Refused is what would mislead or harm: no title, texts beyond all measure, a link that is not a web page. An
//! optional field that makes no sense is set aside with a doubt instead; the posting is worth more than it.

use std::time::Duration;

use metier_core::Timestamp;
use serde_json::Map;

use super::pay::{Salary, currency_code};
use super::text::{plain_line, plain_text, tidy};
use super::{Country, EmploymentType, ExperienceLevel, Period, Posting, Remote, Sighting, SightingKey};
use super::{address, location};
use crate::domain::dialect::{Doubt, Markup, RawPosting, Rejection};

const TITLE_CHARS: usize = 500;
const NAME_CHARS: usize = 255;
const ID_CHARS: usize = 512;
const URL_CHARS: usize = 4_000;
const DESCRIPTION_CHARS: usize = 200_000;
const LINE_CHARS: usize = 1_000;

/// 1995-01-01: nothing offered on the web is older.
const EARLIEST: Timestamp = Timestamp::from_seconds(788_918_400);
/// Clocks and time zones differ by no more than this.
const AHEAD: Duration = Duration::from_secs(2 * 86_400);
/// An end further away than this is a default, not a date.
const FURTHEST_END: Duration = Duration::from_secs(3 * 366 * 86_400);

/// Judges one entry of `source`'s list at the moment `now`.
///
/// # Errors
/// With the field at fault, when the entry must not be shown to anyone.
pub fn validate(raw: RawPosting, source: &str, now: Timestamp) -> Result<Sighting, Rejection> {
    let (position, id) = (raw.position, raw.original_id.clone());
    check(raw, source, now).map_err(|fault| Rejection {
        position,
        original_id: Some(id),
        field: fault.field,
        reason: fault.reason,
    })
}

fn check(mut raw: RawPosting, source: &str, now: Timestamp) -> Result<Sighting, Doubt> {
    let mut doubts = std::mem::take(&mut raw.doubts);
    limit("id", &raw.original_id, ID_CHARS)?;
    let title = plain_line(&raw.title);
    if !title.chars().any(char::is_alphanumeric) {
        return Err(Doubt::new("title", "has no words"));
    }
    limit("title", &title, TITLE_CHARS)?;
    let company = raw.company.as_deref().map(plain_line).filter(|name| !name.is_empty());
    limit("company", company.as_deref().unwrap_or_default(), NAME_CHARS)?;
    let url = link(raw.url.as_deref())?;
    let description = match &raw.description {
        Some(Markup::Html(html)) => plain_text(html),
        Some(Markup::Text(text)) => tidy(text),
        None => String::new(),
    };
    limit("description", &description, DESCRIPTION_CHARS)?;
    let (published_at, expires_at) = dates(&raw, now, &mut doubts);
    let mut posting =
        Posting { title, company, url, description, published_at, expires_at, ..Posting::default() };
    place(&mut posting, &raw);
    describe(&mut posting, &mut raw, &mut doubts);
    let key = SightingKey::new(source, raw.original_id);
    Ok(Sighting { key, posting, removed: raw.removed, payload: raw.payload, doubts })
}

fn limit(field: &str, text: &str, most: usize) -> Result<(), Doubt> {
    let length = text.chars().count();
    if length > most {
        return Err(Doubt::new(field, format!("has {length} characters, more than the {most} allowed")));
    }
    Ok(())
}

fn link(written: Option<&str>) -> Result<Option<String>, Doubt> {
    let Some(written) = written else { return Ok(None) };
    limit("url", written, URL_CHARS)?;
    let url = address::parse_link(written).map_err(|reason| Doubt::new("url", reason))?;
    Ok(Some(url.into()))
}

fn dates(
    raw: &RawPosting,
    now: Timestamp,
    doubts: &mut Vec<Doubt>,
) -> (Option<Timestamp>, Option<Timestamp>) {
    let mut keep = |field: &str, moment: Option<Timestamp>, latest: Timestamp| {
        let moment = moment?;
        if (EARLIEST..=latest).contains(&moment) {
            return Some(moment);
        }
        doubts.push(Doubt::new(field, format!("{moment} is too far from now")));
        None
    };
    let published = keep("published_at", raw.published_at, now.plus(AHEAD));
    let expires = keep("expires_at", raw.expires_at, now.plus(FURTHEST_END));
    match (published, expires) {
        (Some(start), Some(end)) if end < start => {
            doubts.push(Doubt::new("expires_at", format!("{end} lies before the publication {start}")));
            (published, None)
        }
        dates => dates,
    }
}

fn place(posting: &mut Posting, raw: &RawPosting) {
    let written: Vec<String> = raw.locations.iter().map(|text| plain_text(text)).collect();
    posting.locations = location::split_places(&written);
    posting.locations.retain(|place| place.chars().count() <= LINE_CHARS);
    let name = |text: &Option<String>| {
        text.as_deref().map(plain_line).filter(|text| !text.is_empty() && text.chars().count() <= NAME_CHARS)
    };
    posting.region = name(&raw.region);
    posting.municipality = name(&raw.municipality);
    let told = raw.country.as_deref().and_then(Country::parse);
    posting.country = told.or_else(|| posting.locations.iter().find_map(|place| Country::in_location(place)));
    posting.remote = match raw.remote {
        Some(true) => Remote::Yes,
        _ if posting.locations.iter().any(|place| location::is_anywhere(place)) => Remote::Yes,
        Some(false) => Remote::No,
        None => Remote::Unknown,
    };
}

fn describe(posting: &mut Posting, raw: &mut RawPosting, doubts: &mut Vec<Doubt>) {
    posting.salary_text = raw.salary.as_deref().map(plain_line).filter(|text| !text.is_empty());
    posting.salary = salary(raw, posting.salary_text.as_deref(), doubts);
    posting.employment_type = raw.employment_type.as_deref().and_then(EmploymentType::parse);
    posting.experience_level = raw.experience_level.as_deref().and_then(ExperienceLevel::parse);
    posting.requirements = lines(&raw.requirements);
    posting.benefits = lines(&raw.benefits);
    posting.must_have = lines(&raw.must_have);
    posting.nice_to_have = lines(&raw.nice_to_have);
    posting.language = language(raw.language.as_deref(), &posting.description);
    posting.fields = std::mem::replace(&mut raw.fields, Map::new());
}

fn lines(written: &[String]) -> Vec<String> {
    let tidy = written.iter().map(|line| plain_line(line));
    tidy.filter(|line| !line.is_empty() && line.chars().count() <= LINE_CHARS).collect()
}

fn salary(raw: &RawPosting, words: Option<&str>, doubts: &mut Vec<Doubt>) -> Option<Salary> {
    let numbers = Salary::from_minor(raw.salary_min, raw.salary_max).unwrap_or_else(|reason| {
        doubts.push(Doubt::new("salary_min", reason));
        None
    });
    let spoken = words.and_then(Salary::from_words);
    let Some(salary) = numbers else { return spoken };
    let currency = raw.salary_currency.as_deref().and_then(currency_code);
    let period = raw.salary_period.as_deref().or(words).and_then(Period::parse);
    let currency = currency.or_else(|| spoken.and_then(|spoken| spoken.currency));
    Some(Salary { currency, period, ..salary })
}

/// The language told, or the one the text is plainly written in.
fn language(told: Option<&str>, text: &str) -> Option<String> {
    let told = told.map(|told| told.trim().to_ascii_lowercase());
    let code = told.filter(|code| code.len() == 2 && code.bytes().all(|byte| byte.is_ascii_lowercase()));
    code.or_else(|| detect(text).map(str::to_owned))
}

fn detect(text: &str) -> Option<&'static str> {
    let start: String = text.chars().take(600).collect();
    let found = whatlang::detect(&start).filter(whatlang::Info::is_reliable)?;
    match found.lang() {
        whatlang::Lang::Swe => Some("sv"),
        whatlang::Lang::Eng => Some("en"),
        whatlang::Lang::Deu => Some("de"),
        whatlang::Lang::Fra => Some("fr"),
        whatlang::Lang::Nld => Some("nl"),
        whatlang::Lang::Pol => Some("pl"),
        whatlang::Lang::Spa => Some("es"),
        whatlang::Lang::Ita => Some("it"),
        whatlang::Lang::Nob => Some("no"),
        whatlang::Lang::Dan => Some("da"),
        whatlang::Lang::Fin => Some("fi"),
        whatlang::Lang::Por => Some("pt"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::dialect::{Limits, read_listing};
    use proptest::prelude::*;

    const NOW: Timestamp = Timestamp::from_seconds(1_760_000_000);

    fn judge(entry: &str) -> Result<Sighting, Rejection> {
        let body = format!("[{entry}]");
        let mut listing = read_listing(200, body.as_bytes(), &Limits::default()).unwrap();
        validate(listing.postings.remove(0)?, "test", NOW)
    }

    #[test]
    fn a_full_posting_is_normalized() {
        let sighting = judge(
            r#"{"id":"af-1","title":"<b>Utvecklare</b> &amp; arkitekt","company":" Acme  AB ","location":"Lund, Sverige",
               "salary":"30 000 - 40 000 kr/mån","is_remote":false,"url":"https://a.example/1","employment_type":"Heltid",
               "description":"<p>Vi söker en erfaren utvecklare som vill arbeta med oss i Lund och trivs med det.</p>",
               "posted_date":"2025-09-11T11:25:57","fields":{"region":"Skåne län","municipality":"Lund"}}"#,
        )
        .unwrap();
        let posting = sighting.posting;
        assert_eq!(posting.title, "Utvecklare & arkitekt");
        assert_eq!(posting.company.as_deref(), Some("Acme AB"));
        assert_eq!(posting.country.unwrap().code(), "SE");
        assert_eq!(posting.salary.unwrap().minimum, Some(3_000_000));
        assert_eq!(posting.remote, Remote::Unknown);
        assert_eq!(posting.employment_type, Some(EmploymentType::FullTime));
        assert_eq!(posting.language.as_deref(), Some("sv"));
        assert_eq!(posting.region.as_deref(), Some("Skåne län"));
        assert!(sighting.doubts.is_empty());
    }

    #[test]
    fn what_would_harm_is_refused_by_field() {
        let field = |entry: &str| judge(entry).unwrap_err().field;
        assert_eq!(field(r#"{"id":"1","title":"<br/> - "}"#), "title");
        assert_eq!(field(&format!(r#"{{"id":"1","title":"{}"}}"#, "x".repeat(501))), "title");
        assert_eq!(field(r#"{"id":"1","title":"Nurse","url":"javascript:alert(1)"}"#), "url");
        assert_eq!(
            field(&format!(r#"{{"id":"1","title":"Nurse","company":"{}"}}"#, "x".repeat(256))),
            "company"
        );
    }

    #[test]
    fn senseless_dates_are_set_aside_with_a_doubt() {
        let sighting =
            judge(r#"{"id":"1","title":"Nurse","posted_date":"2099-01-01","expires_date":"2025-10-09"}"#);
        let sighting = sighting.unwrap();
        assert_eq!(sighting.posting.published_at, None);
        assert_eq!(sighting.doubts[0].field, "published_at");
        let backwards =
            judge(r#"{"id":"1","title":"Nurse","posted_date":"2025-09-01","expires_date":"2025-08-01"}"#);
        assert_eq!(backwards.unwrap().posting.expires_at, None);
    }

    proptest! {
        #[test]
        fn validating_any_text_never_panics(title in "\\PC{0,30}", text in "\\PC{0,80}", place in "\\PC{0,20}") {
            let raw = RawPosting {
                original_id: "1".into(), title, description: Some(Markup::Html(text)), locations: vec![place], ..RawPosting::default()
            };
            let _ = validate(raw, "test", NOW);
        }
    }
}
