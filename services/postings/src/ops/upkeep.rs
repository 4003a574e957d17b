//! What the service does by itself: ends postings whose own date has passed, and asks sources how they are.

use metier_db::DbError;

use super::{Desk, ingest, sources};
use crate::{error::Error, store};

const EXPIRE_CHUNK: i64 = 500;

/// Ends every sighting whose own date has passed. Answers how many.
///
/// # Errors
/// A database failure.
pub async fn expire(desk: &Desk) -> Result<usize, Error> {
    let mut ended = 0;
    loop {
        let now = desk.clock.now();
        let write = desk.database.write(move |tx| {
            Box::pin(async move {
                let due = store::sightings::expired(tx, now, EXPIRE_CHUNK).await?;
                let changed: Vec<_> = due
                    .iter()
                    .map(|(known, at)| (known.key.clone(), known.standing.at(Some(*at), now)))
                    .collect();
                store::sightings::set_standing(tx, &changed).await?;
                ingest::recompose(tx, due.into_iter().map(|(known, _)| known.posting).collect(), now).await?;
                Ok::<_, DbError>(changed.len())
            })
        });
        let chunk = write.await?;
        ended += chunk;
        if chunk == 0 {
            return Ok(ended);
        }
    }
}

/// Asks every source how it is. One that is away is noted as such and harms no other.
///
/// # Errors
/// A database failure.
pub async fn check_sources(desk: &Desk) -> Result<(), Error> {
    for source in store::sources::list(desk.database.reader()).await? {
        match sources::check(desk, &source.name).await {
            Ok(_) | Err(Error::Unreachable { .. } | Error::Refused { .. }) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}
