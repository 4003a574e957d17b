//! Webhooks and deliveries as JSON.

use metier_core::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use crate::{
    domain::{
        delivery::{Delivery, Try},
        webhook::{Webhook, Wish},
    },
    ops::{Made, Shown},
};

const fn yes() -> bool {
    true
}

/// What somebody decides about a webhook.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewWebhook)]
pub(super) struct NewWebhookBody {
    /// Its name, unique among one's own: 1 to 100 of `A-Z a-z 0-9 - _ .`.
    #[schema(example = "deploys")]
    name: String,
    /// Where deliveries are posted to. It must be reachable from everywhere, unless the operator allows its network.
    #[schema(example = "https://hooks.example.org/metier")]
    url: String,
    /// Types of events, or how they begin; all when there are none.
    #[serde(default)]
    #[schema(example = json!(["run.failed", "source"]))]
    types: Vec<String>,
    /// Whether anything is sent.
    #[serde(default = "yes")]
    #[schema(example = true)]
    enabled: bool,
}

impl From<NewWebhookBody> for Wish {
    fn from(body: NewWebhookBody) -> Self {
        Self { name: body.name, url: body.url, types: body.types, enabled: body.enabled }
    }
}

/// A webhook.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Webhook)]
pub(super) struct WebhookBody {
    /// Its id.
    #[schema(format = "uuid")]
    id: String,
    /// Its name.
    #[schema(example = "deploys")]
    name: String,
    /// Where deliveries are posted to.
    #[schema(example = "https://hooks.example.org/metier")]
    url: String,
    /// Types of events, or how they begin; all when there are none.
    #[schema(example = json!(["run.failed", "source"]))]
    types: Vec<String>,
    /// Whether anything is sent.
    enabled: bool,
    /// Why nothing is sent.
    #[serde(skip_serializing_if = "Option::is_none")]
    disabled_reason: Option<String>,
    /// Since when nothing arrives.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = "date-time")]
    failing_since: Option<Timestamp>,
    /// Until when the secret before signs too.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = "date-time")]
    old_secret_until: Option<Timestamp>,
    /// Counts changes, from 1.
    version: i64,
    /// When it was made.
    #[schema(value_type = String, format = "date-time")]
    created_at: Timestamp,
    /// When it was changed last.
    #[schema(value_type = String, format = "date-time")]
    updated_at: Timestamp,
}

impl From<Webhook> for WebhookBody {
    fn from(webhook: Webhook) -> Self {
        Self {
            id: webhook.id.to_string(),
            name: webhook.wish.name,
            url: webhook.wish.url,
            types: webhook.wish.types,
            enabled: webhook.disabled_at.is_none(),
            disabled_reason: webhook.disabled_reason,
            failing_since: webhook.failing_since,
            old_secret_until: webhook.old_secret_until,
            version: webhook.version,
            created_at: webhook.created_at,
            updated_at: webhook.updated_at,
        }
    }
}

/// A webhook with its secret, which is shown this once.
#[derive(Serialize, ToSchema)]
#[schema(as = WebhookWithSecret)]
pub(super) struct MadeBody {
    /// The webhook.
    #[serde(flatten)]
    webhook: WebhookBody,
    /// What deliveries are signed with. Nobody is shown it again.
    #[schema(example = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD")]
    secret: String,
}

impl From<Made> for MadeBody {
    fn from(made: Made) -> Self {
        Self { webhook: made.webhook.into(), secret: made.secret.expose().clone() }
    }
}

/// One event on its way to one webhook.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Delivery)]
pub(super) struct DeliveryBody {
    /// Its id, the same in each try: what receivers tell repetitions by.
    #[schema(format = "uuid")]
    id: String,
    /// The event's id.
    event: String,
    /// The event's type.
    #[schema(example = "run.failed")]
    r#type: String,
    /// `waiting`, `delivered` or `failed`.
    #[schema(example = "delivered")]
    state: String,
    /// How often it was sent.
    tries: i64,
    /// When it is sent again.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = "date-time")]
    try_at: Option<Timestamp>,
    /// When it was made.
    #[schema(value_type = String, format = "date-time")]
    created_at: Timestamp,
    /// When it was delivered or given up.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = "date-time")]
    settled_at: Option<Timestamp>,
}

impl From<Delivery> for DeliveryBody {
    fn from(delivery: Delivery) -> Self {
        Self {
            id: delivery.id.to_string(),
            event: delivery.event,
            r#type: delivery.kind,
            state: delivery.state,
            tries: delivery.tries,
            try_at: delivery.try_at,
            created_at: delivery.created_at,
            settled_at: delivery.settled_at,
        }
    }
}

/// One try.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = DeliveryTry)]
pub(super) struct TryBody {
    /// Counts from 1.
    number: i64,
    /// When it began.
    #[schema(value_type = String, format = "date-time")]
    tried_at: Timestamp,
    /// How long it took, in milliseconds.
    took_ms: u64,
    /// The status that was answered.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = 204)]
    status: Option<u16>,
    /// Why there was no answer, or why it does not count.
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
    /// How the answer began.
    #[serde(skip_serializing_if = "Option::is_none")]
    excerpt: Option<String>,
}

impl From<Try> for TryBody {
    fn from(one: Try) -> Self {
        Self {
            number: one.number,
            tried_at: one.tried_at,
            took_ms: u64::try_from(one.answer.took.as_millis()).unwrap_or(u64::MAX),
            status: one.answer.status,
            error: one.answer.error,
            excerpt: one.answer.excerpt,
        }
    }
}

/// A delivery with what was sent, and what came of it.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = DeliveryWithTries)]
pub(super) struct ShownBody {
    /// The delivery.
    #[serde(flatten)]
    delivery: DeliveryBody,
    /// What is sent.
    #[schema(value_type = Object)]
    body: Value,
    /// What came of each try.
    attempts: Vec<TryBody>,
}

impl From<Shown> for ShownBody {
    fn from(shown: Shown) -> Self {
        let body = serde_json::from_str(&shown.delivery.body).unwrap_or_default();
        let attempts = shown.tries.into_iter().map(TryBody::from).collect();
        Self { delivery: shown.delivery.into(), body, attempts }
    }
}

/// Which deliveries are sent again.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = ReplayRange)]
pub(super) struct RangeBody {
    /// Made at or after.
    #[schema(value_type = String, format = "date-time", example = "2026-03-01T00:00:00Z")]
    pub(super) from: Timestamp,
    /// Made before.
    #[schema(value_type = String, format = "date-time", example = "2026-03-02T00:00:00Z")]
    pub(super) until: Timestamp,
    /// `delivered` or `failed`; both when left out.
    #[schema(example = "failed")]
    pub(super) state: Option<String>,
}

/// How many deliveries are sent again.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Replayed)]
pub(super) struct ReplayedBody {
    /// So many.
    #[schema(example = 3)]
    pub(super) deliveries: u64,
}
