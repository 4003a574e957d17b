//! Source plugin kit.
