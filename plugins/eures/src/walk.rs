//! Walks through the pages of each country and query and writes what it finds.

use std::collections::HashSet;

use metier_plugin_sdk::{FetchError, Fetcher, Sink, SyncError};
use serde_json::Value;

use crate::{
    Progress, Settings, ad,
    progress::Place,
    settings::{Key, Part},
};

/// The most results the API gives at once.
const MOST_RESULTS: u64 = 50;

/// One pass.
pub(crate) struct Walk<'a> {
    settings: &'a Settings,
    fetcher: &'a Fetcher,
    key: Key<'a>,
    size: u64,
    progress: Progress,
    /// The ads sent in this sync, so that an ad found twice is sent once.
    sent: HashSet<String>,
    repeats: u64,
    capped: Vec<String>,
    /// Parts asked, and why those that failed did.
    asked: usize,
    failures: Vec<String>,
}

/// What is to be said at the end.
pub(crate) struct Told {
    pub(crate) note: String,
    pub(crate) capped: bool,
}

/// One answer of the API.
struct Answer {
    ads: Vec<Value>,
    count: u64,
}

impl<'a> Walk<'a> {
    pub(crate) fn new(
        settings: &'a Settings,
        fetcher: &'a Fetcher,
        key: Key<'a>,
        page_size: usize,
        progress: Progress,
    ) -> Self {
        Self {
            settings,
            fetcher,
            key,
            size: (page_size as u64).clamp(1, MOST_RESULTS),
            progress,
            sent: HashSet::new(),
            repeats: 0,
            capped: Vec::new(),
            asked: 0,
            failures: Vec::new(),
        }
    }

    /// Reads one part to its end. A failure of its own is told, and the others go on.
    pub(crate) async fn part(&mut self, part: &Part, sink: &mut Sink) -> Result<(), SyncError> {
        let name = part.name();
        if !self.progress.place(&name).done {
            self.asked += 1;
        }
        while !self.progress.place(&name).done {
            let place = self.progress.place(&name).clone();
            let next = match self.ask(part, &place).await {
                Ok(answer) => self.take(part, place, answer, sink).await?,
                Err(error) if ends_everything(&error) => return Err(explained(error)),
                Err(error) => self.give_up(part, place, &error, sink).await?,
            };
            *self.progress.place(&name) = next;
            sink.checkpoint(&self.progress).await?;
        }
        Ok(())
    }

    /// Ends the pass. One in which every part failed failed.
    pub(crate) async fn finish(mut self, sink: &mut Sink) -> Result<Told, SyncError> {
        self.progress.finish();
        sink.checkpoint(&self.progress).await?;
        match self.failures.pop() {
            Some(failure) if self.failures.len() + 1 == self.asked => Err(SyncError::Unreadable(failure)),
            _ => Ok(self.told()),
        }
    }

    fn told(&self) -> Told {
        let mut note = format!("{} different ads, {} repeats", self.sent.len(), self.repeats);
        if !self.capped.is_empty() {
            note.push_str("; more than ADZUNA_MAX_PAGES allows in ");
            note.push_str(&self.capped.join(", "));
        }
        Told { note, capped: !self.capped.is_empty() }
    }

    async fn ask(&self, part: &Part, place: &Place) -> Result<Answer, SyncError> {
        let page = place.read / self.size + 1;
        let path = format!("v1/api/jobs/{}/search/{page}", part.country);
        let mut parameters = vec![
            ("app_id", self.key.id.to_owned()),
            ("app_key", self.key.key.to_owned()),
            ("results_per_page", self.size.to_string()),
            ("sort_by", "date".to_owned()),
        ];
        if !part.query.is_empty() {
            parameters.push(("what", part.query.clone()));
        }
        if let Some(days) = self.progress.days(place, self.settings) {
            parameters.push(("max_days_old", days.to_string()));
        }
        open(self.fetcher.json(&path, &parameters).await?)
    }

    async fn take(
        &mut self,
        part: &Part,
        place: Place,
        answer: Answer,
        sink: &mut Sink,
    ) -> Result<Place, SyncError> {
        let brought = answer.ads.len() as u64;
        let mut newest = place.newest;
        // An API that gives more than was asked for must not make a page longer than the reader wants.
        for (number, page) in answer.ads.chunks(self.size as usize).enumerate() {
            if number > 0 {
                sink.checkpoint(&self.progress).await?;
            }
            for ad in page {
                newest = newest.max(ad::created(ad));
                self.write(part, ad, sink).await?;
            }
        }
        let read = (place.read / self.size) * self.size + brought;
        let exhausted = brought < self.size || read >= answer.count;
        let capped = !exhausted && read >= self.settings.most_ads();
        if capped {
            self.capped.push(part.name());
        }
        let done = exhausted || capped;
        let known = if done { newest.or(place.known) } else { place.known };
        Ok(Place { read, done, newest, known })
    }

    async fn write(&mut self, part: &Part, ad: &Value, sink: &mut Sink) -> Result<(), SyncError> {
        let id = ad::id(ad);
        if id.clone().is_some_and(|id| !self.sent.insert(id)) {
            self.repeats += 1;
            return Ok(());
        }
        match ad::read(ad, part.country) {
            Ok(posting) => sink.posting(posting).await?,
            Err(reason) => sink.rejected(id, reason).await?,
        }
        Ok(())
    }

    /// Leaves a part until the next pass, which asks for what this one would have.
    async fn give_up(
        &mut self,
        part: &Part,
        place: Place,
        error: &SyncError,
        sink: &mut Sink,
    ) -> Result<Place, SyncError> {
        let query = if part.query.is_empty() { String::new() } else { format!(", query {:?}", part.query) };
        let failure = format!("country {}{query}: {error}", part.country);
        sink.warning(failure.clone()).await?;
        self.failures.push(failure);
        Ok(Place { done: true, ..place })
    }
}

/// Whether every further request would fail in the same way: a refused key, a spent quota, no reader.
fn ends_everything(error: &SyncError) -> bool {
    match error {
        SyncError::Closed(_) | SyncError::Fetch(FetchError::WaitTooLong(_)) => true,
        SyncError::Fetch(FetchError::Status { status, .. }) => matches!(status, 401 | 403 | 410 | 429),
        _ => false,
    }
}

fn explained(error: SyncError) -> SyncError {
    match error {
        SyncError::Fetch(FetchError::Status { status: 401 | 403 | 410, .. }) => SyncError::Unconfigured(
            "Adzuna refuses the key; check ADZUNA_APP_ID and ADZUNA_APP_KEY".to_owned(),
        ),
        other => other,
    }
}

fn open(mut answer: Value) -> Result<Answer, SyncError> {
    let count = answer["count"].as_u64();
    match (answer.get_mut("results").map(Value::take), count) {
        (Some(Value::Array(ads)), Some(count)) => Ok(Answer { ads, count }),
        (Some(Value::Array(_)), None) => Err(SyncError::Unreadable("it has results but no count".to_owned())),
        _ => Err(SyncError::Unreadable("it has no list of results; check ADZUNA_BASE_URL".to_owned())),
    }
}
