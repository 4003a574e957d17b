//! JobTech JobSearch: `/search` with its paging, filters and limits, and `/ad/{id}`.

use axum::{
    Json, Router,
    extract::{Path, Query, State},
    http::{StatusCode, header},
    response::{IntoResponse, Response},
    routing::get,
};
use serde_json::{Value, json};
use time::{PrimitiveDateTime, macros::format_description};

use crate::{Replay, terms::Terms};

/// The most hits of one answer.
const MOST: usize = 100;
/// The furthest offset.
const FURTHEST: usize = 2_000;

pub(crate) fn routes() -> Router<Replay> {
    Router::new()
        .route("/jobtech/search", get(search))
        .route("/jobtech/ad/{id}", get(ad))
        .route("/jobtech-2020/search", get(async |replay| as_recorded(replay, |it| &it.jobtech_2020)))
        .route("/jobtech-2018/search", get(async |replay| as_recorded(replay, |it| &it.jobtech_2018)))
        .route(
            "/jobtech-truncated/search",
            get(async |replay| as_recorded(replay, |it| &it.jobtech_truncated)),
        )
}

fn as_recorded(State(replay): State<Replay>, pick: fn(&crate::Recorded) -> &Vec<u8>) -> Response {
    ([(header::CONTENT_TYPE, "application/json")], pick(&replay.recorded).clone()).into_response()
}

type Pairs = Vec<(String, String)>;

async fn search(State(replay): State<Replay>, Query(query): Query<Pairs>) -> Response {
    let asked = match Asked::parse(&query) {
        Ok(asked) => asked,
        Err((parameter, reason)) => return refused(parameter, &reason),
    };
    let ads = replay.recorded.jobtech.all();
    let mut hits: Vec<&Value> = ads.iter().filter(|ad| asked.wants(ad)).collect();
    asked.sort(&mut hits);
    let total = hits.len();
    let positions: u64 = hits.iter().filter_map(|ad| ad["number_of_vacancies"].as_u64()).sum();
    let page: Vec<&Value> = hits.into_iter().skip(asked.offset).take(asked.limit).collect();
    Json(json!({
        "total": {"value": total},
        "positions": positions,
        "query_time_in_millis": 1,
        "result_time_in_millis": 1,
        "stats": [],
        "freetext_concepts": {},
        "hits": page,
    }))
    .into_response()
}

async fn ad(State(replay): State<Replay>, Path(id): Path<String>) -> Response {
    let ads = replay.recorded.jobtech.all();
    match ads.iter().find(|ad| ad["id"] == id.as_str()) {
        Some(ad) => Json(ad).into_response(),
        None => (StatusCode::NOT_FOUND, Json(json!({"message": "Ad not found"}))).into_response(),
    }
}

fn refused(parameter: &str, reason: &str) -> Response {
    let body = json!({"errors": {parameter: reason}, "message": "Input payload validation failed"});
    (StatusCode::BAD_REQUEST, Json(body)).into_response()
}

/// A search as it was asked.
struct Asked {
    terms: Terms,
    after: Option<PrimitiveDateTime>,
    before: Option<PrimitiveDateTime>,
    /// Field of the ad, and the ids or codes of which one must be it.
    filters: Vec<(&'static str, Vec<String>)>,
    sort: String,
    limit: usize,
    offset: usize,
}

/// Parameter, and the field of the ad it looks at.
const FILTERS: [(&str, &str); 6] = [
    ("occupation-name", "/occupation"),
    ("occupation-group", "/occupation_group"),
    ("occupation-field", "/occupation_field"),
    ("region", "/workplace_address/region"),
    ("municipality", "/workplace_address/municipality"),
    ("country", "/workplace_address/country"),
];

const SORTS: [&str; 7] =
    ["relevance", "pubdate-desc", "pubdate-asc", "applydate-desc", "applydate-asc", "updated", "id"];

impl Asked {
    fn parse(query: &Pairs) -> Result<Self, (&'static str, String)> {
        let one =
            |name: &str| query.iter().rev().find(|(key, _)| key == name).map(|(_, value)| value.as_str());
        let many = |name: &str| -> Vec<String> {
            query.iter().filter(|(key, _)| key == name).map(|(_, value)| value.clone()).collect()
        };
        let sort = one("sort").unwrap_or("relevance").to_owned();
        if !SORTS.contains(&sort.as_str()) {
            return Err(("sort", format!("The value '{sort}' is not a valid choice for 'sort'.")));
        }
        Ok(Self {
            terms: Terms::parse(one("q").unwrap_or_default()),
            after: moment("published-after", one("published-after"))?,
            before: moment("published-before", one("published-before"))?,
            filters: FILTERS
                .iter()
                .map(|(name, field)| (*field, many(name)))
                .filter(|(_, wanted)| !wanted.is_empty())
                .collect(),
            sort,
            limit: number("limit", one("limit"), 10, MOST)?,
            offset: number("offset", one("offset"), 0, FURTHEST)?,
        })
    }

    fn wants(&self, ad: &Value) -> bool {
        let published = ad["publication_date"].as_str().and_then(parse_moment);
        self.after.is_none_or(|after| published.is_some_and(|published| published >= after))
            && self.before.is_none_or(|before| published.is_some_and(|published| published <= before))
            && self.filters.iter().all(|(field, wanted)| is_one_of(ad, field, wanted))
            && self.terms.match_text(&searched(ad))
    }

    fn sort(&self, hits: &mut [&Value]) {
        let text = |ad: &Value, key: &str| ad[key].as_str().unwrap_or_default().to_owned();
        match self.sort.as_str() {
            "pubdate-asc" => hits.sort_by_key(|ad| text(ad, "publication_date")),
            "pubdate-desc" => hits.sort_by_key(|ad| std::cmp::Reverse(text(ad, "publication_date"))),
            "applydate-asc" => hits.sort_by_key(|ad| text(ad, "application_deadline")),
            "applydate-desc" => hits.sort_by_key(|ad| std::cmp::Reverse(text(ad, "application_deadline"))),
            "updated" => hits.sort_by_key(|ad| std::cmp::Reverse(ad["timestamp"].as_u64())),
            "id" => hits.sort_by_key(|ad| text(ad, "id")),
            _ => {}
        }
    }
}

fn searched(ad: &Value) -> String {
    let fields =
        ["/headline", "/description/text", "/employer/name", "/employer/workplace", "/occupation/label"];
    fields.iter().filter_map(|field| ad.pointer(field)?.as_str()).collect::<Vec<_>>().join(" ")
}

fn is_one_of(ad: &Value, field: &str, wanted: &[String]) -> bool {
    let ids = ["/concept_id", "/legacy_ams_taxonomy_id", "_concept_id", "_code"];
    ids.iter().any(|id| {
        let found = ad.pointer(&format!("{field}{id}")).and_then(Value::as_str);
        found.is_some_and(|found| wanted.iter().any(|wanted| wanted == found))
    })
}

fn number(
    name: &'static str,
    value: Option<&str>,
    default: usize,
    most: usize,
) -> Result<usize, (&'static str, String)> {
    let Some(value) = value else { return Ok(default) };
    let number = value.parse().ok().filter(|number| *number <= most);
    number.ok_or_else(|| {
        (name, format!("Invalid argument: {value}. argument must be within the range 0 - {most}"))
    })
}

fn moment(
    name: &'static str,
    value: Option<&str>,
) -> Result<Option<PrimitiveDateTime>, (&'static str, String)> {
    let Some(value) = value.filter(|value| !value.is_empty()) else { return Ok(None) };
    let refusal = || (name, format!("time data '{value}' does not match format '%Y-%m-%dT%H:%M:%S'"));
    parse_moment(value).map(Some).ok_or_else(refusal)
}

fn parse_moment(text: &str) -> Option<PrimitiveDateTime> {
    let format = format_description!("[year]-[month]-[day]T[hour]:[minute]:[second]");
    PrimitiveDateTime::parse(text, format).ok()
}
