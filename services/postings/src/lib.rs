//! The postings service: what sources show, made into one canonical posting each, and found again.
//!
//! [`domain`] computes and knows no database or network.

pub mod domain;
