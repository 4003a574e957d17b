//! `/api/v1/users`: the people of the workspace.

use axum::extract::State;
use metier_core::{Fault, Secret, UserId};
use metier_http::{
    Caller, Created, ETag, Idempotent, IfMatch, Json, List, ListQuery, NoContent, PageBody, Path, Problem,
    Tagged,
};
use serde::Deserialize;
use utoipa::ToSchema;

use super::{Web, bodies::UserBody, keyed};
use crate::{
    domain::user::Authorized,
    ops::{NewUser, UserChange},
    store::users::Filter,
};

/// What the list offers.
pub(super) struct Users;

impl List for Users {
    const FILTERS: &'static [&'static str] = &["role", "disabled", "q"];
    const SORTS: &'static [&'static str] = &["number"];
    const DEFAULT_SORT: &'static str = "number";
}

fn one<T: std::str::FromStr>(query: &ListQuery<Users>, filter: &str) -> Result<Option<T>, Fault> {
    let mut values = query.values(filter)?;
    match (values.pop(), values.is_empty()) {
        (value, true) => Ok(value),
        (_, false) => Err(Fault::invalid(filter, "takes one value")),
    }
}

fn filter(query: &ListQuery<Users>) -> Result<Filter, Fault> {
    let search: Option<String> = one(query, "q")?;
    if search.as_ref().is_some_and(|text| text.chars().any(char::is_control)) {
        return Err(Fault::invalid("q", "must have no control characters"));
    }
    let role: Option<String> = one(query, "role")?;
    if role.as_ref().is_some_and(|text| text.chars().any(char::is_control)) {
        return Err(Fault::invalid("role", "must have no control characters"));
    }
    Ok(Filter { role, disabled: one(query, "disabled")?, search, descending: query.sort.descending })
}

/// List people
///
/// Filters: `role`, `disabled` (true or false), `q` (part of the address or name).
#[utoipa::path(get, path = "/api/v1/users", tag = "users", security(("bearer" = ["users:read"])), params(ListQuery<Users>),
    responses((status = 200, body = PageBody<UserBody>)))]
pub(super) async fn list(
    State(web): State<Web>,
    Caller(ctx): Caller,
    query: ListQuery<Users>,
) -> Result<Json<PageBody<UserBody>>, Problem> {
    let page = web.identity.list_users(&ctx, &filter(&query)?, &query.page).await?;
    Ok(Json(page.into()))
}

/// A person to add.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewUser)]
pub(super) struct NewUserBody {
    /// Their address, unique in the installation.
    #[schema(example = "ada@example.org")]
    email: String,
    /// How they are shown; the first part of the address when left out.
    #[serde(default)]
    #[schema(example = "Ada Lovelace")]
    display_name: Option<String>,
    /// Their first password: 10 characters or more.
    #[schema(value_type = String, format = Password, example = "correct horse battery staple")]
    password: Secret<String>,
    /// `admin`, `operator`, `user`, `viewer`, or a role of the workspace.
    #[schema(example = "user")]
    role: String,
    /// Rights beyond the role.
    #[serde(default)]
    #[schema(example = json!(["products:create"]))]
    extra_grants: Vec<String>,
}

impl From<NewUserBody> for NewUser {
    fn from(body: NewUserBody) -> Self {
        let NewUserBody { email, display_name, password, role, extra_grants } = body;
        Self { email, display_name, password, role, extra_grants }
    }
}

/// Add a person
///
/// With no right the caller lacks.
#[utoipa::path(post, path = "/api/v1/users", tag = "users", security(("bearer" = ["users:create"])), request_body = NewUserBody,
    params(("Idempotency-Key" = Option<String>, Header, description = "Sent again, the person is added once")),
    responses((status = 201, body = UserBody), (status = 403, description = "`grants_exceeded`"),
        (status = 409, description = "`email_taken`")))]
pub(super) async fn create(
    State(web): State<Web>,
    Caller(ctx): Caller,
    Idempotent { key, fingerprint, body }: Idempotent<NewUserBody>,
) -> Result<Created<UserBody>, Problem> {
    let who =
        web.identity.create_user(&ctx, body.into(), keyed("users.create", key.as_ref(), fingerprint)).await?;
    let location = format!("/api/v1/users/{}", who.user.id);
    Ok(Created { location, tag: Some(ETag::version(who.user.version)), body: who.into() })
}

fn tagged(who: Authorized) -> Tagged<UserBody> {
    Tagged { tag: ETag::version(who.user.version), body: who.into() }
}

/// Get a person
#[utoipa::path(get, path = "/api/v1/users/{id}", tag = "users", security(("bearer" = ["users:read"])),
    params(("id" = String, Path, format = Uuid, description = "The person")),
    responses((status = 200, body = UserBody)))]
pub(super) async fn get(
    State(web): State<Web>,
    Caller(ctx): Caller,
    Path(id): Path<UserId>,
) -> Result<Tagged<UserBody>, Problem> {
    Ok(tagged(web.identity.get_user(&ctx, id).await?))
}

/// What shall be different; what is left out stays.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = UserChange)]
pub(super) struct UserChangeBody {
    /// Another address.
    #[serde(default)]
    email: Option<String>,
    /// Another name.
    #[serde(default)]
    display_name: Option<String>,
    /// Another role.
    #[serde(default)]
    #[schema(example = "operator")]
    role: Option<String>,
    /// Other rights beyond the role.
    #[serde(default)]
    extra_grants: Option<Vec<String>>,
    /// Whether they may not sign in; ends all their sessions.
    #[serde(default)]
    disabled: Option<bool>,
    /// Another password; ends all their sessions.
    #[serde(default)]
    #[schema(value_type = Option<String>, format = Password)]
    password: Option<Secret<String>>,
}

impl From<UserChangeBody> for UserChange {
    fn from(body: UserChangeBody) -> Self {
        let UserChangeBody { email, display_name, role, extra_grants, disabled, password } = body;
        Self { email, display_name, role, extra_grants, disabled, password }
    }
}

/// Change a person
///
/// Somebody who may do more than the caller cannot be changed by them, and the last administrator stays.
#[utoipa::path(patch, path = "/api/v1/users/{id}", tag = "users", security(("bearer" = ["users:update"])), request_body = UserChangeBody,
    params(("id" = String, Path, format = Uuid, description = "The person"),
        ("If-Match" = String, Header, description = "The ETag that was seen, or *")),
    responses((status = 200, body = UserBody), (status = 403, description = "`grants_exceeded`, `user_stronger`"),
        (status = 409, description = "`email_taken`, `last_admin`"), (status = 412, description = "`stale_version`")))]
pub(super) async fn update(
    State(web): State<Web>,
    Caller(ctx): Caller,
    Path(id): Path<UserId>,
    seen: IfMatch,
    Json(body): Json<UserChangeBody>,
) -> Result<Tagged<UserBody>, Problem> {
    Ok(tagged(web.identity.update_user(&ctx, id, body.into(), seen.version()?).await?))
}

/// Delete a person
///
/// With their sessions and API keys. What they own elsewhere goes with the event `user.deleted`.
#[utoipa::path(delete, path = "/api/v1/users/{id}", tag = "users", security(("bearer" = ["users:delete"])),
    params(("id" = String, Path, format = Uuid, description = "The person"),
        ("If-Match" = String, Header, description = "The ETag that was seen, or *")),
    responses((status = 204, description = "Deleted"), (status = 409, description = "`last_admin`"),
        (status = 412, description = "`stale_version`")))]
pub(super) async fn delete(
    State(web): State<Web>,
    Caller(ctx): Caller,
    Path(id): Path<UserId>,
    seen: IfMatch,
) -> Result<NoContent, Problem> {
    web.identity.delete_user(&ctx, id, seen.version()?).await?;
    Ok(NoContent)
}
