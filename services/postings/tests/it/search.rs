//! Searching, through the index's public door.

use std::collections::BTreeMap;
use std::path::Path;

use metier_core::Timestamp;
use metier_postings::domain::posting::{Country, EmploymentType, Posting, PostingId, Remote};
use metier_postings::search::{
    Document, Facet, Index, Operation, Query, SearchError, SearchPage, Sort, State,
};
use proptest::prelude::*;
use uuid::Uuid;

const DAY: i64 = 86_400;

fn id(number: u64) -> PostingId {
    PostingId::from_uuid(Uuid::from_u64_pair(number, number * 7))
}

fn posting(title: &str, text: &str) -> Posting {
    Posting {
        title: title.to_owned(),
        company: Some("Region Skåne".to_owned()),
        description: text.to_owned(),
        country: Country::parse("SE"),
        published_at: Some(Timestamp::from_seconds(1_750_000_000)),
        ..Posting::default()
    }
}

fn upsert(number: u64, posting: &Posting) -> Operation {
    let document = Document::of(id(number), posting, vec!["af".to_owned()], Timestamp::EPOCH);
    Operation::Upsert(Box::new(document))
}

fn open(folder: &Path) -> Index {
    Index::open(folder).unwrap().index
}

fn index_of(folder: &Path, postings: &[Posting]) -> Index {
    let index = open(folder);
    let batch = postings.iter().enumerate().map(|(number, posting)| upsert(number as u64, posting)).collect();
    index.apply(batch, 1).unwrap();
    index
}

fn numbers(page: &SearchPage) -> Vec<u64> {
    page.hits.iter().map(|hit| hit.id.uuid().as_u64_pair().0).collect()
}

fn find(index: &Index, text: &str) -> Vec<u64> {
    numbers(&index.search(&Query::words(text)).unwrap())
}

#[test]
fn a_word_finds_its_inflections_in_both_languages() {
    let folder = tempfile::tempdir().unwrap();
    let postings = [
        posting("Sjuksköterskor till akuten", "Du som är legitimerad"),
        posting("Software developers wanted", "We develop engines"),
        posting("Kock", "Laga mat"),
    ];
    let index = index_of(folder.path(), &postings);
    for text in ["sjuksköterska", "SJUKSKÖTERSKAN", "sjukskoterska"] {
        assert_eq!(find(&index, text), [0], "{text}");
    }
    for text in ["developer", "engine", "developing"] {
        assert_eq!(find(&index, text), [1], "{text}");
    }
    assert_eq!(find(&index, "region skane kock"), [2], "every word counts, the company's too");
}

#[test]
fn a_word_finds_the_compounds_it_ends_and_itself_comes_first() {
    let folder = tempfile::tempdir().unwrap();
    let postings = [
        posting("Mjukvaruutvecklare", "Rust"),
        posting("Utvecklare", "Go"),
        posting("Distriktssjuksköterska", "vårdcentral"),
        posting("Sjuksköterska", "akuten"),
        posting("Förskollärare", "barn"),
    ];
    let index = index_of(folder.path(), &postings);
    assert_eq!(find(&index, "utvecklare"), [1, 0]);
    for text in ["sjuksköterska", "sjuksköterskor", "sjukskoterska"] {
        assert_eq!(find(&index, text), [3, 2], "{text}");
    }
    assert_eq!(find(&index, "distriktssjuksköterska"), [2], "a compound does not find its last part alone");
    let page = index.search(&Query::words("lärare")).unwrap();
    assert_eq!((numbers(&page), page.respelled), (vec![4], false));
    assert_eq!(page.hits[0].title.marks, std::iter::once(0..15).collect::<Vec<_>>(), "it is marked");
    assert_eq!(find(&index, "\"utvecklare\""), [1, 0], "one word in quotes is a word");
    index.apply(vec![upsert(7, &posting("Spelutvecklare", "Go")), Operation::Delete(id(0))], 2).unwrap();
    assert_eq!(find(&index, "utvecklare"), [1, 7], "compounds follow the index");
    drop(index);
    assert_eq!(find(&open(folder.path()), "utvecklare"), [1, 7], "and are there after reopening");
}

#[test]
fn a_rare_compound_does_not_outrank_a_frequent_word() {
    let folder = tempfile::tempdir().unwrap();
    let mut postings: Vec<Posting> = (0..40).map(|_| posting("Utvecklare", "kod")).collect();
    postings.push(posting("Mjukvaruutvecklare", "Mjukvaruutvecklare som vill mer"));
    let index = index_of(folder.path(), &postings);
    let page = index.search(&Query { limit: 50, ..Query::words("utvecklare") }).unwrap();
    assert_eq!((page.total, numbers(&page).last()), (41, Some(&40)));
}

#[test]
fn accents_do_not_matter_and_the_spelling_typed_comes_first() {
    let folder = tempfile::tempdir().unwrap();
    let postings = [posting("Malare", "väggar"), posting("Målare", "väggar")];
    let index = index_of(folder.path(), &postings);
    assert_eq!(find(&index, "målare"), [1, 0]);
    assert_eq!(find(&index, "malare"), [0, 1]);
}

#[test]
fn a_typing_error_is_forgiven_and_what_was_typed_comes_first() {
    let folder = tempfile::tempdir().unwrap();
    let postings = [
        posting("Utvecklare", "Rust"),
        posting("Utveklare", "stavat så i annonsen"),
        posting("Snickare", "Trä"),
    ];
    let index = index_of(folder.path(), &postings);
    let page = index.search(&Query::words("utveklare")).unwrap();
    assert_eq!((numbers(&page), page.respelled), (vec![1, 0], true));
    assert_eq!(
        page.hits[1].title.marks,
        std::iter::once(0..10).collect::<Vec<_>>(),
        "the near spelling is marked"
    );
    assert_eq!(find(&index, "snikcare"), [2], "an exchange of neighbors is one error");
    assert_eq!(find(&index, "qqqqqqqq"), [] as [u64; 0]);
    assert_eq!(find(&index, "rost"), [0], "short words may differ in one letter");
    assert_eq!(find(&index, "rus"), [] as [u64; 0], "very short ones in none");
}

#[test]
fn phrases_must_occur_as_written_and_exclusions_must_not() {
    let folder = tempfile::tempdir().unwrap();
    let postings = [posting("Nurse", "night shift work"), posting("Nurse", "shift at night, work")];
    let index = index_of(folder.path(), &postings);
    assert_eq!(find(&index, "\"night shift\""), [0]);
    assert_eq!(find(&index, "nurse -at"), [0]);
    assert_eq!(find(&index, "-at"), [0]);
    let mut both = find(&index, "night shift");
    both.sort_unstable();
    assert_eq!(both, [0, 1]);
}

#[test]
fn the_title_ranks_above_the_text() {
    let folder = tempfile::tempdir().unwrap();
    let postings = [posting("Office manager", "works with a carpenter"), posting("Carpenter", "wood")];
    assert_eq!(find(&index_of(folder.path(), &postings), "carpenter"), [1, 0]);
}

fn varied() -> Vec<Posting> {
    (0..60u64)
        .map(|number| Posting {
            country: Country::parse(["SE", "DE", "FR"][number as usize % 3]),
            region: (number % 2 == 0).then(|| "Skåne län".to_owned()),
            employment_type: (number % 5 == 0).then_some(EmploymentType::PartTime),
            remote: if number % 4 == 0 { Remote::Yes } else { Remote::Unknown },
            published_at: Some(Timestamp::from_seconds(1_750_000_000 + (number as i64 / 2) * DAY)),
            ..posting("Nurse", &"care ".repeat(1 + number as usize % 7))
        })
        .collect()
}

fn counts(page: &SearchPage, facet: Facet) -> BTreeMap<&str, u64> {
    page.facets[&facet].iter().map(|count| (count.value.as_str(), count.count)).collect()
}

#[test]
fn facets_count_and_a_facets_own_filter_leaves_its_other_values_open() {
    let folder = tempfile::tempdir().unwrap();
    let index = index_of(folder.path(), &varied());
    let all = index.search(&Query::words("nurse")).unwrap();
    assert_eq!(all.total, 60);
    assert_eq!(counts(&all, Facet::Country), BTreeMap::from([("DE", 20), ("FR", 20), ("SE", 20)]));
    assert_eq!(counts(&all, Facet::Remote), BTreeMap::from([("unknown", 45), ("yes", 15)]));
    assert_eq!(counts(&all, Facet::Source), BTreeMap::from([("af", 60)]));

    let filters = BTreeMap::from([
        (Facet::Country, vec!["SE".to_owned(), "DE".to_owned()]),
        (Facet::Remote, vec!["yes".to_owned()]),
    ]);
    let some = index.search(&Query { filters, ..Query::words("nurse") }).unwrap();
    assert_eq!(some.total, 10);
    assert_eq!(counts(&some, Facet::Country), BTreeMap::from([("DE", 5), ("FR", 5), ("SE", 5)]));
    assert_eq!(counts(&some, Facet::Remote), BTreeMap::from([("unknown", 30), ("yes", 10)]));
    assert_eq!(counts(&some, Facet::Region), BTreeMap::from([("Skåne län", 10)]));
}

#[test]
fn a_range_of_publication_includes_its_start_and_not_its_end() {
    let folder = tempfile::tempdir().unwrap();
    let index = index_of(folder.path(), &varied());
    let at = |days: i64| Some(Timestamp::from_seconds(1_750_000_000 + days * DAY));
    let query =
        Query { published_from: at(3), published_until: at(5), sort: Sort::Newest, ..Query::default() };
    assert_eq!(numbers(&index.search(&query).unwrap()), [8, 9, 6, 7]);
}

/// Walks all pages and gives the numbers in order.
fn walk(index: &Index, mut query: Query) -> Result<Vec<u64>, SearchError> {
    let mut walked = Vec::new();
    loop {
        let page = index.search(&query)?;
        walked.extend(numbers(&page));
        let Some(next) = page.next else { return Ok(walked) };
        query.after = Some(next);
    }
}

#[test]
fn an_update_replaces_a_delete_removes_and_both_survive_reopening() {
    let folder = tempfile::tempdir().unwrap();
    let index = index_of(folder.path(), &[posting("Kock", "mat"), posting("Lärare", "skola")]);
    index.apply(vec![upsert(0, &posting("Bagare", "bröd")), Operation::Delete(id(1))], 42).unwrap();
    assert_eq!(
        (find(&index, "bagare"), find(&index, "kock"), find(&index, "lärare")),
        (vec![0], vec![], vec![])
    );
    drop(index);
    let opened = Index::open(folder.path()).unwrap();
    assert_eq!(opened.state, State::Ready { position: 42 });
    assert_eq!((opened.index.len(), opened.index.position().unwrap()), (1, Some(42)));
    assert!(opened.index.damaged_files().unwrap().is_empty());
}

#[test]
fn applying_a_batch_again_changes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let index = index_of(folder.path(), &varied());
    index
        .apply(varied().iter().enumerate().map(|(n, posting)| upsert(n as u64, posting)).collect(), 1)
        .unwrap();
    assert_eq!(index.len(), 60);
}

#[test]
fn a_position_can_move_without_any_change() {
    let folder = tempfile::tempdir().unwrap();
    let index = open(folder.path());
    assert_eq!(index.position().unwrap(), None);
    index.apply(Vec::new(), 9).unwrap();
    assert_eq!(index.position().unwrap(), Some(9));
}

#[test]
fn a_missing_or_damaged_index_is_begun_anew_and_says_why() {
    let folder = tempfile::tempdir().unwrap();
    assert!(matches!(Index::open(folder.path()).unwrap().state, State::Begun { .. }));
    for damage in ["meta.json", "segment"] {
        drop(index_of(folder.path(), &varied()));
        let files = std::fs::read_dir(folder.path()).unwrap().map(|file| file.unwrap().path());
        let hit = |path: &Path| match damage {
            "segment" => path.extension().is_some_and(|kind| kind == "term" || kind == "store"),
            name => path.ends_with(name),
        };
        files.filter(|path| hit(path)).for_each(|path| std::fs::write(path, b"damaged").unwrap());
        let opened = Index::open(folder.path()).unwrap();
        assert!(matches!(&opened.state, State::Begun { why } if !why.is_empty()), "{damage}");
        assert!(opened.index.is_empty() && opened.index.position().unwrap().is_none());
        opened.index.apply(vec![upsert(1, &posting("Kock", "mat"))], 1).unwrap();
        assert_eq!(find(&opened.index, "kock"), [1]);
    }
}

#[test]
fn a_stale_index_can_be_begun_anew() {
    let folder = tempfile::tempdir().unwrap();
    drop(index_of(folder.path(), &varied()));
    let opened = Index::begin(folder.path(), "the change log no longer reaches back".to_owned()).unwrap();
    assert!(opened.index.is_empty());
}

#[test]
fn a_second_writer_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let _first = open(folder.path());
    assert!(matches!(Index::open(folder.path()), Err(SearchError::Locked)));
}

#[test]
fn a_ranked_page_goes_on_in_its_own_generation_while_the_index_changes() {
    let folder = tempfile::tempdir().unwrap();
    let index = index_of(folder.path(), &varied());
    let query = Query { limit: 20, ..Query::words("care") };
    let before = walk(&index, query.clone()).unwrap();
    let first = index.search(&query).unwrap();
    index.apply((0..30).map(|number| Operation::Delete(id(number))).collect(), 2).unwrap();
    assert_ne!(index.search(&query).unwrap().generation, first.generation);
    let rest = walk(&index, Query { after: first.next.clone(), ..query.clone() }).unwrap();
    assert_eq!([numbers(&first), rest].concat(), before, "nothing lost, nothing repeated");

    for position in 3..40 {
        index.apply(vec![upsert(100 + position, &posting("Nurse", "care"))], position as i64).unwrap();
        index.search(&query).unwrap();
    }
    let gone = index.search(&Query { after: first.next, ..query });
    assert!(matches!(gone, Err(SearchError::StaleCursor)));
}

#[test]
fn a_generation_has_the_same_name_after_reopening() {
    let folder = tempfile::tempdir().unwrap();
    let index = index_of(folder.path(), &varied());
    let query = Query { limit: 7, ..Query::words("care") };
    let first = index.search(&query).unwrap();
    drop(index);
    let index = open(folder.path());
    let second = index.search(&Query { after: first.next, ..query }).unwrap();
    assert_eq!((second.generation, second.hits.len()), (first.generation, 7));
}

#[test]
fn newest_first_goes_on_whatever_the_index_does() {
    let folder = tempfile::tempdir().unwrap();
    let index = index_of(folder.path(), &varied());
    let query = Query { limit: 10, sort: Sort::Newest, ..Query::words("care") };
    let first = index.search(&query).unwrap();
    assert_eq!(numbers(&first), [58, 59, 56, 57, 54, 55, 52, 53, 50, 51]);
    index.apply(vec![Operation::Delete(id(48))], 2).unwrap();
    let second = index.search(&Query { after: first.next, ..query }).unwrap();
    assert_eq!(numbers(&second)[..3], [49, 46, 47]);
}

#[test]
fn a_cursor_of_another_search_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let index = index_of(folder.path(), &varied());
    let first = index.search(&Query { limit: 5, ..Query::words("care") }).unwrap();
    let other = index.search(&Query { after: first.next, ..Query::words("nurse") });
    assert!(matches!(other, Err(SearchError::ForeignCursor)));
    let nonsense = index.search(&Query { after: Some("x".to_owned().into()), ..Query::words("care") });
    assert!(matches!(nonsense, Err(SearchError::ForeignCursor)));
}

#[test]
fn every_page_tells_the_same_total_and_facets() {
    let folder = tempfile::tempdir().unwrap();
    let index = index_of(folder.path(), &varied());
    let query = Query { limit: 50, ..Query::words("care") };
    let first = index.search(&query).unwrap();
    let second = index.search(&Query { after: first.next.clone(), ..query }).unwrap();
    assert_eq!((first.total, &first.facets), (second.total, &second.facets));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn no_result_is_lost_or_repeated_over_pages(limit in 1usize..30, newest in any::<bool>(), swedish in any::<bool>()) {
        let folder = tempfile::tempdir().unwrap();
        let index = index_of(folder.path(), &varied());
        let filters = if swedish { BTreeMap::from([(Facet::Country, vec!["SE".to_owned()])]) } else { BTreeMap::new() };
        let sort = if newest { Sort::Newest } else { Sort::Relevance };
        let query = Query { limit, sort, filters, ..Query::words("care") };
        let mut walked = walk(&index, query).unwrap();
        walked.sort_unstable();
        let expected: Vec<u64> = (0..60).filter(|number| !swedish || number % 3 == 0).collect();
        prop_assert_eq!(walked, expected);
    }

    #[test]
    fn anything_typed_is_answered(text in "\\PC{0,40}") {
        let folder = tempfile::tempdir().unwrap();
        let index = index_of(folder.path(), &[posting("Nurse", "care")]);
        let page = index.search(&Query::words(text)).unwrap();
        for hit in page.hits {
            for mark in hit.title.marks {
                prop_assert!(hit.title.text.get(mark).is_some());
            }
        }
    }
}
