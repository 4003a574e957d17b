//! The facts the notifications service publishes, to the owner of the webhook.

use serde::{Deserialize, Serialize};

use crate::WebhookId;

/// Events about webhooks; the subject is the webhook's id.
pub const TOPIC_WEBHOOK: &str = "webhook";
/// A webhook was made. Data: [`WebhookEvent`].
pub const WEBHOOK_CREATED: &str = "webhook.created";
/// A webhook was changed. Data: [`WebhookEvent`].
pub const WEBHOOK_UPDATED: &str = "webhook.updated";
/// A webhook was deleted. Data: [`WebhookEvent`].
pub const WEBHOOK_DELETED: &str = "webhook.deleted";
/// A webhook has another secret. Data: [`WebhookEvent`].
pub const WEBHOOK_ROTATED: &str = "webhook.rotated";
/// Nothing is sent any more until somebody enables it again. Data: [`WebhookEvent`] with the reason.
pub const WEBHOOK_DISABLED: &str = "webhook.disabled";
/// What a test sends. It is in no log.
pub const WEBHOOK_PING: &str = "webhook.ping";

/// What an event about a webhook tells.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WebhookEvent {
    /// Which.
    pub webhook_id: WebhookId,
    /// Its name.
    pub name: String,
    /// Why, when it was disabled.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}
