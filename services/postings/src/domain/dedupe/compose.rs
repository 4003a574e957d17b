//! The canonical posting's content, made of its sightings: the same whatever order they came in.
//!
//! One sighting leads, the one that tells most; the others fill in what it leaves out. Nothing is mixed
//! within a field, so what is shown can always be traced to one source.

use std::{borrow::Borrow, cmp::Reverse};

use crate::domain::posting::{Posting, Remote, Sighting};

/// Composes the content shown for a posting from its live sightings; `None` when there are none.
pub fn compose<S: Borrow<Sighting>>(sightings: &[S]) -> Option<Posting> {
    let mut ranked: Vec<&Sighting> = sightings.iter().map(Borrow::borrow).collect();
    ranked.sort_by_cached_key(|sighting| rank(sighting));
    let (lead, others) = ranked.split_first()?;
    let mut composed = lead.posting.clone();
    for other in others {
        fill(&mut composed, &other.posting);
    }
    composed.published_at = ranked.iter().filter_map(|sighting| sighting.posting.published_at).min();
    Some(composed)
}

/// Whole texts before cut ones, long before short, then by key so that the order is total.
fn rank(sighting: &Sighting) -> impl Ord + use<> {
    let text = sighting.posting.description.trim_end();
    let cut = text.ends_with('…') || text.ends_with("...");
    (cut, Reverse(text.len()), sighting.key.clone())
}

fn fill(into: &mut Posting, from: &Posting) {
    fill_option(&mut into.company, &from.company);
    fill_option(&mut into.url, &from.url);
    fill_option(&mut into.country, &from.country);
    fill_option(&mut into.region, &from.region);
    fill_option(&mut into.municipality, &from.municipality);
    fill_option(&mut into.language, &from.language);
    fill_option(&mut into.salary, &from.salary);
    fill_option(&mut into.salary_text, &from.salary_text);
    fill_option(&mut into.employment_type, &from.employment_type);
    fill_option(&mut into.experience_level, &from.experience_level);
    fill_option(&mut into.expires_at, &from.expires_at);
    fill_list(&mut into.requirements, &from.requirements);
    fill_list(&mut into.benefits, &from.benefits);
    fill_list(&mut into.must_have, &from.must_have);
    fill_list(&mut into.nice_to_have, &from.nice_to_have);
    if into.remote == Remote::Unknown {
        into.remote = from.remote;
    }
    for place in &from.locations {
        if !into.locations.contains(place) {
            into.locations.push(place.clone());
        }
    }
    for (name, value) in &from.fields {
        into.fields.entry(name.clone()).or_insert_with(|| value.clone());
    }
}

fn fill_option<T: Clone>(into: &mut Option<T>, from: &Option<T>) {
    if into.is_none() {
        into.clone_from(from);
    }
}

fn fill_list(into: &mut Vec<String>, from: &[String]) {
    if into.is_empty() {
        into.extend_from_slice(from);
    }
}
