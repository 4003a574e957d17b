//! The routes OpenJobs calls: `POST /sync` fetches, `GET /jobs` hands out what was fetched.
//!
//! OpenJobs' own plugins write into its database during `/sync`; ours keep the jobs in memory until they are asked for.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use axum::{
    Json,
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Response},
};

use super::{Host, run};
use crate::{
    Pass, SourcePlugin,
    wire::{End, Frame, JobPost, JobsReply, SyncReply, limits},
};

/// The most jobs a legacy answer holds.
const MOST_JOBS: usize = 2_000;
/// OpenJobs gives up after six minutes.
const DEADLINE: Duration = Duration::from_secs(300);

/// What the latest `POST /sync` fetched.
#[derive(Default)]
pub(super) struct Latest(Mutex<Option<Arc<Vec<JobPost>>>>);

impl Latest {
    fn get(&self) -> Option<Arc<Vec<JobPost>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn set(&self, jobs: Vec<JobPost>) -> Arc<Vec<JobPost>> {
        let jobs = Arc::new(jobs);
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(Arc::clone(&jobs));
        jobs
    }
}

/// Fetches once. A failure is status 500 with plain text, as OpenJobs' plugins answer it.
pub(super) async fn sync<P: SourcePlugin>(State(host): State<Arc<Host<P>>>) -> Response {
    match fetch(&host).await {
        Ok(jobs) => {
            let message = format!("{} jobs fetched", jobs.len());
            Json(SyncReply { success: true, message }).into_response()
        }
        Err(reason) => (StatusCode::INTERNAL_SERVER_ERROR, format!("Sync failed: {reason}")).into_response(),
    }
}

/// The jobs fetched last, or fetched now when there are none.
pub(super) async fn jobs<P: SourcePlugin>(State(host): State<Arc<Host<P>>>) -> Response {
    let jobs = match host.latest.get() {
        Some(jobs) => Ok(jobs),
        None => fetch(&host).await,
    };
    match jobs {
        Ok(jobs) => Json(JobsReply { success: true, count: jobs.len(), data: jobs.to_vec(), error: None })
            .into_response(),
        Err(reason) => {
            let reply = JobsReply { success: false, count: 0, data: Vec::new(), error: Some(reason) };
            (StatusCode::INTERNAL_SERVER_ERROR, Json(reply)).into_response()
        }
    }
}

async fn fetch<P: SourcePlugin>(host: &Arc<Host<P>>) -> Result<Arc<Vec<JobPost>>, String> {
    let turn = run::take_turn(host).await.ok_or("another sync is running; try again in a moment")?;
    let pass = Pass { checkpoint: None, page_size: limits::DEFAULT_PAGE_SIZE as usize };
    let mut frames = run::start(Arc::clone(host), turn, pass, Some(DEADLINE));
    let identity = host.plugin.identity();
    let mut jobs = Vec::new();
    while jobs.len() < MOST_JOBS {
        match frames.recv().await {
            Some(Frame::Posting { posting }) => {
                jobs.push(JobPost::from_posting(&posting, identity.id, identity.prefix))
            }
            Some(Frame::End(End { error: Some(error), .. })) => return Err(error),
            Some(Frame::End(_)) | None => break,
            Some(_) => {}
        }
    }
    Ok(host.latest.set(jobs))
}
