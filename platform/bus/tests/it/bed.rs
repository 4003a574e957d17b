//! A publisher's database with a relay, and a reader that notes what it was told.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use metier_bus::{Consumer, NewEvent, Outbox, Relay};
use metier_core::{Clock, Ctx, Random, Timestamp};
use metier_db::{Database, DbError, Migrations, include_dir::Dir};
use metier_rpc::Link;
use metier_testkit::{Store, stores};
use tokio::sync::oneshot;
use tonic::service::interceptor::InterceptedService;

static NOTHING: Dir<'_> = Dir::new("", &[]);
/// The platform's own tables are enough.
const MIGRATIONS: Migrations = Migrations { sqlite: &NOTHING, postgres: &NOTHING };

pub struct Bed {
    pub outbox: Outbox,
    pub database: Database,
    reader: Consumer,
    heard: Arc<Mutex<Vec<String>>>,
    _store: Store,
}

/// A bed on SQLite and one on PostgreSQL.
pub async fn beds() -> [Bed; 2] {
    stores("notes", &MIGRATIONS).await.map(Bed::on)
}

/// A bed on PostgreSQL, where transactions overlap; on SQLite there is one writer.
pub async fn postgres_bed() -> Bed {
    Bed::on(metier_testkit::store::postgres("notes", &MIGRATIONS).await)
}

pub fn clock(seconds: i64) -> Clock {
    Clock::manual(Timestamp::from_seconds(seconds))
}

pub fn service() -> Ctx {
    Ctx::service("notes", "test".parse().unwrap())
}

/// Lets a transaction that waits go on to its commit.
pub struct Open {
    release: oneshot::Sender<()>,
    written: tokio::task::JoinHandle<Result<(), DbError>>,
}

impl Open {
    pub async fn commit(self) {
        self.release.send(()).unwrap();
        self.written.await.unwrap().unwrap();
    }
}

impl Bed {
    fn on(store: Store) -> Self {
        let (database, heard) = (store.database.clone(), Arc::<Mutex<Vec<String>>>::default());
        let outbox = Outbox::new(clock(1_800_000_000), Random::system());
        let reader = reader(&database, Arc::clone(&heard));
        Self { outbox, database, reader, heard, _store: store }
    }

    pub fn relay(&self) -> Relay {
        Relay::new(self.database.clone(), clock(1_800_000_000), Duration::from_secs(60))
    }

    /// Publishes events of these subjects in one transaction.
    pub async fn publish(&self, outbox: &Outbox, subjects: &'static [&'static str]) {
        let outbox = outbox.clone();
        let write = self.database.write(move |tx| {
            Box::pin(async move {
                for subject in subjects {
                    outbox.publish(tx, &service(), noted(subject)).await?;
                }
                Ok::<_, DbError>(())
            })
        });
        write.await.unwrap();
    }

    /// Publishes in a transaction that has written its event and stays open.
    pub async fn open(&self, subject: &'static str) -> Open {
        let (database, outbox) = (self.database.clone(), self.outbox.clone());
        let (inserted, is_inserted) = oneshot::channel();
        let (release, released) = oneshot::channel();
        let written = tokio::spawn(async move {
            let write = database.write(move |tx| {
                Box::pin(async move {
                    outbox.publish(tx, &service(), noted(subject)).await?;
                    inserted.send(()).unwrap();
                    released.await.unwrap();
                    Ok::<_, DbError>(())
                })
            });
            write.await
        });
        is_inserted.await.unwrap();
        Open { release, written }
    }

    /// Everything the reader was told so far, after it has read what there is.
    pub async fn heard(&mut self) -> Vec<String> {
        while self.reader.step(Duration::ZERO).await.unwrap() > 0 {}
        self.heard.lock().unwrap().clone()
    }
}

fn noted(subject: &str) -> NewEvent {
    NewEvent::new("note", "note.written", subject, ())
}

fn reader(database: &Database, heard: Arc<Mutex<Vec<String>>>) -> Consumer {
    let known = |mut request: tonic::Request<()>| {
        // Without one a link ends a long wait by its own patience, again and again.
        let deadline = request.metadata().get("grpc-timeout");
        deadline.ok_or_else(|| tonic::Status::failed_precondition("a read says how long it may take"))?;
        request.extensions_mut().insert(service());
        Ok(request)
    };
    let log = InterceptedService::new(metier_bus::serve(database.clone()), known);
    Consumer::new(
        database.clone(),
        clock(1_800_000_000),
        ("notes", Link::in_process(log)),
        ("reader", &["note"]),
        Box::new(move |_, event| {
            heard.lock().unwrap().push(event.subject.clone());
            Box::pin(async { Ok(()) })
        }),
    )
}
