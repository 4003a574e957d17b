//! People and roles as JSON.

use metier_core::{Grants, Timestamp, UserId, WorkspaceId};
use serde::Serialize;
use utoipa::ToSchema;

use crate::domain::user::Authorized;

/// A person.
#[derive(Serialize, ToSchema)]
#[schema(as = User)]
pub(super) struct UserBody {
    /// Their id.
    #[schema(value_type = String, format = Uuid)]
    id: UserId,
    /// For clients that need integer ids.
    #[schema(example = 1)]
    number: i64,
    /// Where they belong.
    #[schema(value_type = String, format = Uuid)]
    workspace_id: WorkspaceId,
    /// Their address.
    #[schema(example = "ada@example.org")]
    email: String,
    /// How they are shown.
    #[schema(example = "Ada Lovelace")]
    display_name: String,
    /// Their role.
    #[schema(example = "operator")]
    role: String,
    /// Rights beyond the role.
    #[schema(value_type = Vec<String>, example = json!(["products:create"]))]
    extra_grants: Grants,
    /// Everything they may do.
    #[schema(value_type = Vec<String>, example = json!(["runs:*", "products:create"]))]
    grants: Grants,
    /// Since when they may not sign in.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    disabled_at: Option<Timestamp>,
    /// When they were added.
    #[schema(value_type = String, format = DateTime)]
    created_at: Timestamp,
    /// When they were last changed.
    #[schema(value_type = String, format = DateTime)]
    updated_at: Timestamp,
}

impl From<Authorized> for UserBody {
    fn from(Authorized { user, grants }: Authorized) -> Self {
        Self {
            id: user.id,
            number: user.number,
            workspace_id: user.workspace,
            email: user.email,
            display_name: user.display_name,
            role: user.role,
            extra_grants: user.extra_grants,
            grants,
            disabled_at: user.disabled_at,
            created_at: user.created_at,
            updated_at: user.updated_at,
        }
    }
}
