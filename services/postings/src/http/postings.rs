//! `/api/v1/postings`.

use std::collections::{BTreeMap, HashMap};

use axum::extract::State;
use metier_core::{Fault, Timestamp};
use metier_http::{Caller, Json, Path, Problem, Query};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};

use super::Doors;
use crate::{
    domain::posting::PostingId,
    ops::postings::{self, Detail},
    search::{self, Facet, Hit, Sort},
    store::{postings::PostingView, sightings::Found},
};

/// What to look for. A filter takes alternatives between commas.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Search {
    /// Words; `"a phrase"` and `-without` work. All postings, newest first, when absent.
    q: Option<String>,
    /// Names of sources.
    source: Option<String>,
    /// Country codes, ISO 3166-1 alpha-2.
    country: Option<String>,
    /// Regions as shown in the facets.
    region: Option<String>,
    /// `full_time`, `part_time`, `contract`, `internship`, `temporary`.
    employment_type: Option<String>,
    /// `yes`, `no`, `unknown`.
    remote: Option<String>,
    /// Published at or after.
    #[param(value_type = Option<String>)]
    published_from: Option<Timestamp>,
    /// Published before.
    #[param(value_type = Option<String>)]
    published_until: Option<Timestamp>,
    /// `relevance` or `newest`.
    sort: Option<String>,
    /// Results on a page, 1 to 100.
    limit: Option<usize>,
    /// Where the last page ended.
    after: Option<String>,
}

impl Search {
    fn query(self) -> Result<search::Query, Fault> {
        let limit = self.limit.unwrap_or(20);
        if limit == 0 || limit > search::Query::MOST {
            return Err(Fault::invalid("limit", format!("must be between 1 and {}", search::Query::MOST)));
        }
        let sort = match self.sort.as_deref() {
            None | Some("relevance") => Sort::Relevance,
            Some("newest") => Sort::Newest,
            Some(_) => return Err(Fault::invalid("sort", "must be relevance or newest")),
        };
        let wanted = [
            (Facet::Source, self.source),
            (Facet::Country, self.country),
            (Facet::Region, self.region),
            (Facet::EmploymentType, self.employment_type),
            (Facet::Remote, self.remote),
        ];
        let split = |text: String| text.split(',').map(|value| value.trim().to_owned()).collect::<Vec<_>>();
        let filters: BTreeMap<_, _> =
            wanted.into_iter().filter_map(|(facet, text)| Some((facet, split(text?)))).collect();
        Ok(search::Query {
            text: self.q.unwrap_or_default(),
            filters,
            published_from: self.published_from,
            published_until: self.published_until,
            sort,
            limit,
            after: self.after.map(Into::into),
        })
    }
}

/// A posting.
#[derive(Debug, Serialize, ToSchema)]
pub struct Posting {
    /// Its id; stable, also when postings are found to be one.
    #[schema(format = "uuid")]
    id: String,
    /// Whether it is invented, to try things out.
    demo: bool,
    /// `live`, `missing` (the last complete look did not show it) or `ended`.
    state: String,
    /// The sources that show it.
    sources: Vec<String>,
    /// What it says: title, company, description, locations, country, salary, dates, skills, fields.
    #[serde(flatten)]
    #[schema(value_type = Object)]
    content: Value,
    /// When a source first showed it.
    #[schema(value_type = String, format = "date-time")]
    first_seen_at: Timestamp,
    /// When it last changed.
    #[schema(value_type = String, format = "date-time")]
    updated_at: Timestamp,
}

impl TryFrom<PostingView> for Posting {
    type Error = Fault;
    fn try_from(view: PostingView) -> Result<Self, Fault> {
        Ok(Self {
            id: view.id.to_string(),
            demo: view.demo,
            state: view.state,
            sources: view.sources,
            content: serde_json::to_value(view.content).map_err(Fault::internal)?,
            first_seen_at: view.first_seen_at,
            updated_at: view.updated_at,
        })
    }
}

/// A text with the places that matched.
#[derive(Debug, Serialize, ToSchema)]
pub struct Marked {
    /// Plain text.
    text: String,
    /// Byte ranges of `text` that matched: start and end.
    marks: Vec<[usize; 2]>,
}

impl From<search::Marked> for Marked {
    fn from(marked: search::Marked) -> Self {
        let marks = marked.marks.into_iter().map(|range| [range.start, range.end]).collect();
        Self { text: marked.text, marks }
    }
}

/// A result.
#[derive(Debug, Serialize, ToSchema)]
pub struct SearchHit {
    /// How well it matches; only comparable within one search.
    score: f32,
    /// Its title, marked.
    title: Marked,
    /// The part of its text worth showing, marked.
    snippet: Marked,
    /// The posting.
    posting: Posting,
}

/// A value of a facet.
#[derive(Debug, Serialize, ToSchema)]
pub struct FacetValue {
    /// The value.
    value: String,
    /// Postings that match everything but this facet's own filter.
    count: u64,
}

/// A page of results.
#[derive(Debug, Serialize, ToSchema)]
pub struct SearchResults {
    /// Best or newest first.
    items: Vec<SearchHit>,
    /// What the results can be narrowed to: source, country, region, employment_type, remote.
    facets: BTreeMap<String, Vec<FacetValue>>,
    /// All results.
    total: u64,
    /// Whether words were taken for near spellings because few matched as typed.
    respelled: bool,
    /// Pass it as `after` for the next page.
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<String>,
}

/// Search postings: by words in Swedish or English, whatever their endings, forgiving typing errors.
#[utoipa::path(
    get, path = "/api/v1/postings", tag = "postings", security(("bearer" = ["postings:read"])), params(Search),
    responses((status = 200, body = SearchResults), (status = 409, description = "stale_cursor: start from the first page"))
)]
pub async fn search(
    State(doors): State<Doors>,
    Caller(ctx): Caller,
    Query(wanted): Query<Search>,
) -> Result<Json<SearchResults>, Problem> {
    let found = postings::search(&doors.desk, &ctx, wanted.query()?).await.map_err(Fault::from)?;
    let mut by_id: HashMap<PostingId, PostingView> =
        found.postings.into_iter().map(|posting| (posting.id, posting)).collect();
    let shown = |hit: Hit| {
        let posting = by_id.remove(&hit.id)?;
        let (title, snippet) = (hit.title.into(), hit.snippet.into());
        Some(Posting::try_from(posting).map(|posting| SearchHit {
            score: hit.score,
            title,
            snippet,
            posting,
        }))
    };
    let items = found.page.hits.into_iter().filter_map(shown).collect::<Result<_, _>>()?;
    let values = |counts: Vec<search::FacetCount>| {
        counts.into_iter().map(|count| FacetValue { value: count.value, count: count.count }).collect()
    };
    let facets = found
        .page
        .facets
        .into_iter()
        .map(|(facet, counts)| (facet.as_str().to_owned(), values(counts)))
        .collect();
    let next = found.page.next.map(|cursor| cursor.as_str().to_owned());
    Ok(Json(SearchResults { items, facets, total: found.page.total, respelled: found.page.respelled, next }))
}

/// A posting as one source showed it.
#[derive(Debug, Serialize, ToSchema)]
pub struct Sighting {
    /// The source.
    source: String,
    /// The source's own id.
    original_id: String,
    /// `"live"`, or an object: `missing` with how often, or `ended` with why and when.
    #[schema(value_type = Value)]
    standing: Value,
    /// Why it is taken for this posting.
    #[schema(value_type = Vec<Object>)]
    because: Value,
    /// What it says.
    #[schema(value_type = Object)]
    content: Value,
    /// When it was first shown.
    #[schema(value_type = String, format = "date-time")]
    first_seen_at: Timestamp,
    /// When it was last shown changed.
    #[schema(value_type = String, format = "date-time")]
    last_seen_at: Timestamp,
}

impl TryFrom<Found> for Sighting {
    type Error = Fault;
    fn try_from(found: Found) -> Result<Self, Fault> {
        let value = |value: serde_json::Result<Value>| value.map_err(Fault::internal);
        Ok(Self {
            source: found.sighting.key.source,
            original_id: found.sighting.key.original_id,
            standing: value(serde_json::to_value(found.standing))?,
            because: value(serde_json::to_value(found.because))?,
            content: value(serde_json::to_value(found.sighting.posting))?,
            first_seen_at: found.first_seen_at,
            last_seen_at: found.last_seen_at,
        })
    }
}

/// A posting with what it is made of.
#[derive(Debug, Serialize, ToSchema)]
pub struct PostingDetail {
    /// The posting.
    #[serde(flatten)]
    posting: Posting,
    /// What its sources showed.
    sightings: Vec<Sighting>,
    /// Other ids that name it: postings that turned out to be the same.
    aliases: Vec<String>,
}

fn detail(detail: Detail) -> Result<Json<PostingDetail>, Problem> {
    let sightings = detail.sightings.into_iter().map(Sighting::try_from).collect::<Result<_, _>>()?;
    let aliases = detail.aliases.iter().map(ToString::to_string).collect();
    Ok(Json(PostingDetail { posting: detail.posting.try_into()?, sightings, aliases }))
}

fn posting_id(text: &str) -> Result<PostingId, Fault> {
    text.parse().map_err(|_| Fault::not_found("posting", text))
}

/// One posting, with the sightings it is made of and why they are taken for one.
#[utoipa::path(
    get, path = "/api/v1/postings/{posting}", tag = "postings", security(("bearer" = ["postings:read"])),
    params(("posting" = String, Path, description = "Id, or an alias")), responses((status = 200, body = PostingDetail))
)]
pub async fn get(
    State(doors): State<Doors>,
    Caller(ctx): Caller,
    Path(posting): Path<String>,
) -> Result<Json<PostingDetail>, Problem> {
    detail(postings::get(&doors.desk, &ctx, posting_id(&posting)?).await.map_err(Fault::from)?)
}

/// Undo a merge: the alias stands for itself again, and nothing unites the two any more.
#[utoipa::path(
    post, path = "/api/v1/postings/{posting}/split", tag = "postings", security(("bearer" = ["postings:write"])),
    params(("posting" = String, Path, description = "The alias")),
    responses((status = 200, body = PostingDetail), (status = 409, description = "not_merged"))
)]
pub async fn split(
    State(doors): State<Doors>,
    Caller(ctx): Caller,
    Path(posting): Path<String>,
) -> Result<Json<PostingDetail>, Problem> {
    detail(postings::split(&doors.desk, &ctx, posting_id(&posting)?).await.map_err(Fault::from)?)
}

/// How this replica's search index stands.
#[derive(Debug, Serialize, ToSchema)]
pub struct IndexStatus {
    /// The last change it has taken in.
    position: i64,
    /// The last change there is; the difference is its lag.
    last_position: i64,
    /// Postings that can be found.
    postings: u64,
}

/// How far this replica's search index follows.
#[utoipa::path(get, path = "/api/v1/postings/index", tag = "postings", security(("bearer" = ["postings:read"])), responses((status = 200, body = IndexStatus)))]
pub async fn index(State(doors): State<Doors>, Caller(ctx): Caller) -> Result<Json<IndexStatus>, Problem> {
    let status = postings::index_status(&doors.desk, &ctx).await.map_err(Fault::from)?;
    Ok(Json(IndexStatus { position: status.position, last_position: status.last, postings: status.postings }))
}
