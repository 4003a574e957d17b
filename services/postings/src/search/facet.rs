//! What results are counted by and narrowed to.

use serde::{Deserialize, Serialize};

/// One way to group postings.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Facet {
    /// Name of a source that shows it; a posting may have several.
    Source,
    /// Country code.
    Country,
    /// Region as written.
    Region,
    /// Employment type.
    EmploymentType,
    /// Remote: yes, no, unknown.
    Remote,
}

impl Facet {
    /// Every facet.
    pub const ALL: [Self; 5] =
        [Self::Source, Self::Country, Self::Region, Self::EmploymentType, Self::Remote];

    /// The facet's name on the wire and in the index.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Source => "source",
            Self::Country => "country",
            Self::Region => "region",
            Self::EmploymentType => "employment_type",
            Self::Remote => "remote",
        }
    }
}

/// How many postings have one value of a facet.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FacetCount {
    /// The value.
    pub value: String,
    /// Postings that match all but this facet's own filter and have the value.
    pub count: u64,
}
