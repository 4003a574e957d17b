//! `/api/v1/approvals`.

use axum::extract::State;
use metier_core::{Fault, RunId, Timestamp, UserId};
use metier_http::{Caller, Json, PageBody, PageQuery, Problem};
use serde::Serialize;
use utoipa::ToSchema;

use crate::ops::{
    Engine,
    workflows::approvals::{self, Pending},
};

/// A step that waits for a decision that one may give.
#[derive(Debug, Serialize, ToSchema)]
pub struct PendingApproval {
    /// The run.
    #[schema(format = "uuid")]
    run: String,
    /// The run's number.
    #[schema(example = 1042)]
    number: i64,
    /// The workflow.
    #[schema(example = "refresh")]
    workflow: String,
    /// Its version.
    #[schema(example = 1)]
    version: i64,
    /// The step that waits.
    #[schema(example = "ask")]
    step: String,
    /// What is to be decided.
    #[schema(example = "release?")]
    message: String,
    /// Who may decide.
    who: Approvers,
    /// The user whose run it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(format = "uuid")]
    owner: Option<String>,
    /// Since when it waits.
    #[schema(value_type = String, format = "date-time")]
    since: Timestamp,
    /// When it waits no longer.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = "date-time")]
    until: Option<Timestamp>,
}

/// Who may decide: whoever has at least the rights of one of the roles, or is one of the users.
#[derive(Debug, Serialize, ToSchema)]
pub struct Approvers {
    /// Roles.
    #[schema(example = json!(["operator"]))]
    roles: Vec<&'static str>,
    /// Users.
    users: Vec<String>,
}

impl From<Pending> for PendingApproval {
    fn from(Pending { row, approval }: Pending) -> Self {
        Self {
            run: RunId::from_uuid(row.id).to_string(),
            number: row.number,
            workflow: row.workflow,
            version: row.version,
            step: row.name,
            message: approval.message,
            who: Approvers {
                roles: approval.roles.into_iter().map(metier_core::Role::name).collect(),
                users: approval.users.iter().map(ToString::to_string).collect(),
            },
            owner: row.owner.map(|owner| UserId::from_uuid(owner).to_string()),
            since: Timestamp::from_micros(row.begun_at),
            until: row.due_at.map(Timestamp::from_micros),
        }
    }
}

/// List what waits for a decision that one may give, what has waited longest first.
///
/// A page can hold fewer than its limit, or nothing, and still name a next one.
#[utoipa::path(
    get, path = "/api/v1/approvals", tag = "workflows", security(("bearer" = ["runs:read"])), params(PageQuery),
    responses((status = 200, body = PageBody<PendingApproval>))
)]
pub async fn pending(
    State(engine): State<Engine>,
    Caller(ctx): Caller,
    PageQuery(page): PageQuery,
) -> Result<Json<PageBody<PendingApproval>>, Problem> {
    let found = approvals::list(&engine, &ctx, &page).await.map_err(Fault::from)?;
    Ok(Json(found.map(PendingApproval::from).into()))
}
