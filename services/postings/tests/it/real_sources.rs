//! Real answers of several sources through reading, validation and de-duplication: every ad accounted for.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Read;

use flate2::read::MultiGzDecoder;
use metier_core::Timestamp;
use metier_postings::domain::changes::{changes, content_hash};
use metier_postings::domain::dedupe::Fingerprint;
use metier_postings::domain::dialect::{Limits, Refusal, read_listing};
use metier_postings::domain::posting::{Posting, PostingId, Sighting, validate};
use metier_postings::eval::MemoryIndex;
use metier_postings::search::{Document, Facet, Index, Operation, Query};
use serde_json::Value;
use uuid::Uuid;

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
    assert!((1_150..1_190).contains(&groups.len()), "{} ads, {} postings", taken.len(), groups.len());
    for group in groups.values() {
        let countries: BTreeSet<_> = group.iter().filter_map(|sighting| sighting.posting.country).collect();
        assert!(countries.len() <= 1, "{group:#?}");
    }
    let across =
        groups.values().filter(|group| group.iter().any(|one| one.key.source != group[0].key.source));
    assert!(across.count() >= 3, "some postings are shown by two boards");
}

/// A JobTech ad as its plugin sends it, as far as these tests need.
fn job_post(ad: &Value) -> Value {
    let address = &ad["workplace_address"];
    serde_json::json!({
        "id": format!("af-{}", ad["id"].as_str().unwrap_or_default()),
        "title": ad["headline"], "company": ad["employer"]["name"], "description": ad["description"]["text"],
        "location": address["municipality"], "url": ad["webpage_url"], "posted_date": ad["publication_date"],
        "expires_date": ad["application_deadline"], "employment_type": ad["working_hours_type"]["label"],
        "fields": {
            "original_id": ad["id"], "country": address["country"], "region": address["region"],
            "municipality": address["municipality"], "occupation": ad["occupation"]["label"],
            "must_have_skills": ad["must_have"]["skills"],
        },
    })
}

fn adzuna_post(ad: &Value) -> Value {
    serde_json::json!({
        "id": format!("adzuna-{}", ad["id"].as_str().unwrap_or_default()),
        "title": ad["title"], "company": ad["company"]["display_name"], "description": ad["description"],
        "location": ad["location"]["display_name"], "url": ad["redirect_url"], "posted_date": ad["created"],
        "salary_min": ad["salary_min"], "salary_max": ad["salary_max"], "employment_type": ad["contract_time"],
        "fields": {"original_id": ad["id"], "country": ad["location"]["area"][0]},
    })
}

fn jobtech() -> Option<Vec<Sighting>> {
    let answer = std::fs::read(shared_data::path("jobtech/search_response_2025-09.json")?).unwrap();
    let answer: Value = serde_json::from_slice(&answer).unwrap();
    let older = std::fs::read(shared_data::path("jobtech/ads_sample_2020_wallymathieu.json")?).unwrap();
    let older: Vec<Value> = serde_json::from_slice(&older).unwrap();
    let (removals, older): (Vec<Value>, Vec<Value>) =
        older.into_iter().partition(|ad| ad["removed"] == Value::Bool(true));
    let ads: Vec<Value> = answer["hits"].as_array().unwrap().iter().chain(&older).map(job_post).collect();
    let taken = read("arbetsformedlingen", &ads);
    assert_eq!((taken.len(), removals.len()), (59 + 10, 14), "every ad is accounted for");
    Some(taken)
}

#[test]
fn the_same_ads_again_add_nothing_and_a_changed_one_is_told() {
    let Some(ads) = jobtech() else { return };
    let mut index = MemoryIndex::default();
    let known: Vec<bool> = ads.iter().map(|ad| index.take(Fingerprint::of(ad)).posting.is_some()).collect();
    let before: BTreeSet<_> = index.postings().into_iter().collect();
    for (ad, again) in ads.iter().zip(jobtech().unwrap()) {
        assert!(index.take(Fingerprint::of(&again)).posting.is_some());
        assert_eq!(changes(&ad.posting, &again.posting), []);
    }
    assert_eq!(before, index.postings().into_iter().collect(), "the second sync adds 0");
    assert!(known.iter().filter(|known| **known).count() <= 3, "different ads stay apart");

    let changed = Posting { title: "En annan titel".into(), ..ads[0].posting.clone() };
    let fields: Vec<String> =
        changes(&ads[0].posting, &changed).into_iter().map(|change| change.field).collect();
    assert_eq!(fields, ["title"]);
    assert_ne!(content_hash(&ads[0].posting), content_hash(&changed));
}

#[test]
fn swedish_words_are_found_by_stem_by_typing_error_and_by_facet() {
    let Some(ads) = jobtech() else { return };
    let folder = tempfile::tempdir().unwrap();
    let index = Index::open(folder.path()).unwrap().index;
    let id = |number: usize| PostingId::from_uuid(Uuid::from_u128(number as u128));
    let operation = |(number, ad): (usize, &Sighting)| {
        let document = Document::of(id(number), &ad.posting, vec![ad.key.source.clone()], NOW);
        Operation::Upsert(Box::new(document))
    };
    index.apply(ads.iter().enumerate().map(operation).collect(), 1).unwrap();
    let total = |text: &str| index.search(&Query::words(text)).unwrap().total;
    let having =
        |word: &str| ads.iter().filter(|ad| ad.posting.title.to_lowercase().contains(word)).count() as u64;
    assert!(having("sjuksköterska") > 0);
    for text in ["sjuksköterska", "sjuksköterskor", "Sjuksköterskan", "sjukskoterska"] {
        let page = index.search(&Query::words(text)).unwrap();
        assert!(page.total >= having("sjuksköterska"), "{text}: {}", page.total);
        assert!(!page.respelled && page.hits[0].title.text.to_lowercase().contains("sjuksköter"), "{text}");
    }
    let ending = |end: &str| {
        let words = |ad: &Sighting| ad.posting.title.to_lowercase();
        let ends =
            |title: String| title.split(|c: char| !c.is_alphanumeric()).any(|word| word.ends_with(end));
        ads.iter().filter(|ad| ends(words(ad))).count() as u64
    };
    for last_part in ["sköterska", "utvecklare", "lärare", "ingenjör"] {
        assert!(total(last_part) >= ending(last_part), "{last_part}: its compounds too");
    }
    assert!(total("sjukskötreska") >= having("sjuksköterska"), "two letters exchanged");
    let all = index.search(&Query::default()).unwrap();
    assert_eq!((all.total, all.facets[&Facet::Country][0].value.as_str()), (69, "SE"));
    let region = all.facets[&Facet::Region][0].clone();
    let filters = BTreeMap::from([(Facet::Region, vec![region.value])]);
    assert_eq!(index.search(&Query { filters, ..Query::default() }).unwrap().total, region.count);
}

#[test]
fn every_adzuna_ad_of_three_countries_is_taken_with_its_own_country() {
    for (name, country, least) in [
        ("adzuna/adzuna_fr_2026.jsonl.gz", "FR", 1_462),
        ("adzuna/adzuna_gb_2020.jsonl", "GB", 179),
        ("adzuna/adzuna_us_2026.jsonl", "US", 75),
    ] {
        let Some(ads) = lines(name) else { return };
        let posts: Vec<Value> = ads.iter().map(adzuna_post).collect();
        let taken = read("eures", &posts);
        assert_eq!(taken.len(), least, "{name}");
        let elsewhere =
            taken.iter().filter(|ad| ad.posting.country.is_none_or(|found| found.code() != country));
        assert_eq!(elsewhere.count(), 0, "{name}");
        assert!(
            taken
                .iter()
                .all(|ad| !ad.posting.title.contains('<') && !ad.posting.description.contains("<strong>"))
        );
    }
}

#[test]
fn an_answer_of_another_kind_is_refused_for_what_it_lacks() {
    let Some(path) = shared_data::path("jobtech/legacy_elastic_response_2018.json") else { return };
    let body = std::fs::read(path).unwrap();
    assert_eq!(read_listing(200, &body, &Limits::default()).unwrap_err(), Refusal::NoList);
}

#[test]
fn an_answer_cut_in_the_middle_is_refused_with_the_place() {
    let Some(path) = shared_data::path("adzuna/raw_search_response_us_2020.truncated.json") else { return };
    let body = std::fs::read(path).unwrap();
    let refusal = read_listing(200, &body, &Limits::default()).unwrap_err();
    assert!(matches!(refusal, Refusal::NotJson { .. }), "{refusal}");
}
