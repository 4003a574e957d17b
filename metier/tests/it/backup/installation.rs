//! An installation whose data can be taken elsewhere: where it keeps it, and its processes.

use std::path::{Path, PathBuf};

use metier_testkit::postgres::{self, TestDatabase};

use crate::platform::{EMAIL, PASSWORD, Process, free_port, metier_with, ready, services};

/// Where the databases are, and who shares a process.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// One process, files.
    Sqlite,
    /// One process, a database of PostgreSQL.
    Postgres,
    /// A process for each service, a database of PostgreSQL.
    SplitPostgres,
    /// One process; a database each for jobs and postings, files for the others.
    Mixed,
}

/// Where an installation keeps everything.
pub struct Place {
    pub folder: PathBuf,
    pub databases: Vec<TestDatabase>,
    shape: Shape,
}

impl Place {
    /// A place with nothing in it.
    pub async fn new(shape: Shape, folder: &Path) -> Self {
        let count = match shape {
            Shape::Sqlite => 0,
            Shape::Postgres | Shape::SplitPostgres => 1,
            Shape::Mixed => 2,
        };
        let mut databases = Vec::new();
        for _ in 0..count {
            databases.push(postgres::database().await);
        }
        Self { folder: folder.to_owned(), databases, shape }
    }

    /// What says to every command where it is.
    pub fn settings(&self) -> Vec<(String, String)> {
        let names: &[&str] = match self.shape {
            Shape::Mixed => {
                &["METIER_SERVICES__JOBS__DATABASE_URL", "METIER_SERVICES__POSTINGS__DATABASE_URL"]
            }
            _ => &["METIER_DATABASE__URL"],
        };
        let urls = names.iter().zip(&self.databases);
        let urls = urls.map(|(name, database)| ((*name).to_owned(), database.url.clone()));
        urls.chain([("METIER_DATA__FOLDER".to_owned(), self.folder.display().to_string())]).collect()
    }

    /// Backs it up; what the command told.
    pub fn back_up(&self, to: &Path) -> Result<serde_json::Value, String> {
        self.run(&["backup", "--to", &to.display().to_string(), "--json"])
    }

    /// Makes it of a backup; what the command told.
    pub fn restore(&self, from: &Path) -> Result<serde_json::Value, String> {
        let (from, folder) = (from.display().to_string(), self.folder.display().to_string());
        self.run(&["restore", "--from", &from, "--data-dir", &folder, "--json"])
    }

    fn run(&self, arguments: &[&str]) -> Result<serde_json::Value, String> {
        let settings = self.settings();
        let settings: Vec<_> = settings.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        let output = metier_with(arguments, &settings);
        if output.status.success() {
            return Ok(serde_json::from_slice(&output.stdout).unwrap());
        }
        assert_eq!(output.status.code(), Some(1), "{arguments:?}");
        Err(String::from_utf8(output.stderr).unwrap())
    }
}

/// Everything, running.
pub struct Installation {
    processes: Vec<Process>,
    /// The public door.
    pub url: String,
}

impl Installation {
    /// Starts it and waits until it is ready.
    pub async fn start(place: &Place) -> Self {
        let rows: Vec<_> = services().into_iter().map(|row| (row, free_port())).collect();
        let mut settings = place.settings();
        settings.extend(
            [
                ("METIER_LOG__FORMAT", "text"),
                ("METIER_DATABASE__MAX_CONNECTIONS", "4"),
                ("METIER_IDENTITY__SETUP__EMAIL", EMAIL),
                ("METIER_IDENTITY__SETUP__PASSWORD", PASSWORD),
                ("METIER_JOBS__LEASE_SECONDS", "2"),
            ]
            .map(|(name, value)| (name.to_owned(), value.to_owned())),
        );
        settings.extend(rows.iter().map(|(row, port)| {
            (format!("METIER_SERVICES__{}__PORT", row.name.to_uppercase()), port.to_string())
        }));
        let names: Vec<_> = rows.iter().map(|(row, _)| row.name.clone()).collect();
        let mut processes: Vec<_> = match place.shape {
            Shape::SplitPostgres => {
                let serve =
                    |name: &String| Process::start(&["serve", name], std::slice::from_ref(name), &settings);
                names.iter().map(serve).collect()
            }
            _ => vec![Process::start(&["up"], &names, &settings)],
        };
        let split = place.shape == Shape::SplitPostgres;
        let door = |(_, port): &(_, u16)| format!("http://127.0.0.1:{port}");
        for row in rows.iter().filter(|(row, _)| split || row.public) {
            ready(&door(row), &mut processes).await;
        }
        let url = rows.iter().find(|(row, _)| row.public).map(door).unwrap();
        Self { processes, url }
    }

    /// Ends it in good order.
    pub async fn stop(mut self) {
        for process in &self.processes {
            process.signal("TERM");
        }
        for process in &mut self.processes {
            assert_eq!(process.ended().await, Some(0), "{}", process.said());
        }
    }
}
