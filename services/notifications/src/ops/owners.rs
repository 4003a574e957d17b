//! People change, and so do the rights their webhooks were saved with.

use metier_contract_identity::event::{
    PERMISSIONS_CHANGED, ROLE_ASSIGNED, TOPIC_USER, USER_DEACTIVATED, USER_DELETED, UserEvent,
};
use metier_contract_notifications::event::WEBHOOK_DELETED;
use metier_core::{Fault, UserId};
use metier_db::Tx;
use metier_harness::Kit;

use super::Notifications;
use crate::{domain::webhook::Wish, error::Error, store::webhooks};

/// Follows what becomes of people.
///
/// # Errors
/// When the kit knows no identity service.
pub fn follow_owners(kit: &Kit, service: &Notifications) -> Result<(), Fault> {
    let service = service.clone();
    kit.consume("identity", "webhook-owners", &[TOPIC_USER], move |tx, event| {
        let service = service.clone();
        Box::pin(async move {
            let known = [USER_DELETED, USER_DEACTIVATED, ROLE_ASSIGNED, PERMISSIONS_CHANGED];
            if !known.contains(&&*event.kind) {
                return Ok(());
            }
            let person: UserEvent = serde_json::from_value(event.data.clone()).map_err(Fault::internal)?;
            service.owner_changed(tx, person.user_id, &event.kind).await.map_err(Fault::from)
        })
    })
}

impl Notifications {
    /// What somebody owns goes with them, and hears nothing any more that they may no longer see.
    async fn owner_changed(&self, tx: &Tx, owner: UserId, kind: &str) -> Result<(), Error> {
        for webhook in webhooks::of_owner(tx, owner).await? {
            let ctx = self.ctx(webhook.workspace);
            match kind {
                USER_DELETED => {
                    webhooks::delete(tx, webhook.id).await?;
                    self.record(tx, &ctx, (WEBHOOK_DELETED, &webhook), (Some(&webhook.wish), None::<&Wish>))
                        .await?;
                }
                USER_DEACTIVATED => self.disable(tx, &ctx, webhook, "its owner is disabled").await?,
                _ => self.disable(tx, &ctx, webhook, "its owner's rights changed; save it again").await?,
            }
        }
        Ok(())
    }
}
