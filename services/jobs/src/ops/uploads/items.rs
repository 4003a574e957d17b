//! Reading a file of items one by one: a JSON array, or an object that is the only item.
//!
//! Memory holds one item and a few parts of the file, whatever its size. It is parsed on a thread for blocking work;
//! parts reach it through a short channel, so that a slow store slows the parser and nothing piles up.

use std::{
    cell::{Cell, RefCell},
    fmt,
    io::{self, BufReader, Read},
};

use bytes::{Buf, Bytes};
use futures::StreamExt;
use metier_blob::ContentStream;
use metier_core::{Fault, FaultKind};
use serde::{
    Deserialize, Deserializer,
    de::{Error as _, MapAccess, SeqAccess, Visitor, value::MapAccessDeserializer},
};
use serde_json::Value;
use tokio::sync::mpsc;

/// Parts of the file that wait for the parser.
const PARTS_AHEAD: usize = 4;
/// What may have been read ahead of the item at hand, in bytes.
const AHEAD: usize = 64 * 1024;

/// What is done with each item: what is known so far, its position, and the item.
pub type Each<S> = fn(&mut S, usize, Value) -> Result<(), Fault>;

/// Reads every item in order and hands it to `each`, with its position and what `state` holds so far.
///
/// # Errors
/// `upload_unreadable` when the content is no JSON of that form, `item_too_large`, what `each` answers, or when the
/// store fails.
pub async fn read<S: Send + 'static>(
    content: ContentStream,
    largest: usize,
    (state, each): (S, Each<S>),
) -> Result<S, Fault> {
    let (send, receive) = mpsc::channel(PARTS_AHEAD);
    let parsing = tokio::task::spawn_blocking(move || {
        let parts = Parts { receive, current: Bytes::new() };
        parse(parts, largest, (state, each))
    });
    feed(content, send).await;
    parsing.await.map_err(Fault::internal)?
}

/// Passes parts on until the end, an error, or a parser that has heard enough.
async fn feed(mut content: ContentStream, parts: mpsc::Sender<io::Result<Bytes>>) {
    while let Some(part) = content.next().await {
        let failed = part.is_err();
        if parts.send(part).await.is_err() || failed {
            return;
        }
    }
}

/// The parts as one reader.
struct Parts {
    receive: mpsc::Receiver<io::Result<Bytes>>,
    current: Bytes,
}

impl Read for Parts {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while self.current.is_empty() {
            match self.receive.blocking_recv() {
                Some(part) => self.current = part?,
                None => return Ok(0),
            }
        }
        let length = buffer.len().min(self.current.len());
        self.current.copy_to_slice(&mut buffer[..length]);
        Ok(length)
    }
}

/// What reader and visitor tell one another.
#[derive(Default)]
struct Shared {
    /// Bytes since the last item ended.
    since: Cell<usize>,
    /// Items so far.
    items: Cell<usize>,
    /// Why it stopped, when it was not for the JSON.
    fault: RefCell<Option<Fault>>,
}

/// Stops before an item without end fills the memory.
struct Guarded<'a, R> {
    inner: R,
    largest: usize,
    shared: &'a Shared,
}

impl<R: Read> Read for Guarded<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let length = self.inner.read(buffer)?;
        let since = self.shared.since.get() + length;
        self.shared.since.set(since);
        if since > self.largest.saturating_add(AHEAD) {
            let position = self.shared.items.get();
            let message = format!("item {position} is over {} bytes", self.largest);
            self.shared.fault.replace(Some(Fault::new(FaultKind::Invalid, "item_too_large", message)));
            return Err(io::ErrorKind::FileTooLarge.into());
        }
        Ok(length)
    }
}

fn parse<S>(reader: impl Read, largest: usize, (mut state, each): (S, Each<S>)) -> Result<S, Fault> {
    let shared = Shared::default();
    let reader = BufReader::new(Guarded { inner: reader, largest, shared: &shared });
    let mut json = serde_json::Deserializer::from_reader(reader);
    let items = Items { state: &mut state, each, shared: &shared };
    let read = json.deserialize_any(items).and_then(|()| json.end());
    match (read, shared.fault.take()) {
        (_, Some(fault)) => Err(fault),
        (Ok(()), None) => Ok(state),
        (Err(error), None) if error.is_io() => Err(Fault::internal(error)),
        (Err(error), None) => Err(unreadable(&error, shared.items.get())),
    }
}

fn unreadable(error: &serde_json::Error, items: usize) -> Fault {
    let message = format!("the file is no JSON array of items nor one object: {error}, after {items} items");
    Fault::new(FaultKind::Invalid, "upload_unreadable", message)
}

struct Items<'a, S> {
    state: &'a mut S,
    each: Each<S>,
    shared: &'a Shared,
}

impl<S> Items<'_, S> {
    /// `false` when there shall be no further item.
    fn take(&mut self, item: Value) -> bool {
        let position = self.shared.items.replace(self.shared.items.get() + 1);
        self.shared.since.set(0);
        match (self.each)(self.state, position, item) {
            Ok(()) => true,
            Err(fault) => {
                self.shared.fault.replace(Some(fault));
                false
            }
        }
    }
}

impl<'de, S> Visitor<'de> for Items<'_, S> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an array of items, or one object")
    }

    fn visit_seq<A: SeqAccess<'de>>(mut self, mut items: A) -> Result<(), A::Error> {
        while let Some(item) = items.next_element()? {
            if !self.take(item) {
                return Err(A::Error::custom("stopped"));
            }
        }
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(mut self, map: A) -> Result<(), A::Error> {
        let item = Value::deserialize(MapAccessDeserializer::new(map))?;
        if self.take(item) { Ok(()) } else { Err(A::Error::custom("stopped")) }
    }
}

#[cfg(test)]
mod tests {
    use futures::stream;
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn collect(found: &mut Vec<Value>, position: usize, item: Value) -> Result<(), Fault> {
        assert_eq!(position, found.len());
        found.push(item);
        Ok(())
    }

    async fn items(text: &str, part: usize) -> Result<Vec<Value>, Fault> {
        let parts: Vec<_> =
            text.as_bytes().chunks(part).map(|part| Ok(Bytes::copy_from_slice(part))).collect();
        read(stream::iter(parts).boxed(), 1_000, (Vec::new(), collect)).await
    }

    #[tokio::test]
    async fn an_array_is_its_items_and_an_object_is_one() {
        assert_eq!(items("[{\"n\":1}, {\"n\":2}]", 3).await.unwrap(), [json!({"n": 1}), json!({"n": 2})]);
        assert_eq!(items(" {\"n\":1} ", 1).await.unwrap(), [json!({"n": 1})]);
        assert_eq!(items("[]", 1).await.unwrap(), Vec::<Value>::new());
    }

    #[tokio::test]
    async fn what_is_neither_says_where_it_went_wrong() {
        for text in ["", "7", "\"text\"", "[1, 2", "[1] [2]", "{\"n\":}", "<items/>", "[1,]"] {
            let fault = items(text, 2).await.unwrap_err();
            assert_eq!(fault.code, "upload_unreadable", "{text}");
        }
        let fault = items("[1, 2, nul]", 2).await.unwrap_err();
        assert!(
            fault.message.contains("line 1 column 1") && fault.message.ends_with("after 2 items"),
            "{fault}"
        );
    }

    #[tokio::test]
    async fn an_item_without_end_is_given_up() {
        let endless = format!("[1, \"{}", "x".repeat(1_000_000));
        let fault = items(&endless, 10_000).await.unwrap_err();
        assert_eq!((&*fault.code, fault.message.as_str()), ("item_too_large", "item 1 is over 1000 bytes"));
        let nested = "[".repeat(100_000);
        assert_eq!(items(&nested, 10_000).await.unwrap_err().code, "upload_unreadable");
        let many = format!("[{}1]", "1, ".repeat(300_000));
        assert_eq!(items(&many, 10_000).await.unwrap().len(), 300_001, "many small ones are no large one");
    }

    #[tokio::test]
    async fn a_store_that_fails_is_no_fault_of_the_file() {
        let parts = vec![Ok(Bytes::from_static(b"[1,")), Err(io::Error::other("the disk is gone"))];
        let fault = read(stream::iter(parts).boxed(), 1_000, (Vec::new(), collect)).await.unwrap_err();
        assert_eq!(fault.kind, FaultKind::Internal);
    }

    #[tokio::test]
    async fn who_takes_the_items_may_refuse_one() {
        let refuse = |(): &mut (), position: usize, _: Value| match position {
            2 => Err(Fault::invalid("/items/2", "is not wanted")),
            _ => Ok(()),
        };
        let content = stream::iter([Ok(Bytes::from_static(b"[1, 2, 3, 4]"))]).boxed();
        let fault = read(content, 1_000, ((), refuse)).await.unwrap_err();
        assert_eq!(fault.violations[0].field, "/items/2");
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn any_bytes_are_read_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
            let read = parse(&bytes[..], 100, (Vec::new(), collect));
            let whole = serde_json::from_slice::<Value>(&bytes).ok();
            let expected = whole.and_then(|whole| match whole {
                Value::Array(items) => Some(items),
                Value::Object(_) => Some(vec![whole]),
                _ => None,
            });
            prop_assert_eq!(read.ok(), expected);
        }

        #[test]
        fn where_the_parts_are_cut_does_not_matter(numbers in prop::collection::vec(any::<i64>(), 0..50), part in 1_usize..20) {
            let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
            let found = runtime.block_on(items(&json!(numbers).to_string(), part)).unwrap();
            prop_assert_eq!(Value::from(found), json!(numbers));
        }
    }
}
