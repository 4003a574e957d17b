//! Tables: aligned columns, as wide as the terminal when there is one, plain when there is none.

use comfy_table::{Attribute, CellAlignment, Color, ColumnConstraint, ContentArrangement, presets};

use super::{Look, text};

/// Columns between two columns.
const GAP: u16 = 2;
/// What is no wider, such as a name, a state or a moment, is not cut to make room for sentences.
const SHORT: u16 = 24;
/// What sentences need at least to be worth showing.
const SENTENCE: u16 = 12;

/// A table under construction.
#[derive(Debug, Default)]
pub struct Table {
    headings: Vec<&'static str>,
    rows: Vec<Vec<Cell>>,
    wraps: bool,
}

impl Table {
    /// A table of lines, each cut where the terminal ends.
    pub fn new(headings: &[&'static str]) -> Self {
        Self { headings: headings.to_vec(), ..Self::default() }
    }

    /// A table without headings whose cells take as many lines as they need.
    pub fn wrapping() -> Self {
        Self { wraps: true, ..Self::default() }
    }

    /// Adds a row.
    pub fn row(&mut self, cells: impl IntoIterator<Item = Cell>) {
        self.rows.push(cells.into_iter().collect());
    }

    /// Whether it has no row.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// The text, without a line feed at the end.
    pub fn render(&self, look: Look, headings: bool) -> String {
        let mut table = comfy_table::Table::new();
        table.load_style(presets::NOTHING);
        match look.width {
            Some(width) => table.set_content_arrangement(ContentArrangement::Dynamic).set_width(width),
            None => table.set_content_arrangement(ContentArrangement::Disabled),
        };
        if look.color {
            table.enforce_styling()
        } else {
            table.force_no_tty()
        };
        if headings && !self.headings.is_empty() && !self.rows.is_empty() {
            table.set_header(self.headings.iter().map(|heading| heading_cell(heading, look)));
        }
        for cells in &self.rows {
            let mut row =
                comfy_table::Row::from(cells.iter().map(|cell| cell.shown(look)).collect::<Vec<_>>());
            if look.width.is_some() && !self.wraps {
                row.max_height(1);
            }
            table.add_row(row);
        }
        for column in table.column_iter_mut() {
            column.set_padding((0, GAP));
        }
        if let Some(width) = look.width {
            keep_short_columns(&mut table, width);
        }
        table.trim_fmt()
    }
}

/// Lets only the wide columns give way, unless the short ones leave them nothing.
fn keep_short_columns(table: &mut comfy_table::Table, width: u16) {
    let widths = table.column_max_content_widths();
    let short: u16 = widths.iter().filter(|width| **width <= SHORT).map(|width| width + GAP).sum();
    let wide = u16::try_from(widths.iter().filter(|width| **width > SHORT).count()).unwrap_or(u16::MAX);
    if short.saturating_add(wide.saturating_mul(SENTENCE + GAP)) > width {
        return;
    }
    for (column, width) in table.column_iter_mut().zip(widths) {
        if width <= SHORT {
            column.set_constraint(ColumnConstraint::ContentWidth);
        }
    }
}

fn heading_cell(heading: &str, look: Look) -> comfy_table::Cell {
    let cell = comfy_table::Cell::new(heading);
    if look.color { cell.add_attribute(Attribute::Bold) } else { cell }
}

/// One value in a table.
#[derive(Clone, Debug, Default)]
pub struct Cell {
    text: String,
    tone: Tone,
    right: bool,
}

/// How a value is meant.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Tone {
    #[default]
    Plain,
    Good,
    Doubtful,
    Bad,
    Busy,
    Dim,
}

impl Cell {
    /// A text; whatever could steer the terminal is taken out of it.
    pub fn text(text: impl AsRef<str>) -> Self {
        Self { text: text::clean(text.as_ref()), ..Self::default() }
    }

    /// A text, or nothing.
    pub fn maybe(value: Option<impl ToString>) -> Self {
        value.map_or_else(Self::default, |value| Self::text(value.to_string()))
    }

    /// A number, right-aligned.
    pub fn number(value: impl ToString) -> Self {
        Self { text: value.to_string(), right: true, ..Self::default() }
    }

    /// A state, in the color that tells good from bad at a glance.
    pub fn state(state: &str) -> Self {
        let tone = match state {
            "succeeded" | "healthy" | "active" | "pass" => Tone::Good,
            "partial" | "degraded" | "cancelling" | "paused" | "unconfigured" | "skip" => Tone::Doubtful,
            "failed" | "timed_out" | "unhealthy" | "lost" | "fail" => Tone::Bad,
            "running" => Tone::Busy,
            "cancelled" | "skipped" | "disabled" => Tone::Dim,
            _ => Tone::Plain,
        };
        Self { tone, ..Self::text(state) }
    }

    /// A text of less weight.
    pub fn dim(text: &str) -> Self {
        Self { tone: Tone::Dim, ..Self::text(text) }
    }

    /// Whether there is nothing in it.
    pub fn is_empty(&self) -> bool {
        self.text.is_empty()
    }

    fn shown(&self, look: Look) -> comfy_table::Cell {
        let alignment = if self.right { CellAlignment::Right } else { CellAlignment::Left };
        let cell = comfy_table::Cell::new(&self.text).set_alignment(alignment);
        match self.tone.color().filter(|_| look.color) {
            Some(color) => cell.fg(color),
            None => cell,
        }
    }
}

impl Tone {
    fn color(self) -> Option<Color> {
        match self {
            Self::Plain => None,
            Self::Good => Some(Color::Green),
            Self::Doubtful => Some(Color::Yellow),
            Self::Bad => Some(Color::Red),
            Self::Busy => Some(Color::Cyan),
            Self::Dim => Some(Color::DarkGrey),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table() -> Table {
        let mut table = Table::new(&["NUMBER", "STATE", "REASON"]);
        table.row([
            Cell::number(7),
            Cell::state("failed"),
            Cell::text("the source\nanswered 500\u{1b}[31m three times"),
        ]);
        table.row([Cell::number(1042), Cell::state("succeeded"), Cell::maybe(None::<&str>)]);
        table
    }

    #[test]
    fn without_a_terminal_nothing_is_cut_or_colored() {
        let text = table().render(Look::default(), true);
        let expected = "NUMBER  STATE      REASON\n     7  failed     the source answered 500 [31m three times\n  1042  succeeded";
        assert_eq!(text, expected);
    }

    #[test]
    fn on_a_terminal_lines_are_cut_to_its_width() {
        let look = Look { width: Some(40), ..Look::default() };
        let text = table().render(look, true);
        assert_eq!(text.lines().count(), 3, "{text}");
        assert!(text.lines().all(|line| line.chars().count() <= 40), "{text}");
        assert!(text.contains('…'), "{text}");
    }

    #[test]
    fn sentences_give_way_to_names_and_moments() {
        let look = Look { width: Some(60), ..Look::default() };
        let mut table = Table::new(&["SOURCE", "CHECKED", "MESSAGE"]);
        let message = "Adzuna needs a key: set ADZUNA_APP_ID and ADZUNA_APP_KEY";
        table.row([
            Cell::text("arbetsformedlingen"),
            Cell::text("2026-01-31 08:00:12Z"),
            Cell::text(message),
        ]);
        let text = table.render(look, true);
        assert!(text.contains("arbetsformedlingen  2026-01-31 08:00:12Z  Adzuna"), "{text}");
        assert!(text.ends_with('…') && text.lines().count() == 2, "{text}");
    }

    #[test]
    fn colors_come_only_when_wanted() {
        let look = Look { width: Some(80), color: true, ..Look::default() };
        assert!(table().render(look, true).contains("\u{1b}["));
        assert!(!table().render(Look { color: false, ..look }, true).contains('\u{1b}'));
    }

    #[test]
    fn quiet_tables_have_no_headings() {
        assert!(!table().render(Look::default(), false).contains("STATE"));
    }
}
