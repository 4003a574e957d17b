//! The HTTP edge that every service shares, so that each answers alike.
//!
//! - [`Problem`] is the one error shape (RFC 9457), made from a [`metier_core::Fault`].
//! - Extractors refuse bad input with it: [`Json`], [`Query`], [`Path`], [`PageQuery`], [`ListQuery`],
//!   [`IfMatch`], [`IdempotencyKey`], [`Idempotent`], [`Caller`], [`Visitor`].
//! - [`layers`] puts the same edge around every router: correlation, authentication, limits, headers.
//! - [`admission`] lets nobody in whom an operation is not for, before anything of the request is read.
//! - [`serve`] and [`multiplex`] put HTTP/1, HTTP/2 and gRPC on one port, over TLS when there are
//!   [`Certificates`]; [`HttpLink`] calls another service.
//! - [`openapi::finish`] completes a service's API description with what all of this adds.

mod admission;
mod edge;
mod events;
mod extract;
mod fingerprint;
mod layers;
mod link;
mod multiplex;
pub mod openapi;
mod page;
mod problem;
mod remote;
mod reply;
mod serve;
mod tag;
mod tls;

pub use admission::admission;
pub use events::{LastEventId, events};
pub use extract::{
    Caller, IdempotencyKey, Idempotent, IfMatch, Json, List, ListQuery, PageQuery, Path, Query, Sort, Visitor,
};
pub use fingerprint::Fingerprint;
pub use layers::{BodyLimit, LayerOptions, body_limit, layers};
pub use link::{HttpLink, HttpLinkOptions};
pub use multiplex::multiplex;
pub use page::PageBody;
pub use problem::{Problem, ProblemBody, status_code};
pub use reply::{Created, NoContent, Tagged};
pub use serve::{ServeOptions, bind, serve};
pub use tag::ETag;
pub use tls::{Certificates, TlsError};
