//! `metier.scheduler.v1.SchedulerService`, for the other services.

use metier_contract_scheduler::protocol::{
    DeclareScheduleReply, DeclareScheduleRequest, ListDeclaredReply, ListDeclaredRequest,
    WithdrawScheduleReply, WithdrawScheduleRequest, scheduler_service_server,
};
use metier_core::Fault;
use metier_rpc::{ctx, status};
use tonic::{Request, Response, Status};

use crate::{
    domain::schedule::Definition,
    error::Error,
    ops::{Scheduler, require_service},
};

/// The service, ready to be mounted.
pub(crate) fn server(service: Scheduler) -> scheduler_service_server::SchedulerServiceServer<Server> {
    scheduler_service_server::SchedulerServiceServer::new(Server(service))
}

/// Answers with the operations.
pub(crate) struct Server(Scheduler);

fn refused(error: Error) -> Status {
    status(Fault::from(error))
}

#[tonic::async_trait]
impl scheduler_service_server::SchedulerService for Server {
    async fn declare_schedule(
        &self,
        request: Request<DeclareScheduleRequest>,
    ) -> Result<Response<DeclareScheduleReply>, Status> {
        let ctx = ctx(&request)?.clone();
        require_service(&ctx).map_err(status)?;
        let DeclareScheduleRequest { name, definition, at_once } = request.into_inner();
        let definition: Definition = serde_json::from_str(&definition)
            .map_err(|error| status(Fault::invalid("/definition", format!("is not understood: {error}"))))?;
        let outcome = self.0.declare_schedule(&ctx, (&name, definition), at_once).await.map_err(refused)?;
        Ok(Response::new(DeclareScheduleReply { outcome: outcome.name().to_owned() }))
    }

    async fn withdraw_schedule(
        &self,
        request: Request<WithdrawScheduleRequest>,
    ) -> Result<Response<WithdrawScheduleReply>, Status> {
        let ctx = ctx(&request)?.clone();
        let name = request.into_inner().name;
        let withdrawn = self.0.withdraw_schedule(&ctx, &name).await.map_err(refused)?;
        Ok(Response::new(WithdrawScheduleReply { withdrawn }))
    }

    async fn list_declared(
        &self,
        request: Request<ListDeclaredRequest>,
    ) -> Result<Response<ListDeclaredReply>, Status> {
        let ctx = ctx(&request)?.clone();
        let prefix = request.into_inner().prefix;
        let names = self.0.declared_schedules(&ctx, &prefix).await.map_err(refused)?;
        Ok(Response::new(ListDeclaredReply { names }))
    }
}
