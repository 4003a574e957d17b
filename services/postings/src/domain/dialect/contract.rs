//! Contract 2: one JSON object a line, read one at a time as the stream arrives.
//!
//! A line that cannot be read is a rejection of that line; the stream goes on.

use metier_core::Timestamp;
use serde_json::{Map, Value};

use super::decode::shorten;
use super::reader::Reader;
use super::record::{self, Markup, RawPosting, reject};
use super::{Limits, Rejection};

/// The largest checkpoint that is kept.
const CHECKPOINT_BYTES: usize = 64 << 10;

/// One line of a sync stream.
#[derive(Clone, Debug, PartialEq)]
pub enum Line {
    /// An ad on offer.
    Posting(Box<RawPosting>),
    /// An ad that the source took down.
    Removed {
        /// The source's own id.
        original_id: String,
        /// When it was taken down, if the source tells.
        removed_at: Option<Timestamp>,
    },
    /// An ad that the plugin, or this reader, could not turn into a posting.
    Rejected(Rejection),
    /// All lines above are done; the next sync may begin here.
    Checkpoint(Value),
    /// A part of the source failed and the rest went on.
    Warning(String),
    /// The last line.
    End(End),
    /// A type this version does not know, to be skipped.
    Unknown,
}

/// How a stream ended.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct End {
    /// Whether this stream alone held every posting on offer.
    pub complete: bool,
    /// Whether the plugin stopped before it was through.
    pub more: bool,
    /// Postings, removals and rejections that the plugin counted.
    pub fetched: Option<u64>,
    /// Why the sync failed.
    pub error: Option<String>,
    /// Anything worth a line in the sync log.
    pub note: Option<String>,
}

/// Reads the line at `position` of the stream.
pub fn read_line(position: usize, line: &[u8], limits: &Limits) -> Line {
    read(position, line, limits).unwrap_or_else(Line::Rejected)
}

fn read(position: usize, line: &[u8], limits: &Limits) -> Result<Line, Rejection> {
    let whole = |reason: String| reject(position, None, "line", reason);
    let text = std::str::from_utf8(line).map_err(|_| whole("is not UTF-8 text".to_owned()))?;
    let value = record::parse(text.trim(), false, limits).map_err(whole)?;
    let object = value.as_object().ok_or_else(|| whole("is not an object".to_owned()))?;
    let mut reader = Reader::strict(object);
    match reader.text(&["type"]).as_deref() {
        Some("posting") => posting(position, object, text),
        Some("removed") => removed(position, reader),
        Some("rejected") => Ok(Line::Rejected(rejected(position, reader))),
        Some("checkpoint") => checkpoint(position, object),
        Some("warning") => Ok(Line::Warning(shorten(&reader.text(&["reason"]).unwrap_or_default()))),
        Some("end") => Ok(Line::End(end(reader))),
        Some(_) => Ok(Line::Unknown),
        None => Err(whole("names no type".to_owned())),
    }
}

fn removed(position: usize, mut from: Reader<'_>) -> Result<Line, Rejection> {
    let original_id = from.text(&["original_id"]).ok_or_else(|| no_id(position))?;
    Ok(Line::Removed { original_id, removed_at: from.moment(&["removed_at"]) })
}

fn no_id(position: usize) -> Rejection {
    reject(position, None, "original_id", "is missing")
}

/// A plugin's reason begins with the field, as in "title: is empty".
fn rejected(position: usize, mut from: Reader<'_>) -> Rejection {
    let original_id = from.text(&["original_id"]);
    let reason = shorten(&from.text(&["reason"]).unwrap_or_default());
    match reason.split_once(": ") {
        Some((field, reason)) if !field.contains(' ') => reject(position, original_id, field, reason),
        _ => reject(position, original_id, "posting", reason),
    }
}

fn checkpoint(position: usize, object: &Map<String, Value>) -> Result<Line, Rejection> {
    let value = object.get("checkpoint").cloned().unwrap_or(Value::Null);
    let bytes = value.to_string().len();
    if bytes > CHECKPOINT_BYTES {
        let reason = format!("has {bytes} bytes, more than the {CHECKPOINT_BYTES} allowed");
        return Err(reject(position, None, "checkpoint", reason));
    }
    Ok(Line::Checkpoint(value))
}

fn end(mut from: Reader<'_>) -> End {
    let more = from.boolean(&["more"]).unwrap_or_default();
    let error = from.text(&["error"]).map(|text| shorten(&text));
    End {
        complete: from.boolean(&["complete"]).unwrap_or_default() && !more && error.is_none(),
        more,
        fetched: from.text(&["fetched"]).and_then(|number| number.parse().ok()),
        error,
        note: from.text(&["note"]).map(|text| shorten(&text)),
    }
}

fn posting(position: usize, line: &Map<String, Value>, payload: &str) -> Result<Line, Rejection> {
    let object = line.get("posting").and_then(Value::as_object);
    let object = object.ok_or_else(|| reject(position, None, "posting", "is not an object"))?;
    let mut from = Reader::strict(object);
    let original_id = from.text(&["original_id"]).ok_or_else(|| no_id(position))?;
    let Some(title) = from.text(&["title"]) else {
        return Err(reject(position, Some(original_id), "title", "is missing or is not text"));
    };
    let mut posting = fill(&mut from);
    place(&mut posting, &mut from);
    pay(&mut posting, &mut from);
    occupation(&mut posting, &from);
    let payload = payload.trim().to_owned();
    let posting = RawPosting { position, original_id, title, payload, ..posting };
    Ok(Line::Posting(Box::new(RawPosting { doubts: from.doubts, ..posting })))
}

fn fill(from: &mut Reader<'_>) -> RawPosting {
    let skills = |from: &Reader<'_>, name: &str| {
        from.within("skills").map(|mut skills| skills.list(&[name])).unwrap_or_default()
    };
    RawPosting {
        company: from.text(&["company"]),
        description: description(from),
        url: from.text(&["url"]),
        employment_type: from.text(&["employment_type"]),
        experience_level: from.text(&["experience_level"]),
        remote: from.boolean(&["remote"]),
        published_at: from.moment(&["published_at"]),
        expires_at: from.moment(&["expires_at"]),
        language: from.text(&["language"]),
        requirements: from.list(&["requirements"]),
        benefits: from.list(&["benefits"]),
        must_have: skills(from, "must"),
        nice_to_have: skills(from, "nice"),
        fields: from.free_fields(),
        ..RawPosting::default()
    }
}

/// An object tells its format; a bare text may be anything.
fn description(from: &mut Reader<'_>) -> Option<Markup> {
    let Some(mut inner) = from.within("description") else {
        return from.text(&["description"]).map(Markup::Html);
    };
    let content = inner.text(&["content"])?;
    let is_text = inner.text(&["format"]).as_deref() == Some("text");
    Some(if is_text { Markup::Text(content) } else { Markup::Html(content) })
}

fn place(posting: &mut RawPosting, from: &mut Reader<'_>) {
    let Some(mut inner) = from.within("location") else {
        posting.locations = from.list(&["locations", "location"]);
        return;
    };
    posting.locations = inner.list(&["text"]);
    posting.country = inner.text(&["country"]);
    posting.region = inner.text(&["region"]);
    posting.municipality = inner.text(&["municipality"]);
    if posting.locations.is_empty() {
        posting.locations = posting.municipality.clone().into_iter().collect();
    }
    from.doubts.append(&mut inner.doubts);
}

fn pay(posting: &mut RawPosting, from: &mut Reader<'_>) {
    let Some(mut inner) = from.within("salary") else {
        posting.salary = from.text(&["salary"]);
        return;
    };
    posting.salary = inner.text(&["text"]);
    posting.salary_min = inner.number(&["min"]);
    posting.salary_max = inner.number(&["max"]);
    posting.salary_currency = inner.text(&["currency"]);
    posting.salary_period = inner.text(&["period"]);
    if inner.boolean(&["estimated"]) == Some(true) {
        posting.fields.insert("salary_estimated".to_owned(), Value::Bool(true));
    }
    from.doubts.append(&mut inner.doubts);
}

/// The occupation goes to the free fields under the names that OpenJobs' clients know.
fn occupation(posting: &mut RawPosting, from: &Reader<'_>) {
    let Some(mut inner) = from.within("occupation") else { return };
    let names = [
        ("label", "occupation"),
        ("code", "occupation_code"),
        ("group", "occupation_group"),
        ("field", "occupation_field"),
    ];
    for (name, key) in names {
        if let Some(text) = inner.text(&[name]) {
            posting.fields.insert(key.to_owned(), Value::String(text));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn line(text: &str) -> Line {
        read_line(3, text.as_bytes(), &Limits::default())
    }

    fn posting_of(text: &str) -> RawPosting {
        match line(text) {
            Line::Posting(posting) => *posting,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_posting_line_keeps_every_field() {
        let posting = posting_of(
            r#"{"type":"posting","posting":{"original_id":"7","title":"Nurse","remote":"no","skills":{"must":["Care"],"nice":[]},
            "description":{"format":"text","content":"a < b"},"location":{"country":"SE","municipality":"Lund"},
            "salary":{"min":3000000,"max":3500000,"currency":"SEK","period":"month","estimated":true},
            "occupation":{"label":"Nurse","group":"Nurses"},"fields":{"url":"not the url"},"published_at":"2025-09-11T11:25:57+02:00"}}"#,
        );
        assert_eq!((posting.position, posting.original_id.as_str()), (3, "7"));
        assert_eq!(posting.description, Some(Markup::Text("a < b".to_owned())));
        assert_eq!(
            (posting.salary_min, posting.salary_period.as_deref()),
            (Some(3_000_000.0), Some("month"))
        );
        assert_eq!((posting.remote, posting.url), (Some(false), None));
        assert_eq!((posting.country.as_deref(), posting.locations), (Some("SE"), vec!["Lund".to_owned()]));
        assert_eq!(posting.must_have, ["Care"]);
        assert_eq!(posting.fields["occupation_group"], "Nurses");
        assert_eq!(posting.fields["salary_estimated"], true);
        assert!(posting.doubts.is_empty());
    }

    #[test]
    fn each_kind_of_line_is_understood() {
        assert!(matches!(line(r#"{"type":"removed","original_id":"1"}"#), Line::Removed { .. }));
        assert_eq!(
            line(r#"{"type":"checkpoint","checkpoint":{"a":1}}"#),
            Line::Checkpoint(serde_json::json!({"a":1}))
        );
        assert_eq!(line(r#"{"type":"warning","reason":"slow"}"#), Line::Warning("slow".to_owned()));
        assert_eq!(line(r#"{"type":"later"}"#), Line::Unknown);
        let Line::Rejected(no) = line(r#"{"type":"rejected","original_id":"9","reason":"title: is empty"}"#)
        else {
            panic!()
        };
        assert_eq!(
            (no.original_id.as_deref(), no.field.as_str(), no.reason.as_str()),
            (Some("9"), "title", "is empty")
        );
    }

    #[test]
    fn a_stream_with_more_or_an_error_is_never_complete() {
        let complete = |text: &str| matches!(line(text), Line::End(End { complete: true, .. }));
        assert!(complete(r#"{"type":"end","complete":true,"more":false,"fetched":3}"#));
        assert!(!complete(r#"{"type":"end","complete":true,"more":true}"#));
        assert!(!complete(r#"{"type":"end","complete":true,"error":"source down"}"#));
        assert!(!complete(r#"{"type":"end"}"#));
    }

    #[test]
    fn a_bad_line_is_a_rejection_and_not_the_end() {
        for (bad, field) in [
            ("{", "line"),
            ("[]", "line"),
            (r#"{"type":"posting","posting":{"title":"x"}}"#, "original_id"),
            (r#"{"type":"posting","posting":{"original_id":"1"}}"#, "title"),
            (r#"{"type":"posting","posting":7}"#, "posting"),
        ] {
            let Line::Rejected(no) = line(bad) else { panic!("{bad}") };
            assert_eq!((no.position, no.field.as_str()), (3, field), "{bad}");
        }
        assert!(matches!(read_line(0, b"{\"type\":\"\xff\"}", &Limits::default()), Line::Rejected(_)));
    }

    proptest! {
        #[test]
        fn reading_any_line_never_panics(bytes in proptest::collection::vec(any::<u8>(), 0..80)) {
            let _ = read_line(0, &bytes, &Limits::default());
        }

        #[test]
        fn reading_any_listing_never_panics(text in "[\\[\\]{}\":,a-z0-9 ]{0,80}") {
            let _ = crate::domain::dialect::read_listing(200, text.as_bytes(), &Limits::default());
        }
    }
}
