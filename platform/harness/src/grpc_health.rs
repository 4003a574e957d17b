//! `grpc.health.v1.Health` over the same health as `/health`, for tools that probe through gRPC.

use std::time::Duration;

use futures::{StreamExt, stream::BoxStream};
use tonic::{Request, Response, Status};
use tonic_health::pb::{
    HealthCheckRequest, HealthCheckResponse,
    health_check_response::ServingStatus,
    health_server::{self, HealthServer},
};

use crate::health::Health;

/// How often a watcher's answer is looked at again.
const LOOK_AGAIN: Duration = Duration::from_secs(5);

/// The server of one service's health.
pub(crate) fn server(health: Health) -> HealthServer<GrpcHealth> {
    HealthServer::new(GrpcHealth(health))
}

/// Answers the same for every name: a process that is well serves all it has.
pub(crate) struct GrpcHealth(Health);

#[tonic::async_trait]
impl health_server::Health for GrpcHealth {
    async fn check(
        &self,
        _request: Request<HealthCheckRequest>,
    ) -> Result<Response<HealthCheckResponse>, Status> {
        Ok(Response::new(answer(serving(&self.0).await)))
    }

    type WatchStream = BoxStream<'static, Result<HealthCheckResponse, Status>>;

    async fn watch(
        &self,
        _request: Request<HealthCheckRequest>,
    ) -> Result<Response<Self::WatchStream>, Status> {
        let changes = futures::stream::unfold((self.0.clone(), None), |(health, told)| async move {
            let now = next_other_than(&health, told).await;
            Some((Ok(answer(now)), (health, Some(now))))
        });
        Ok(Response::new(changes.boxed()))
    }
}

async fn next_other_than(health: &Health, told: Option<ServingStatus>) -> ServingStatus {
    loop {
        let now = serving(health).await;
        if told != Some(now) {
            return now;
        }
        tokio::time::sleep(LOOK_AGAIN).await;
    }
}

async fn serving(health: &Health) -> ServingStatus {
    if health.ready().await { ServingStatus::Serving } else { ServingStatus::NotServing }
}

fn answer(status: ServingStatus) -> HealthCheckResponse {
    HealthCheckResponse { status: status.into() }
}
