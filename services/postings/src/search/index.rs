//! The index on disk: opened or begun anew, fed in batches, asked.

use std::collections::VecDeque;
use std::hash::Hasher;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use fnv::FnvHasher;
use tantivy::{IndexReader, IndexWriter, ReloadPolicy, Searcher, Term};

use super::analyzer::Stems;
use super::answer::Asked;
use super::compounds::Compounds;
use super::cursor::Place;
use super::document::Document;
use super::error::{SearchError, guarded};
use super::parse::parse;
use super::query::{Query, SearchPage, Sort};
use super::schema::{self, Fields};
use crate::domain::posting::PostingId;

/// Memory of the writer; a batch beyond it is flushed to disk and goes on.
const WRITER_BYTES: usize = 32 << 20;
/// Generations kept for pages in progress.
const KEPT_GENERATIONS: usize = 16;

/// One change to the index.
#[derive(Clone, Debug, PartialEq)]
pub enum Operation {
    /// Adds a posting or replaces what the index has of it.
    Upsert(Box<Document>),
    /// Takes a posting out.
    Delete(PostingId),
}

/// What was found on disk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum State {
    /// An index that follows the change log up to a position.
    Ready {
        /// The position of the last batch.
        position: i64,
    },
    /// Nothing usable, so it was begun anew: everything must be applied from the start.
    Begun {
        /// Why, for the log.
        why: String,
    },
}

/// An opened index and what was found.
pub struct Opened {
    /// The index.
    pub index: Index,
    /// What was found on disk.
    pub state: State,
}

/// The search index of one replica. Blocking: call it from a thread that may block.
pub struct Index {
    inner: tantivy::Index,
    fields: Fields,
    stems: Stems,
    reader: IndexReader,
    writer: Mutex<IndexWriter>,
    view: Mutex<Arc<View>>,
    generations: Mutex<VecDeque<Arc<View>>>,
}

/// What one generation of the index shows.
struct View {
    generation: u64,
    searcher: Searcher,
    compounds: Compounds,
}

impl View {
    /// The newest state; what is known of segments that were there before is taken over.
    fn of(reader: &IndexReader, fields: &Fields, known: &Compounds) -> Result<Arc<Self>, SearchError> {
        let searcher = reader.searcher();
        let compounds = Compounds::of(&searcher, fields.all, known)?;
        Ok(Arc::new(Self { generation: generation(&searcher), searcher, compounds }))
    }
}

impl Index {
    /// Opens the index in a folder. A missing, damaged or outdated one is begun anew and [`State::Begun`] tells
    /// so; nothing is lost by that, as everything in it comes from the database.
    ///
    /// # Errors
    /// When the folder cannot be used or another process writes the index.
    pub fn open(folder: &Path) -> Result<Opened, SearchError> {
        std::fs::create_dir_all(folder)?;
        if !folder.join("meta.json").exists() {
            return Self::begin(folder, "there was none".to_owned());
        }
        match guarded(|| Self::existing(folder)) {
            Ok((index, Some(position))) => Ok(Opened { index, state: State::Ready { position } }),
            Ok((index, None)) => {
                drop(index);
                Self::begin(folder, "it was written by another version".to_owned())
            }
            Err(SearchError::Locked) => Err(SearchError::Locked),
            Err(error) => Self::begin(folder, format!("it could not be read: {error}")),
        }
    }

    /// Throws away what is in the folder and begins anew; for a stale index.
    ///
    /// # Errors
    /// When the folder cannot be used.
    pub fn begin(folder: &Path, why: String) -> Result<Opened, SearchError> {
        if folder.exists() {
            std::fs::remove_dir_all(folder)?;
        }
        std::fs::create_dir_all(folder)?;
        let (schema, _) = schema::build();
        let index = Self::with(tantivy::Index::create_in_dir(folder, schema)?)?;
        Ok(Opened { index, state: State::Begun { why } })
    }

    /// The index as it lies there, and its position unless another version wrote it.
    fn existing(folder: &Path) -> Result<(Self, Option<i64>), SearchError> {
        let inner = tantivy::Index::open_in_dir(folder)?;
        let same_schema = inner.schema() == schema::build().0;
        let index = Self::with(inner)?;
        let position = index.position()?.filter(|_| same_schema);
        Ok((index, position))
    }

    fn with(mut inner: tantivy::Index) -> Result<Self, SearchError> {
        let stems = Stems::default();
        inner.set_tokenizers(schema::analyzers(&stems));
        let reader = inner.reader_builder().reload_policy(ReloadPolicy::Manual).try_into()?;
        let writer = inner.writer_with_num_threads(1, WRITER_BYTES)?;
        let fields = schema::build().1;
        let view = View::of(&reader, &fields, &Compounds::default())?;
        Ok(Self {
            fields,
            view: Mutex::new(view),
            stems,
            reader,
            writer: Mutex::new(writer),
            generations: Mutex::new(VecDeque::new()),
            inner,
        })
    }

    /// The change-log position of the last batch; `None` before the first.
    ///
    /// # Errors
    /// When the index cannot be read.
    pub fn position(&self) -> Result<Option<i64>, SearchError> {
        let payload = self.inner.load_metas()?.payload.unwrap_or_default();
        let (version, position) = payload.split_once(':').unwrap_or_default();
        Ok(position.parse().ok().filter(|_| version == schema::VERSION.to_string()))
    }

    /// Files of the index whose content is not what was written. Reads all of it.
    ///
    /// # Errors
    /// When the index cannot be read.
    pub fn damaged_files(&self) -> Result<Vec<String>, SearchError> {
        let damaged = guarded(|| Ok(self.inner.validate_checksum()?))?;
        Ok(damaged.into_iter().map(|path| path.display().to_string()).collect())
    }

    /// Postings in the index.
    pub fn len(&self) -> u64 {
        lock(&self.view).searcher.num_docs()
    }

    /// Whether the index holds nothing.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Applies changes in order and commits them with the position they bring the index to. After it returns,
    /// searches see them; if it fails, the index is as before.
    ///
    /// # Errors
    /// When the disk or the engine fails.
    pub fn apply(&self, batch: Vec<Operation>, position: i64) -> Result<(), SearchError> {
        let mut writer = lock(&self.writer);
        if let Err(error) = Self::write(&mut writer, &self.fields, batch, position) {
            writer.rollback()?;
            return Err(error);
        }
        self.reader.reload()?;
        // Still under the writer's lock, so views follow each other in order.
        let before = lock(&self.view).clone();
        *lock(&self.view) = View::of(&self.reader, &self.fields, &before.compounds)?;
        Ok(())
    }

    fn write(
        writer: &mut IndexWriter,
        fields: &Fields,
        batch: Vec<Operation>,
        position: i64,
    ) -> Result<(), SearchError> {
        let id = |id: PostingId| Term::from_field_text(fields.id, &id.uuid().simple().to_string());
        for operation in batch {
            match operation {
                Operation::Delete(posting) => {
                    writer.delete_term(id(posting));
                }
                Operation::Upsert(document) => {
                    writer.delete_term(id(document.id));
                    writer.add_document(document.into_tantivy(fields))?;
                }
            }
        }
        let mut commit = writer.prepare_commit()?;
        commit.set_payload(&format!("{}:{position}", schema::VERSION));
        commit.commit()?;
        Ok(())
    }

    /// Answers a search.
    ///
    /// # Errors
    /// [`SearchError::StaleCursor`] when the ranking a cursor belongs to is gone, [`SearchError::ForeignCursor`]
    /// when it belongs to another search.
    pub fn search(&self, query: &Query) -> Result<SearchPage, SearchError> {
        let place = Place::of(query)?;
        let parsed = parse(&query.text);
        let sort = if parsed.is_empty() { Sort::Newest } else { query.sort };
        let view = self.view(place.as_ref().and_then(|place| place.generation))?;
        let asked = Asked {
            fields: &self.fields,
            stems: &self.stems,
            searcher: &view.searcher,
            compounds: &view.compounds,
            query,
            parsed: &parsed,
            sort,
        };
        let page = guarded(|| {
            let (collected, near) = asked.collect(place.as_ref())?;
            asked.page(collected, &near, view.generation)
        })?;
        if page.next.is_some() && sort == Sort::Relevance {
            self.keep(view);
        }
        Ok(page)
    }

    /// The newest view, or the kept one of a generation.
    fn view(&self, wanted: Option<u64>) -> Result<Arc<View>, SearchError> {
        let newest = lock(&self.view).clone();
        match wanted {
            Some(wanted) if wanted != newest.generation => {
                let kept = lock(&self.generations);
                let found = kept.iter().find(|view| view.generation == wanted).cloned();
                found.ok_or(SearchError::StaleCursor)
            }
            _ => Ok(newest),
        }
    }

    /// Keeps a view for the next page; the one least lately used goes.
    fn keep(&self, view: Arc<View>) {
        let mut kept = lock(&self.generations);
        kept.retain(|other| other.generation != view.generation);
        kept.push_back(view);
        if kept.len() > KEPT_GENERATIONS {
            kept.pop_front();
        }
    }
}

/// Names the exact content a searcher sees: its segments and what is deleted in them.
fn generation(searcher: &Searcher) -> u64 {
    let mut hasher = FnvHasher::default();
    for (segment, deletes) in searcher.generation().segments() {
        hasher.write(segment.uuid_string().as_bytes());
        hasher.write_u64(deletes.unwrap_or_default());
    }
    hasher.finish()
}

/// A panic elsewhere does not damage what these locks guard: both hold only whole values.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
