//! What was measured, round by round, and how it is shown: least, median and most.

use std::fs;

use serde_json::json;

/// One figure of one round.
pub struct Cell {
    pub database: &'static str,
    pub name: String,
    pub value: f64,
    pub unit: &'static str,
}

/// Where a round's figures go.
pub struct Cells<'a> {
    pub database: &'static str,
    pub cells: &'a mut Vec<Cell>,
}

impl Cells<'_> {
    /// Keeps a figure, and shows it at once: the whole can take minutes.
    pub fn add(&mut self, name: impl Into<String>, value: f64, unit: &'static str) {
        let name = name.into();
        eprintln!("{}: {name}: {value:.2} {unit}", self.database);
        self.cells.push(Cell { database: self.database, name, value, unit });
    }
}

/// Prints the figures, as a table or as JSON.
pub fn print(cells: &[Cell], as_json: bool) {
    let mut names: Vec<(&str, &str, &str)> = Vec::new();
    for cell in cells {
        let key = (cell.database, cell.name.as_str(), cell.unit);
        if !names.contains(&key) {
            names.push(key);
        }
    }
    let rows: Vec<_> = names
        .into_iter()
        .map(|(database, name, unit)| {
            let mut values: Vec<f64> = cells
                .iter()
                .filter(|cell| (cell.database, cell.name.as_str()) == (database, name))
                .map(|cell| cell.value)
                .collect();
            values.sort_by(f64::total_cmp);
            (database, name, unit, values[0], values[values.len() / 2], values[values.len() - 1])
        })
        .collect();
    if as_json {
        let shown = rows.iter().map(|(database, name, unit, least, median, most)| {
            json!({"database": database, "what": name, "unit": unit, "min": least, "median": median, "max": most})
        });
        println!("{}", serde_json::Value::Array(shown.collect()));
        return;
    }
    println!("load {}", fs::read_to_string("/proc/loadavg").unwrap_or_default().trim());
    println!("{:<10} {:<40} {:>12} {:>12} {:>12}  unit", "database", "what", "min", "median", "max");
    for (database, name, unit, least, median, most) in rows {
        println!("{database:<10} {name:<40} {least:>12.2} {median:>12.2} {most:>12.2}  {unit}");
    }
}
