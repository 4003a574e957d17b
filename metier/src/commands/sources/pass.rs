//! One pass over a source, as its honest account tells it.

use std::fmt;

use metier_core::Timestamp;
use serde::Deserialize;
use serde_json::Value;

use crate::client::{
    Api, Call, ClientError,
    pages::Page,
    screen::{Cell, Screen, Table, text},
};

/// Rejections shown of the last pass.
const REJECTIONS_SHOWN: usize = 5;

/// One pass over a source.
#[derive(Debug, Deserialize)]
pub struct Pass {
    state: String,
    #[serde(default)]
    complete: bool,
    fetched: i64,
    new: i64,
    updated: i64,
    duplicate: i64,
    rejected: i64,
    #[serde(default)]
    error: Option<String>,
    #[serde(default)]
    report: Value,
    started_at: Timestamp,
    #[serde(default)]
    ended_at: Option<Timestamp>,
}

/// The latest passes over a source, newest first.
pub async fn latest(api: &Api, name: &str, limit: u16) -> Result<Vec<Pass>, ClientError> {
    let page: Page = api.fetch(&Call::get(&["sources", name, "syncs"]).query("limit", Some(limit))).await?;
    page.items.into_iter().map(|item| api.read(item)).collect()
}

/// Shows passes, and what deserves a look about the last.
pub fn show(screen: &mut Screen, passes: &[Pass]) -> Result<(), ClientError> {
    let Some(last) = passes.first() else {
        screen.note("never synced");
        return Ok(());
    };
    let mut table = Table::new(&["SYNC", "STATE", "FETCHED", "NEW", "UPDATED", "SAME", "REJECTED", "TOOK"]);
    passes.iter().for_each(|pass| table.row(pass.row()));
    screen.line("")?;
    screen.table(&table)?;
    let remark = last.remark();
    if !remark.is_empty() {
        screen.line("")?;
        screen.fields(vec![("the last", Cell::text(remark))])?;
    }
    let rejections = last.rejections();
    if rejections.is_empty() { Ok(()) } else { show_rejections(screen, &rejections) }
}

fn show_rejections(screen: &mut Screen, rejections: &[&Value]) -> Result<(), ClientError> {
    let mut table = Table::new(&["REJECTED LAST", "FIELD", "REASON"]);
    for rejection in rejections {
        let part = |name: &str| Cell::text(rejection.get(name).and_then(Value::as_str).unwrap_or_default());
        table.row([part("original_id"), part("field"), part("reason")]);
    }
    screen.line("")?;
    screen.table(&table)
}

impl fmt::Display for Pass {
    /// What became of every entry.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { fetched, new, updated, duplicate, rejected, .. } = self;
        write!(f, "{fetched} fetched, {new} new, {updated} updated, {duplicate} same, {rejected} rejected")
    }
}

impl Pass {
    fn row(&self) -> [Cell; 8] {
        let took = self.ended_at.map(|ended_at| text::duration(ended_at.since(self.started_at)));
        [
            Cell::text(text::moment(self.started_at)),
            Cell::state(&self.state),
            Cell::number(self.fetched),
            Cell::number(self.new),
            Cell::number(self.updated),
            Cell::number(self.duplicate),
            Cell::number(self.rejected),
            Cell::maybe(took),
        ]
    }

    /// Why it failed, or what deserves a look.
    fn remark(&self) -> String {
        let list = |name: &str| self.report.get(name).and_then(Value::as_array).map_or(0, Vec::len);
        match (&self.error, list("warnings"), self.complete) {
            (Some(error), ..) => error.clone(),
            (None, 0, true) => "complete: everything on offer was in it".to_owned(),
            (None, 0, false) => String::new(),
            (None, warnings, _) => format!("{warnings} warnings"),
        }
    }

    fn rejections(&self) -> Vec<&Value> {
        self.report
            .get("rejections")
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
            .take(REJECTIONS_SHOWN)
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn pass(more: Value) -> Pass {
        let mut pass = json!({
            "state": "succeeded", "complete": true, "fetched": 3, "new": 1, "updated": 1, "duplicate": 0,
            "rejected": 1, "started_at": "2026-01-31T08:00:00Z",
        });
        pass.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        serde_json::from_value(pass).unwrap()
    }

    #[test]
    fn the_remark_tells_the_worst_first() {
        assert_eq!(pass(json!({})).remark(), "complete: everything on offer was in it");
        assert_eq!(pass(json!({ "complete": false })).remark(), "");
        assert_eq!(pass(json!({ "report": { "warnings": ["a", "b"] } })).remark(), "2 warnings");
        assert_eq!(pass(json!({ "error": "gone", "report": { "warnings": ["a"] } })).remark(), "gone");
    }
}
