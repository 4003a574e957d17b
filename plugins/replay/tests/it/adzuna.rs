//! Adzuna.

use crate::{get, ids, stand_in};

const KEY: &str = "app_id=a&app_key=b";

#[tokio::test]
async fn without_a_key_nothing_is_given() {
    let Some(board) = stand_in().await else { return };
    let (status, answer) = get(&board, "/adzuna/v1/api/jobs/fr/search/1").await;
    assert_eq!((status, answer["exception"].as_str()), (401, Some("AUTH_FAIL")));
}

#[tokio::test]
async fn pages_hold_every_recorded_ad() {
    let Some(board) = stand_in().await else { return };
    for (country, recorded) in [("fr", 1462), ("gb", 179), ("us", 75), ("nl", 0)] {
        let mut seen = 0;
        for page in 1.. {
            let path =
                format!("/adzuna/v1/api/jobs/{country}/search/{page}?{KEY}&results_per_page=50&sort_by=date");
            let (status, answer) = get(&board, &path).await;
            assert_eq!((status, answer["count"].as_u64()), (200, Some(recorded)));
            match ids(&answer, "results").len() {
                0 => break,
                page => seen += page as u64,
            }
        }
        assert_eq!(seen, recorded, "{country}");
    }
}

#[tokio::test]
async fn filters_and_limits_are_kept() {
    let Some(board) = stand_in().await else { return };
    let (_, recent) = get(&board, &format!("/adzuna/v1/api/jobs/fr/search/1?{KEY}&max_days_old=1")).await;
    let (_, java) =
        get(&board, &format!("/adzuna/v1/api/jobs/gb/search/1?{KEY}&what=java&results_per_page=99")).await;
    assert!(recent["count"].as_u64() < Some(1462) && recent["count"].as_u64() > Some(0));
    assert!(java["count"].as_u64() < Some(179) && ids(&java, "results").len() <= 50);
    assert_eq!(get(&board, &format!("/adzuna/v1/api/jobs/fr/search/0?{KEY}")).await.0, 400);
    assert_eq!(get(&board, &format!("/adzuna/v1/api/jobs/se/search/1?{KEY}")).await.0, 404);
}
