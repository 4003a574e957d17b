//! What was measured, and how it is shown.

use std::collections::BTreeMap;
use std::fmt::Write;

use super::machine::Machine;

/// The columns: as the programs name them, as people read them, and the digits after the point.
pub const COLUMNS: &[(&str, &str, usize)] = &[
    ("one", "one/s", 0),
    ("many_callers", "64 callers/s", 0),
    ("bulk", "bulk/s", 0),
    ("drain", "drain/s", 0),
    ("pickup_p50", "pickup p50 ms", 2),
    ("pickup_p99", "pickup p99 ms", 2),
    ("memory", "RSS MB", 0),
];

/// Figures by the name of their column.
pub type Figures = BTreeMap<String, f64>;

/// One queue, with the figures of each round.
pub struct Row {
    /// What it is called in the table.
    pub name: &'static str,
    /// Where it keeps its tasks; ratios are taken among those alike.
    pub database: &'static str,
    /// Each round's figures, and how quiet the machine was before it.
    pub rounds: Vec<(Figures, Machine)>,
}

impl Row {
    /// The median of a column, if the queue has it.
    fn median(&self, column: &str) -> Option<f64> {
        let mut values: Vec<f64> =
            self.rounds.iter().filter_map(|(figures, _)| figures.get(column)).copied().collect();
        (!values.is_empty()).then(|| median(&mut values))
    }

    fn disturbed(&self) -> usize {
        self.rounds.iter().filter(|(_, machine)| !machine.quiet()).count()
    }
}

/// The middle one; of an even number, the upper of the two.
pub fn median(values: &mut [f64]) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}

/// The whole table as Markdown, with a line for the state of the machine and one for each ratio.
pub fn markdown(rows: &[Row]) -> String {
    let mut text = String::from("| queue | database |");
    for (_, title, _) in COLUMNS {
        _ = write!(text, " {title} |");
    }
    text.push_str(" disturbed rounds |\n|---|---|");
    text.push_str(&"---:|".repeat(COLUMNS.len() + 1));
    for row in rows {
        _ = write!(text, "\n| {} | {} |", row.name, row.database);
        for (column, _, digits) in COLUMNS {
            let shown =
                row.median(column).map_or_else(|| "-".to_owned(), |value| format!("{value:.digits$}"));
            _ = write!(text, " {shown} |");
        }
        _ = write!(text, " {} of {} |", row.disturbed(), row.rounds.len());
    }
    text.push('\n');
    ratios(&mut text, rows);
    text
}

/// How the product compares with the best of the others on the same kind of database, column by column.
fn ratios(text: &mut String, rows: &[Row]) {
    for ours in rows.iter().filter(|row| row.name == "metier") {
        let others = || rows.iter().filter(|row| row.name != "metier" && row.database == ours.database);
        for (column, title, _) in COLUMNS {
            let less_is_better = title.ends_with("ms") || title.ends_with("MB");
            let better =
                |left: f64, right: f64| if less_is_better { left.min(right) } else { left.max(right) };
            let best = others().filter_map(|row| row.median(column)).reduce(better);
            let (Some(mine), Some(best)) = (ours.median(column), best) else { continue };
            _ = write!(
                text,
                "\n- {}, {title}: {:.2} x the best of the others ({best:.2})",
                ours.database,
                mine / best
            );
        }
    }
    text.push('\n');
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(name: &'static str, drain: f64) -> Row {
        let figures = Figures::from([("drain".to_owned(), drain)]);
        let quiet = Machine { write: 0.1, busy: 0.0 };
        Row { name, database: "SQLite", rounds: vec![(figures, quiet)] }
    }

    #[test]
    fn a_column_a_queue_does_not_have_is_a_dash_and_ratios_are_to_the_best() {
        let text = markdown(&[row("metier", 300.0), row("slow", 50.0), row("fast", 100.0)]);
        assert!(text.contains("| metier | SQLite | - | - | - | 300 |"), "{text}");
        assert!(text.contains("- SQLite, drain/s: 3.00 x the best of the others (100.00)"), "{text}");
    }

    #[test]
    fn the_median_of_five_is_the_third() {
        assert!((median(&mut [5.0, 1.0, 4.0, 2.0, 3.0]) - 3.0).abs() < f64::EPSILON);
    }
}
