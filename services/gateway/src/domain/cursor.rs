//! Where a reader of events is in the logs of all publishers, as one text that the reader keeps and shows again.
//!
//! `jobs:4567` is everything through position 4567 of the jobs service; `jobs:4567+3` is that and the first three
//! things that the next event tells of. Nobody but this file takes it apart.

use std::{collections::BTreeMap, fmt, str::FromStr};

use metier_core::Fault;

/// Longest cursor that is taken.
pub const LONGEST: usize = 512;

/// A place in one log.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// Everything through here was told.
    pub position: i64,
    /// And so much of the next event.
    pub parts: usize,
}

/// A place in each log.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Cursor(BTreeMap<String, Place>);

impl Cursor {
    /// The place in a publisher's log, when the reader has been there.
    pub fn place(&self, publisher: &str) -> Option<Place> {
        self.0.get(publisher).copied()
    }

    /// Moves on in a publisher's log.
    pub fn set(&mut self, publisher: &str, place: Place) {
        match self.0.get_mut(publisher) {
            Some(known) => *known = place,
            None => drop(self.0.insert(publisher.to_owned(), place)),
        }
    }

    /// The same without publishers that are not there.
    #[must_use]
    pub fn among(mut self, is_there: impl Fn(&str) -> bool) -> Self {
        self.0.retain(|publisher, _| is_there(publisher));
        self
    }
}

impl fmt::Display for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, (publisher, place)) in self.0.iter().enumerate() {
            let comma = if index == 0 { "" } else { "," };
            write!(f, "{comma}{publisher}:{}", place.position)?;
            if place.parts > 0 {
                write!(f, "+{}", place.parts)?;
            }
        }
        Ok(())
    }
}

impl FromStr for Cursor {
    type Err = Fault;

    fn from_str(text: &str) -> Result<Self, Fault> {
        let broken = || Fault::invalid("after", "is not the id of an event of this stream");
        if text.len() > LONGEST {
            return Err(broken());
        }
        let places = text.split(',').filter(|part| !part.is_empty());
        places.map(|part| place(part).ok_or_else(broken)).collect::<Result<_, _>>().map(Self)
    }
}

fn place(text: &str) -> Option<(String, Place)> {
    let (publisher, place) = text.split_once(':')?;
    let (position, parts) = place.split_once('+').unwrap_or((place, "0"));
    let is_name =
        !publisher.is_empty() && publisher.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-');
    let place = Place { position: position.parse().ok()?, parts: parts.parse().ok()? };
    (is_name && place.position >= 0).then(|| (publisher.to_owned(), place))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_text_that_is_no_cursor_is_refused() {
        for text in ["x", "jobs:", "jobs:-1", "jobs:1+", ":1", "jobs:1;2", "Jobs:1", "jobs:1+-1"] {
            assert!(text.parse::<Cursor>().is_err(), "{text}");
        }
        assert!("jobs:1,".repeat(100).parse::<Cursor>().is_err());
        assert_eq!("".parse::<Cursor>().unwrap(), Cursor::default());
    }

    #[test]
    fn publishers_that_are_gone_are_left_out() {
        let cursor: Cursor = "jobs:7+2,gone:9".parse().unwrap();
        assert_eq!(cursor.among(|publisher| publisher == "jobs").to_string(), "jobs:7+2");
    }

    proptest! {
        #[test]
        fn what_is_written_is_read(
            places in proptest::collection::btree_map("[a-z]{1,12}", (0_i64..i64::MAX, 0_usize..2_000), 0..8)
        ) {
            let places = places.into_iter().map(|(name, (position, parts))| (name, Place { position, parts }));
            let cursor = Cursor(places.collect());
            prop_assert_eq!(cursor.to_string().parse::<Cursor>().unwrap(), cursor);
        }

        #[test]
        fn any_text_is_read_without_panic(text in "\\PC{0,80}") {
            let _ = text.parse::<Cursor>();
        }
    }
}
