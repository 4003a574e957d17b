//! An executor as Jobber's: it takes items, and acknowledges each by gRPC.

use metier_contract_jobs::jobber::{AcknowledgeJobRequest, jobs_service_client::JobsServiceClient};
use serde_json::{Value, json};
use tonic::{Code, Request, Status, transport::Channel};

use crate::platform::{Person, client};

/// The kind it handles.
pub const KIND: &str = "errand";

/// An executor with a key for its kind.
pub struct Executor {
    door: String,
    key: String,
    jobs: JobsServiceClient<Channel>,
}

impl Executor {
    /// Gets a key from the administrator and says what it handles.
    pub async fn start(door: &str, admin: &Person) -> Self {
        let wish = json!({ "name": "executor", "grants": ["tasks:claim"], "kinds": [KIND], "queues": ["*"] });
        let key = admin.create(format!("{door}/api/v1/api-keys"), &wish).await;
        let jobs = JobsServiceClient::connect(door.to_owned()).await.unwrap();
        let executor = Self { door: door.to_owned(), key: key["key"].as_str().unwrap().to_owned(), jobs };
        executor.work("register", &json!({ "worker": "executor-1", "kinds": [{ "name": KIND }] })).await;
        executor
    }

    /// Takes so many items: the lease, and the ids of the tasks.
    pub async fn claim(&self, count: usize) -> (String, Vec<i64>) {
        let wish = json!({ "worker": "executor-1", "kinds": [{ "name": KIND }], "max_tasks": count, "wait_ms": 10_000 });
        let claimed: Value = self.work("claim", &wish).await.json().await.unwrap();
        let tasks = claimed["tasks"].as_array().unwrap().iter().map(|task| task["id"].as_i64().unwrap());
        (claimed["lease"].as_str().unwrap().to_owned(), tasks.collect())
    }

    async fn work(&self, verb: &str, wish: &Value) -> reqwest::Response {
        let request = client().post(format!("{}/api/v1/worker/{verb}", self.door)).bearer_auth(&self.key);
        let answer = request.json(wish).send().await.unwrap();
        assert!(answer.status().is_success(), "{verb}: {}", answer.text().await.unwrap());
        answer
    }

    /// Acknowledges an item of a job; the code of the answer.
    pub async fn acknowledge(&self, job: &Value, (lease, task): (&str, i64)) -> Code {
        let mut request =
            Request::new(AcknowledgeJobRequest { job_id: job.as_i64().unwrap().try_into().unwrap() });
        let metadata = request.metadata_mut();
        metadata.insert("authorization", format!("Bearer {}", self.key).parse().unwrap());
        metadata.insert("lease", lease.parse().unwrap());
        metadata.insert("task-id", task.to_string().parse().unwrap());
        let answer = self.jobs.clone().acknowledge(request).await;
        answer.map_or_else(|refused: Status| refused.code(), |_| Code::Ok)
    }
}
