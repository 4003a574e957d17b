//! Keyset pages: a list is walked by "after this row", never by offset.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde::{Deserialize, Serialize, de::DeserializeOwned};

use crate::Fault;

/// One page of a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Page<T> {
    /// The rows, in the list's order.
    pub items: Vec<T>,
    /// Pass it as `after` for the next page; absent on the last one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next: Option<Cursor>,
}

impl<T> Page<T> {
    /// Builds a page from `limit + 1` rows read: the extra row only proves that a next page exists.
    pub fn from_rows<K: Serialize>(mut rows: Vec<T>, limit: u32, key: impl Fn(&T) -> K) -> Self {
        let limit = limit as usize;
        let more = rows.len() > limit;
        rows.truncate(limit);
        let next = rows.last().filter(|_| more).map(|row| Cursor::of(&key(row)));
        Self { items: rows, next }
    }

    /// The same page with every item converted.
    pub fn map<U>(self, convert: impl FnMut(T) -> U) -> Page<U> {
        Page { items: self.items.into_iter().map(convert).collect(), next: self.next }
    }
}

/// What a caller asks of a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PageRequest {
    /// Rows wanted, between 1 and [`PageRequest::MAX`].
    pub limit: u32,
    /// Where the previous page ended.
    pub after: Option<Cursor>,
}

impl PageRequest {
    /// Rows when the caller does not say.
    pub const DEFAULT: u32 = 50;
    /// Most rows in one page.
    pub const MAX: u32 = 500;

    /// Checks a caller's wish.
    ///
    /// # Errors
    /// `invalid_parameters` when the limit is 0 or above [`PageRequest::MAX`].
    pub fn parse(limit: Option<u32>, after: Option<String>) -> Result<Self, Fault> {
        let limit = limit.unwrap_or(Self::DEFAULT);
        if limit == 0 || limit > Self::MAX {
            return Err(Fault::invalid("limit", format!("must be between 1 and {}", Self::MAX)));
        }
        Ok(Self { limit, after: after.map(Cursor) })
    }
}

impl Default for PageRequest {
    fn default() -> Self {
        Self { limit: Self::DEFAULT, after: None }
    }
}

/// An opaque place in a list. Its content is the list's business; clients only hand it back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Cursor(String);

impl Cursor {
    /// Encodes the sort key of a row.
    pub fn of<K: Serialize>(key: &K) -> Self {
        Self(URL_SAFE_NO_PAD.encode(serde_json::to_vec(key).unwrap_or_default()))
    }

    /// The text a client hands back.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Decodes the sort key again.
    ///
    /// # Errors
    /// `invalid_parameters` when the text is not a cursor of this list.
    pub fn key<K: DeserializeOwned>(&self) -> Result<K, Fault> {
        let bytes = URL_SAFE_NO_PAD.decode(&self.0).ok();
        bytes
            .and_then(|bytes| serde_json::from_slice(&bytes).ok())
            .ok_or_else(|| Fault::invalid("after", "is not a cursor of this list"))
    }
}

impl From<String> for Cursor {
    fn from(text: String) -> Self {
        Self(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_extra_row_becomes_the_next_cursor() {
        let page = Page::from_rows(vec![1, 2, 3], 2, |row| *row);
        assert_eq!(page.items, [1, 2]);
        assert_eq!(page.next.unwrap().key::<i32>().unwrap(), 2);
        assert_eq!(Page::from_rows(vec![1, 2], 2, |row| *row).next, None);
    }

    #[test]
    fn a_foreign_cursor_is_refused() {
        assert!(Cursor::from("%%%".to_owned()).key::<i64>().is_err());
        assert!(Cursor::of(&"text").key::<i64>().is_err());
    }
}
