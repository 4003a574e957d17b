//! The rules of de-duplication, told by example and held as properties.

use metier_core::Timestamp;
use metier_postings::domain::dedupe::{
    Candidate, Fingerprint, Reason, Separations, Verdict, compare, compose, decide, keys,
};
use metier_postings::domain::dialect::{Markup, RawPosting};
use metier_postings::domain::posting::{PostingId, Sighting, validate};
use metier_postings::eval::MemoryIndex;
use proptest::prelude::*;
use uuid::Uuid;

const NOW: Timestamp = Timestamp::from_seconds(1_760_000_000);
const DAY: i64 = 86_400;

fn raw(id: &str) -> RawPosting {
    RawPosting {
        original_id: id.to_owned(),
        title: "Security Engineer (m/f/d)".to_owned(),
        company: Some("Acme GmbH".to_owned()),
        locations: vec!["Berlin, Germany".to_owned()],
        published_at: Some(Timestamp::from_seconds(1_750_000_000)),
        ..RawPosting::default()
    }
}

fn text(seed: usize) -> Option<Markup> {
    let words = (0..200).map(|number| format!("w{}", number + seed * 1_000));
    Some(Markup::Text(words.collect::<Vec<_>>().join(" ")))
}

fn sighting(source: &str, raw: RawPosting) -> Sighting {
    validate(raw, source, NOW).unwrap()
}

fn verdict(a: (&str, RawPosting), b: (&str, RawPosting)) -> Verdict {
    let [a, b] = [a, b].map(|(source, raw)| Fingerprint::of(&sighting(source, raw)));
    let found = compare(&a, &b);
    assert_eq!(found, compare(&b, &a), "comparing is symmetric");
    if found.verdict == Verdict::Same && a.key != b.key {
        assert!(keys(&a).iter().any(|key| keys(&b).contains(key)), "two that are the same share a key");
    }
    found.verdict
}

#[test]
fn one_text_in_two_sources_is_one_posting_whatever_the_page_and_the_day() {
    let one = RawPosting { description: text(1), url: Some("https://a.example/1".into()), ..raw("1") };
    let other = RawPosting {
        description: text(1),
        title: "Security Engineer f m x".into(),
        company: Some("ACME".into()),
        locations: vec!["Germany".into()],
        published_at: Some(Timestamp::from_seconds(1_750_000_000 + 9 * DAY)),
        url: Some("https://b.example/2".into()),
        ..raw("2")
    };
    assert_eq!(verdict(("a", one), ("b", other)), Verdict::Same);
}

#[test]
fn one_text_in_several_towns_is_several_openings_that_are_related() {
    let one = RawPosting { description: text(1), ..raw("1") };
    let other = RawPosting { description: text(1), locations: vec!["Munich, Germany".into()], ..raw("2") };
    assert_eq!(verdict(("a", one), ("b", other)), Verdict::Related);
}

#[test]
fn a_source_may_list_two_equal_titles_as_two_openings() {
    let page = |number: u32| Some(format!("https://jobs.example/{number}"));
    let one = RawPosting { url: page(1), ..raw("1") };
    let other = RawPosting { url: page(2), ..raw("2") };
    assert_eq!(verdict(("a", one), ("a", other)), Verdict::Related);
    let one = RawPosting { url: page(1), description: text(1), ..raw("1") };
    let repeated = RawPosting { url: page(2), description: text(1), ..raw("2") };
    assert_eq!(verdict(("a", one), ("a", repeated)), Verdict::Same);
}

#[test]
fn one_page_needs_the_title_too() {
    let page = Some("https://jobs.example/1".to_owned());
    let one = RawPosting { url: page.clone(), ..raw("1") };
    let same = RawPosting { url: page.clone(), ..raw("2") };
    let other = RawPosting { url: page, title: "Designer".into(), ..raw("3") };
    assert_eq!(verdict(("a", one.clone()), ("b", same)), Verdict::Same);
    assert_eq!(verdict(("a", one), ("b", other)), Verdict::Related);
}

#[test]
fn another_level_employer_or_round_is_another_opening() {
    let described = |title: &str, company: &str, day: i64| RawPosting {
        title: title.into(),
        company: Some(company.into()),
        description: text(1),
        published_at: Some(Timestamp::from_seconds(1_740_000_000 + day * DAY)),
        ..raw("1")
    };
    let first = described("Senior Nurse", "Acme", 0);
    assert_eq!(
        verdict(("a", first.clone()), ("b", described("Junior Nurse", "Acme", 0))),
        Verdict::Different
    );
    assert_eq!(
        verdict(("a", first.clone()), ("b", described("Senior Nurse", "Bolt", 0))),
        Verdict::Different
    );
    assert_eq!(verdict(("a", first), ("b", described("Senior Nurse", "Acme", 120))), Verdict::Related);
}

#[test]
fn the_sources_own_id_settles_it() {
    let changed = RawPosting { title: "Something else".into(), company: None, ..raw("1") };
    assert_eq!(verdict(("a", raw("1")), ("a", changed)), Verdict::Same);
}

fn id(number: u128) -> PostingId {
    PostingId::from_uuid(Uuid::from_u128(number))
}

fn stored(number: u128, source: &str, raw: RawPosting) -> Candidate {
    Candidate { posting: id(number), fingerprint: Fingerprint::of(&sighting(source, raw)).into() }
}

#[test]
fn a_sighting_that_is_both_of_two_postings_unites_them_under_the_older_id() {
    let cut = RawPosting { description: text(1), locations: vec!["Munich".into()], ..raw("1") };
    let whole = RawPosting { description: text(1), ..raw("2") };
    let bridge = RawPosting { description: text(1), locations: vec!["Germany".into()], ..raw("3") };
    let candidates = [stored(7, "a", cut), stored(5, "b", whole)];
    let seen = Fingerprint::of(&sighting("c", bridge));
    let decision = decide(&seen, &candidates, &Separations::default());
    assert_eq!((decision.posting, decision.absorbs), (Some(id(5)), vec![id(7)]));
    let reasons = &decision.because[0].comparison.reasons;
    assert!(reasons.contains(&Reason::Text(1.0)) && reasons.contains(&Reason::CompatiblePlaces));

    let mut apart = Separations::default();
    apart.add(id(7), id(5));
    let decision = decide(&seen, &candidates, &apart);
    assert_eq!(decision.absorbs, [], "what a person took apart stays apart");
}

#[test]
fn the_composed_posting_does_not_depend_on_the_order_of_sightings() {
    let cut = Markup::Text("The short beginning of a text…".into());
    let a = sighting("a", RawPosting { description: Some(cut), country: Some("DE".into()), ..raw("1") });
    let b = sighting("b", RawPosting { description: text(1), company: None, ..raw("2") });
    let composed = compose(&[a.clone(), b.clone()]).unwrap();
    assert_eq!(Some(&composed), compose(&[b.clone(), a]).as_ref());
    assert_eq!(composed.description, b.posting.description, "the whole text leads");
    assert_eq!(composed.company.as_deref(), Some("Acme GmbH"), "and the others fill in");
    assert!(compose::<Sighting>(&[]).is_none());
}

/// Openings drawn from a few of everything, so that many nearly meet.
fn any_sighting() -> impl Strategy<Value = (u8, u8, u8, u8, u8, u8)> {
    (0..3u8, 0..3u8, 0..3u8, 0..4u8, 0..3u8, 0..4u8)
}

fn made(at: usize, (source, title, place, page, described, day): (u8, u8, u8, u8, u8, u8)) -> Fingerprint {
    let titles = ["Nurse", "Senior Nurse", "Nurse (m/f/d)"];
    let places = ["Lund", "Lund; Malmö", "Sverige"];
    let raw = RawPosting {
        title: titles[usize::from(title)].into(),
        locations: vec![places[usize::from(place)].into()],
        url: (page > 0).then(|| format!("https://jobs.example/{page}")),
        description: if described > 0 { text(usize::from(described)) } else { None },
        published_at: Some(Timestamp::from_seconds(1_740_000_000 + i64::from(day) * 40 * DAY)),
        ..raw(&at.to_string())
    };
    Fingerprint::of(&sighting(["a", "b", "c"][usize::from(source)], raw))
}

/// For each sighting the first sighting of its group: equal for equal partitions.
fn partition(seen: &[Fingerprint]) -> Vec<(String, String)> {
    let mut index = MemoryIndex::default();
    for fingerprint in seen {
        index.take(fingerprint.clone());
    }
    let postings = index.postings();
    let mut members: Vec<(String, String)> = Vec::new();
    for (at, posting) in postings.iter().enumerate() {
        let same = postings.iter().enumerate().filter(|(_, other)| *other == posting);
        let first = same.map(|(other, _)| seen[other].key.original_id.clone()).min().unwrap_or_default();
        members.push((seen[at].key.original_id.clone(), first));
    }
    members.sort();
    members
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn the_order_of_arrival_does_not_matter(
        drawn in proptest::collection::vec(any_sighting(), 1..14),
        turn in any::<prop::sample::Index>(),
    ) {
        let seen: Vec<Fingerprint> = drawn.into_iter().enumerate().map(|(at, drawn)| made(at, drawn)).collect();
        let mut turned = seen.clone();
        turned.rotate_left(turn.index(seen.len()));
        let mut reversed = seen.clone();
        reversed.reverse();
        let expected = partition(&seen);
        prop_assert_eq!(&partition(&turned), &expected);
        prop_assert_eq!(&partition(&reversed), &expected);
    }

    #[test]
    fn seeing_everything_again_makes_no_new_posting(drawn in proptest::collection::vec(any_sighting(), 1..14)) {
        let seen: Vec<Fingerprint> = drawn.into_iter().enumerate().map(|(at, drawn)| made(at, drawn)).collect();
        let mut index = MemoryIndex::default();
        for fingerprint in &seen {
            index.take(fingerprint.clone());
        }
        for fingerprint in &seen {
            prop_assert!(index.take(fingerprint.clone()).posting.is_some());
        }
    }
}
