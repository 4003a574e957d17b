//! The embedded files by name, each with what an answer says of it.

use std::{collections::HashMap, fmt::Write};

use http::HeaderValue;
use include_dir::Dir;
use sha2::{Digest, Sha256};

use crate::domain::pages::LASTING;

/// Beside a file, the same compressed: made once, when the console is built.
const PACKED: &str = ".gz";

/// Everything a browser may ask for.
pub struct Files(HashMap<&'static str, FileOfConsole>);

/// A file as it is answered.
pub struct FileOfConsole {
    /// As it is.
    pub content: &'static [u8],
    /// Compressed with gzip, when that pays.
    pub packed: Option<&'static [u8]>,
    /// What it is.
    pub media_type: HeaderValue,
    /// Names this content and no other. Weak, since it stands for both forms.
    pub tag: HeaderValue,
    /// Whether its name changes with its content.
    pub is_lasting: bool,
}

impl Files {
    /// What lies in a folder and below. Folders that begin with a dot are for the tools that made the rest.
    pub fn of(folder: &'static Dir<'static>) -> Self {
        let mut contents = HashMap::new();
        collect(folder, &mut contents);
        let served = contents.iter().filter(|(name, _)| !name.ends_with(PACKED));
        let file = |(&name, &content): (&&'static str, &&'static [u8])| {
            let packed = contents.get(format!("{name}{PACKED}").as_str()).copied();
            Some((name, FileOfConsole::new(name, content, packed)?))
        };
        Self(served.filter_map(file).collect())
    }

    /// The file of this name, as in `assets/main-1a2b.js`.
    pub fn find(&self, name: &str) -> Option<&FileOfConsole> {
        self.0.get(name)
    }
}

impl FileOfConsole {
    fn new(name: &str, content: &'static [u8], packed: Option<&'static [u8]>) -> Option<Self> {
        let tag = HeaderValue::from_str(&format!("W/\"{}\"", short_digest(content))).ok()?;
        let is_lasting = LASTING.strip_prefix('/').is_some_and(|folder| name.starts_with(folder));
        let media_type = HeaderValue::from_static(media_type(name));
        Some(Self { content, packed, media_type, tag, is_lasting })
    }
}

fn collect(folder: &'static Dir<'static>, contents: &mut HashMap<&'static str, &'static [u8]>) {
    for file in folder.files() {
        if let Some(name) = file.path().to_str() {
            contents.insert(name, file.contents());
        }
    }
    let shown = |below: &&Dir<'_>| !below.path().to_string_lossy().starts_with('.');
    for below in folder.dirs().filter(shown) {
        collect(below, contents);
    }
}

/// Half of the digest: enough to tell the builds of one file apart.
fn short_digest(content: &[u8]) -> String {
    Sha256::digest(content).iter().take(16).fold(String::new(), |mut text, byte| {
        let _infallible = write!(text, "{byte:02x}");
        text
    })
}

fn media_type(name: &str) -> &'static str {
    match name.rsplit_once('.').map(|(_, extension)| extension) {
        Some("html") => "text/html; charset=utf-8",
        Some("js") => "text/javascript; charset=utf-8",
        Some("css") => "text/css; charset=utf-8",
        Some("json") => "application/json",
        Some("svg") => "image/svg+xml",
        _ => "application/octet-stream",
    }
}
