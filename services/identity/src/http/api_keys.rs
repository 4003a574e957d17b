//! `/api/v1/api-keys`: keys for programs and workers.

use axum::extract::State;
use metier_core::{ApiKeyId, Fault, Grants, Timestamp, UserId};
use metier_http::{Caller, Created, Idempotent, Json, List, ListQuery, NoContent, PageBody, Path, Problem};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{Web, keyed};
use crate::domain::api_key::{ApiKeyRecord, ApiKeyWish};

/// What the list offers.
pub(super) struct ApiKeys;

impl List for ApiKeys {
    const FILTERS: &'static [&'static str] = &["owner"];
    const SORTS: &'static [&'static str] = &["created_at"];
    const DEFAULT_SORT: &'static str = "created_at";
}

/// A key without its secret.
#[derive(Serialize, ToSchema)]
#[schema(as = ApiKey)]
pub(super) struct ApiKeyBody {
    /// Its id.
    #[schema(value_type = String, format = Uuid)]
    id: ApiKeyId,
    /// Whose.
    #[schema(value_type = String, format = Uuid)]
    user_id: UserId,
    /// How its text begins.
    #[schema(example = "mtr_a1B2c3D4")]
    prefix: String,
    /// What it is for.
    #[schema(example = "nightly import")]
    name: String,
    /// What it may do, as long as its owner may.
    #[schema(value_type = Vec<String>, example = json!(["runs:submit", "runs:read"]))]
    grants: Grants,
    /// Kinds a worker may claim with it.
    #[schema(example = json!(["fibonacci"]))]
    kinds: Vec<String>,
    /// Queues a worker may claim from with it.
    #[schema(example = json!(["default"]))]
    queues: Vec<String>,
    /// When it was made.
    #[schema(value_type = String, format = DateTime)]
    created_at: Timestamp,
    /// When it ends by itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    expires_at: Option<Timestamp>,
    /// When it was last used, to the minute.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    last_used_at: Option<Timestamp>,
    /// When it was revoked.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    revoked_at: Option<Timestamp>,
}

impl From<ApiKeyRecord> for ApiKeyBody {
    fn from(key: ApiKeyRecord) -> Self {
        Self {
            id: key.id,
            user_id: key.user,
            prefix: format!("mtr_{}", key.prefix),
            name: key.name,
            grants: key.grants,
            kinds: key.kinds,
            queues: key.queues,
            created_at: key.created_at,
            expires_at: key.expires_at,
            last_used_at: key.last_used_at,
            revoked_at: key.revoked_at,
        }
    }
}

/// List API keys
///
/// One's own; with `owner=all` and the right `api_keys:read_all` everyone's. Revoked keys included.
#[utoipa::path(get, path = "/api/v1/api-keys", tag = "api-keys", params(ListQuery<ApiKeys>),
    responses((status = 200, body = PageBody<ApiKeyBody>)))]
pub(super) async fn list(
    State(web): State<Web>,
    Caller(ctx): Caller,
    query: ListQuery<ApiKeys>,
) -> Result<Json<PageBody<ApiKeyBody>>, Problem> {
    if query.sort.descending {
        return Err(Fault::invalid("sort", "must be created_at").into());
    }
    let page = match query.texts("owner") {
        [] => web.identity.list_own_api_keys(&ctx, &query.page).await?,
        [owner] if owner == "me" => web.identity.list_own_api_keys(&ctx, &query.page).await?,
        [owner] if owner == "all" => web.identity.list_all_api_keys(&ctx, &query.page).await?,
        _ => return Err(Fault::invalid("owner", "must be me or all").into()),
    };
    Ok(Json(page.into()))
}

/// A key to make.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewApiKey)]
pub(super) struct NewApiKeyBody {
    /// What it is for.
    #[schema(example = "nightly import")]
    name: String,
    /// What it shall be allowed: no more than its owner is.
    #[schema(example = json!(["runs:submit", "runs:read"]))]
    grants: Vec<String>,
    /// Kinds a worker may claim with it; `*` for every one.
    #[serde(default)]
    #[schema(example = json!(["fibonacci"]))]
    kinds: Vec<String>,
    /// Queues a worker may claim from with it; `*` for every one.
    #[serde(default)]
    #[schema(example = json!(["default"]))]
    queues: Vec<String>,
    /// When it shall end by itself.
    #[serde(default)]
    #[schema(value_type = Option<String>, format = DateTime)]
    expires_at: Option<Timestamp>,
}

impl From<NewApiKeyBody> for ApiKeyWish {
    fn from(body: NewApiKeyBody) -> Self {
        let NewApiKeyBody { name, grants, kinds, queues, expires_at } = body;
        Self { name, grants, kinds, queues, expires_at }
    }
}

/// A key just made.
#[derive(Serialize, ToSchema)]
#[schema(as = CreatedApiKey)]
pub(super) struct CreatedApiKeyBody {
    #[serde(flatten)]
    record: ApiKeyBody,
    /// The whole key, shown this once. Absent when the request was a repetition.
    #[serde(skip_serializing_if = "Option::is_none")]
    key: Option<String>,
}

/// Make an API key
///
/// For oneself, in person. The key is shown once.
#[utoipa::path(post, path = "/api/v1/api-keys", tag = "api-keys", security(("bearer" = ["person"])), request_body = NewApiKeyBody,
    params(("Idempotency-Key" = Option<String>, Header, description = "Sent again, the key is made once")),
    responses((status = 201, body = CreatedApiKeyBody), (status = 403, description = "`grants_exceeded`, `session_required`"),
        (status = 409, description = "`too_many_api_keys`")))]
pub(super) async fn create(
    State(web): State<Web>,
    Caller(ctx): Caller,
    Idempotent { key, fingerprint, body }: Idempotent<NewApiKeyBody>,
) -> Result<Created<CreatedApiKeyBody>, Problem> {
    let made = web
        .identity
        .create_api_key(&ctx, body.into(), keyed("api_keys.create", key.as_ref(), fingerprint))
        .await?;
    let location = format!("/api/v1/api-keys/{}", made.record.id);
    let key = made.key.map(|key| key.expose().clone());
    Ok(Created { location, tag: None, body: CreatedApiKeyBody { record: made.record.into(), key } })
}

/// Get an API key
#[utoipa::path(get, path = "/api/v1/api-keys/{id}", tag = "api-keys",
    params(("id" = String, Path, format = Uuid, description = "The key")),
    responses((status = 200, body = ApiKeyBody)))]
pub(super) async fn get(
    State(web): State<Web>,
    Caller(ctx): Caller,
    Path(id): Path<ApiKeyId>,
) -> Result<Json<ApiKeyBody>, Problem> {
    Ok(Json(web.identity.get_api_key(&ctx, id).await?.into()))
}

/// Revoke an API key
///
/// It opens nothing new at once; tokens made with it end within two and a half minutes.
#[utoipa::path(delete, path = "/api/v1/api-keys/{id}", tag = "api-keys",
    params(("id" = String, Path, format = Uuid, description = "The key")),
    responses((status = 204, description = "Revoked")))]
pub(super) async fn revoke(
    State(web): State<Web>,
    Caller(ctx): Caller,
    Path(id): Path<ApiKeyId>,
) -> Result<NoContent, Problem> {
    web.identity.revoke_api_key(&ctx, id).await?;
    Ok(NoContent)
}
