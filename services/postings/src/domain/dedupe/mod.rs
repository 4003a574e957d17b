//! One canonical posting from many sightings, by rules that can be read and that explain themselves.
//!
//! A new sighting becomes a [`Fingerprint`]; [`keys`] names the few stored ones worth a look; [`decide`]
//! compares it with those and says which posting it joins, and why. Whether two sightings are the same is
//! symmetric and looks at nothing but the two, and a sighting that is the same as members of two postings
//! unites them: so the groups are the connected parts of one graph, and **the order of arrival does not
//! matter**. What a person later takes apart stays apart ([`Separations`]).
//!
//! The rules are cautious: a wrong merge hides an opening from everyone, a missed one shows it twice. Where
//! two sightings lack the text that would settle it, they must agree in everything else.

mod compare;
mod compose;
mod decide;
mod fingerprint;
mod keys;
mod lineage;
mod sketch;

pub use compare::{Comparison, Reason, Verdict, compare};
pub use compose::compose;
pub use decide::{Candidate, Decision, Link, Separations, decide};
pub use fingerprint::Fingerprint;
pub use keys::{BlockingKey, keys};
pub use lineage::Lineage;
pub use sketch::TextSketch;
