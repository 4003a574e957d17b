//! What people give a command: values, files, standard input, secrets.

use std::{
    fs,
    io::{self, IsTerminal, Read},
    path::{Path, PathBuf},
    time::Duration,
};

use console::Term;
use metier_core::{Secret, Timestamp};

use super::ClientError;

/// Stands for standard input.
const STDIN: &str = "-";
/// A password file holds a password and nothing else.
const PASSWORD_BYTES: u64 = 4_096;

/// The text that an argument gives: itself, `@file`, or `-` for standard input.
pub fn text(argument: &str) -> Result<String, ClientError> {
    match argument.strip_prefix('@') {
        Some(path) => read_file(Path::new(path)),
        None if argument == STDIN => read_stdin(),
        None => Ok(argument.to_owned()),
    }
}

/// What a file holds, or standard input for -.
pub fn content(file: &str) -> Result<Vec<u8>, ClientError> {
    let failed = |source| ClientError::File { doing: "read", path: file.into(), source };
    let mut content = Vec::new();
    match file {
        STDIN => io::stdin().lock().read_to_end(&mut content).map(|_| content).map_err(failed),
        path => fs::read(path).map_err(failed),
    }
}

fn read_file(path: &Path) -> Result<String, ClientError> {
    let failed = |source| ClientError::File { doing: "read", path: path.to_owned(), source };
    fs::read_to_string(path).map_err(failed)
}

fn read_stdin() -> Result<String, ClientError> {
    let failed = |source| ClientError::File { doing: "read", path: "standard input".into(), source };
    io::read_to_string(io::stdin()).map_err(failed)
}

/// JSON from an argument. `what` names it in the complaint.
pub fn json(argument: &str, what: &str) -> Result<serde_json::Value, ClientError> {
    let text = text(argument)?;
    serde_json::from_str(&text).map_err(|error| ClientError::usage(format!("{what} is not JSON: {error}")))
}

/// A document in YAML, of which JSON is a part, out of a file; - for standard input.
pub fn document(file: &str) -> Result<serde_json::Value, ClientError> {
    let text = if file == STDIN { read_stdin()? } else { read_file(Path::new(file))? };
    serde_saphyr::from_str(&text).map_err(|error| ClientError::usage(format!("{file} is no YAML: {error}")))
}

/// A JSON array, or one JSON value on each line.
pub fn json_items(argument: &str, what: &str) -> Result<Vec<serde_json::Value>, ClientError> {
    let text = text(argument)?;
    if text.trim_start().starts_with('[') {
        let wrong = |error| ClientError::usage(format!("{what} is not a JSON array: {error}"));
        return serde_json::from_str(&text).map_err(wrong);
    }
    let lines = text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty());
    let value = |(number, line): (usize, &str)| {
        let wrong = |error| ClientError::usage(format!("line {} of {what} is not JSON: {error}", number + 1));
        serde_json::from_str(line).map_err(wrong)
    };
    lines.map(value).collect()
}

/// A moment given as such, or by its distance from now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum When {
    /// That moment.
    Moment(Timestamp),
    /// So far from now.
    Distance(Duration),
}

impl When {
    /// For clap: `2026-01-31T08:00:00Z`, or `90s`, `2h`, `1d`.
    pub fn parse(text: &str) -> Result<Self, String> {
        if let Ok(moment) = Timestamp::parse(text) {
            return Ok(Self::Moment(moment));
        }
        let distance = humantime::parse_duration(text.trim_start_matches('+'));
        let told =
            |_| "must be a time such as 2026-01-31T08:00:00Z, or a distance such as 90s, 2h or 1d".to_owned();
        distance.map(Self::Distance).map_err(told)
    }

    /// The moment, distances counted into the future.
    pub fn ahead_of(self, now: Timestamp) -> Timestamp {
        match self {
            Self::Moment(moment) => moment,
            Self::Distance(distance) => now.plus(distance),
        }
    }

    /// The moment, distances counted into the past.
    pub fn before(self, now: Timestamp) -> Timestamp {
        match self {
            Self::Moment(moment) => moment,
            Self::Distance(distance) => now.minus(distance),
        }
    }
}

/// A secret from a file (`-` for standard input), else from the variable, else asked for without echo.
pub fn secret(prompt: &str, file: Option<&PathBuf>, variable: &str) -> Result<Secret<String>, ClientError> {
    match given_secret(file, variable)? {
        Some(secret) => Ok(secret),
        None => ask_secretly(prompt, variable),
    }
}

/// As [`secret`], asked for twice when a person types it, because nobody sees a slip.
pub fn new_secret(
    prompt: &str,
    file: Option<&PathBuf>,
    variable: &str,
) -> Result<Secret<String>, ClientError> {
    if let Some(secret) = given_secret(file, variable)? {
        return Ok(secret);
    }
    let first = ask_secretly(prompt, variable)?;
    if first != ask_secretly("The same again", variable)? {
        return Err(ClientError::usage("the two passwords differ; nothing was done"));
    }
    Ok(first)
}

fn given_secret(file: Option<&PathBuf>, variable: &str) -> Result<Option<Secret<String>>, ClientError> {
    if let Some(path) = file {
        return secret_in(path).map(Some);
    }
    Ok(std::env::var(variable).ok().filter(|text| !text.is_empty()).map(Secret::new))
}

fn secret_in(path: &Path) -> Result<Secret<String>, ClientError> {
    let failed = |source| ClientError::File { doing: "read", path: path.to_owned(), source };
    let mut text = String::new();
    let read = match path.as_os_str() == STDIN {
        true => io::stdin().lock().take(PASSWORD_BYTES).read_to_string(&mut text),
        false => fs::File::open(path).and_then(|file| file.take(PASSWORD_BYTES).read_to_string(&mut text)),
    };
    read.map_err(failed)?;
    let line = text.strip_suffix('\n').map_or(&*text, |line| line.strip_suffix('\r').unwrap_or(line));
    if line.is_empty() {
        return Err(ClientError::usage(format!("{} is empty", path.display())));
    }
    Ok(Secret::new(line.to_owned()))
}

fn ask_secretly(prompt: &str, variable: &str) -> Result<Secret<String>, ClientError> {
    let term = terminal(&format!("give it with --password-file or {variable}"))?;
    let read = term.write_str(&format!("{prompt}: ")).and_then(|()| term.read_secure_line());
    read.map(Secret::new).map_err(|source| ClientError::File {
        doing: "read",
        path: "the terminal".into(),
        source,
    })
}

/// Asks for something that may be seen. `instead` says how to give it where nobody can be asked.
pub fn ask(prompt: &str, instead: &str) -> Result<String, ClientError> {
    let term = terminal(instead)?;
    let read = term.write_str(&format!("{prompt}: ")).and_then(|()| term.read_line());
    let failed = |source| ClientError::File { doing: "read", path: "the terminal".into(), source };
    Ok(read.map_err(failed)?.trim().to_owned())
}

/// Whether somebody agrees to something that cannot be undone.
pub fn confirm(question: &str) -> Result<bool, ClientError> {
    let answer = ask(&format!("{question} [y/N]"), "add --yes")?;
    Ok(matches!(answer.to_lowercase().as_str(), "y" | "yes"))
}

fn terminal(instead: &str) -> Result<Term, ClientError> {
    let term = Term::stderr();
    if term.is_term() && io::stdin().is_terminal() {
        return Ok(term);
    }
    Err(ClientError::usage(format!("nobody can be asked here; {instead}")))
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    #[test]
    fn moments_are_given_as_such_or_by_distance() {
        let now = Timestamp::from_seconds(10_000);
        assert_eq!(When::parse("1970-01-01T00:00:07Z").unwrap().before(now), Timestamp::from_seconds(7));
        assert_eq!(When::parse("+90s").unwrap().ahead_of(now), Timestamp::from_seconds(10_090));
        assert_eq!(When::parse("2h").unwrap().before(now), Timestamp::from_seconds(2_800));
        assert!(When::parse("yesterday").unwrap_err().contains("2026-01-31"));
    }

    #[test]
    fn items_come_as_an_array_or_line_by_line() {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        writeln!(file, "{{\"iterations\": 1}}\n\n{{\"iterations\": 2}}").unwrap();
        let argument = format!("@{}", file.path().display());
        assert_eq!(json_items(&argument, "--items").unwrap().len(), 2);
        assert_eq!(json_items(" [1, 2, 3]", "--items").unwrap().len(), 3);
        assert_eq!(json_items("[]", "--items").unwrap().len(), 0);
        let error = json_items("{\"a\": 1}\n{", "--items").unwrap_err().to_string();
        assert!(error.starts_with("line 2 of --items is not JSON"), "{error}");
    }

    #[test]
    fn a_document_is_yaml_or_json() {
        let written = |text: &str| {
            let mut file = tempfile::NamedTempFile::new().unwrap();
            write!(file, "{text}").unwrap();
            document(&file.path().display().to_string()).map_err(|error| error.to_string())
        };
        let wanted = serde_json::json!({"steps": [{"name": "a", "n": 1, "on": true, "text": "${inputs.x}", "none": null}]});
        let yaml = "steps:\n  - name: a\n    n: 1\n    on: true\n    text: ${inputs.x}\n    none: ~\n";
        assert_eq!(written(yaml).unwrap(), wanted);
        assert_eq!(written(&wanted.to_string()).unwrap(), wanted);
        assert!(written("steps: [a").unwrap_err().contains("is no YAML"));
    }

    #[test]
    fn a_password_file_may_end_with_a_line_feed() {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        writeln!(file, "correct horse ").unwrap();
        assert_eq!(secret_in(file.path()).unwrap().expose(), "correct horse ");
        let empty = tempfile::NamedTempFile::new().unwrap();
        assert!(secret_in(empty.path()).unwrap_err().to_string().ends_with("is empty"));
    }

    #[test]
    fn a_missing_file_is_named() {
        let error = text("@/nowhere/items.json").unwrap_err().to_string();
        assert!(error.starts_with("cannot read /nowhere/items.json"), "{error}");
    }
}
