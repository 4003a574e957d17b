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

const SELECT: &str = "SELECT position, id, topic, kind, subject, workspace, owner, actor, correlation, data, created_at \
                      FROM outbox WHERE position > $1 ORDER BY position LIMIT $2";

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
        let rows =
            self.rows(wanted).await.map_err(|error| metier_rpc::status(Fault::from(DbError::from(error))))?;
        let position = rows.last().map_or(wanted.after, |row| row.position);
        let wanted_topic = |row: &Row| wanted.topics.is_empty() || wanted.topics.contains(&row.topic);
        let events = rows.into_iter().filter(wanted_topic).map(Into::into).collect();
        Ok(ReadReply { events, position })
    }

    async fn rows(&self, wanted: &ReadRequest) -> Result<Vec<Row>, DbErr> {
        let limit = wanted.limit.clamp(1, MAX_LIMIT);
        sql::list(self.0.reader(), SELECT, vec![wanted.after.into(), i64::from(limit).into()]).await
    }
}
