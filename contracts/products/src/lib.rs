//! What other services know of the product catalogue.
