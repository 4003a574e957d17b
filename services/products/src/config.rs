//! Section `products` of the settings.

use serde::{Deserialize, Serialize};

use crate::domain::currency::Currency;

/// What an operator may decide about the catalogue.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Config {
    /// The currency of prices that do not say theirs, as ISO 4217 calls it. Products keep the one they were
    /// priced in.
    pub currency: Currency,
}
