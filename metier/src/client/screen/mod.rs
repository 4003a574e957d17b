//! What people and programs see of an answer: tables or JSON on standard output, notes on standard error.

mod progress;
mod table;
pub mod text;

use std::io::{self, IsTerminal, Write};

use console::Term;
use serde::Serialize;
use serde_json::Value;

use super::{ClientError, options::OutputOptions};
pub use progress::Progress;
pub use table::{Cell, Table};

/// How far a paragraph is moved in.
const INDENT: &str = "  ";

/// What the terminal can do.
#[derive(Clone, Copy, Debug, Default)]
pub struct Look {
    /// Columns; `None` when standard output is no terminal, and nothing is cut or wrapped.
    pub width: Option<u16>,
    /// Whether colors are wanted: a terminal without `NO_COLOR`.
    pub color: bool,
    /// Whether somebody watches standard error, so that a bar may move on it.
    pub live: bool,
}

impl Look {
    /// What this process writes to.
    pub fn of_this_process() -> Self {
        let out = Term::stdout();
        let width = out.is_term().then(|| out.size().1);
        Self { width, color: console::colors_enabled(), live: io::stderr().is_terminal() }
    }
}

/// Where a command writes.
pub struct Screen {
    out: Box<dyn Write + Send>,
    notes: Box<dyn Write + Send>,
    options: OutputOptions,
    look: Look,
}

impl Screen {
    /// The standard streams.
    pub fn standard(options: OutputOptions) -> Self {
        let out = Box::new(io::BufWriter::new(io::stdout()));
        Self { out, notes: Box::new(io::stderr()), options, look: Look::of_this_process() }
    }

    /// A screen that writes elsewhere.
    #[cfg(test)]
    pub fn on(out: impl Write + Send + 'static, options: OutputOptions, look: Look) -> Self {
        Self { out: Box::new(out), notes: Box::new(io::sink()), options, look }
    }

    /// Whether a program reads it.
    pub fn is_json(&self) -> bool {
        self.options.json
    }

    /// Whether only what was asked for is wanted.
    pub fn is_quiet(&self) -> bool {
        self.options.quiet
    }

    /// What the terminal can do.
    pub fn look(&self) -> Look {
        self.look
    }

    /// A value for programs.
    pub fn json(&mut self, value: &impl Serialize) -> Result<(), ClientError> {
        let text = serde_json::to_string_pretty(value).map_err(io::Error::from)?;
        self.line(&text)
    }

    /// The answer for programs, or else what `show` makes of it.
    pub fn answer(
        &mut self,
        answer: &Value,
        show: impl FnOnce(&mut Self) -> Result<(), ClientError>,
    ) -> Result<(), ClientError> {
        if self.is_json() { self.json(answer) } else { show(self) }
    }

    /// A line of what was asked for.
    pub fn line(&mut self, text: &str) -> Result<(), ClientError> {
        writeln!(self.out, "{text}")?;
        Ok(())
    }

    /// A paragraph, moved in a little, each line as wide as the terminal at most.
    pub fn paragraph(&mut self, text: &str) -> Result<(), ClientError> {
        let Some(width) = self.look.width else { return self.line(&format!("{INDENT}{text}")) };
        let options = textwrap::Options::new(width.into()).initial_indent(INDENT).subsequent_indent(INDENT);
        self.line(&textwrap::fill(text, options))
    }

    /// Text as it stands, such as the output of a task.
    pub fn raw(&mut self, text: &str) -> Result<(), ClientError> {
        Ok(self.out.write_all(text.as_bytes())?)
    }

    /// Rows under headings.
    pub fn table(&mut self, table: &Table) -> Result<(), ClientError> {
        let text = table.render(self.look, !self.options.quiet);
        if text.is_empty() { Ok(()) } else { self.line(&text) }
    }

    /// One thing, a line for each of its fields.
    pub fn fields(&mut self, fields: Vec<(&str, Cell)>) -> Result<(), ClientError> {
        let mut table = Table::wrapping();
        for (name, value) in fields.into_iter().filter(|(_, value)| !value.is_empty()) {
            table.row([Cell::dim(name), value]);
        }
        let text = table.render(self.look, false);
        self.line(&text)
    }

    /// Something worth knowing that is not the answer.
    pub fn note(&mut self, text: &str) {
        if !self.options.quiet {
            // Nobody is left to tell when even this cannot be written.
            let _ = self.flush();
            let _ = writeln!(self.notes, "{text}");
        }
    }

    /// Something that must be known even where nothing else is wanted.
    pub fn warn(&mut self, text: &str) {
        let _ = self.flush();
        let _ = writeln!(self.notes, "warning: {text}");
    }

    /// A bar that moves, where somebody watches.
    pub fn progress(&self, total: u64) -> Progress {
        let shown = self.look.live && !self.options.quiet && !self.options.json;
        if shown { Progress::shown(total) } else { Progress::hidden() }
    }

    /// Says what went wrong and what to do next.
    pub fn fail(&mut self, error: &ClientError) {
        // Nobody is left to tell when even this cannot be written.
        let _ = self.flush();
        let _ = if self.options.json { self.fail_json(error) } else { self.fail_text(error) };
    }

    fn fail_json(&mut self, error: &ClientError) -> io::Result<()> {
        writeln!(self.notes, "{}", serde_json::to_string_pretty(&error.document())?)
    }

    fn fail_text(&mut self, error: &ClientError) -> io::Result<()> {
        writeln!(self.notes, "metier: {}", text::clean(&error.to_string()))?;
        if let ClientError::Refused(refusal) = error {
            // With a single violation the sentence above says it all.
            let several = refusal.problem.violations.iter().filter(|_| refusal.problem.violations.len() > 1);
            for violation in several {
                let (field, message) = (text::clean(&violation.field), text::clean(&violation.message));
                writeln!(self.notes, "  {field}: {message}")?;
            }
        }
        for advice in error.advice() {
            writeln!(self.notes, "  {advice}")?;
        }
        match error {
            ClientError::Refused(refusal) => match &refusal.problem.correlation_id {
                Some(id) => writeln!(self.notes, "  correlation id {}", text::clean(id)),
                None => Ok(()),
            },
            _ => Ok(()),
        }
    }

    /// Hands on what is buffered.
    pub fn flush(&mut self) -> Result<(), ClientError> {
        Ok(self.out.flush()?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::client::error::Refusal;
    use serde_json::json;
    use std::sync::{Arc, Mutex};

    #[derive(Clone, Default)]
    struct Written(Arc<Mutex<Vec<u8>>>);

    impl Written {
        fn text(&self) -> String {
            String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
        }
    }

    impl Write for Written {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    fn failing(options: OutputOptions) -> String {
        let problem = serde_json::from_value(json!({
            "type": "/errors/invalid_parameters", "title": "Bad request", "status": 400, "code": "invalid_parameters",
            "detail": "/items/0/iterations must be a number (and 1 more)", "correlation_id": "c-1",
            "violations": [{ "field": "/items/0/iterations", "message": "must be a number" },
                { "field": "/priority", "message": "must be between -100 and 100\u{1b}[2J" }],
        }));
        let error = ClientError::Refused(Box::new(Refusal {
            problem: problem.unwrap(),
            retry_after: None,
            hint: None,
        }));
        let written = Written::default();
        let mut screen = Screen::on(io::sink(), options, Look::default());
        screen.notes = Box::new(written.clone());
        screen.fail(&error);
        written.text()
    }

    #[test]
    fn a_refusal_lists_every_field_and_the_correlation_id() {
        let text = failing(OutputOptions::default());
        assert!(text.contains("  /items/0/iterations: must be a number\n"), "{text}");
        assert!(text.contains("  /priority: must be between -100 and 100"), "{text}");
        assert!(text.contains("  correlation id c-1\n"), "{text}");
        assert!(!text.contains('\u{1b}'), "a server must not steer the terminal: {text:?}");
    }

    #[test]
    fn programs_get_the_error_as_the_server_gave_it() {
        let value: Value =
            serde_json::from_str(&failing(OutputOptions { json: true, quiet: false })).unwrap();
        assert_eq!(value["code"], "invalid_parameters");
        assert_eq!(value["violations"][1]["field"], "/priority");
    }

    #[test]
    fn paragraphs_keep_to_the_terminal_and_count_no_colors() {
        let shown = |width| {
            let written = Written::default();
            let look = Look { width, color: true, live: false };
            let bold = console::style("barnmorska").bold().force_styling(true);
            Screen::on(written.clone(), OutputOptions::default(), look)
                .paragraph(&format!("Vi söker en {bold} till vårt team"))
                .unwrap();
            console::strip_ansi_codes(&written.text()).into_owned()
        };
        assert_eq!(shown(Some(24)), "  Vi söker en barnmorska\n  till vårt team\n");
        assert_eq!(shown(None), "  Vi söker en barnmorska till vårt team\n");
    }

    #[test]
    fn fields_without_a_value_are_left_out() {
        let written = Written::default();
        let mut screen = Screen::on(written.clone(), OutputOptions::default(), Look::default());
        screen.fields(vec![("state", Cell::state("failed")), ("reason", Cell::maybe(None::<&str>))]).unwrap();
        assert_eq!(written.text(), "state  failed\n");
    }
}
