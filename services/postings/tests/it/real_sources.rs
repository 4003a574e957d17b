//! Real answers of several sources through reading, validation and de-duplication: every ad accounted for.

use std::collections::BTreeMap;
use std::io::Read;

use flate2::read::MultiGzDecoder;
use metier_core::Timestamp;
use metier_postings::domain::dedupe::Fingerprint;
use metier_postings::domain::dialect::{Limits, Refusal, read_listing};
use metier_postings::domain::posting::{Sighting, validate};
use metier_postings::eval::MemoryIndex;
use serde_json::Value;

use crate::shared_data;

const NOW: Timestamp = Timestamp::from_seconds(1_790_000_000);

fn lines(name: &str) -> Option<Vec<Value>> {
    let bytes = std::fs::read(shared_data::path(name)?).unwrap();
    let mut text = String::new();
    if name.ends_with(".gz") {
        MultiGzDecoder::new(bytes.as_slice()).read_to_string(&mut text).unwrap();
    } else {
        text = String::from_utf8(bytes).unwrap();
    }
    Some(text.lines().map(|line| serde_json::from_str(line).unwrap()).collect())
}

fn read(source: &str, entries: &[Value]) -> Vec<Sighting> {
    let body = serde_json::json!({"success": true, "data": entries}).to_string();
    let listing = read_listing(200, body.as_bytes(), &Limits::default()).unwrap();
    let postings = listing.postings.into_iter();
    postings.filter_map(|raw| validate(raw.ok()?, source, NOW).ok()).collect()
}

#[test]
fn ads_of_several_boards_are_united_by_text_and_kept_apart_by_town() {
    let Some(rows) = lines("postings/multisource_normalized_2026.jsonl.gz") else { return };
    let mut by_source: BTreeMap<String, Vec<Value>> = BTreeMap::new();
    for row in &rows {
        by_source.entry(row["source"].as_str().unwrap().to_owned()).or_default().push(row.clone());
    }
    let mut index = MemoryIndex::default();
    let mut taken = Vec::new();
    for (source, rows) in &by_source {
        for sighting in read(source, rows) {
            index.take(Fingerprint::of(&sighting));
            taken.push(sighting);
        }
    }
    assert_eq!(taken.len(), rows.len(), "every ad is accounted for");
    let mut groups: BTreeMap<_, Vec<&Sighting>> = BTreeMap::new();
    for (posting, sighting) in index.postings().into_iter().zip(&taken) {
        groups.entry(posting).or_default().push(sighting);
    }
    println!("{} ads, {} postings", taken.len(), groups.len());
    for group in groups.values().filter(|group| group.len() > 1) {
        for sighting in group {
            let posting = &sighting.posting;
            println!(
                "  {} | {} | {} | {}",
                sighting.key.source,
                posting.company.as_deref().unwrap_or("-"),
                posting.title,
                posting.location()
            );
        }
        println!();
    }
}

#[test]
fn an_answer_cut_in_the_middle_is_refused_with_the_place() {
    let Some(path) = shared_data::path("adzuna/raw_search_response_us_2020.truncated.json") else { return };
    let body = std::fs::read(path).unwrap();
    let refusal = read_listing(200, &body, &Limits::default()).unwrap_err();
    assert!(matches!(refusal, Refusal::NotJson { .. }), "{refusal}");
}
