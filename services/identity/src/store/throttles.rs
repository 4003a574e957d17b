//! Counters of failed sign-ins.

use metier_core::Timestamp;
use metier_db::{
    Tx,
    sea_orm::{self, DbErr, FromQueryResult},
    sql,
};

use crate::domain::throttle::{Bucket, FORGOTTEN_AFTER};

#[derive(FromQueryResult)]
struct Counted {
    failures: i64,
    blocked_until: i64,
}

/// Counts one more failure and says when attempts may come again, as it was before this one. The row stays
/// locked until the transaction ends, so attempts at the same moment count one after the other.
///
/// # Errors
/// When the statement fails; so for every function here.
pub async fn count(tx: &Tx, bucket: &Bucket, now: Timestamp) -> Result<(i64, Timestamp), DbErr> {
    let statement = "INSERT INTO login_throttles (subject, failures, last_failure_at, blocked_until) VALUES ($1, 1, $2, 0) \
                     ON CONFLICT (subject) DO UPDATE SET last_failure_at = excluded.last_failure_at, failures = \
                     CASE WHEN login_throttles.last_failure_at <= $3 THEN 1 ELSE login_throttles.failures + 1 END \
                     RETURNING failures, blocked_until";
    let forgotten = now.minus(FORGOTTEN_AFTER);
    let values = vec![bucket.subject.clone().into(), now.micros().into(), forgotten.micros().into()];
    let counted = sql::find::<Counted>(tx, statement, values).await?;
    let counted = counted.ok_or_else(|| super::damaged("counter of sign-ins"))?;
    Ok((counted.failures, Timestamp::from_micros(counted.blocked_until)))
}

/// Refuses attempts until then.
pub async fn block(tx: &Tx, bucket: &Bucket, until: Timestamp) -> Result<(), DbErr> {
    let statement = "UPDATE login_throttles SET blocked_until = $1 WHERE subject = $2";
    sql::execute(tx, statement, vec![until.micros().into(), bucket.subject.clone().into()]).await.map(drop)
}

/// Takes back an attempt that was the `counted`th, and the delay it caused when none came after it.
pub async fn take_back(tx: &Tx, bucket: &Bucket, counted: i64) -> Result<(), DbErr> {
    if bucket.emptied_by_success {
        let statement = "DELETE FROM login_throttles WHERE subject = $1";
        return sql::execute(tx, statement, vec![bucket.subject.clone().into()]).await.map(drop);
    }
    let statement = "UPDATE login_throttles SET failures = failures - 1, \
                     blocked_until = CASE WHEN failures = $1 THEN 0 ELSE blocked_until END \
                     WHERE subject = $2 AND failures > 0";
    sql::execute(tx, statement, vec![counted.into(), bucket.subject.clone().into()]).await.map(drop)
}

/// Forgets at most `limit` counters without a failure since `before`. Answers how many.
pub async fn forget_before(tx: &Tx, before: Timestamp, limit: u32) -> Result<u64, DbErr> {
    let statement = "DELETE FROM login_throttles WHERE subject IN \
                     (SELECT subject FROM login_throttles WHERE last_failure_at < $1 ORDER BY last_failure_at LIMIT $2)";
    sql::execute(tx, statement, vec![before.micros().into(), i64::from(limit).into()]).await
}
