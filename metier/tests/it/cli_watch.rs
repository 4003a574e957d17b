//! Watching a run: what its tasks write arrives as they write it, and a server that restarts is waited for.

use std::{
    io::{BufRead, BufReader, Read},
    process::{ChildStderr, ChildStdout, Stdio},
};

use serde_json::{Value, json};

use crate::{
    cli_shell::{Running, Shell},
    platform::{Platform, Topology, client},
};

/// A worker that does exactly what the test says.
struct Worker {
    door: String,
    key: String,
}

impl Worker {
    /// With a key for the kind `talk`, which it registers.
    async fn start(admin: &Shell, platform: &Platform) -> Self {
        let scope = ["--grant", "tasks.talk:claim", "--kind", "talk", "--queue", "default"];
        let key = admin.prints(&[&["api-keys", "create", "talk"][..], &scope].concat()).trim().to_owned();
        let worker = Self { door: platform.api("jobs"), key };
        let kind = json!({ "name": "talk", "version": 1, "description": "Talks", "parameter_schema": {} });
        worker.tells("register", json!({ "worker": "tester", "kinds": [kind] })).await;
        worker
    }

    async fn tells(&self, what: &str, body: Value) -> Value {
        let url = format!("{}/api/v1/worker/{what}", self.door);
        let answer = client().post(url).bearer_auth(&self.key).json(&body).send().await.unwrap();
        let status = answer.status();
        let body: Value = answer.json().await.unwrap();
        assert!(status.is_success(), "{what}: {status} {body}");
        body
    }

    /// The lease and the id of the next task.
    async fn claims(&self) -> (Value, Value) {
        let claim =
            json!({ "worker": "tester", "kinds": [{ "name": "talk" }], "max_tasks": 1, "wait_ms": 20_000 });
        let claimed = self.tells("claim", claim).await;
        (claimed["lease"].clone(), claimed["tasks"][0]["id"].clone())
    }

    async fn says(&self, (lease, task): &(Value, Value), text: &str) {
        let chunk = json!({ "task": task, "stream": "stdout", "text": text });
        self.tells("output", json!({ "lease": lease, "chunks": [chunk] })).await;
    }

    async fn succeeds(&self, (lease, task): &(Value, Value)) {
        let completion = json!({ "lease": lease, "task": task, "outcome": "succeeded", "result": {} });
        self.tells("complete", json!({ "completions": [completion] })).await;
    }
}

/// `metier runs watch` under way.
struct Watching {
    running: Running,
    out: BufReader<ChildStdout>,
    err: BufReader<ChildStderr>,
}

impl Watching {
    fn start(shell: &Shell, number: &str) -> Self {
        let mut command = shell.command(&["runs", "watch", number]);
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let (out, err) = (child.stdout.take().unwrap(), child.stderr.take().unwrap());
        Self { running: Running(child), out: BufReader::new(out), err: BufReader::new(err) }
    }

    fn ends(mut self) -> (Option<i32>, String) {
        let mut rest = String::new();
        self.out.read_to_string(&mut rest).unwrap();
        (self.running.0.wait().unwrap().code(), rest)
    }
}

fn line(from: &mut impl BufRead) -> String {
    let mut line = String::new();
    from.read_line(&mut line).unwrap();
    line
}

#[tokio::test]
async fn heavy_what_a_task_writes_arrives_while_it_writes() {
    let platform = Platform::start(Topology::AllInOneSqlite).await;
    let shell = Shell::of_admin(&platform);
    let worker = Worker::start(&shell, &platform).await;
    let number = shell.json(&["jobs", "run", "talk"])["number"].to_string();
    let mut watching = Watching::start(&shell, &number);
    let task = worker.claims().await;
    worker.says(&task, "the first line\n").await;
    assert_eq!(line(&mut watching.out), "the first line\n");
    worker.says(&task, "the second\nand ").await;
    worker.says(&task, "third line\n").await;
    assert_eq!(
        (line(&mut watching.out), line(&mut watching.out)),
        ("the second\n".into(), "and third line\n".into())
    );
    worker.succeeds(&task).await;
    let (code, rest) = watching.ends();
    assert_eq!(code, Some(0));
    assert!(rest.starts_with(&format!("run {number} succeeded in ")), "everything is printed once: {rest}");
    let all = shell.prints(&["runs", "output", &number]);
    assert_eq!(all, "the first line\nthe second\nand third line\n");
    assert_eq!(shell.json(&["runs", "output", &number])["items"].as_array().unwrap().len(), 3);
    platform.stop().await;
}

#[tokio::test]
async fn heavy_a_server_that_restarts_is_waited_for() {
    let mut platform = Platform::start(Topology::AllInOneSqlite).await;
    let shell = Shell::of_admin(&platform);
    shell.until_a_worker_knows("fibonacci");
    let run = shell.json(&["jobs", "run", "fibonacci", "--parameters", "{\"iterations\": 1}", "--at", "1h"]);
    let number = run["number"].to_string();
    let mut watching = Watching::start(&shell, &number);
    assert!(line(&mut watching.err).starts_with(&format!("run {number} is ")));
    platform.kill("jobs").await;
    let told = line(&mut watching.err);
    assert!(told.starts_with("waiting for the server: "), "{told}");
    platform.start_again("jobs").await;
    shell.prints(&["runs", "cancel", &number]);
    let (code, said) = watching.ends();
    assert_eq!(code, Some(1));
    assert!(said.contains("cancelled"), "{said}");
    platform.stop().await;
}
