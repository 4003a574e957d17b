//! This replica's search index, following the change log: its position is in the index commit, its lag is shown.

use std::{
    path::{Path, PathBuf},
    sync::{Arc, PoisonError, RwLock},
};

use metier_core::{Fault, FaultKind};
use metier_db::Database;

use crate::{
    error::Error,
    search::{Document, Index, Operation, Query, SearchError, SearchPage, State},
    store::{self, postings::PostingView},
};

const BATCH: i64 = 2_000;

/// The index, wherever it was begun anew. Clones share it.
#[derive(Clone)]
pub struct IndexHandle {
    folder: Arc<PathBuf>,
    current: Arc<RwLock<Arc<Index>>>,
}

impl IndexHandle {
    /// Opens the index in `folder`, or begins a new one where there is none that can be read.
    ///
    /// # Errors
    /// When the folder cannot be used, or another process writes the index.
    pub fn open(folder: &Path) -> Result<Self, SearchError> {
        let opened = Index::open(folder)?;
        if let State::Begun { why } = &opened.state {
            tracing::info!(%why, "began a new search index; it is built from the database");
        }
        let current = Arc::new(RwLock::new(Arc::new(opened.index)));
        Ok(Self { folder: Arc::new(folder.to_owned()), current })
    }

    fn index(&self) -> Arc<Index> {
        self.current.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Searches.
    ///
    /// # Errors
    /// When the cursor is foreign or stale, or the index fails.
    pub async fn search(&self, query: Query) -> Result<SearchPage, Error> {
        let index = self.index();
        blocking(move || index.search(&query)).await
    }

    /// Takes in what changed since the last time. Answers the position reached.
    ///
    /// # Errors
    /// When the database or the index fails; a damaged index was then begun anew for the next call.
    pub async fn catch_up(&self, database: &Database) -> Result<i64, Error> {
        let mut position = self.position(database).await?;
        loop {
            let changed = store::postings::changed_after(database.reader(), position, BATCH).await?;
            let Some(last) = changed.last().map(|posting| posting.position) else { return Ok(position) };
            let batch = changed.into_iter().map(operation).collect();
            let index = self.index();
            match blocking(move || index.apply(batch, last)).await {
                Err(Error::Search(error @ (SearchError::Damaged(_) | SearchError::Unreadable))) => {
                    self.begin(error.to_string()).await?;
                    return Err(error.into());
                }
                applied => applied?,
            }
            position = last;
        }
    }

    /// Where the index stands. One that is ahead of the database (restored from a backup) is begun anew.
    async fn position(&self, database: &Database) -> Result<i64, Error> {
        let index = self.index();
        let position = blocking(move || index.position()).await?.unwrap_or(0);
        if position > store::postings::last_position(database.reader()).await? {
            self.begin("it is ahead of the database".to_owned()).await?;
            return Ok(0);
        }
        Ok(position)
    }

    async fn begin(&self, why: String) -> Result<(), Error> {
        tracing::warn!(%why, "beginning a new search index");
        let (handle, folder) = (self.clone(), self.folder.clone());
        blocking(move || {
            let mut current = handle.current.write().unwrap_or_else(PoisonError::into_inner);
            *current = Arc::new(Index::begin(&folder, why)?.index);
            Ok(())
        })
        .await
    }

    /// How the index stands against the change log.
    ///
    /// # Errors
    /// When the database or the index fails.
    pub async fn status(&self, database: &Database) -> Result<Status, Error> {
        let index = self.index();
        let (position, postings) =
            blocking(move || Ok((index.position()?.unwrap_or(0), index.len()))).await?;
        let last = store::postings::last_position(database.reader()).await?;
        Ok(Status { position, last, postings })
    }
}

/// How an index stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Status {
    /// The last change it has taken in.
    pub position: i64,
    /// The last change there is.
    pub last: i64,
    /// Postings that can be found.
    pub postings: u64,
}

fn operation(posting: PostingView) -> Operation {
    match posting.state.as_str() {
        "live" | "missing" => {
            let document = Document::of(posting.id, &posting.content, posting.sources, posting.first_seen_at);
            Operation::Upsert(Box::new(document))
        }
        _ => Operation::Delete(posting.id),
    }
}

async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, SearchError> + Send + 'static,
) -> Result<T, Error> {
    let done = tokio::task::spawn_blocking(work).await;
    Ok(done.map_err(|panicked| Error::Fault(Fault::internal(panicked)))??)
}

impl From<SearchError> for Fault {
    fn from(error: SearchError) -> Self {
        match &error {
            SearchError::ForeignCursor => Self::invalid("after", error.to_string()),
            SearchError::StaleCursor => Self::new(FaultKind::Conflict, "stale_cursor", error.to_string()),
            _ => Self::internal(error),
        }
    }
}
