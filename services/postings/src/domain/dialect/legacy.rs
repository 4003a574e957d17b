//! The replies of plugins written for the brief's contract, in every dialect that shipped.
//!
//! Success is `success: true`, `status: "success"`, or neither of them with HTTP 200. The list lies under
//! `data` or `jobs`, or is the reply itself; `null` there is an empty list, as some languages write one.
//! An error is JSON under `error`, `message` or `detail`, or plain text.

use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;

use super::decode::{self, Body};
use super::{Limits, RawPosting, Refusal, Rejection, job_post};

/// A reply to `GET /jobs`: every entry either read or rejected, in order.
#[derive(Debug)]
pub struct Listing {
    /// One result for each entry of the list.
    pub postings: Vec<Result<RawPosting, Rejection>>,
    /// What the plugin said beside the list.
    pub message: Option<String>,
    /// How many postings the plugin claims to have sent.
    pub announced: Option<u64>,
}

#[derive(Default, Deserialize)]
struct Envelope<'a> {
    #[serde(borrow, default, deserialize_with = "present")]
    success: Option<&'a RawValue>,
    #[serde(borrow, default, deserialize_with = "present")]
    status: Option<&'a RawValue>,
    #[serde(borrow, default, deserialize_with = "present")]
    data: Option<&'a RawValue>,
    #[serde(borrow, default, deserialize_with = "present")]
    jobs: Option<&'a RawValue>,
    #[serde(borrow, default, deserialize_with = "present")]
    count: Option<&'a RawValue>,
    #[serde(borrow, default, deserialize_with = "present")]
    error: Option<&'a RawValue>,
    #[serde(borrow, default, deserialize_with = "present")]
    message: Option<&'a RawValue>,
    #[serde(borrow, default, deserialize_with = "present")]
    detail: Option<&'a RawValue>,
}

/// Keeps `null` apart from absence: `"data": null` is an empty list, no `data` is no list.
fn present<'de, D: Deserializer<'de>>(value: D) -> Result<Option<&'de RawValue>, D::Error> {
    <&RawValue>::deserialize(value).map(Some)
}

impl Envelope<'_> {
    fn failed(&self) -> bool {
        match self.success.map(RawValue::get) {
            Some("false") => true,
            Some("true") => false,
            _ => text_of(self.status).is_some_and(|status| !is_success(&status)),
        }
    }

    fn words(&self) -> Option<String> {
        let spoken = [self.error, self.message, self.detail];
        spoken.into_iter().find_map(text_of).map(|words| decode::shorten(&words))
    }

    fn list(&self) -> Option<&str> {
        let given = [self.data, self.jobs].into_iter().flatten().map(RawValue::get);
        let mut empty = None;
        for value in given {
            match value.as_bytes().first() {
                Some(b'[') => return Some(value),
                Some(b'n') => empty = Some("[]"),
                _ => {}
            }
        }
        empty
    }
}

fn is_success(status: &str) -> bool {
    ["success", "ok", "200"].contains(&status.to_ascii_lowercase().as_str())
}

/// A string's content, or any other value but `null` as it was written.
fn text_of(value: Option<&RawValue>) -> Option<String> {
    let raw = value?.get();
    let text = serde_json::from_str::<String>(raw).unwrap_or_else(|_| raw.to_owned());
    (raw != "null" && !text.trim().is_empty()).then_some(text)
}

/// Reads a reply to `GET /jobs`.
///
/// # Errors
/// When the reply as a whole is a failure, too large, not JSON, or holds no list.
pub fn read_listing(status: u16, body: &[u8], limits: &Limits) -> Result<Listing, Refusal> {
    let body = decode::decode(body, limits)?;
    let text = body.text.trim();
    if text.starts_with('[') && is_ok(status) {
        return listing(text, &body, limits, &Envelope::default());
    }
    let envelope = envelope(status, text)?;
    let list = envelope.list().ok_or(Refusal::NoList)?;
    listing(list, &body, limits, &envelope)
}

/// Reads a reply to `POST /sync`, giving the plugin's message if it sent one.
///
/// # Errors
/// When the plugin reports a failure.
pub fn read_sync_answer(status: u16, body: &[u8], limits: &Limits) -> Result<Option<String>, Refusal> {
    let body = decode::decode(body, limits)?;
    let text = body.text.trim();
    if is_ok(status) && !text.starts_with('{') {
        return Ok((!text.is_empty()).then(|| decode::shorten(text)));
    }
    envelope(status, text).map(|envelope| envelope.words())
}

fn envelope(status: u16, text: &str) -> Result<Envelope<'_>, Refusal> {
    let parsed = decode::parse::<Envelope<'_>>(text);
    let failed = |message: String| Refusal::Failed { status, message };
    match parsed {
        Ok(envelope) if is_ok(status) && !envelope.failed() => Ok(envelope),
        Ok(envelope) => Err(failed(envelope.words().unwrap_or_else(|| decode::shorten("")))),
        Err(_) if !is_ok(status) => Err(failed(decode::shorten(text))),
        Err(refusal) => Err(refusal),
    }
}

fn is_ok(status: u16) -> bool {
    (200..300).contains(&status)
}

fn listing(
    list: &str,
    body: &Body<'_>,
    limits: &Limits,
    envelope: &Envelope<'_>,
) -> Result<Listing, Refusal> {
    let read =
        |(position, raw): (usize, &RawValue)| job_post::read(position, raw.get(), body.damaged, limits);
    let postings = decode::entries(list, limits)?.into_iter().enumerate().map(read).collect();
    let announced = text_of(envelope.count).and_then(|count| count.parse().ok());
    Ok(Listing { postings, message: envelope.words(), announced })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn titles(body: &str) -> Vec<String> {
        let listing = read_listing(200, body.as_bytes(), &Limits::default()).unwrap();
        listing.postings.into_iter().map(|posting| posting.unwrap().title).collect()
    }

    #[test]
    fn every_shipped_envelope_yields_its_list() {
        let list = r#"[{"id":"a","title":"Nurse"}]"#;
        for reply in [
            format!(r#"{{"success":true,"data":{list},"count":1}}"#),
            format!(r#"{{"status":"success","count":1,"jobs":{list}}}"#),
            format!(r#"{{"success":true,"count":1,"data":{list},"method":"headless_chrome"}}"#),
            format!(r#"{{"data":null,"jobs":{list}}}"#),
            list.to_owned(),
        ] {
            assert_eq!(titles(&reply), ["Nurse"], "{reply}");
        }
        assert!(titles(r#"{"success":true,"data":null}"#).is_empty());
    }

    #[test]
    fn a_failure_is_read_from_json_and_from_plain_text() {
        let refusal = |status, body: &str| {
            read_listing(status, body.as_bytes(), &Limits::default()).unwrap_err().to_string()
        };
        assert!(refusal(500, "Sync failed: no key").ends_with("HTTP 500: Sync failed: no key"));
        assert!(refusal(500, r#"{"success":false,"error":"no key"}"#).ends_with("no key"));
        assert!(refusal(200, r#"{"success":false,"error":"no key"}"#).ends_with("no key"));
        assert!(refusal(500, r#"{"status":"error","error":"no key"}"#).ends_with("no key"));
        assert!(refusal(422, r#"{"detail":[{"loc":["body"]}]}"#).contains("loc"));
        assert!(refusal(502, "").ends_with("no reason given"));
    }

    #[test]
    fn a_sync_answer_gives_the_plugins_message_or_its_failure() {
        let read = |status, body: &str| read_sync_answer(status, body.as_bytes(), &Limits::default());
        assert_eq!(read(200, r#"{"success":true,"message":"done"}"#), Ok(Some("done".to_owned())));
        assert_eq!(read(200, r#"{"status":"success"}"#), Ok(None));
        assert!(read(500, "Sync failed: timeout").is_err());
        assert!(read(200, r#"{"status":"error","error":"timeout"}"#).is_err());
    }

    #[test]
    fn a_reply_that_breaks_off_is_refused_with_the_place() {
        let cut = br#"{"success":true,"data":[{"id":"a","title":"Nu"#;
        let refusal = read_listing(200, cut, &Limits::default()).unwrap_err();
        assert!(matches!(refusal, Refusal::NotJson { line: 1, .. }), "{refusal}");
    }

    #[test]
    fn limits_are_named_in_the_refusal() {
        let small = Limits { body_bytes: 20, ..Limits::default() };
        let refusal = read_listing(200, &[b' '; 21], &small).unwrap_err();
        assert_eq!(refusal, Refusal::TooLarge { bytes: 21, limit: 20 });
        let few = Limits { postings: 1, ..Limits::default() };
        let refusal = read_listing(200, b"[1,2]", &few).unwrap_err();
        assert_eq!(refusal, Refusal::TooMany { count: 2, limit: 1 });
    }
}
