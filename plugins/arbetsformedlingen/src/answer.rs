//! The envelopes a search may come in, and those that are refused.

use metier_plugin_sdk::SyncError;
use serde_json::Value;

/// One answer of the API.
#[derive(Debug, PartialEq)]
pub(crate) struct Answer {
    pub(crate) ads: Vec<Value>,
    /// How many ads match in all; none for an answer that has no pages.
    pub(crate) total: Option<u64>,
}

/// Opens the envelope: `{total: {value}, hits: [...]}`, or the plain array of older endpoints, which holds everything.
pub(crate) fn open(answer: Value) -> Result<Answer, SyncError> {
    match answer {
        Value::Array(ads) => Ok(Answer { ads, total: None }),
        Value::Object(mut envelope) => {
            let total = envelope.get("total").and_then(|total| total["value"].as_u64());
            match (envelope.remove("hits"), total) {
                (Some(Value::Array(ads)), Some(total)) => Ok(Answer { ads, total: Some(total) }),
                (Some(Value::Array(_)), None) => Err(unreadable("it has hits but no total.value")),
                (Some(Value::Object(hits)), _) if hits.contains_key("hits") => Err(unreadable(
                    "it is the Elasticsearch envelope of before 2019 (hits.hits._source), not JobSearch's; check AF_BASE_URL",
                )),
                _ => Err(unreadable("it has no list of hits; check AF_BASE_URL")),
            }
        }
        _ => Err(unreadable("it is neither an object nor a list")),
    }
}

fn unreadable(reason: &str) -> SyncError {
    SyncError::Unreadable(reason.to_owned())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    #[test]
    fn both_envelopes_in_use_are_opened() {
        let answer = open(json!({"total": {"value": 7}, "hits": [{"id": "1"}]})).unwrap();
        assert_eq!(answer, Answer { ads: vec![json!({"id": "1"})], total: Some(7) });
        assert_eq!(open(json!([{"id": 1}])).unwrap(), Answer { ads: vec![json!({"id": 1})], total: None });
    }

    #[test]
    fn the_old_envelope_is_refused_by_name() {
        let error = open(json!({"took": 5, "hits": {"total": 2, "hits": [{"_source": {}}]}})).unwrap_err();
        assert!(error.to_string().contains("Elasticsearch envelope"), "{error}");
        for other in [json!({"hits": []}), json!({"message": "no"}), json!("no"), json!(null)] {
            assert!(open(other).is_err());
        }
    }

    proptest! {
        #[test]
        fn whatever_comes_is_opened_or_refused(text in "[\\[\\]{}:,\"a-z0-9 ]{0,60}") {
            if let Ok(value) = serde_json::from_str::<Value>(&text) {
                let is_list = value.is_array();
                prop_assert_eq!(open(value).is_ok(), is_list);
            }
        }
    }
}
