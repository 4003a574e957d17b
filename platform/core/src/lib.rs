//! The words every Metier crate shares.
//!
//! Typed ids, time and randomness as handed-in effects, the one [`Fault`] that every edge understands,
//! [`Ctx`] (who asks, why, and what they may do), money, secrets and keyset pages. No I/O lives here.

mod authenticate;
mod ctx;
mod effects;
mod fault;
mod grant;
mod id;
mod money;
mod page;
mod secret;
mod timestamp;

pub use authenticate::{Authenticate, BoxFuture, TokenSource};
pub use ctx::{Actor, CorrelationId, Ctx};
pub use effects::{Clock, Random};
pub use fault::{Fault, FaultKind, Violation};
pub use grant::{Grant, GrantError, Grants, Permission, Role, is_installation_wide};
pub use id::{ApiKeyId, EventId, Id, RunId, SessionId, UserId, WorkspaceId};
pub use money::{Money, MoneyError};
pub use page::{Cursor, Page, PageRequest};
pub use secret::Secret;
pub use timestamp::Timestamp;
