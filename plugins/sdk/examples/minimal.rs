//! A whole plugin: the jobs of one company, from a JSON list at an address.
//!
//! ```text
//! cargo run -p metier-plugin-sdk --example minimal -- --feed https://example.org/jobs.json
//! metier plugin verify http://127.0.0.1:8090
//! ```
//!
//! The list holds objects with `id`, `title` and perhaps `url`, `text`, `town` and `published` (RFC 3339).

use std::{error::Error, time::Duration};

use clap::{Args, Parser};
use metier_plugin_sdk::{
    CancellationToken, Effects, Fetcher, Identity, Outcome, Pass, Politeness, Sink, SourcePlugin, SyncError,
    serve,
    wire::{Description, Location, Posting},
};
use serde_json::Value;
use time::{OffsetDateTime, format_description::well_known::Rfc3339};
use tokio::net::TcpListener;
use url::Url;

const IDENTITY: Identity =
    Identity { id: "minimal", name: "One company", version: "1.0.0", prefix: "minimal", demo: false };

#[derive(Debug, Args)]
struct Settings {
    /// The address of the list.
    #[arg(long, env = "MINIMAL_FEED")]
    feed: Url,
}

struct Minimal {
    fetcher: Fetcher,
}

impl SourcePlugin for Minimal {
    /// The source cannot tell what changed, so every sync begins at the beginning.
    type Checkpoint = ();

    fn identity(&self) -> Identity {
        IDENTITY
    }

    async fn sync(&self, pass: Pass<()>, sink: &mut Sink) -> Result<Outcome, SyncError> {
        let answer = self.fetcher.json("", &[]).await?;
        let ads = answer.as_array().ok_or_else(|| SyncError::Unreadable("it is not a list".to_owned()))?;
        for page in ads.chunks(pass.page_size) {
            for ad in page {
                match posting(ad) {
                    Some(posting) => sink.posting(posting).await?,
                    None => sink.rejected(None, "it has no id or no title").await?,
                }
            }
            sink.checkpoint(&()).await?;
        }
        Ok(Outcome::complete())
    }
}

/// What is not known stays absent.
fn posting(ad: &Value) -> Option<Posting> {
    let text = |key: &str| ad[key].as_str().map(str::to_owned);
    Some(Posting {
        url: text("url"),
        company: Some("The Company".to_owned()),
        description: text("text").map(Description::text),
        location: text("town").map(|town| Location { text: Some(town), ..Location::default() }),
        published_at: text("published").and_then(|date| OffsetDateTime::parse(&date, &Rfc3339).ok()),
        raw: Some(ad.clone()),
        ..Posting::new(text("id")?, text("title")?)
    })
}

#[derive(Debug, Parser)]
struct Program {
    #[command(flatten)]
    settings: Settings,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let settings = Program::parse().settings;
    let politeness = Politeness { pause: Duration::from_secs(1), ..Politeness::default() };
    let fetcher = Fetcher::build(settings.feed, politeness, Effects::system(), IDENTITY)?;
    let listener = TcpListener::bind("127.0.0.1:8090").await?;
    serve(Minimal { fetcher }, listener, CancellationToken::new()).await?;
    Ok(())
}
