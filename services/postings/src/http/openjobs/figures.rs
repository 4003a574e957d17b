//! `/analytics` and `/platform/metrics`: every figure is counted; what is not known is `null`.

use std::collections::{BTreeMap, BTreeSet};

use axum::extract::State;
use metier_core::{Fault, Timestamp};
use metier_http::Caller;
use serde_json::{Value, json};

use super::{
    envelope::{Answer, data},
    syncs::status,
};
use crate::{
    http::Doors,
    ops::figures::{self, Figures, SourceFigures},
    store::{
        figures::{Group, day_of, start_of},
        syncs::SyncRow,
    },
};

const EVENTS: i64 = 20;
const HOUR: i64 = 3_600_000_000;

fn moment(micros: i64) -> String {
    Timestamp::from_micros(micros).to_string()
}

/// A share in hundredths, one place after the point; none of nothing.
#[expect(clippy::cast_precision_loss, reason = "counts of postings are far below 2^52")]
fn percentage(part: i64, whole: i64) -> Option<f64> {
    (whole > 0).then(|| (part as f64 * 1_000.0 / whole as f64).round() / 10.0)
}

fn countries<'a>(groups: impl Iterator<Item = &'a Group>) -> usize {
    groups.filter_map(|group| group.country.as_deref()).collect::<BTreeSet<_>>().len()
}

/// What there is, by source and by country, and what happened lately.
pub async fn analytics(State(doors): State<Doors>, Caller(ctx): Caller) -> Answer<Value> {
    let counted = figures::count(&doors.desk, &ctx).await.map_err(Fault::from)?;
    let sources = figures::sources(&doors.desk, &ctx).await.map_err(Fault::from)?;
    let syncs = figures::syncs(&doors.desk, &ctx, EVENTS).await.map_err(Fault::from)?;
    let last = syncs.first();
    Ok(data(json!({
        "summary": {
            "total_jobs": counted.total(),
            "sources_count": sources.len(),
            "countries_covered": countries(counted.postings.iter()),
            "remote_percentage": percentage(counted.remote(), counted.total()),
            "last_sync": last.map(|sync| moment(sync.started_at)),
            "sync_status": last.map(|sync| status(&sync.state)),
        },
        "sources": sources.iter().map(|one| source(one, &counted)).collect::<Vec<_>>(),
        "geography": geography(&counted),
        "activity": syncs.iter().map(event).collect::<Vec<_>>(),
    })))
}

fn source(SourceFigures { source, last, .. }: &SourceFigures, counted: &Figures) -> Value {
    let groups = || counted.of_source(&source.name);
    let remote = groups().filter(|group| group.remote == "yes");
    json!({
        "source": source.name,
        "total_jobs": groups().map(|group| group.count).sum::<i64>(),
        "countries_covered": countries(groups()),
        "remote_jobs": remote.map(|group| group.count).sum::<i64>(),
        "last_run": last.as_ref().map(|sync| moment(sync.started_at)),
        "status": last.as_ref().map(|sync| status(&sync.state)),
        "jobs_fetched": last.as_ref().map(|sync| sync.fetched),
    })
}

fn geography(counted: &Figures) -> Vec<Value> {
    let mut by_country: BTreeMap<&str, BTreeMap<&str, i64>> = BTreeMap::new();
    for group in &counted.sightings {
        if let (Some(country), Some(source)) = (&group.country, &group.source) {
            *by_country.entry(country).or_default().entry(source).or_default() += group.count;
        }
    }
    by_country
        .into_iter()
        .map(|(country, sources)| json!({ "country": country, "sources": sources }))
        .collect()
}

fn event(sync: &SyncRow) -> Value {
    let counts = format!("{} fetched, {} new, {} updated", sync.fetched, sync.new, sync.updated);
    json!({
        "timestamp": moment(sync.ended_at.unwrap_or(sync.started_at)),
        "event": format!("sync_{}", status(&sync.state)),
        "source": sync.source,
        "details": sync.error.as_ref().map_or(counts.clone(), |error| format!("{counts}: {error}")),
    })
}

/// How fast it grows, and how old each source's last good sync is.
pub async fn metrics(State(doors): State<Doors>, Caller(ctx): Caller) -> Answer<Value> {
    let counted = figures::count(&doors.desk, &ctx).await.map_err(Fault::from)?;
    let sources = figures::sources(&doors.desk, &ctx).await.map_err(Fault::from)?;
    let (total, today) = (counted.total(), day_of(counted.at));
    let sightings: i64 = counted.sightings.iter().map(|group| group.count).sum();
    let rows: Vec<Value> = sources.iter().map(|one| row(one, &counted, sightings)).collect();
    let ages: Vec<_> = sources.iter().map(|one| hours_ago(one, counted.at)).collect();
    let aged = |wanted: fn(Option<i64>) -> bool| ages.iter().filter(|age| wanted(**age)).count();
    let day = |day: i64| {
        let date: String = start_of(day).to_string().chars().take(10).collect();
        json!({ "date": date, "jobs": counted.on_day(day) })
    };
    Ok(data(json!({
        "total_jobs": total,
        "remote_jobs": counted.remote(),
        "active_sources": aged(|age| age.is_some_and(|hours| hours < 48)),
        "growth": {
            "daily_rate": counted.within(7) / 7,
            "jobs_today": counted.within(1),
            "jobs_this_week": counted.within(7),
            "jobs_this_month": counted.within(30),
        },
        "sources": rows,
        "trend": (today - 6..=today).map(day).collect::<Vec<_>>(),
        "health": {
            "healthy": aged(|age| age.is_some_and(|hours| hours < 24)),
            "warning": aged(|age| age.is_some_and(|hours| (24..48).contains(&hours))),
            "down": aged(|age| age.is_none_or(|hours| hours >= 48)),
            "uptime": null,
        },
        "kpis": {
            "avg_jobs_per_source": i64::try_from(sources.len()).ok().and_then(|all| sightings.checked_div(all)),
            "remote_percentage": percentage(counted.remote(), total).map(shown),
            "total_sources": sources.len(),
            "data_quality_score": null,
        },
    })))
}

fn shown(share: f64) -> String {
    format!("{share:.1}%")
}

fn hours_ago(one: &SourceFigures, now: Timestamp) -> Option<i64> {
    let ended = one.last_good.as_ref()?.ended_at?;
    Some((now.micros() - ended).max(0) / HOUR)
}

fn row(one: &SourceFigures, counted: &Figures, all: i64) -> Value {
    let jobs: i64 = counted.of_source(&one.source.name).map(|group| group.count).sum();
    let good = one.last_good.as_ref();
    json!({
        "name": one.source.name,
        "jobs": jobs,
        "percentage": percentage(jobs, all).map(shown),
        "efficiency": good.and_then(|sync| percentage(sync.new, sync.fetched)).map(shown),
        "last_sync": good.and_then(|sync| sync.ended_at).map(moment),
        "hours_ago": hours_ago(one, counted.at),
    })
}
