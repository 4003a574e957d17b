//! The edge of the process: an engine whose runs end when a test says so, and people a test disables.

use std::{
    collections::BTreeMap,
    sync::{LazyLock, Mutex},
};

use metier_bus::NewEvent;
use metier_contract_identity::protocol::{
    ApiKeyScope, AuthenticateReply, AuthenticateRequest, ExchangeApiKeyRequest, GetApiKeyScopeRequest,
    GetUserRequest, JwksReply, JwksRequest, MintRunTokenRequest, Token, User,
    identity_server::{Identity, IdentityServer},
};
use metier_contract_jobs::protocol::{
    CancelRunRequest, GetRunRequest, ReadProgressReply, ReadProgressRequest, Run, SubmitRunRequest,
    SubmitScheduledRunRequest,
    jobs_service_server::{JobsService, JobsServiceServer},
};
use metier_core::{Fault, Id, RunId};
use metier_db::{DbError, Migrations, include_dir::Dir};
use metier_harness::{Kit, Mounted, Service};
use metier_rpc::status;
use serde_json::json;
use tonic::{Request, Response, Status};

static NO_MIGRATIONS: Dir<'_> = Dir::new("", &[]);

/// What a test decides and sees of the peers; found by the folder of its own installation.
#[derive(Default)]
pub struct Engine {
    /// Runs by idempotency key.
    pub runs: BTreeMap<String, (RunId, i64, String)>,
    /// What was asked, in order, repetitions too.
    pub asked: Vec<SubmitScheduledRunRequest>,
    /// Whether it is away.
    pub is_away: bool,
    /// Whether the owner is disabled.
    pub owner_is_disabled: bool,
}

static ENGINES: LazyLock<Mutex<BTreeMap<String, Engine>>> = LazyLock::new(Mutex::default);

/// Works with the engine of an installation.
pub fn engine<T>(kit: &Kit, work: impl FnOnce(&mut Engine) -> T) -> T {
    let place = kit.folder.parent().unwrap().display().to_string();
    work(ENGINES.lock().unwrap().entry(place).or_default())
}

/// Ends a run and tells it, as the engine does.
pub async fn end_run(kit: &Kit, number: i64) {
    let id = engine(kit, |engine| {
        let run = engine.runs.values_mut().find(|run| run.1 == number).unwrap();
        run.2 = "succeeded".to_owned();
        run.0
    });
    let (outbox, ctx) = (kit.outbox.clone(), kit.ctx());
    let event =
        NewEvent::new("run", "run.ended", id, json!({ "runs": [{ "id": id, "state": "succeeded" }] }));
    let database = kit.database().unwrap();
    let write = database
        .write(move |tx| Box::pin(async move { Ok::<_, DbError>(outbox.publish(tx, &ctx, event).await?) }));
    write.await.unwrap();
}

/// The engine.
pub struct Jobs(Kit);

impl Service for Jobs {
    const NAME: &'static str = "jobs";
    const PORT: u16 = 7402;
    const SUMMARY: &'static str = "an engine at the hands of a test";
    const DEPENDS_ON: &'static [&'static str] = &[];
    const MIGRATIONS: Option<Migrations> =
        Some(Migrations { sqlite: &NO_MIGRATIONS, postgres: &NO_MIGRATIONS });
    type Config = BTreeMap<String, serde_json::Value>;
    async fn build(_config: Self::Config, kit: Kit) -> Result<Mounted, Fault> {
        Ok(Mounted::default().with_rpc(JobsServiceServer::new(Self(kit))))
    }
}

fn shown((id, number, state): &(RunId, i64, String)) -> Run {
    Run { id: id.to_string(), number: *number, state: state.clone(), ..Run::default() }
}

#[tonic::async_trait]
impl JobsService for Jobs {
    async fn submit_run(&self, _request: Request<SubmitRunRequest>) -> Result<Response<Run>, Status> {
        Err(Status::unimplemented("the scheduler submits for others"))
    }

    async fn submit_scheduled_run(
        &self,
        request: Request<SubmitScheduledRunRequest>,
    ) -> Result<Response<Run>, Status> {
        let wanted = request.into_inner();
        let key = wanted.run.as_ref().unwrap().idempotency_key.clone();
        let (id, kind) = (Id::from_uuid(uuid::Uuid::now_v7()), wanted.run.as_ref().unwrap().kind.clone());
        engine(&self.0, |engine| {
            if engine.is_away {
                return Err(status(Fault::unavailable("the engine is away")));
            }
            if kind == "forbidden" {
                return Err(status(Fault::new(
                    metier_core::FaultKind::Forbidden,
                    "kind_needs_more",
                    "it may not",
                )));
            }
            engine.asked.push(wanted);
            let number = i64::try_from(engine.runs.len()).unwrap() + 1;
            let run = engine.runs.entry(key).or_insert((id, number, "running".to_owned()));
            Ok(Response::new(shown(run)))
        })
    }

    async fn read_progress(
        &self,
        _request: Request<ReadProgressRequest>,
    ) -> Result<Response<ReadProgressReply>, Status> {
        Err(Status::unimplemented("the scheduler follows events"))
    }

    async fn get_run(&self, request: Request<GetRunRequest>) -> Result<Response<Run>, Status> {
        let id = request.into_inner().id;
        let found =
            engine(&self.0, |engine| engine.runs.values().find(|run| run.0.to_string() == id).map(shown));
        found.map(Response::new).ok_or_else(|| status(Fault::not_found("run", id)))
    }

    async fn cancel_run(&self, request: Request<CancelRunRequest>) -> Result<Response<Run>, Status> {
        let id = request.into_inner().id;
        let cancelled = engine(&self.0, |engine| {
            let run = engine.runs.values_mut().find(|run| run.0.to_string() == id)?;
            if run.2 != "running" {
                return Some(Err(status(Fault::new(
                    metier_core::FaultKind::Conflict,
                    "run_ended",
                    "it has ended",
                ))));
            }
            run.2 = "cancelled".to_owned();
            Some(Ok(Response::new(shown(run))))
        });
        cancelled.unwrap_or_else(|| Err(status(Fault::not_found("run", id))))
    }
}

/// The people.
pub struct People(Kit);

impl Service for People {
    const NAME: &'static str = "identity";
    const PORT: u16 = 7401;
    const SUMMARY: &'static str = "people at the hands of a test";
    const DEPENDS_ON: &'static [&'static str] = &[];
    const MIGRATIONS: Option<Migrations> = None;
    type Config = BTreeMap<String, serde_json::Value>;
    async fn build(_config: Self::Config, kit: Kit) -> Result<Mounted, Fault> {
        Ok(Mounted::default().with_rpc(IdentityServer::new(Self(kit))))
    }
}

fn unasked<T>() -> Result<Response<T>, Status> {
    Err(Status::unimplemented("the scheduler asks for people alone"))
}

#[tonic::async_trait]
impl Identity for People {
    async fn authenticate(
        &self,
        _: Request<AuthenticateRequest>,
    ) -> Result<Response<AuthenticateReply>, Status> {
        unasked()
    }
    async fn exchange_api_key(&self, _: Request<ExchangeApiKeyRequest>) -> Result<Response<Token>, Status> {
        unasked()
    }
    async fn get_api_key_scope(
        &self,
        _: Request<GetApiKeyScopeRequest>,
    ) -> Result<Response<ApiKeyScope>, Status> {
        unasked()
    }
    async fn mint_run_token(&self, _: Request<MintRunTokenRequest>) -> Result<Response<Token>, Status> {
        unasked()
    }
    async fn jwks(&self, _: Request<JwksRequest>) -> Result<Response<JwksReply>, Status> {
        unasked()
    }
    async fn get_user(&self, request: Request<GetUserRequest>) -> Result<Response<User>, Status> {
        let (id, disabled) = (request.into_inner().id, engine(&self.0, |engine| engine.owner_is_disabled));
        Ok(Response::new(User { id, disabled, ..User::default() }))
    }
}
