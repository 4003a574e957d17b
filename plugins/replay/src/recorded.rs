//! The recorded answers, read once.

use std::{
    collections::HashMap,
    fs::File,
    io::{self, Read},
    path::{Path, PathBuf},
    sync::{Mutex, MutexGuard, PoisonError},
};

use flate2::read::GzDecoder;
use serde_json::Value;

/// Why the recorded answers cannot be served.
#[derive(Debug, thiserror::Error)]
pub enum ReplayError {
    /// A file is missing or cannot be read.
    #[error("the recorded answer {} cannot be read", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// A file does not hold what it should.
    #[error("the recorded answer {} is not what it should be: {reason}", path.display())]
    Unexpected {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        reason: String,
    },
}

/// Everything that is served.
#[derive(Debug)]
pub(crate) struct Recorded {
    pub(crate) jobtech: Ads,
    pub(crate) jobtech_2020: Vec<u8>,
    pub(crate) jobtech_2018: Vec<u8>,
    pub(crate) jobtech_truncated: Vec<u8>,
    pub(crate) adzuna: HashMap<&'static str, Vec<Value>>,
    pub(crate) adzuna_truncated: Vec<u8>,
}

impl Recorded {
    pub(crate) fn open(folder: &Path) -> Result<Self, ReplayError> {
        let search = folder.join("jobtech/search_response_2025-09.json");
        let answer = read(&search)?;
        let half = answer[..answer.len() / 2].to_vec();
        Ok(Self {
            jobtech: Ads(Mutex::new(hits(&search, &answer)?)),
            jobtech_2020: read(&folder.join("jobtech/ads_sample_2020_wallymathieu.json"))?,
            jobtech_2018: read(&folder.join("jobtech/legacy_elastic_response_2018.json"))?,
            jobtech_truncated: half,
            adzuna: HashMap::from([
                ("fr", lines(&folder.join("adzuna/adzuna_fr_2026.jsonl.gz"))?),
                ("gb", lines(&folder.join("adzuna/adzuna_gb_2020.jsonl"))?),
                ("us", lines(&folder.join("adzuna/adzuna_us_2026.jsonl"))?),
            ]),
            adzuna_truncated: read(&folder.join("adzuna/raw_search_response_us_2020.truncated.json"))?,
        })
    }
}

/// The ads of a board, which may change while they are served.
#[derive(Debug)]
pub(crate) struct Ads(Mutex<Vec<Value>>);

impl Ads {
    pub(crate) fn all(&self) -> MutexGuard<'_, Vec<Value>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn len(&self) -> usize {
        self.all().len()
    }

    pub(crate) fn patch(&self, id: &str, patch: &Value) -> bool {
        let mut ads = self.all();
        let ad = ads.iter_mut().find(|ad| ad["id"] == id);
        ad.map(|ad| merge(ad, patch)).is_some()
    }

    pub(crate) fn remove(&self, id: &str) -> bool {
        let mut ads = self.all();
        let before = ads.len();
        ads.retain(|ad| ad["id"] != id);
        ads.len() < before
    }
}

/// RFC 7396: objects merge, null removes, anything else replaces.
fn merge(target: &mut Value, patch: &Value) {
    let (Some(target), Some(patch)) = (target.as_object_mut(), patch.as_object()) else {
        return target.clone_from(patch);
    };
    for (key, value) in patch {
        match value {
            Value::Null => drop(target.remove(key)),
            _ => merge(target.entry(key.clone()).or_insert(Value::Null), value),
        }
    }
}

fn read(path: &Path) -> Result<Vec<u8>, ReplayError> {
    let unreadable = |source| ReplayError::Unreadable { path: path.to_owned(), source };
    let mut file = File::open(path).map_err(unreadable)?;
    let mut bytes = Vec::new();
    let packed = path.extension().is_some_and(|it| it == "gz");
    let taken =
        if packed { GzDecoder::new(file).read_to_end(&mut bytes) } else { file.read_to_end(&mut bytes) };
    taken.map_err(unreadable)?;
    Ok(bytes)
}

fn hits(path: &Path, answer: &[u8]) -> Result<Vec<Value>, ReplayError> {
    let unexpected = |reason| ReplayError::Unexpected { path: path.to_owned(), reason };
    let mut answer: Value = serde_json::from_slice(answer).map_err(|error| unexpected(error.to_string()))?;
    match answer["hits"].take() {
        Value::Array(hits) => Ok(hits),
        _ => Err(unexpected("it has no list of hits".to_owned())),
    }
}

fn lines(path: &Path) -> Result<Vec<Value>, ReplayError> {
    let text = read(path)?;
    let lines = text.split(|byte| *byte == b'\n').filter(|line| !line.trim_ascii().is_empty());
    lines
        .map(serde_json::from_slice)
        .collect::<Result<_, _>>()
        .map_err(|error| ReplayError::Unexpected { path: path.to_owned(), reason: error.to_string() })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_merge_patch_changes_adds_and_removes() {
        let mut ad = json!({"headline": "Kock", "employer": {"name": "A", "url": "x"}});
        merge(&mut ad, &json!({"headline": "Kokerska", "employer": {"url": null}, "extra": {"deep": 1}}));
        assert_eq!(ad, json!({"headline": "Kokerska", "employer": {"name": "A"}, "extra": {"deep": 1}}));
    }

    #[test]
    fn a_missing_folder_is_named() {
        let error = Recorded::open(Path::new("/nowhere")).unwrap_err();
        assert!(error.to_string().contains("/nowhere/jobtech"), "{error}");
    }
}
