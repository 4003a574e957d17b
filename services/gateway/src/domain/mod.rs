//! What the door decides without asking anybody. Pure.

pub mod cursor;
pub mod filter;
pub mod openapi;
pub mod pace;
pub mod paces;
pub mod pages;
pub mod routes;
