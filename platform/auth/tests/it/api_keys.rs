//! The form of API keys: what round-trips, what is refused, what never shows.

use metier_auth::{ApiKey, ApiKeyDigest, ApiKeyError};
use metier_core::Random;
use proptest::prelude::*;

#[test]
fn a_key_round_trips_and_only_its_own_digest_matches() {
    let random = Random::seeded(1);
    let (key, other) = (ApiKey::generate(&random), ApiKey::generate(&random));
    let text = key.text();
    assert_eq!(text.expose().len(), ApiKey::LENGTH);
    let parsed = ApiKey::parse(text.expose()).unwrap();
    assert_eq!(parsed, key);
    let stored = ApiKeyDigest::from_bytes(key.digest().as_bytes()).unwrap();
    assert!(stored.matches(&parsed));
    assert!(!stored.matches(&other));
    assert!(ApiKeyDigest::from_bytes(&[0; 31]).is_none());
}

#[test]
fn the_form_of_a_key_never_changes() {
    // A key once given out must be read by every later version.
    let key = "mtr_AAAAAAAA_0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefg3gbA1Q";
    assert_eq!(ApiKey::parse(key).map(|key| key.prefix().to_owned()), Ok("AAAAAAAA".to_owned()));
}

#[test]
fn debug_output_shows_the_prefix_and_not_the_secret() {
    let key = ApiKey::generate(&Random::seeded(1));
    assert_eq!(format!("{key:?}"), format!("mtr_{}_***", key.prefix()));
}

#[test]
fn every_character_of_the_alphabet_is_about_as_likely() {
    let random = Random::seeded(1);
    let mut counts = std::collections::BTreeMap::<char, usize>::new();
    for _ in 0..500 {
        let text = ApiKey::generate(&random).text();
        text.expose()[13..56].chars().for_each(|c| *counts.entry(c).or_default() += 1);
    }
    let expected = 500 * 43 / 62;
    assert_eq!(counts.len(), 62);
    assert!(counts.values().all(|count| count.abs_diff(expected) < expected / 3), "{counts:?}");
}

proptest! {
    #[test]
    fn a_text_that_parses_is_exactly_the_text_of_its_key(text in "mtr_[A-Za-z0-9_-]{0,70}|\\PC{0,80}") {
        if let Ok(key) = ApiKey::parse(&text) {
            let written = key.text();
            prop_assert_eq!(written.expose(), &text);
        }
    }

    #[test]
    fn a_mistyped_character_is_noticed(seed: u64, at in 4..62_usize, with in "[A-Za-z0-9]") {
        let text = ApiKey::generate(&Random::seeded(seed)).text();
        let mut mistyped = text.expose().clone();
        mistyped.replace_range(at..=at, &with);
        prop_assume!(&mistyped != text.expose());
        let error = ApiKey::parse(&mistyped).unwrap_err();
        prop_assert_eq!(error, if at == 12 { ApiKeyError::Form } else { ApiKeyError::Checksum });
    }

    #[test]
    fn a_cut_key_is_refused(seed: u64, length in 0..62_usize) {
        let text = ApiKey::generate(&Random::seeded(seed)).text();
        prop_assert!(ApiKey::parse(&text.expose()[..length]).is_err());
    }
}
