//! `/api/v1/roles`: what people may do, by name.

use axum::{
    extract::State,
    response::{IntoResponse, Response},
};
use metier_core::{Grants, Timestamp};
use metier_http::{
    Caller, Created, ETag, Idempotent, IfMatch, Json, NoContent, PageBody, PageQuery, Path, Problem, Tagged,
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{Web, keyed};
use crate::{
    domain::role::CustomRole,
    ops::{NewRole, RoleChange, RoleView},
};

/// A role.
#[derive(Serialize, ToSchema)]
#[schema(as = Role)]
pub(super) struct RoleBody {
    /// Its name.
    #[schema(example = "release-team")]
    name: String,
    /// What it is for.
    #[schema(example = "Starts and watches releases")]
    description: String,
    /// What it allows.
    #[schema(value_type = Vec<String>, example = json!(["runs:*"]))]
    grants: Grants,
    /// Whether it is the same in every installation and cannot be changed.
    built_in: bool,
    /// When it was made.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    created_at: Option<Timestamp>,
    /// When it was last changed.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    updated_at: Option<Timestamp>,
}

impl From<CustomRole> for RoleBody {
    fn from(role: CustomRole) -> Self {
        Self {
            name: role.name,
            description: role.description,
            grants: role.grants,
            built_in: false,
            created_at: Some(role.created_at),
            updated_at: Some(role.updated_at),
        }
    }
}

impl From<RoleView> for RoleBody {
    fn from(role: RoleView) -> Self {
        match role {
            RoleView::Custom(role) => role.into(),
            RoleView::BuiltIn(role) => Self {
                name: role.name().to_owned(),
                description: String::new(),
                grants: role.grants(),
                built_in: true,
                created_at: None,
                updated_at: None,
            },
        }
    }
}

/// List roles
///
/// The built-in ones first.
#[utoipa::path(get, path = "/api/v1/roles", tag = "roles", security(("bearer" = ["roles:read"])), params(PageQuery),
    responses((status = 200, body = PageBody<RoleBody>)))]
pub(super) async fn list(
    State(web): State<Web>,
    Caller(ctx): Caller,
    PageQuery(page): PageQuery,
) -> Result<Json<PageBody<RoleBody>>, Problem> {
    Ok(Json(web.identity.list_roles(&ctx, &page).await?.into()))
}

/// A role to make.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewRole)]
pub(super) struct NewRoleBody {
    /// Its name: 1 to 32 of a-z 0-9 - _, beginning with a letter.
    #[schema(example = "release-team")]
    name: String,
    /// What it is for.
    #[serde(default)]
    description: String,
    /// What it allows, as `resource:verb`; either side may be `*`.
    #[schema(example = json!(["runs:*"]))]
    grants: Vec<String>,
}

/// Make a role
///
/// With no right the caller lacks.
#[utoipa::path(post, path = "/api/v1/roles", tag = "roles", security(("bearer" = ["roles:create"])), request_body = NewRoleBody,
    params(("Idempotency-Key" = Option<String>, Header, description = "Sent again, the role is made once")),
    responses((status = 201, body = RoleBody), (status = 403, description = "`grants_exceeded`"),
        (status = 409, description = "`role_exists`")))]
pub(super) async fn create(
    State(web): State<Web>,
    Caller(ctx): Caller,
    Idempotent { key, fingerprint, body }: Idempotent<NewRoleBody>,
) -> Result<Created<RoleBody>, Problem> {
    let new = NewRole { name: body.name, description: body.description, grants: body.grants };
    let role = web.identity.create_role(&ctx, new, keyed("roles.create", key.as_ref(), fingerprint)).await?;
    let location = format!("/api/v1/roles/{}", role.name);
    Ok(Created { location, tag: Some(ETag::version(role.version)), body: role.into() })
}

/// Get a role
#[utoipa::path(get, path = "/api/v1/roles/{name}", tag = "roles", security(("bearer" = ["roles:read"])),
    params(("name" = String, Path, description = "The role")),
    responses((status = 200, body = RoleBody)))]
pub(super) async fn get(
    State(web): State<Web>,
    Caller(ctx): Caller,
    Path(name): Path<String>,
) -> Result<Response, Problem> {
    let role = web.identity.get_role(&ctx, &name).await?;
    Ok(match role {
        RoleView::Custom(role) => {
            Tagged { tag: ETag::version(role.version), body: RoleBody::from(role) }.into_response()
        }
        built_in @ RoleView::BuiltIn(_) => Json(RoleBody::from(built_in)).into_response(),
    })
}

/// What shall be different; what is left out stays.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = RoleChange)]
pub(super) struct RoleChangeBody {
    /// Another description.
    #[serde(default)]
    description: Option<String>,
    /// Other rights.
    #[serde(default)]
    grants: Option<Vec<String>>,
}

/// Change a role
///
/// For everyone who has it.
#[utoipa::path(patch, path = "/api/v1/roles/{name}", tag = "roles", security(("bearer" = ["roles:update"])), request_body = RoleChangeBody,
    params(("name" = String, Path, description = "The role"),
        ("If-Match" = String, Header, description = "The ETag that was seen, or *")),
    responses((status = 200, body = RoleBody), (status = 403, description = "`grants_exceeded`, `user_stronger`"),
        (status = 409, description = "`role_built_in`, `last_admin`"), (status = 412, description = "`stale_version`")))]
pub(super) async fn update(
    State(web): State<Web>,
    Caller(ctx): Caller,
    Path(name): Path<String>,
    seen: IfMatch,
    Json(body): Json<RoleChangeBody>,
) -> Result<Tagged<RoleBody>, Problem> {
    let change = RoleChange { description: body.description, grants: body.grants };
    let role = web.identity.update_role(&ctx, name, change, seen.version()?).await?;
    Ok(Tagged { tag: ETag::version(role.version), body: role.into() })
}

/// Delete a role nobody has
#[utoipa::path(delete, path = "/api/v1/roles/{name}", tag = "roles", security(("bearer" = ["roles:delete"])),
    params(("name" = String, Path, description = "The role"),
        ("If-Match" = String, Header, description = "The ETag that was seen, or *")),
    responses((status = 204, description = "Deleted"), (status = 409, description = "`role_in_use`, `role_built_in`"),
        (status = 412, description = "`stale_version`")))]
pub(super) async fn delete(
    State(web): State<Web>,
    Caller(ctx): Caller,
    Path(name): Path<String>,
    seen: IfMatch,
) -> Result<NoContent, Problem> {
    web.identity.delete_role(&ctx, name, seen.version()?).await?;
    Ok(NoContent)
}
