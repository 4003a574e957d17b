//! Running a file: item by item into one run, all of them or none.

use metier_core::{Ctx, Fault, Violation};
use serde_json::{Map, Value};

use super::{get, items, key};
use crate::{
    domain::kind::{Kind, MAX_VIOLATIONS},
    error::Error,
    ops::{
        engine::Engine,
        jobs::lay_over,
        submit::{self, Submission, Submitted},
    },
};

/// What is known of a file's items so far: their texts, as the run keeps them, or what is wrong with them.
struct Checked {
    kind: Kind,
    /// What each item is laid over.
    base: Map<String, Value>,
    largest: usize,
    texts: Vec<String>,
    violations: Vec<Violation>,
}

impl Checked {
    fn new(kind: Kind, base: Map<String, Value>, largest: usize) -> Self {
        Self { kind, base, largest, texts: Vec::new(), violations: Vec::new() }
    }

    fn take(&mut self, position: usize, item: Value) -> Result<(), Fault> {
        let item = lay_over(&self.base, item);
        self.violations.extend(self.kind.violations(position, &item));
        if self.violations.len() >= MAX_VIOLATIONS {
            return Err(self.refused());
        }
        if self.violations.is_empty() {
            self.texts.push(submit::item_text(position, &item, self.largest)?);
        }
        Ok(())
    }

    fn refused(&mut self) -> Fault {
        let mut violations = std::mem::take(&mut self.violations);
        violations.truncate(MAX_VIOLATIONS);
        Fault::violations(violations)
    }

    fn into_texts(mut self) -> Result<Vec<String>, Fault> {
        if self.violations.is_empty() { Ok(self.texts) } else { Err(self.refused()) }
    }
}

/// Submits a run of every item of one of the caller's uploads; `items` of the submission are none.
///
/// # Errors
/// As [`submit::submit`], and `not_found` when the caller has no such upload.
pub async fn submit(
    engine: &Engine,
    ctx: &Ctx,
    wanted: &str,
    submission: Submission,
) -> Result<Submitted, Error> {
    submit_over(engine, ctx, wanted, (submission, Map::new())).await
}

/// As [`submit`], with every item laid over the same parameters.
///
/// # Errors
/// As [`submit`].
pub async fn submit_over(
    engine: &Engine,
    ctx: &Ctx,
    wanted: &str,
    (submission, base): (Submission, Map<String, Value>),
) -> Result<Submitted, Error> {
    let upload = get(engine, ctx, wanted).await?;
    let size = usize::try_from(upload.items).map_err(Fault::internal)?;
    let kind = submit::admit(engine, ctx, &submission, size).await?;
    // Held until the run is written: so many files' items are in memory at a time, and no more.
    let _turn = engine.reading.acquire().await.map_err(|_closed| Error::Stopping)?;
    let content = engine.tools.blobs.get(&key(upload.id)).await?.content;
    let checked = Checked::new(kind.clone(), base, engine.config.max_item_bytes);
    let checked = items::read(content, engine.config.max_item_bytes, (checked, Checked::take)).await?;
    submit::enqueue(engine, ctx, &kind, (submission, checked.into_texts()?)).await
}
