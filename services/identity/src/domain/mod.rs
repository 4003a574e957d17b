//! The rules of people, keys and sessions. Pure: no database, no protocol, no clock of its own.

pub mod api_key;
pub mod email;
pub mod role;
pub mod session;
pub mod throttle;
pub mod token;
pub mod user;
