//! The Python template, started for real, keeps the same contract.

use std::{
    fs::File,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    time::Duration,
};

use axum::{Router, response::Redirect, routing::get};
use metier_plugin_sdk::{
    conformance::{Patience, verify},
    install_crypto_provider,
    wire::{Frame, Health},
};
use serde_json::{Value, json};
use tokio::{
    io::{AsyncBufReadExt, BufReader},
    process::Child,
};

use crate::support::{end, frames, served};

/// How long the template may take to start.
const START: Duration = Duration::from_secs(60);

#[tokio::test]
async fn the_python_template_keeps_the_contract_whatever_its_feed() {
    install_crypto_provider();
    let python = environment();
    let folder = tempfile::tempdir().unwrap();
    for (name, feed) in [("feed.json", json_feed()), ("feed.csv", csv_feed()), ("feed.rss", rss_feed())] {
        let file = folder.path().join(name);
        std::fs::write(&file, feed).unwrap();
        let (_child, address) = started(&python, file.to_str()).await;
        let report = verify(&address.parse().unwrap(), Patience::default()).await;
        assert!(report.passed(), "{name}\n{report}");
        let synced = synced(&address).await;
        assert_eq!((end(&synced).fetched, end(&synced).complete), (121, true), "{name}");
        assert_eq!(
            synced.iter().filter(|frame| matches!(frame, Frame::Rejected { .. })).count(),
            1,
            "{name}"
        );
        assert_dated(&synced, name);
    }
}

#[tokio::test]
async fn the_python_template_reads_a_feed_over_http_and_says_when_it_cannot() {
    let python = environment();
    let board = served(
        Router::new()
            .route("/jobs.json", get(async || json_feed()))
            .route("/away", get(async || Redirect::to("/jobs.json"))),
    )
    .await;
    let (_child, address) = started(&python, Some(&format!("{board}/jobs.json"))).await;
    assert_eq!(end(&synced(&address).await).fetched, 121);

    let missing = "/nowhere/jobs.json".to_owned();
    for (feed, told) in [
        (format!("{board}/gone"), "it answers 404"),
        (format!("{board}/away"), "it answers 303"),
        (missing, "cannot be read: No such file"),
    ] {
        let (_child, address) = started(&python, Some(&feed)).await;
        let synced = synced(&address).await;
        let error = end(&synced).error.clone().unwrap();
        assert!(error.contains(told), "{error}");
        assert!(!end(&synced).complete);
    }

    let (_child, address) = started(&python, None).await;
    let health: Health = reqwest::get(format!("{address}/health")).await.unwrap().json().await.unwrap();
    assert_eq!(health.status, Health::UNCONFIGURED);
    assert!(end(&synced(&address).await).error.as_deref().unwrap().contains("FEED"));
}

/// Every feed says the same day, each in its own way.
fn assert_dated(frames: &[Frame], name: &str) {
    for frame in frames {
        if let Frame::Posting { posting } = frame {
            let published = posting.published_at.expect("a date").unix_timestamp();
            assert_eq!((published, posting.expires_at), (1_757_582_757, None), "{name}");
            assert_eq!(posting.company.as_deref(), Some("Krogen & Co"), "{name}");
        }
    }
}

async fn synced(address: &str) -> Vec<Frame> {
    let reply = reqwest::Client::new().post(format!("{address}/v2/sync")).send().await.unwrap();
    frames(&reply.text().await.unwrap())
}

fn json_feed() -> String {
    let mut entries: Vec<Value> = (0..120)
        .map(|number| {
            json!({"id": number, "title": format!("Kock {number}"), "company": "Krogen & Co", "country": "se",
                "url": format!("https://krogen.example/{number}"), "date_published": "2025-09-11T11:25:57+02:00"})
        })
        .collect();
    entries.push(json!({"id": "nameless"}));
    json!({"version": "https://jsonfeed.org/version/1.1", "items": entries}).to_string()
}

fn csv_feed() -> String {
    let rows = (0..120).map(|number| format!("{number},Kock {number},Krogen & Co,2025-09-11 09:25:57\n"));
    format!("id,position,employer,date\n{}nameless,,,\n", rows.collect::<String>())
}

fn rss_feed() -> String {
    let items = (0..120).map(|number| {
        format!(
            "<item><guid>{number}</guid><title>Kock {number}</title><author>Krogen &amp; Co</author>\
             <description>&lt;p&gt;Laga mat&lt;/p&gt;</description><pubDate>Thu, 11 Sep 2025 11:25:57 +0200</pubDate></item>"
        )
    });
    let items: String = items.collect();
    format!("<rss version=\"2.0\"><channel>{items}<item><guid>nameless</guid></item></channel></rss>")
}

fn template() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../python-template")
}

/// The Python of a virtual environment with the template's requirements, made once in the target folder. Tests that run at
/// the same time wait for each other.
fn environment() -> PathBuf {
    let target = Path::new(env!("CARGO_TARGET_TMPDIR"));
    std::fs::create_dir_all(target).unwrap();
    let turn = File::create(target.join("python-template.lock")).unwrap();
    turn.lock().unwrap();
    let folder = target.join("python-template");
    let python = folder.join("bin/python");
    if !python.exists() {
        let made = Command::new("python3").args(["-m", "venv"]).arg(&folder).status();
        let made = made.is_ok_and(|status| status.success());
        assert!(made, "this test needs Python 3.11 with venv: install python3 and python3-venv");
    }
    let installed = Command::new(&python)
        .args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "-r"])
        .arg(template().join("requirements.txt"))
        .status();
    let installed = installed.is_ok_and(|status| status.success());
    assert!(
        installed,
        "pip could not install plugins/python-template/requirements.txt: check pip and its package index"
    );
    python
}

/// Starts the template on a free port; it ends when the child is dropped.
async fn started(python: &Path, feed: Option<&str>) -> (Child, String) {
    let mut command = tokio::process::Command::new(python);
    command.args(["-m", "uvicorn", "main:app", "--host", "127.0.0.1", "--port", "0", "--no-use-colors"]);
    command
        .current_dir(template())
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .env_remove("FEED")
        .env("FEED_RETRY_SECONDS", "0");
    if let Some(feed) = feed {
        command.env("FEED", feed);
    }
    let mut child = command.stderr(Stdio::piped()).stdout(Stdio::null()).kill_on_drop(true).spawn().unwrap();
    let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
    let mut said = Vec::new();
    let address = tokio::time::timeout(START, async {
        while let Some(line) = lines.next_line().await.unwrap() {
            if let Some((_, rest)) = line.split_once("running on ") {
                return rest.split_whitespace().next().unwrap().to_owned();
            }
            said.push(line);
        }
        panic!("the Python template did not start:\n{}", said.join("\n"))
    });
    let address = address.await.expect("the Python template takes too long to start");
    // Its log must be read on, or it would stop writing.
    tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
    (child, address)
}
