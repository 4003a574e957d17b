//! Checking the items of a run one by one, whether they come in a request or in a file.

use metier_core::{Fault, Violation};
use serde_json::Value;

use crate::{
    domain::{
        bad_items::{self, BadItems, OnBadItem},
        kind::{Kind, MAX_VIOLATIONS},
    },
    error::Error,
};

/// Items that were checked.
#[derive(Debug, Default)]
pub struct Items {
    /// The good ones, as the run keeps them.
    pub texts: Vec<String>,
    /// Those that are left out.
    pub bad: BadItems,
}

/// Checks items that are all at hand.
///
/// # Errors
/// `invalid_parameters` (naming item and field), `item_too_large`.
pub fn check(kind: &Kind, items: &[Value], largest: usize, on_bad_item: OnBadItem) -> Result<Items, Error> {
    if on_bad_item == OnBadItem::Skip {
        let mut checking = Checking::new(kind.clone(), largest, on_bad_item);
        items.iter().enumerate().try_for_each(|(position, item)| checking.take(position, item))?;
        return Ok(checking.finish()?);
    }
    kind.check(items)?;
    let texts = items.iter().enumerate().map(|(position, item)| text(position, item, largest));
    Ok(Items { texts: texts.collect::<Result<_, _>>()?, bad: BadItems::default() })
}

/// What is known so far of items that come one after another.
pub struct Checking {
    kind: Kind,
    largest: usize,
    on_bad_item: OnBadItem,
    items: Items,
    violations: Vec<Violation>,
}

impl Checking {
    /// Nothing yet.
    pub fn new(kind: Kind, largest: usize, on_bad_item: OnBadItem) -> Self {
        Self { kind, largest, on_bad_item, items: Items::default(), violations: Vec::new() }
    }

    /// Takes the next one.
    ///
    /// # Errors
    /// When nothing can come of the others any more: `invalid_parameters`, `item_too_large`.
    pub fn take(&mut self, position: usize, item: &Value) -> Result<(), Fault> {
        match self.on_bad_item {
            OnBadItem::Refuse => self.take_good(position, item),
            OnBadItem::Skip => {
                self.take_any(position, item);
                Ok(())
            }
        }
    }

    /// All of them.
    ///
    /// # Errors
    /// `invalid_parameters` when one was wrong and none may be, or all were.
    pub fn finish(self) -> Result<Items, Fault> {
        match (self.violations.is_empty(), self.items.texts.is_empty() && self.items.bad.count() > 0) {
            (true, false) => Ok(self.items),
            (true, true) => Err(self.items.bad.refused()),
            (false, _) => Err(refused(self.violations)),
        }
    }

    /// Goes on after a bad one to name some more, but keeps no further text.
    fn take_good(&mut self, position: usize, item: &Value) -> Result<(), Fault> {
        self.violations.extend(self.kind.violations(position, item));
        if self.violations.len() >= MAX_VIOLATIONS {
            return Err(refused(std::mem::take(&mut self.violations)));
        }
        if self.violations.is_empty() {
            self.items.texts.push(text(position, item, self.largest)?);
        }
        Ok(())
    }

    fn take_any(&mut self, position: usize, item: &Value) {
        let wrong = self.kind.violations(position, item).next();
        let wrong = wrong.map(|violation| bad_items::reason(position, &violation));
        let checked = match wrong {
            Some(reason) => Err(reason),
            None => text(position, item, self.largest).map_err(|error| error.to_string()),
        };
        match checked {
            Ok(text) => self.items.texts.push(text),
            Err(reason) => self.items.bad.add(position, &reason),
        }
    }
}

fn refused(mut violations: Vec<Violation>) -> Fault {
    violations.truncate(MAX_VIOLATIONS);
    Fault::violations(violations)
}

/// An item as the run keeps it.
fn text(position: usize, item: &Value, limit: usize) -> Result<String, Error> {
    let text = item.to_string();
    match text.len() > limit {
        true => Err(Error::ItemTooLarge { position, found: text.len(), limit }),
        false => Ok(text),
    }
}
