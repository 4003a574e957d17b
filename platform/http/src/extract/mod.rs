//! What handlers ask of a request. Each refuses bad input with a [`crate::Problem`] that names the field.

mod caller;
mod condition;
mod deserialize;
mod idempotency;
mod json;
mod list;
mod page;
mod path;
mod query;

pub(crate) use caller::Authenticated;
pub use caller::{Caller, Visitor};
pub use condition::IfMatch;
pub use idempotency::{IdempotencyKey, Idempotent};
pub use json::Json;
pub use list::{List, ListQuery, Sort};
pub use page::PageQuery;
pub use path::Path;
pub use query::Query;
