//! What the service decides without asking anybody. Pure.

pub mod delivery;
pub mod destination;
pub mod retry;
pub mod signature;
pub mod webhook;
