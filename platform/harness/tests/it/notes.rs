//! Two small real services: `notes` keeps what it is told and publishes it, `readers` listens to it. Readers
//! depend on notes.

use std::{convert::Infallible, time::Duration};

use axum::{Json, body::Body, extract::State, http::StatusCode, response::Response};
use futures::{StreamExt, stream};
use metier_bus::{Event, NewEvent};
use metier_core::{Fault, Permission};
use metier_db::{
    Database, DbError, Migrations, Tx,
    include_dir::{Dir, include_dir},
    sql,
};
use metier_harness::{HealthCheck, Kit, Loop, Mounted, Service, ServiceSpec};
use metier_http::{Caller, Problem};
use serde::{Deserialize, Serialize};
use tokio_util::sync::CancellationToken;
use tonic_health::pb::{HealthCheckRequest, health_client::HealthClient};
use utoipa_axum::{router::OpenApiRouter, routes};

static SQLITE: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/tests/it/migrations/sqlite");
static POSTGRES: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/tests/it/migrations/postgres");
const MIGRATIONS: Migrations = Migrations { sqlite: &SQLITE, postgres: &POSTGRES };

/// The registry of these tests, the dependent first.
pub const REGISTRY: &[ServiceSpec] = &[ServiceSpec::of::<Readers>(), ServiceSpec::of::<Notes>()];

pub const WRITE: Permission = Permission::new("notes", "create");

pub struct Notes;

#[derive(Default, Serialize, Deserialize)]
#[serde(default)]
pub struct NotesConfig {
    /// The loop `fragile` panics this often before it goes on.
    falls: u64,
    /// The disk is away.
    broken: bool,
}

#[derive(Clone)]
struct Shelf {
    kit: Kit,
    database: Database,
}

impl Service for Notes {
    const NAME: &'static str = "notes";
    const PORT: u16 = 0;
    const SUMMARY: &'static str = "keeps notes";
    const DEPENDS_ON: &'static [&'static str] = &[];
    const MIGRATIONS: Option<Migrations> = Some(MIGRATIONS);
    type Config = NotesConfig;

    async fn build(config: NotesConfig, kit: Kit) -> Result<Mounted, Fault> {
        let shelf = Shelf { database: kit.database()?, kit };
        let falls = std::sync::atomic::AtomicU64::new(0);
        let fragile = move |stop: CancellationToken| {
            let fall = falls.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
            async move {
                assert!(fall >= config.falls, "fell");
                stop.cancelled().await;
                Ok(())
            }
        };
        let broken = config.broken;
        let disk =
            move || async move { if broken { Err(Fault::unavailable("the disk is away")) } else { Ok(()) } };
        let routes = OpenApiRouter::new().routes(routes!(write)).routes(routes!(wait)).routes(routes!(crash));
        Ok(Mounted::default()
            .with_http(routes.with_state(shelf))
            .with_loop(Loop::new("fragile", fragile))
            .with_health(HealthCheck::new("disk", disk)))
    }
}

/// Keeps a note and publishes it in one transaction.
#[utoipa::path(post, path = "/notes", responses((status = 201)))]
async fn write(
    State(shelf): State<Shelf>,
    Caller(ctx): Caller,
    Json((number, text)): Json<(i64, String)>,
) -> Result<StatusCode, Problem> {
    ctx.require(WRITE)?;
    let outbox = shelf.kit.outbox.clone();
    let written = shelf.database.write(move |tx| {
        Box::pin(async move {
            keep(tx, number, &text).await?;
            let event = NewEvent::new("note", "note.written", number, &text);
            outbox.publish(tx, &ctx, event).await.map_err(DbError::from)
        })
    });
    written.await.map_err(Fault::from)?;
    Ok(StatusCode::CREATED)
}

async fn keep(tx: &Tx, number: i64, text: &str) -> Result<(), DbError> {
    let statement = "INSERT INTO notes (number, text) VALUES ($1, $2)";
    sql::execute(tx, statement, vec![number.into(), text.into()]).await?;
    Ok(())
}

/// A stream that says it has begun, and ends when the process is about to.
#[utoipa::path(get, path = "/wait", responses((status = 200)), security(()))]
async fn wait(State(shelf): State<Shelf>) -> Response {
    let stop = shelf.kit.stop.clone();
    let begun = stream::iter(["begun "]);
    let ended = stream::once(async move {
        stop.cancelled().await;
        "ended"
    });
    let parts = begun.chain(ended).map(Ok::<_, Infallible>);
    Response::new(Body::from_stream(parts))
}

#[utoipa::path(get, path = "/crash", responses((status = 200)), security(()))]
async fn crash(State(_shelf): State<Shelf>) -> StatusCode {
    panic!("as asked")
}

pub struct Readers;

#[derive(Default, Serialize, Deserialize)]
#[serde(default)]
pub struct ReadersConfig {
    /// Ask notes, while being built and while ending, whether it is there.
    ask: bool,
    /// A loop that does not care that it is to end.
    deaf: bool,
}

impl Service for Readers {
    const NAME: &'static str = "readers";
    const PORT: u16 = 0;
    const SUMMARY: &'static str = "reads notes";
    const PUBLIC: bool = true;
    const DEPENDS_ON: &'static [&'static str] = &["notes"];
    const MIGRATIONS: Option<Migrations> = Some(MIGRATIONS);
    type Config = ReadersConfig;

    async fn build(config: ReadersConfig, kit: Kit) -> Result<Mounted, Fault> {
        kit.consume("notes", "readers", &["note"], |tx, event| Box::pin(read(tx, event)))?;
        let shelf = Shelf { database: kit.database()?, kit };
        let routes = OpenApiRouter::new().routes(routes!(seen)).routes(routes!(ask)).routes(routes!(who));
        let mounted = Mounted::default().with_http(routes.with_state(shelf.clone()));
        if config.deaf {
            return Ok(mounted.with_loop(Loop::new("deaf", |_stop| std::future::pending())));
        }
        if !config.ask {
            return Ok(mounted);
        }
        notes_answer(&shelf.kit).await?;
        Ok(mounted.with_loop(Loop::new("farewell", move |stop| farewell(shelf.clone(), stop))))
    }
}

/// Leaves a word in its folder if notes still answers when readers end.
async fn farewell(shelf: Shelf, stop: CancellationToken) -> Result<(), Fault> {
    stop.cancelled().await;
    notes_answer(&shelf.kit).await?;
    std::fs::write(shelf.kit.folder.join("farewell"), "notes still answered").map_err(Fault::internal)
}

async fn notes_answer(kit: &Kit) -> Result<(), Fault> {
    let mut client = HealthClient::new(kit.link("notes")?);
    client.check(HealthCheckRequest::default()).await.map(drop).map_err(metier_rpc::fault)
}

async fn read(tx: &Tx, event: &Event) -> Result<(), Fault> {
    let number = event.subject.parse().map_err(Fault::internal)?;
    Ok(keep(tx, number, event.data.as_str().unwrap_or_default()).await?)
}

/// The texts that were read.
#[utoipa::path(get, path = "/seen", responses((status = 200)), security(()))]
async fn seen(State(shelf): State<Shelf>) -> Result<Json<Vec<String>>, Problem> {
    let query = "SELECT COALESCE(string_agg(text, ',' ORDER BY number), '') FROM notes";
    let texts = sql::scalar::<String>(shelf.database.reader(), query, vec![]).await;
    let texts = texts.map_err(|error| Fault::from(DbError::from(error)))?.unwrap_or_default();
    Ok(Json(texts.split(',').filter(|text| !text.is_empty()).map(str::to_owned).collect()))
}

/// Whether notes answers.
#[utoipa::path(get, path = "/ask", responses((status = 204)), security(()))]
async fn ask(State(shelf): State<Shelf>) -> Result<StatusCode, Problem> {
    let answer = tokio::time::timeout(Duration::from_secs(5), notes_answer(&shelf.kit)).await;
    answer.map_err(|_late| Fault::timeout("notes did not answer"))??;
    Ok(StatusCode::NO_CONTENT)
}

/// What notes answers to the same request without anybody's token.
#[utoipa::path(get, path = "/who", responses((status = 200)), security(()))]
async fn who(State(shelf): State<Shelf>) -> Result<Response, Problem> {
    let request = axum::http::Request::get("/crash").body(Body::empty()).map_err(Fault::internal)?;
    Ok(shelf.kit.http_link("notes")?.send(request).await)
}
