//! What is kept of a sighting to tell it from others: stored beside it, loaded in place of it.

use std::collections::BTreeSet;

use metier_core::Timestamp;
use serde::{Deserialize, Serialize};

use super::TextSketch;
use crate::domain::posting::{
    Country, Posting, Sighting, SightingKey, TitleKey, canonical_url, company_key, fold, place_key, title_key,
};

/// The telling features of one sighting, in normal form.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fingerprint {
    /// Which source, and its own id.
    pub key: SightingKey,
    /// Canonical address of its page.
    pub url: Option<String>,
    /// The employer's key; empty where the source does not tell.
    pub company: String,
    /// The title's telling words.
    pub title: TitleKey,
    /// The whole title, but for case, accents and punctuation.
    pub title_text: String,
    /// Towns of work.
    pub towns: BTreeSet<String>,
    /// Wider places: countries, "remote".
    pub areas: BTreeSet<String>,
    /// Country of work.
    pub country: Option<Country>,
    /// When it was published.
    pub published_at: Option<Timestamp>,
    /// A sketch of the text.
    pub text: TextSketch,
}

impl Fingerprint {
    /// The fingerprint of a sighting.
    pub fn of(sighting: &Sighting) -> Self {
        let posting = &sighting.posting;
        let (towns, areas) = places(posting);
        Self {
            key: sighting.key.clone(),
            url: posting.url.as_deref().and_then(canonical_url),
            company: posting.company.as_deref().map(company_key).unwrap_or_default(),
            title: title_key(&posting.title),
            title_text: fold(&posting.title),
            towns,
            areas,
            country: posting.country,
            published_at: posting.published_at,
            text: TextSketch::of(&posting.description),
        }
    }
}

fn places(posting: &Posting) -> (BTreeSet<String>, BTreeSet<String>) {
    let mut written: Vec<&str> = posting.locations.iter().map(String::as_str).collect();
    if written.is_empty() {
        written.extend(posting.municipality.as_deref().or(posting.region.as_deref()));
    }
    let keys = written.into_iter().map(place_key).filter(|key| !key.is_empty());
    keys.partition(|key| !is_area(key))
}

fn is_area(key: &str) -> bool {
    key.starts_with("remote") || (key.len() > 3 && Country::parse(key).is_some())
}
