//! Categories: a name, and what it adds to the price of its products.

use metier_contract_products::CategoryId;
use metier_core::{Fault, Timestamp, WorkspaceId};
use serde::{Deserialize, Serialize};

use super::{decimal::Decimal, violations::Violations};

/// Decimals of a percentage.
pub const SURCHARGE_DECIMALS: u32 = 2;
const SURCHARGES: (std::ops::RangeInclusive<i64>, &str) = (0..=100_000, "0 to 1000 percent");

/// A category of a workspace.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Category {
    /// Its id.
    pub id: CategoryId,
    /// Where it is used.
    pub workspace: WorkspaceId,
    /// Its name, which products name. It stays: a product would lose it otherwise.
    pub name: String,
    /// Hundredths of a percent.
    pub surcharge: i64,
    /// Counts its changes.
    pub version: i64,
    /// When it was added.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
}

impl Category {
    /// Checks a new category. Answers its name and its surcharge.
    ///
    /// # Errors
    /// `invalid_parameters` with every field that is wrong.
    pub fn check(name: &str, surcharge_percent: &Decimal) -> Result<(String, i64), Fault> {
        let mut violations = Violations::default();
        let name = violations.text("/name", name, 1..=255);
        let units = surcharge_percent.units(SURCHARGE_DECIMALS);
        let surcharge = violations.units("/surcharge_percent", units, SURCHARGES);
        violations.or((name, surcharge))
    }

    /// The same with another surcharge. Prices made before stay.
    ///
    /// # Errors
    /// `invalid_parameters` when it is out of range.
    pub fn with_surcharge(&self, surcharge_percent: &Decimal, now: Timestamp) -> Result<Self, Fault> {
        let (_, surcharge) = Self::check(&self.name, surcharge_percent)?;
        Ok(Self { surcharge, version: self.version + 1, updated_at: now, ..self.clone() })
    }
}
