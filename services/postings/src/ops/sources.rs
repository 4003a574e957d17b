//! Sources: registered, checked, synced, removed.

use std::collections::BTreeMap;

use metier_bus::NewEvent;
use metier_contract_postings::{
    SOURCES_MANAGE, SOURCES_READ,
    event::{SOURCE_CREATED, SOURCE_DELETED, SOURCE_HEALTH_CHANGED, TOPIC_SOURCE},
};
use metier_core::{Ctx, Fault, Timestamp};
use metier_db::{DbError, Tx};
use sea_orm::DbErr;
use serde_json::json;

use super::{Desk, ingest, manual::MANUAL};
use crate::{
    config::SourceSetting,
    domain::dialect::{Condition, Health},
    error::Error,
    store::{
        self,
        sources::{Found, HealthRow, SourceRow},
        syncs::SyncRow,
    },
};

const REMOVE_CHUNK: i64 = 500;
/// The origin of sources whose plugins a process hosts itself.
const BUILT_IN: &str = "built_in";
/// The origin of sources that somebody registered.
const BY_API: &str = "api";

/// Every source.
///
/// # Errors
/// `permission_denied`, or a database failure.
pub async fn list(desk: &Desk, ctx: &Ctx) -> Result<Vec<SourceRow>, Error> {
    ctx.require(SOURCES_READ)?;
    Ok(store::sources::list(desk.database.reader()).await?)
}

/// A source.
///
/// # Errors
/// `permission_denied`, `not_found`, or a database failure.
pub async fn get(desk: &Desk, ctx: &Ctx, name: &str) -> Result<SourceRow, Error> {
    ctx.require(SOURCES_READ)?;
    find(desk, name).await
}

pub(super) async fn find(desk: &Desk, name: &str) -> Result<SourceRow, Error> {
    let source = store::sources::find(desk.database.reader(), name).await?;
    source.ok_or_else(|| Error::NoSource(name.to_owned()))
}

/// How a source's health changed, newest first.
///
/// # Errors
/// `permission_denied`, `not_found`, or a database failure.
pub async fn health(desk: &Desk, ctx: &Ctx, name: &str) -> Result<Vec<HealthRow>, Error> {
    get(desk, ctx, name).await?;
    Ok(store::sources::health(desk.database.reader(), name, 100).await?)
}

/// The newest syncs of a source, begun before `before`.
///
/// # Errors
/// `permission_denied`, `not_found`, or a database failure.
pub async fn syncs(
    desk: &Desk,
    ctx: &Ctx,
    name: &str,
    page: (Option<i64>, i64),
) -> Result<Vec<SyncRow>, Error> {
    get(desk, ctx, name).await?;
    Ok(store::syncs::list(desk.database.reader(), Some(name), page).await?)
}

/// Registers a source by its plugin's URL.
///
/// # Errors
/// `permission_denied`, `invalid_parameters`, `source_taken`, or a database failure.
pub async fn create(desk: &Desk, ctx: &Ctx, name: &str, url: &str) -> Result<SourceRow, Error> {
    ctx.require(SOURCES_MANAGE)?;
    check_name(name)?;
    check_url(url)?;
    let (at, actor, known, address) = (desk.clone(), ctx.clone(), name.to_owned(), url.to_owned());
    let write = desk.database.write(move |tx| {
        Box::pin(async move {
            if store::sources::find(tx, &known).await?.is_some() {
                return Err(Error::SourceTaken(known));
            }
            store::sources::register(tx, &known, &address, BY_API, at.clock.now()).await?;
            at.outbox
                .audit(tx, &actor, "sources.create", &known, (None::<()>, Some(json!({"url": address}))))
                .await?;
            at.outbox.publish(tx, &actor, told(SOURCE_CREATED, &known)).await?;
            Ok(())
        })
    });
    write.await?;
    match check(desk, name).await {
        Ok(source) => Ok(source),
        Err(_) => find(desk, name).await,
    }
}

fn told(kind: &'static str, source: &str) -> NewEvent {
    NewEvent::new(TOPIC_SOURCE, kind, source, json!({ "name": source }))
}

fn check_name(name: &str) -> Result<(), Fault> {
    if name == MANUAL {
        return Err(Fault::invalid("/name", "is kept for postings that people write down"));
    }
    let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    match !name.is_empty() && name.len() <= 64 && name.bytes().all(plain) {
        true => Ok(()),
        false => Err(Fault::invalid("/name", "must be 1 to 64 of a-z 0-9 -")),
    }
}

fn check_url(url: &str) -> Result<(), Fault> {
    let parsed =
        url::Url::parse(url).ok().filter(|url| matches!(url.scheme(), "http" | "https") && url.has_host());
    match parsed {
        Some(url) if url.username().is_empty() && url.password().is_none() => Ok(()),
        _ => Err(Fault::invalid("/url", "must be an http or https address without user and password")),
    }
}

/// Registers the sources that are built in, or that settings and `PLUGIN_<NAME>_URL` name; of two with one name the
/// last of these counts, and a built-in one never takes the place of one registered by API.
///
/// # Errors
/// A database failure.
pub async fn register_configured(desk: &Desk, environment: BTreeMap<String, String>) -> Result<(), Error> {
    let built_in = desk.config.built_in.clone().into_iter().map(|(name, url)| (name, (url, BUILT_IN)));
    let with_url = |(name, source): (&String, &SourceSetting)| Some((name.clone(), source.url()?.to_owned()));
    let configured = desk.config.sources.iter().filter_map(with_url).chain(environment);
    let configured = configured.map(|(name, url)| (name, (url, "environment")));
    let named: BTreeMap<_, _> = built_in.chain(configured).collect();
    for (name, (url, origin)) in named {
        if let Err(fault) = check_name(&name).and_then(|()| check_url(&url)) {
            tracing::warn!(source = name, error = %fault, "a configured source is left out");
            continue;
        }
        let now = desk.clock.now();
        let write = desk.database.write(move |tx| {
            Box::pin(async move {
                let known = store::sources::find(tx, &name).await?;
                if origin == BUILT_IN && known.is_some_and(|known| known.origin == BY_API) {
                    return Ok(false);
                }
                Ok::<_, DbError>(store::sources::register(tx, &name, &url, origin, now).await?)
            })
        });
        write.await?;
    }
    Ok(())
}

/// Source names and URLs in variables such as `PLUGIN_REMOTE_OK_URL` (`remote-ok`).
pub fn from_environment(variables: impl Iterator<Item = (String, String)>) -> BTreeMap<String, String> {
    let named = |(variable, url): (String, String)| {
        let name = variable.strip_prefix("PLUGIN_")?.strip_suffix("_URL")?;
        Some((name.to_ascii_lowercase().replace('_', "-"), url))
            .filter(|(name, url)| !name.is_empty() && !url.is_empty())
    };
    variables.filter_map(named).collect()
}

/// Asks a source how it is and keeps the answer.
///
/// # Errors
/// `not_found`, the source being unreachable, or a database failure.
pub async fn check(desk: &Desk, name: &str) -> Result<SourceRow, Error> {
    let source = find(desk, name).await?;
    let asked = desk.fetcher.health(name, &source.url).await;
    let found = match &asked {
        Ok(health) => found(health),
        Err(error) => Found {
            condition: "unreachable",
            message: Some(error.to_string()),
            title: None,
            contract: None,
            demo: None,
        },
    };
    let (at, known, before) = (desk.clone(), name.to_owned(), source.condition);
    let write = desk.database.write(move |tx| {
        Box::pin(async move {
            let now = found.condition;
            let told = json!({ "from": before, "to": now, "message": found.message });
            store::sources::note_health(tx, &known, found, at.clock.now()).await?;
            if before != now {
                let event = NewEvent::new(TOPIC_SOURCE, SOURCE_HEALTH_CHANGED, &known, told);
                at.outbox.publish(tx, &at.ctx(), event).await?;
            }
            Ok::<_, DbError>(())
        })
    });
    write.await?;
    asked?;
    find(desk, name).await
}

fn found(health: &Health) -> Found {
    let condition = match health.condition {
        Condition::Healthy => "healthy",
        Condition::Degraded => "degraded",
        Condition::Unconfigured => "unconfigured",
    };
    Found {
        condition,
        message: health.message.clone(),
        title: health.name.clone(),
        contract: Some(if health.contract >= 2 { 2 } else { 1 }),
        demo: Some(health.demo),
    }
}

/// Removes a source with everything only it showed; what others show too stays.
///
/// # Errors
/// `permission_denied`, `not_found`, or a database failure.
pub async fn remove(desk: &Desk, ctx: &Ctx, name: &str) -> Result<u64, Error> {
    ctx.require(SOURCES_MANAGE)?;
    find(desk, name).await?;
    let mut removed = 0;
    loop {
        let (at, source) = (desk.clone(), name.to_owned());
        let write = desk.database.write(move |tx| {
            Box::pin(async move { Ok::<_, DbError>(remove_some(tx, &source, at.clock.now()).await?) })
        });
        let chunk = write.await?;
        removed += chunk;
        if chunk == 0 {
            break;
        }
    }
    let (at, actor, source) = (desk.clone(), ctx.clone(), name.to_owned());
    let write = desk.database.write(move |tx| {
        Box::pin(async move {
            // First the source, on which a running sync waits and then stops; then what it stored meanwhile.
            store::sources::delete(tx, &source).await?;
            let mut removed = removed;
            loop {
                match remove_some(tx, &source, at.clock.now()).await? {
                    0 => break,
                    chunk => removed += chunk,
                }
            }
            let change = (Some(json!({ "sightings": removed })), None::<()>);
            at.outbox.audit(tx, &actor, "sources.delete", &source, change).await?;
            at.outbox.publish(tx, &actor, told(SOURCE_DELETED, &source)).await?;
            Ok::<_, DbError>(removed)
        })
    });
    Ok(write.await?)
}

/// Removes some of what a source showed. Answers how much; 0 when nothing is left.
async fn remove_some(tx: &Tx, source: &str, now: Timestamp) -> Result<u64, DbErr> {
    let known = store::sightings::of_source(tx, source, REMOVE_CHUNK).await?;
    let keys: Vec<_> = known.iter().map(|known| known.key.clone()).collect();
    store::sightings::delete(tx, &keys).await?;
    ingest::recompose(tx, known.into_iter().map(|known| known.posting).collect(), now).await?;
    Ok(keys.len() as u64)
}
