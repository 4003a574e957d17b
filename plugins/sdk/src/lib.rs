//! What a source plugin is made of: the contract it keeps, and the parts that keep it.
//!
//! A source plugin is a small HTTP server that yields postings. Metier pulls from it; the plugin never
//! writes anywhere. `CONTRACT.md` beside this crate tells the contract for authors in any language.

pub mod wire;
