//! What became of every task, read from the engine's own tables once all processes have ended.

use std::{fmt, time::Duration};

use serde_json::{Value, json};
use sqlx::{Connection, Executor, PgConnection, SqliteConnection};

use super::Load;
use crate::platform::{Platform, Topology};

const TASKS: &str = "SELECT CAST(coalesce(sum(size), 0) AS bigint) FROM runs";
const RECORDED: &str =
    "SELECT count(*) FROM (SELECT DISTINCT task FROM attempts WHERE final = 1) AS recorded";
const TWICE: &str = "SELECT count(*) FROM (\
    SELECT task FROM attempts WHERE final = 1 GROUP BY task HAVING count(*) > 1 \
    UNION SELECT task FROM results GROUP BY task HAVING count(*) > 1) AS twice";
const ATTEMPTS: &str = "SELECT count(*) FROM attempts";

/// The account of one topology.
pub struct Account {
    topology: Topology,
    load: Load,
    lost: i64,
    twice: i64,
    late: i64,
    repeated: i64,
    disagreements: Value,
    took: Duration,
}

impl Account {
    pub async fn of(platform: &Platform, load: Load, recount: &Value, took: Duration) -> Self {
        let tasks = ask(platform, TASKS).await;
        assert_eq!(usize::try_from(tasks).unwrap(), load.tasks + load.runs, "tasks that were accepted");
        Self {
            topology: platform.topology(),
            load,
            lost: tasks - ask(platform, RECORDED).await,
            twice: ask(platform, TWICE).await,
            late: recount["tallies"]["late_completions"].as_i64().unwrap_or_default(),
            repeated: ask(platform, ATTEMPTS).await - tasks,
            disagreements: recount["disagreements"].clone(),
            took,
        }
    }

    /// What the columns of an account are.
    pub fn heading() -> String {
        row(&[
            "topology",
            "tasks",
            "runs",
            "kills",
            "lost",
            "recorded twice",
            "late refused",
            "repeated executions",
            "recount",
            "seconds",
        ])
    }

    /// Fails unless every task has one recorded outcome and the counters say so.
    pub fn holds(&self) {
        assert_eq!((self.lost, self.twice, &self.disagreements), (0, 0, &json!([])), "{self}");
    }
}

impl fmt::Display for Account {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let wrong = self.disagreements.as_array().map_or(0, Vec::len);
        formatter.write_str(&row(&[
            self.topology.module(),
            &self.load.tasks.to_string(),
            &self.load.runs.to_string(),
            &self.load.kills.to_string(),
            &self.lost.to_string(),
            &self.twice.to_string(),
            &self.late.to_string(),
            &self.repeated.to_string(),
            &if wrong == 0 { "agrees".to_owned() } else { format!("{wrong} wrong") },
            &format!("{:.1}", self.took.as_secs_f64()),
        ]))
    }
}

fn row(cells: &[&str; 10]) -> String {
    const WIDTHS: [usize; 10] = [9, 8, 8, 7, 6, 16, 14, 21, 9, 9];
    cells.iter().zip(WIDTHS).map(|(cell, width)| format!("{cell:<width$}")).collect()
}

/// A number from the database of the jobs service.
async fn ask(platform: &Platform, query: &'static str) -> i64 {
    if let Some(url) = platform.database_url() {
        let mut connection = PgConnection::connect(url).await.unwrap();
        connection.execute("SET search_path TO jobs").await.unwrap();
        return sqlx::query_scalar(query).fetch_one(&mut connection).await.unwrap();
    }
    let file = platform.folder().join("db/jobs.db");
    let mut connection = SqliteConnection::connect(&format!("sqlite://{}", file.display())).await.unwrap();
    sqlx::query_scalar(query).fetch_one(&mut connection).await.unwrap()
}
