//! One job queue written in Rust, measured: `metier-bench-peers PEER RUNS TASKS` prints its figures as JSON.
//!
//! Producer and worker share this process. `METIER_TEST_POSTGRES_URL` names the database of the queues on PostgreSQL;
//! the working folder holds the file of those on SQLite. Each queue runs in the best configuration found for it, with
//! its commits flushed to the disk.

mod apalis_postgres;
mod apalis_sqlite;
mod graphile_worker;
mod measure;

use measure::measure;
use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection};

#[tokio::main]
async fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    let [_, peer, runs, tasks] = arguments.as_slice() else {
        panic!("metier-bench-peers PEER RUNS TASKS");
    };
    let (runs, tasks) = (runs.parse().expect("a number of runs"), tasks.parse().expect("a number of tasks"));
    let figures = match peer.as_str() {
        "apalis-postgres" => measure(apalis_postgres::queue().await, runs, tasks).await,
        "apalis-sqlite" => measure(apalis_sqlite::queue().await, runs, tasks).await,
        "graphile_worker" => measure(graphile_worker::queue().await, runs, tasks).await,
        other => panic!("no peer '{other}' is written in Rust"),
    };
    println!("{figures}");
}

/// The address of a new database for `peer` on the server that the measurement was given.
async fn fresh_database(peer: &str) -> String {
    let server = std::env::var("METIER_TEST_POSTGRES_URL").expect("METIER_TEST_POSTGRES_URL names a server");
    let (name, mut connection) =
        (format!("metier_bench_{peer}"), PgConnection::connect(&server).await.expect("a server"));
    for statement in
        [format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)"), format!("CREATE DATABASE {name}")]
    {
        connection.execute(AssertSqlSafe(statement)).await.expect("a new database");
    }
    let (address, _) = server.rsplit_once('/').expect("an address that names a database");
    format!("{address}/{name}")
}
