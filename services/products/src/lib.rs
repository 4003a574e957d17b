//! Product catalogue.
