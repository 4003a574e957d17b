//! Workflows: jobs made of steps. Their documents, what is wrong with one, and what comes next in a run.
//!
//! Nothing here does anything: `read` and `check` say what a document is, `advance` and `resume` decide.

pub mod advance;
pub mod check;
pub mod condition;
pub mod document;
pub mod explain;
pub mod graph;
pub mod read;
pub mod reference;
pub mod resume;
pub mod runs;
pub mod scope;
pub mod shape;
pub mod standing;
pub mod template;
pub mod text;
mod typing;

#[cfg(test)]
mod tests;

pub use document::{Document, Finding};
