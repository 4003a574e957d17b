//! What other services know of the product catalogue.
//!
//! [`ProductsClient`] fills it, from this process or across the network. [`permission`] names the rights it
//! asks for, [`event`] the facts it publishes.

mod client;
pub mod event;
pub mod permission;

use metier_core::Id;

pub use client::ProductsClient;

/// The name of the service in the registry.
pub const SERVICE: &str = "products";

/// What the ids of the catalogue name.
pub mod named {
    /// A product.
    pub enum Product {}
    /// A category of products.
    pub enum Category {}
}

/// Names a product.
pub type ProductId = Id<named::Product>;
/// Names a category.
pub type CategoryId = Id<named::Category>;

/// What the protocol says, for tools that ask a running service.
pub const DESCRIPTORS: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/descriptors.bin"));

/// The generated protocol.
#[expect(missing_docs, reason = "generated from the documented proto file")]
#[allow(clippy::all, unused_qualifications, reason = "generated")]
pub mod protocol {
    tonic::include_proto!("products");
}
