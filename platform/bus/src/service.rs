//! The event log as other services read it.

use std::time::Duration;

use metier_core::{Fault, Id, Permission};
use metier_db::{Database, DbError, sql};
use sea_orm::{DbErr, FromQueryResult};
use tonic::{Request, Response, Status};

use crate::{
    POSITIONED,
    protocol::{self, ReadReply, ReadRequest, event_log_server},
};

/// The generated server around this log.
pub type EventLogServer = event_log_server::EventLogServer<EventLog>;

const READ: Permission = Permission::new("events", "read");
const MAX_LIMIT: u32 = 1_000;
const MAX_WAIT: Duration = Duration::from_secs(60);
/// A reply ends before the event that would take its data over this, so that it fits into one message.
const MOST_DATA: usize = 1024 * 1024;

const SELECT: &str = "SELECT position, id, topic, kind, subject, workspace, owner, actor, correlation, data, created_at \
                      FROM outbox WHERE position > $1 ORDER BY position LIMIT $2";
const END: &str = "SELECT position FROM outbox_counter WHERE id = 1";

/// Serves the outbox of one database.
pub struct EventLog(Database);

/// The event log of `database`, ready to be mounted. Only services may read it.
pub fn serve(database: Database) -> EventLogServer {
    EventLogServer::new(EventLog(database))
}

#[derive(FromQueryResult)]
struct Row {
    position: i64,
    id: uuid::Uuid,
    topic: String,
    kind: String,
    subject: String,
    workspace: uuid::Uuid,
    owner: Option<uuid::Uuid>,
    actor: String,
    correlation: String,
    data: String,
    created_at: i64,
}

impl From<Row> for protocol::Event {
    fn from(row: Row) -> Self {
        Self {
            position: row.position,
            id: row.id.to_string(),
            topic: row.topic,
            kind: row.kind,
            subject: row.subject,
            workspace: row.workspace.to_string(),
            owner: row.owner.map(|owner| Id::<()>::from_uuid(owner).to_string()),
            actor: row.actor,
            correlation: row.correlation,
            data: row.data,
            created_at: row.created_at,
        }
    }
}

#[tonic::async_trait]
impl event_log_server::EventLog for EventLog {
    async fn read(&self, request: Request<ReadRequest>) -> Result<Response<ReadReply>, Status> {
        metier_rpc::ctx(&request)?.require(READ).map_err(metier_rpc::status)?;
        let wanted = request.into_inner();
        if wanted.after < 0 {
            let position = self.end().await.map_err(failed)?;
            return Ok(Response::new(ReadReply { events: Vec::new(), position }));
        }
        let mut positioned = self.0.signals().subscribe(POSITIONED);
        let reply = self.look(&wanted).await?;
        if !reply.events.is_empty() || wanted.wait_ms == 0 || reply.position > wanted.after {
            return Ok(Response::new(reply));
        }
        let wait = Duration::from_millis(wanted.wait_ms.into()).min(MAX_WAIT);
        let _ = tokio::time::timeout(wait, positioned.wait()).await;
        Ok(Response::new(self.look(&wanted).await?))
    }
}

impl EventLog {
    async fn look(&self, wanted: &ReadRequest) -> Result<ReadReply, Status> {
        let mut rows = self.rows(wanted).await.map_err(failed)?;
        rows.truncate(fitting(&rows));
        let position = rows.last().map_or(wanted.after, |row| row.position);
        let wanted_topic = |row: &Row| wanted.topics.is_empty() || wanted.topics.contains(&row.topic);
        let events = rows.into_iter().filter(wanted_topic).map(Into::into).collect();
        Ok(ReadReply { events, position })
    }

    async fn end(&self) -> Result<i64, DbErr> {
        Ok(sql::scalar(self.0.reader(), END, vec![]).await?.unwrap_or(0))
    }

    async fn rows(&self, wanted: &ReadRequest) -> Result<Vec<Row>, DbErr> {
        let limit = wanted.limit.clamp(1, MAX_LIMIT);
        sql::list(self.0.reader(), SELECT, vec![wanted.after.into(), i64::from(limit).into()]).await
    }
}

/// How many of these fit into one reply; always one, as an event is never cut.
fn fitting(rows: &[Row]) -> usize {
    let mut data = 0;
    let over = rows.iter().position(|row| {
        data += row.data.len();
        data > MOST_DATA
    });
    over.map_or(rows.len(), |count| count.max(1))
}

fn failed(error: DbErr) -> Status {
    metier_rpc::status(Fault::from(DbError::from(error)))
}
