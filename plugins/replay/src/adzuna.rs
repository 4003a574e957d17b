//! Adzuna: `/v1/api/jobs/{country}/search/{page}` with its keys, paging and filters.

use axum::{
    Json, Router,
    extract::{Path, Query, State},
    http::{StatusCode, header},
    response::{IntoResponse, Response},
    routing::get,
};
use serde::Deserialize;
use serde_json::{Value, json};
use time::{Duration, OffsetDateTime, format_description::well_known::Rfc3339};

use crate::{Replay, terms::Terms};

/// The most results of one answer; more are not refused, only not given.
const MOST: usize = 50;

const COUNTRIES: [&str; 19] = [
    "gb", "us", "at", "au", "be", "br", "ca", "ch", "de", "es", "fr", "in", "it", "mx", "nl", "nz", "pl",
    "sg", "za",
];

pub(crate) fn routes() -> Router<Replay> {
    Router::new()
        .route("/adzuna/v1/api/jobs/{country}/search/{page}", get(search))
        .route("/adzuna-truncated/v1/api/jobs/{country}/search/{page}", get(truncated))
}

/// The parameters that change the answer; others are ignored, as there.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Asked {
    app_id: String,
    app_key: String,
    what: String,
    category: String,
    results_per_page: Option<usize>,
    max_days_old: Option<i64>,
    sort_by: String,
}

async fn truncated(State(replay): State<Replay>) -> Response {
    ([(header::CONTENT_TYPE, "application/json")], replay.recorded.adzuna_truncated.clone()).into_response()
}

async fn search(
    State(replay): State<Replay>,
    Path((country, page)): Path<(String, String)>,
    Query(asked): Query<Asked>,
) -> Response {
    if asked.app_id.is_empty() || asked.app_key.is_empty() {
        return exception(StatusCode::UNAUTHORIZED, "AUTH_FAIL", "Authorisation failed");
    }
    if !COUNTRIES.contains(&country.as_str()) {
        return exception(StatusCode::NOT_FOUND, "UNSUPPORTED_COUNTRY", "This country is not supported");
    }
    let Some(page) = page.parse::<usize>().ok().filter(|page| *page > 0) else {
        return exception(StatusCode::BAD_REQUEST, "INVALID_REQUEST", "The page must be 1 or more");
    };
    let ads = replay.recorded.adzuna.get(country.as_str()).map(Vec::as_slice).unwrap_or_default();
    found(ads, &asked, page).into_response()
}

fn found(ads: &[Value], asked: &Asked, page: usize) -> Json<Value> {
    let terms = Terms::parse(&asked.what);
    let oldest = asked.max_days_old.and_then(|days| newest(ads)?.checked_sub(Duration::days(days)));
    let mut results: Vec<&Value> = ads
        .iter()
        .filter(|ad| oldest.is_none_or(|oldest| created(ad).is_some_and(|created| created >= oldest)))
        .filter(|ad| asked.category.is_empty() || ad["category"]["tag"] == asked.category.as_str())
        .filter(|ad| terms.match_text(&searched(ad)))
        .collect();
    if asked.sort_by == "date" {
        results.sort_by_key(|ad| std::cmp::Reverse(created(ad)));
    }
    let size = asked.results_per_page.unwrap_or(10).clamp(1, MOST);
    let count = results.len();
    let page: Vec<&Value> = results.into_iter().skip(size.saturating_mul(page - 1)).take(size).collect();
    Json(json!({"__CLASS__": "Adzuna::API::Response::JobSearchResults", "count": count, "results": page}))
}

/// The recorded world stands still at its newest ad, so that `max_days_old` counts from there.
fn newest(ads: &[Value]) -> Option<OffsetDateTime> {
    ads.iter().filter_map(created).max()
}

fn created(ad: &Value) -> Option<OffsetDateTime> {
    OffsetDateTime::parse(ad["created"].as_str()?, &Rfc3339).ok()
}

fn searched(ad: &Value) -> String {
    let text = |key: &str| ad[key].as_str().unwrap_or_default();
    format!("{} {}", text("title"), text("description")).replace("<strong>", "").replace("</strong>", "")
}

fn exception(status: StatusCode, code: &str, display: &str) -> Response {
    let body =
        json!({"__CLASS__": "Adzuna::API::Response::Exception", "exception": code, "display": display});
    (status, Json(body)).into_response()
}
