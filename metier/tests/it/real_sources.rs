//! Real ads from a stand-in for their boards, through the plugins and durable runs, into search.

use metier_plugin_replay::{Fault, Replay, Trouble};
use metier_testkit::data;
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

use crate::{
    board::Board,
    platform::{Platform, Process, Topology, client, plugin, system_tests},
};

system_tests!(
    heavy_every_swedish_ad_is_stored_once_updated_when_changed_and_found,
    heavy_every_ad_of_three_countries_is_accounted_for,
    heavy_answers_cut_or_of_another_kind_are_refused_and_nothing_is_lost,
    heavy_the_older_array_is_read,
);

const AN_AD: &str = "30016462";

/// The stand-in on loopback, stopped with this value.
struct Boards {
    replay: Replay,
    url: String,
    _stop: tokio_util::sync::DropGuard,
}

impl Boards {
    /// `None` where there are no recorded answers. Their ads ended long ago, so their deadlines are put off.
    async fn open() -> Option<Self> {
        let replay = Replay::open(&data::path("")?).unwrap();
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let (url, stop) = (format!("http://{}", listener.local_addr().unwrap()), CancellationToken::new());
        let (served, stopped) = (replay.clone(), stop.clone());
        tokio::spawn(async move { metier_plugin_replay::serve(&served, listener, stopped).await });
        let answer = client().get(format!("{url}/jobtech/search?limit=100")).send().await.unwrap();
        let ads: Value = answer.json().await.unwrap();
        for ad in ads["hits"].as_array().unwrap() {
            let id = ad["id"].as_str().unwrap();
            let later = json!({ "application_deadline": "2999-12-31T23:59:59", "last_publication_date": "2999-12-31T23:59:59" });
            assert!(replay.patch_ad(id, &later));
        }
        Some(Self { replay, url, _stop: stop.drop_guard() })
    }

    /// The settings of the plugins: these boards, no pauses, and every sync a full one.
    fn settings(&self) -> Vec<(&'static str, String)> {
        let set = |name, value: &str| (name, value.to_owned());
        vec![
            ("AF_BASE_URL", format!("{}/jobtech", self.url)),
            set("AF_PAUSE_MS", "0"),
            set("AF_RETRY_WAIT_MS", "1"),
            set("AF_SNAPSHOT_HOURS", "0"),
            ("ADZUNA_BASE_URL", format!("{}/adzuna", self.url)),
            set("ADZUNA_APP_ID", "any"),
            set("ADZUNA_APP_KEY", "any"),
            set("ADZUNA_COUNTRIES", "fr,gb,us"),
            set("ADZUNA_MAX_PAGES", "40"),
            set("ADZUNA_PAUSE_MS", "0"),
            set("ADZUNA_RETRY_WAIT_MS", "1"),
            set("ADZUNA_SNAPSHOT_HOURS", "0"),
        ]
    }

    async fn platform(&self, topology: Topology) -> Platform {
        let settings = self.settings();
        let settings: Vec<_> = settings.iter().map(|(name, value)| (*name, value.as_str())).collect();
        Platform::start_with(topology, &settings).await
    }

    /// The plugin of Arbetsförmedlingen as a process of its own, reading this path of the boards.
    async fn plugin(&self, path: &str) -> (Process, String) {
        let base = format!("{}{path}", self.url);
        plugin(
            "arbetsformedlingen",
            &[("AF_BASE_URL", &base), ("AF_PAUSE_MS", "0"), ("AF_RETRY_WAIT_MS", "1")],
        )
        .await
    }
}

fn titles(page: &Value) -> Vec<String> {
    let items = page["items"].as_array().unwrap();
    items.iter().map(|it| it["posting"]["title"].as_str().unwrap().to_lowercase()).collect()
}

async fn heavy_every_swedish_ad_is_stored_once_updated_when_changed_and_found(topology: Topology) {
    let Some(boards) = Boards::open().await else { return };
    let platform = boards.platform(topology).await;
    let board = Board::of(&platform).await;
    let first = board.sync("arbetsformedlingen").await;
    assert_eq!((first.counts(), &first.log["state"]), ([59, 59, 0, 0, 0], &json!("succeeded")), "{first:?}");
    assert_eq!(
        board.sync("arbetsformedlingen").await.counts(),
        [59, 0, 0, 59, 0],
        "a second sync adds nothing"
    );

    assert!(boards.replay.patch_ad(AN_AD, &json!({ "headline": "Barnmorska till infektionsavdelningen" })));
    assert_eq!(
        board.sync("arbetsformedlingen").await.counts(),
        [59, 0, 1, 58, 0],
        "only the changed ad is updated"
    );
    let changed = board.finds("q=barnmorskor", |page| page["total"].as_u64() > Some(0)).await;
    assert!(titles(&changed)[0].starts_with("barnmorska"), "{changed}");

    is_searchable(&board).await;
    platform.stop().await;
}

/// By stem, by typing error, without accents, and by facet.
async fn is_searchable(board: &Board) {
    for words in ["sjuksköterska", "sjuksköterskor", "sjuksköterskan", "sjukskoterska", "sjukskötreska"] {
        let page = board.finds(&format!("q={words}&limit=100"), |_| true).await;
        let hits = titles(&page).iter().filter(|title| title.contains("sjuksköters")).count();
        assert!(hits >= 4, "{words} finds {hits}: {:?}", titles(&page));
    }
    let all = board.finds("source=arbetsformedlingen", |_| true).await;
    assert_eq!(
        (&all["facets"]["country"][0]["value"], all["total"].as_u64()),
        (&json!("SE"), Some(59 - united(&all)))
    );
    let region = &all["facets"]["region"][0];
    let narrowed = format!("region={}", region["value"].as_str().unwrap());
    assert_eq!(board.finds(&narrowed, |_| true).await["total"], region["count"]);
}

/// How many of the 59 ads were found to be another one's twin: the same shop advertised again.
fn united(page: &Value) -> u64 {
    let united = 59 - page["total"].as_u64().unwrap();
    assert!(united <= 3, "{united} ads were united with others");
    united
}

async fn heavy_every_ad_of_three_countries_is_accounted_for(topology: Topology) {
    let Some(boards) = Boards::open().await else { return };
    let platform = boards.platform(topology).await;
    let board = Board::of(&platform).await;
    let began = std::time::Instant::now();
    let first = board.sync("eures").await;
    println!("{} ads in {} ms", first.counts()[0], began.elapsed().as_millis());
    // 1,462 French objects of which 4 repeat, 179 British, 75 American.
    assert_eq!(first.counts(), [1_712, 1_712, 0, 0, 0]);
    assert_eq!(first.task["result"]["notes"], json!(["1712 different ads, 4 repeats"]));
    let second = board.sync("eures").await;
    assert_eq!(second.counts(), [1_712, 0, 0, 1_712, 0], "a second sync adds nothing: {second:?}");
    let page = board.finds("limit=1", |page| page["facets"]["country"].as_array().unwrap().len() == 3).await;
    println!("{} postings: {}", page["total"], page["facets"]["country"]);
    platform.stop().await;
}

async fn heavy_answers_cut_or_of_another_kind_are_refused_and_nothing_is_lost(topology: Topology) {
    let Some(boards) = Boards::open().await else { return };
    let platform = boards.platform(topology).await;
    let board = Board::of(&platform).await;
    assert_eq!(board.sync("arbetsformedlingen").await.counts()[1], 59);
    let before = board.finds("", |page| page["total"].as_u64() > Some(50)).await["total"].clone();

    boards.replay.order(Trouble::once(Fault::Cut).on("/jobtech/search").times(1_000));
    let cut = board.sync("arbetsformedlingen").await;
    assert!(cut.reason().contains("cut off"), "{cut:?}");
    for (name, path, reason) in
        [("legacy", "/jobtech-2018", "before 2019"), ("half", "/jobtech-truncated", "cut off")]
    {
        let (_plugin, address) = boards.plugin(path).await;
        board.add(name, &address).await;
        let refused = board.sync(name).await;
        assert!(refused.reason().contains(reason), "{refused:?}");
        assert_eq!((refused.counts(), &refused.log["state"]), ([0; 5], &json!("failed")), "{refused:?}");
    }
    assert_eq!(board.get("postings").await["total"], before);
    platform.stop().await;
}

async fn heavy_the_older_array_is_read(topology: Topology) {
    let Some(boards) = Boards::open().await else { return };
    let platform = Platform::start(topology).await;
    let board = Board::of(&platform).await;
    let (_plugin, address) = boards.plugin("/jobtech-2020").await;
    board.add("older", &address).await;
    let first = board.sync("older").await;
    assert_eq!(first.counts(), [10, 10, 0, 0, 0], "{first:?}");
    assert_eq!(board.sync("older").await.counts()[1], 0);
    platform.stop().await;
}
