//! JobTech JobSearch.

use serde_json::json;

use crate::{get, ids, stand_in};

#[tokio::test]
async fn paging_brings_every_ad_once() {
    let Some(board) = stand_in().await else { return };
    let mut seen = Vec::new();
    for offset in (0..).step_by(25) {
        let (status, answer) =
            get(&board, &format!("/jobtech/search?sort=pubdate-asc&limit=25&offset={offset}")).await;
        assert_eq!((status, answer["total"]["value"].as_u64()), (200, Some(59)));
        let page = ids(&answer, "hits");
        if page.is_empty() {
            break;
        }
        seen.extend(page);
    }
    seen.sort();
    seen.dedup();
    assert_eq!(seen.len(), board.replay.ads());
}

#[tokio::test]
async fn the_apis_limits_are_kept() {
    let Some(board) = stand_in().await else { return };
    for refused in ["limit=101", "limit=-1", "offset=2001", "sort=newest", "published-after=yesterday"] {
        let (status, answer) = get(&board, &format!("/jobtech/search?{refused}")).await;
        assert_eq!(status, 400, "{refused}");
        assert_eq!(answer["message"], "Input payload validation failed");
    }
    assert_eq!(get(&board, "/jobtech/search?limit=100&offset=2000").await.0, 200);
}

#[tokio::test]
async fn filters_narrow_the_answer() {
    let Some(board) = stand_in().await else { return };
    let (_, found) = get(&board, "/jobtech/search?q=psykiatrisjuksk%C3%B6terska&limit=100").await;
    let (_, late) = get(&board, "/jobtech/search?published-after=2025-09-11T11:20:00&limit=100").await;
    let (_, nurses) = get(&board, "/jobtech/search?occupation-field=NYW6_mP6_vwf&limit=100").await;
    let (_, region) = get(&board, "/jobtech/search?region=04&limit=100").await;
    for answer in [&found, &late, &nurses, &region] {
        let hits = ids(answer, "hits").len();
        assert!(hits > 0 && hits < board.replay.ads(), "{hits}");
    }
    assert!(
        late["hits"]
            .as_array()
            .unwrap()
            .iter()
            .all(|ad| ad["publication_date"].as_str() >= Some("2025-09-11T11:20:00"))
    );
}

#[tokio::test]
async fn ads_change_and_go_when_told() {
    let Some(board) = stand_in().await else { return };
    assert!(board.replay.patch_ad("30016621", &json!({"headline": "Ändrad"})));
    assert_eq!(get(&board, "/jobtech/ad/30016621").await.1["headline"], "Ändrad");
    assert!(board.replay.remove_ad("30016621"));
    assert_eq!(get(&board, "/jobtech/ad/30016621").await.0, 404);
}
