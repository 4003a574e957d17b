//! `/plugins`: sources as OpenJobs' plugins.

use axum::extract::State;
use metier_contract_postings::POSTINGS_READ;
use metier_core::{Fault, Timestamp};
use metier_http::{Caller, Json};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::envelope::{Answer, data, told};
use crate::{
    http::Doors,
    ops::{figures, sources},
    store::{sources::SourceRow, syncs::SyncRow},
};

/// OpenJobs' `PluginInfo`. What is not known is `null`: a plugin's version is not kept, and when a source is synced
/// next is the schedule's to know.
#[derive(Serialize)]
pub struct PluginInfo {
    id: String,
    name: String,
    version: Option<String>,
    source: String,
    status: String,
    last_run: Option<String>,
    next_run: Option<String>,
    description: Option<String>,
    url: String,
}

fn info(source: SourceRow, last: Option<&SyncRow>) -> PluginInfo {
    PluginInfo {
        id: source.name.clone(),
        name: source.title,
        version: None,
        source: source.name,
        status: source.condition,
        last_run: last.map(|sync| Timestamp::from_micros(sync.started_at).to_string()),
        next_run: None,
        description: source.condition_message,
        url: source.url,
    }
}

/// The sources there are.
pub async fn list(State(doors): State<Doors>, Caller(ctx): Caller) -> Answer<Vec<PluginInfo>> {
    let all = figures::sources(&doors.desk, &ctx).await.map_err(Fault::from)?;
    Ok(data(all.into_iter().map(|one| info(one.source, one.last.as_ref())).collect()))
}

/// A plugin to register: OpenJobs' `PluginInfo`, with the address without which nothing can be asked of it.
#[derive(Deserialize)]
pub struct NewPlugin {
    #[serde(default)]
    id: String,
    #[serde(default)]
    name: String,
    url: Option<String>,
}

/// Registers a source for good.
pub async fn register(
    State(doors): State<Doors>,
    Caller(ctx): Caller,
    Json(new): Json<NewPlugin>,
) -> Answer<PluginInfo> {
    let url = new.url.ok_or_else(|| Fault::invalid("url", "must say where the plugin answers"))?;
    let name = if new.id.is_empty() { new.name } else { new.id };
    let source = sources::create(&doors.desk, &ctx, &name, &url).await.map_err(Fault::from)?;
    Ok(told(info(source, None), "Plugin registered"))
}

/// How each source was when it was last asked, and what it has on offer.
pub async fn status(State(doors): State<Doors>, Caller(ctx): Caller) -> Answer<Vec<Value>> {
    ctx.require(POSTINGS_READ)?;
    let all = figures::sources(&doors.desk, &ctx).await.map_err(Fault::from)?;
    let counted = figures::count(&doors.desk, &ctx).await.map_err(Fault::from)?;
    let one = |one: figures::SourceFigures| {
        let source = one.source;
        let jobs: i64 = counted.of_source(&source.name).map(|group| group.count).sum();
        json!({
            "name": source.name,
            "port": url::Url::parse(&source.url).ok().and_then(|url| url.port_or_known_default()),
            "status": if source.condition == "healthy" { "healthy" } else { "unhealthy" },
            "jobs": jobs,
            "condition": source.condition,
            "message": source.condition_message,
            "checked_at": source.checked_at.map(|at| Timestamp::from_micros(at).to_string()),
        })
    };
    Ok(data(all.into_iter().map(one).collect()))
}
