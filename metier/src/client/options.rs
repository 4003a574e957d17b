//! Flags that every command knows which talks to a server.

use std::path::PathBuf;

use clap::Args;
use url::Url;

/// Where `metier up` listens unless told otherwise.
const DEFAULT_URL: &str = "http://127.0.0.1:7400";

/// Which server, and how its answer is shown.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Server and output")]
pub struct ServerOptions {
    /// Address of the server.
    #[arg(long, global = true, env = "METIER_URL", default_value = DEFAULT_URL, value_name = "URL", value_parser = base_url)]
    pub url: Url,
    /// File of certificates to trust, in PEM form, in place of the system's: for a server whose certificate is
    /// your own.
    #[arg(long, global = true, env = "METIER_CA", value_name = "FILE")]
    pub ca: Option<PathBuf>,
    #[command(flatten)]
    pub output: OutputOptions,
}

/// How an answer is shown.
#[derive(Debug, Clone, Copy, Default, Args)]
pub struct OutputOptions {
    /// Print JSON as the API gives it; errors too.
    #[arg(long, global = true)]
    pub json: bool,
    /// Print only what was asked for: no notes, no headings, no progress.
    #[arg(long, short, global = true)]
    pub quiet: bool,
}

/// Which part of a list.
#[derive(Debug, Clone, Default, Args)]
pub struct PageOptions {
    /// Rows at most, 1 to 500; 50 when not said.
    #[arg(long, value_name = "ROWS", value_parser = clap::value_parser!(u16).range(1..=500))]
    pub limit: Option<u16>,
    /// Go on behind this place, which the list before named.
    #[arg(long, value_name = "PLACE")]
    pub after: Option<String>,
    /// Every row, however many.
    #[arg(long, conflicts_with_all = ["limit", "after"])]
    pub all: bool,
}

/// An address under which the API's paths can be asked for, always ending in `/`.
fn base_url(text: &str) -> Result<Url, String> {
    let mut url: Url = text.parse().map_err(|error| format!("{error}; write it as {DEFAULT_URL}"))?;
    if !matches!(url.scheme(), "http" | "https") || url.host_str().is_none() {
        return Err(format!("must begin with http:// or https://, as {DEFAULT_URL}"));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err("must hold no user name and no password; sign in with `metier login`".into());
    }
    if url.query().is_some() || url.fragment().is_some() {
        return Err("must end with the host, the port or a path".into());
    }
    if !url.path().ends_with('/') {
        url.set_path(&format!("{}/", url.path()));
    }
    Ok(url)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_of_one_server_are_written_one_way() {
        let plain = base_url("http://127.0.0.1:7400").unwrap();
        assert_eq!(plain, base_url("http://127.0.0.1:7400/").unwrap());
        assert_eq!(base_url("https://Example.org/metier").unwrap().as_str(), "https://example.org/metier/");
    }

    #[test]
    fn an_address_that_cannot_work_is_refused_with_a_reason() {
        for (text, reason) in [
            ("127.0.0.1:7400", "write it as http://127.0.0.1:7400"),
            ("ftp://example.org", "http://"),
            ("https://ada:secret@example.org", "metier login"),
            ("https://example.org/?x=1", "must end"),
        ] {
            let error = base_url(text).unwrap_err();
            assert!(error.contains(reason), "{text}: {error}");
        }
    }
}
