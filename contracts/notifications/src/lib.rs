//! What other services know of webhooks: the rights that are asked for, and the events about them.

pub mod event;

use metier_core::{Id, Permission};

/// The name of the service in the registry.
pub const SERVICE: &str = "notifications";

/// See one's own webhooks and what was delivered to them. Nobody sees those of others.
pub const WEBHOOKS_READ: Permission = Permission::new("webhooks", "read");
/// Make, change, test, replay and delete one's own webhooks.
pub const WEBHOOKS_WRITE: Permission = Permission::new("webhooks", "write");

/// What the ids of the service name.
pub mod named {
    /// A webhook.
    pub enum Webhook {}
    /// One event on its way to one webhook.
    pub enum Delivery {}
}

/// Names a webhook.
pub type WebhookId = Id<named::Webhook>;
/// Names a delivery: the same in each of its tries.
pub type DeliveryId = Id<named::Delivery>;
