//! `jobs.JobsService`, as Jobber's executors acknowledge what they have done.

use metier_contract_jobs::jobber::{
    AcknowledgeJobRequest, AcknowledgeJobResponse, jobs_service_server::JobsService,
};
use metier_core::Fault;
use metier_rpc::{ctx, status};
use tonic::{Request, Response, Status, metadata::MetadataMap};
use uuid::Uuid;

use crate::ops::{Engine, work};

/// The lease of the claim that handed the item out.
const LEASE: &str = "lease";
/// The task's id in that claim.
const TASK: &str = "task-id";

/// Counts what executors have done.
pub struct Acknowledgements(pub Engine);

#[tonic::async_trait]
impl JobsService for Acknowledgements {
    async fn acknowledge(
        &self,
        request: Request<AcknowledgeJobRequest>,
    ) -> Result<Response<AcknowledgeJobResponse>, Status> {
        let ctx = ctx(&request)?.clone();
        let item = item(request.metadata());
        let run = i64::from(request.into_inner().job_id);
        work::acknowledge(&self.0, &ctx, run, item).await.map_err(status)?;
        Ok(Response::new(AcknowledgeJobResponse {}))
    }
}

/// Which item is meant.
fn item(metadata: &MetadataMap) -> Result<(Uuid, i64), Fault> {
    let text =
        |name: &'static str| metadata.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let lease =
        text(LEASE).parse().map_err(|_| Fault::invalid(LEASE, "must be metadata: the lease of the claim"));
    let task =
        text(TASK).parse().map_err(|_| Fault::invalid(TASK, "must be metadata: the id of the claimed task"));
    Ok((lease?, task?))
}
