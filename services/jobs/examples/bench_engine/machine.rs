//! What the machine itself can do: its disk, and its database without an engine.

use std::{fs, io::Write, path::Path, time::Instant};

use metier_core::WorkspaceId;
use metier_db::{Database, sql};

use crate::per_second;

/// The median of 51 flushed writes of 4 KB, milliseconds.
pub fn probe(place: &Path) -> f64 {
    let mut file = fs::File::create(place.join("probe")).unwrap();
    let mut times: Vec<f64> = (0..51)
        .map(|_| {
            file.write_all(&[7; 4_096]).unwrap();
            let start = Instant::now();
            file.sync_data().unwrap();
            start.elapsed().as_secs_f64() * 1_000.0
        })
        .collect();
    times.sort_by(f64::total_cmp);
    times[times.len() / 2]
}

/// Plain rows into a small table, for the limit of disk and database.
pub async fn inserts(database: &Database, transactions: usize, rows: usize) -> f64 {
    let transactions = if rows > 1 { transactions / 10 } else { transactions };
    let start = Instant::now();
    for transaction in 0..transactions {
        let keys: Vec<String> = (0..rows).map(|row| format!("{rows}-{transaction}-{row}")).collect();
        let write = database.write(move |tx| {
            Box::pin(async move {
                let keys = metier_db::Rows::new().with("k", metier_db::Column::Text(keys));
                let (source, mut values) = keys.source(tx.backend(), 1);
                values.push(WorkspaceId::DEFAULT.uuid().into());
                let statement = format!(
                    "INSERT INTO workers (workspace, name, kinds, capabilities, seen_at) SELECT ${}, k, '[]', '[]', 0 FROM {source}",
                    values.len()
                );
                Ok::<_, metier_db::DbError>(sql::execute(tx, &statement, values).await?)
            })
        });
        write.await.unwrap();
    }
    per_second(transactions * rows, start)
}

/// Memory of this process, MB.
pub fn resident() -> f64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find(|line| line.starts_with("VmRSS:"));
    let kilobytes = line.and_then(|line| line.split_whitespace().nth(1)?.parse::<f64>().ok());
    kilobytes.unwrap_or(0.0) / 1_024.0
}
