//! Whole ads.

use metier_plugin_sdk::wire::{EmploymentType, Remote};
use proptest::prelude::*;
use serde_json::{Value, json};
use time::macros::datetime;

use super::{Ad, read};

fn ad() -> Value {
    json!({
        "id": "1", "headline": "  Kock  till\nLunchrestaurang ", "publication_date": "2025-09-11T11:25:57",
        "application_deadline": "2025-09-25T23:59:59", "description": {"text": "Vi lagar mat.\r\n\r\n\r\nVarje dag."},
        "working_hours_type": {"label": "Heltid"}, "employer": {"name": "Krogen AB"},
        "must_have": {"skills": [{"label": "Kallskänk"}]}, "nice_to_have": {"skills": [{"label": null}]},
        "workplace_address": {"municipality": "Gävle", "region": "Gävleborgs län", "country": "Sverige",
            "coordinates": [17.14, 60.67]},
    })
}

#[test]
fn an_ad_becomes_a_posting_in_full() {
    let Ok(Ad::OnOffer(posting)) = read(&ad()) else { panic!("not on offer") };
    assert_eq!(posting.violations(), []);
    assert_eq!(posting.title, "Kock till Lunchrestaurang");
    assert_eq!(posting.url.as_deref(), Some("https://arbetsformedlingen.se/platsbanken/annonser/1"));
    assert_eq!(posting.description.unwrap().content, "Vi lagar mat.\n\nVarje dag.");
    assert_eq!(posting.published_at, Some(datetime!(2025-09-11 09:25:57 UTC)));
    assert_eq!(posting.expires_at, Some(datetime!(2025-09-25 21:59:59 UTC)));
    assert_eq!(posting.employment_type, Some(EmploymentType::FullTime));
    assert_eq!(posting.remote, Remote::Unknown);
    assert_eq!((posting.skills.must, posting.skills.nice), (vec!["Kallskänk".to_owned()], vec![]));
    assert_eq!(posting.fields["coordinates"], json!({"longitude": 17.14, "latitude": 60.67}));
}

#[test]
fn a_removed_ad_is_told_as_such_even_when_only_its_number_is_left() {
    let gone = json!({"id": 23800448, "removed": true, "removed_date": "2020-02-27T13:14:45"});
    let told = Ad::Removed { id: "23800448".into(), at: Some(datetime!(2020-02-27 12:14:45 UTC)) };
    assert_eq!(read(&gone), Ok(told));
}

#[test]
fn an_ad_without_id_or_headline_is_refused_with_the_reason() {
    assert_eq!(read(&json!({"headline": "x"})), Err("it has no id".to_owned()));
    assert_eq!(read(&json!({"id": "1", "headline": " \n"})), Err("it has no headline".to_owned()));
}

#[test]
fn a_deadline_before_the_publication_says_nothing() {
    let mut ad = ad();
    ad["application_deadline"] = "2025-09-01T23:59:59".into();
    let Ok(Ad::OnOffer(posting)) = read(&ad) else { panic!("not on offer") };
    assert_eq!(posting.expires_at, None);
}

/// Any JSON at all.
fn anything() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        "[a-zåäö0-9@ .:<>T-]{0,12}".prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 24, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::hash_map("[a-z]{1,6}", inner, 0..4)
                .prop_map(|entries| Value::Object(entries.into_iter().collect())),
        ]
    })
}

proptest! {
    #[test]
    fn whatever_an_ad_holds_it_is_a_good_posting_or_refused(
        key in prop::sample::select(vec!["id", "headline", "description", "employer", "workplace_address", "must_have",
            "salary_description", "duration", "publication_date", "application_deadline", "application_contacts",
            "application_details", "scope_of_work", "removed", "occupation", "driving_license", "webpage_url"]),
        value in anything(),
    ) {
        let mut ad = ad();
        ad[key] = value;
        if let Ok(Ad::OnOffer(posting)) = read(&ad) {
            let broken = posting.violations();
            prop_assert!(broken.iter().all(|it| matches!(it.field, "url" | "original_id")), "{:?}", broken);
        }
    }

    #[test]
    fn anything_without_a_headline_is_no_posting(value in anything()) {
        prop_assert!(!matches!(read(&value), Ok(Ad::OnOffer(_))));
    }
}
