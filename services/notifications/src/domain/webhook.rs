//! A webhook: who wants to hear what, and where.

use std::sync::Arc;

use metier_bus::{Telling, is_of_type};
use metier_contract_notifications::{WebhookId, event::TOPIC_WEBHOOK};
use metier_core::{Actor, CorrelationId, Ctx, Fault, Grants, Secret, Timestamp, UserId, WorkspaceId};
use serde::Serialize;

/// Most types one webhook names.
const MOST_TYPES: usize = 32;

/// What somebody decides about a webhook.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Wish {
    /// Its name, unique among those of its owner.
    pub name: String,
    /// Where deliveries go.
    pub url: String,
    /// Types of events, or how they begin; all when there are none.
    pub types: Vec<String>,
    /// Whether anything is sent.
    pub enabled: bool,
}

impl Wish {
    /// Whether it can be kept. The URL is looked at by who knows where webhooks may go.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn check(&self) -> Result<(), Fault> {
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
        if self.name.is_empty() || self.name.len() > 100 || !self.name.bytes().all(plain) {
            return Err(Fault::invalid("/name", "must be 1 to 100 of A-Z a-z 0-9 - _ ."));
        }
        let is_type = |text: &String| {
            (1..=100).contains(&text.len())
                && text.bytes().all(|byte| byte.is_ascii_lowercase() || b"._".contains(&byte))
        };
        if self.types.len() > MOST_TYPES || !self.types.iter().all(is_type) {
            let message = "must be at most 32 names such as run.failed, or how they begin, such as run";
            return Err(Fault::invalid("/types", message));
        }
        Ok(())
    }
}

/// A webhook as it is kept, but for its secrets.
#[derive(Clone, Debug)]
pub struct Webhook {
    /// Its id.
    pub id: WebhookId,
    /// Where.
    pub workspace: WorkspaceId,
    /// Whose.
    pub owner: UserId,
    /// What its owner decided.
    pub wish: Wish,
    /// Who saved it last.
    pub actor: Actor,
    /// What they were allowed then: nothing else is sent.
    pub grants: Grants,
    /// Nothing that happened before is sent.
    pub since: Timestamp,
    /// Since when nothing arrives.
    pub failing_since: Option<Timestamp>,
    /// Since when nothing is sent.
    pub disabled_at: Option<Timestamp>,
    /// Why.
    pub disabled_reason: Option<String>,
    /// Until when the secret before is good too.
    pub old_secret_until: Option<Timestamp>,
    /// Counts changes, from 1.
    pub version: i64,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was changed last.
    pub updated_at: Timestamp,
}

impl Webhook {
    /// Whether this is to be sent there. It is not told of itself.
    pub fn hears(&self, telling: &Telling) -> bool {
        let types = &self.wish.types;
        let wanted = types.is_empty() || types.iter().any(|wish| is_of_type(&telling.kind, wish));
        let is_itself = telling.topic == TOPIC_WEBHOOK && telling.subject == self.id.to_string();
        wanted
            && !is_itself
            && telling.time >= self.since
            && telling.is_for(&self.ctx(telling.correlation_id.clone()))
    }

    /// Its owner with the rights of when it was saved.
    fn ctx(&self, correlation: CorrelationId) -> Ctx {
        Ctx {
            actor: self.actor.clone(),
            workspace: self.workspace,
            grants: Arc::new(self.grants.clone()),
            ..Ctx::anonymous(correlation)
        }
    }
}

/// The secrets that sign.
#[derive(Clone, Debug)]
pub struct Secrets {
    /// The one that holds.
    pub current: Secret<String>,
    /// The one before, and until when it holds too.
    pub old: Option<(Secret<String>, Timestamp)>,
}

impl Secrets {
    /// Those that sign at a moment.
    pub fn at(&self, now: Timestamp) -> Vec<Secret<String>> {
        let old = self.old.iter().filter(|(_, until)| now < *until).map(|(secret, _)| secret.clone());
        std::iter::once(self.current.clone()).chain(old).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wish() -> Wish {
        let (name, url) = ("deploys".to_owned(), "https://example.org".to_owned());
        Wish { name, url, types: vec!["run".to_owned(), "run.failed".to_owned()], enabled: true }
    }

    #[test]
    fn names_and_types_have_a_form() {
        assert!(wish().check().is_ok());
        for name in ["", "two words", &"a".repeat(101)] {
            assert!(Wish { name: name.to_owned(), ..wish() }.check().is_err(), "{name}");
        }
        for types in [vec![String::new()], vec!["Run".to_owned()], vec!["run".to_owned(); 33]] {
            assert!(Wish { types, ..wish() }.check().is_err());
        }
    }

    #[test]
    fn an_old_secret_signs_until_its_time_is_over() {
        let secret = |text: &str| Secret::new(text.to_owned());
        let secrets =
            Secrets { current: secret("new"), old: Some((secret("old"), Timestamp::from_seconds(10))) };
        assert_eq!(secrets.at(Timestamp::from_seconds(9)).len(), 2);
        assert_eq!(secrets.at(Timestamp::from_seconds(10)), [secret("new")]);
    }
}
