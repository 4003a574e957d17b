//! The scheduler as its peers call it.

use metier_core::{Ctx, Fault};
use metier_rpc::{Link, fault, request};
use serde::Serialize;

use crate::protocol::{
    DeclareScheduleRequest, ListDeclaredRequest, WithdrawScheduleRequest,
    scheduler_service_client::SchedulerServiceClient,
};

/// A schedule that a service declares for something of its own.
#[derive(Clone, Debug)]
pub struct Declared<D> {
    /// Unique in the workspace.
    pub name: String,
    /// The rest of it, in the form in which the REST side takes a schedule.
    pub definition: D,
    /// Whether a first run starts when the schedule is made.
    pub at_once: bool,
}

/// Calls the scheduler. Cheap to clone.
#[derive(Clone, Debug)]
pub struct SchedulerClient(SchedulerServiceClient<Link>);

impl SchedulerClient {
    /// Calls through this link: `kit.link(metier_contract_scheduler::SERVICE)`.
    pub fn new(link: Link) -> Self {
        Self(SchedulerServiceClient::new(link))
    }

    /// Sees to it that there is such a schedule, and leaves alone what a person made of it. Answers `created`,
    /// `updated`, `unchanged` or `kept`.
    ///
    /// # Errors
    /// `invalid_parameters` naming the fields, or the service is away.
    pub async fn declare(&self, ctx: &Ctx, declared: Declared<impl Serialize>) -> Result<String, Fault> {
        let definition = serde_json::to_string(&declared.definition).map_err(Fault::internal)?;
        let message = DeclareScheduleRequest { name: declared.name, definition, at_once: declared.at_once };
        let reply = self.0.clone().declare_schedule(request(ctx, message)).await.map_err(fault)?;
        Ok(reply.into_inner().outcome)
    }

    /// Deletes a declared schedule, unless a person touched it. Answers whether it did.
    ///
    /// # Errors
    /// When the service is away.
    pub async fn withdraw(&self, ctx: &Ctx, name: &str) -> Result<bool, Fault> {
        let message = WithdrawScheduleRequest { name: name.to_owned() };
        let reply = self.0.clone().withdraw_schedule(request(ctx, message)).await.map_err(fault)?;
        Ok(reply.into_inner().withdrawn)
    }

    /// The names beginning so under which schedules are declared, whatever people did with them meanwhile.
    ///
    /// # Errors
    /// When the service is away.
    pub async fn declared(&self, ctx: &Ctx, prefix: &str) -> Result<Vec<String>, Fault> {
        let message = ListDeclaredRequest { prefix: prefix.to_owned() };
        let reply = self.0.clone().list_declared(request(ctx, message)).await.map_err(fault)?;
        Ok(reply.into_inner().names)
    }
}
