//! Idempotency keys: the answer of a create, kept in the create's own transaction.

use metier_core::{Ctx, Fault, FaultKind, Timestamp};
use sea_orm::{ConnectionTrait, DbErr, FromQueryResult};
use serde::{Serialize, de::DeserializeOwned};

use crate::{DbError, Tx, is_unique_violation, sql};

/// A create that came with an idempotency key.
#[derive(Clone, Debug)]
pub struct KeyedRequest {
    /// Which operation: `products.create`.
    pub operation: &'static str,
    /// The client's key.
    pub key: String,
    /// Hash of what was asked; another fingerprint under the same key is refused.
    pub fingerprint: String,
}

#[derive(FromQueryResult)]
struct Kept {
    fingerprint: String,
    response: String,
}

/// What an earlier request with this key by the same actor made, as it was kept; nothing for a request without one.
///
/// # Errors
/// `idempotency_key_reused` when the key came with another body; or a database failure.
pub async fn made_before<T: DeserializeOwned>(
    connection: &impl ConnectionTrait,
    ctx: &Ctx,
    request: Option<&KeyedRequest>,
) -> Result<Option<T>, Fault> {
    let Some(request) = request else { return Ok(None) };
    let query = "SELECT fingerprint, response FROM idempotency_keys \
                 WHERE workspace = $1 AND actor = $2 AND operation = $3 AND key = $4";
    let kept = sql::find::<Kept>(connection, query, identity(ctx, request)).await.map_err(DbError::from)?;
    match kept {
        None => Ok(None),
        Some(kept) if kept.fingerprint == request.fingerprint => {
            serde_json::from_str(&kept.response).map(Some).map_err(Fault::internal)
        }
        Some(_) => Err(Fault::new(
            FaultKind::Conflict,
            "idempotency_key_reused",
            "this idempotency key was used with another request; use a new key for a new request",
        )),
    }
}

/// Keeps what a request with a key is about to make, in the transaction that makes it and before the thing itself is
/// written, so that of two requests at the same moment the second waits and finds it.
///
/// # Errors
/// [`DbError::Repeated`] when another request with the same key was faster; then the change rolls back and the
/// caller asks [`made_before`] again.
pub async fn remember_making(
    tx: &Tx,
    ctx: &Ctx,
    (request, made): (Option<&KeyedRequest>, &(impl Serialize + Sync)),
    now: Timestamp,
) -> Result<(), DbError> {
    let Some(request) = request else { return Ok(()) };
    let made = serde_json::to_string(made).map_err(|error| DbErr::Json(error.to_string()))?;
    let statement = "INSERT INTO idempotency_keys \
                     (workspace, actor, operation, key, fingerprint, response, created_at) \
                     VALUES ($1, $2, $3, $4, $5, $6, $7)";
    let mut values = identity(ctx, request);
    values.extend([request.fingerprint.as_str().into(), made.into(), now.micros().into()]);
    let kept = sql::execute(tx, statement, values).await;
    kept.map(drop).map_err(|error| if is_unique_violation(&error) { DbError::Repeated } else { error.into() })
}

fn identity(ctx: &Ctx, request: &KeyedRequest) -> Vec<sea_orm::Value> {
    let (actor, key) = (ctx.actor.to_string(), request.key.as_str());
    vec![ctx.workspace.uuid().into(), actor.into(), request.operation.into(), key.into()]
}

/// Forgets keys older than `before`, at most `limit` at a time. Answers how many were forgotten.
///
/// # Errors
/// When the statement fails.
pub async fn forget_before(tx: &Tx, before: Timestamp, limit: u32) -> Result<u64, DbErr> {
    let statement = "DELETE FROM idempotency_keys WHERE (workspace, actor, operation, key) IN \
                     (SELECT workspace, actor, operation, key FROM idempotency_keys \
                      WHERE created_at < $1 ORDER BY created_at LIMIT $2)";
    sql::execute(tx, statement, vec![before.micros().into(), i64::from(limit).into()]).await
}
