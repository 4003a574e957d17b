//! The source plugins that come with Metier, as processes of their own.
//!
//! Where all services share a process they run inside it. Where each has its own, so has each plugin.

use serde_json::Value;

use super::{free_port, metier, process::Process};

const DEMO: &str = "demo";

/// A plugin and the port it was given.
#[derive(Clone, Debug)]
pub struct Plugin {
    pub name: String,
    port: u16,
}

impl Plugin {
    /// Each plugin, the demo only when asked for.
    pub fn all(demo: bool) -> Vec<Self> {
        let said = metier(&["plugin", "list", "--json"]);
        let rows: Vec<Value> = serde_json::from_slice(&said.stdout).unwrap();
        let names = rows.iter().map(|row| row["name"].as_str().unwrap().to_owned());
        names.filter(|name| demo || name != DEMO).map(|name| Self { name, port: free_port() }).collect()
    }

    /// What postings has to be told of it.
    pub fn settings(&self) -> Vec<(String, String)> {
        let address = format!("http://127.0.0.1:{}", self.port);
        let mut settings = vec![(format!("PLUGIN_{}_URL", self.name.to_uppercase()), address)];
        if self.name == DEMO {
            settings.push(("METIER_POSTINGS__FIRST_SYNC".to_owned(), format!("[\"{DEMO}\"]")));
        }
        settings
    }

    /// Starts it, with what the settings say to plugins.
    pub fn start(&self, settings: &[(String, String)]) -> Process {
        let own = settings.iter().filter(|(name, _)| !name.starts_with("METIER_")).cloned();
        start(&self.name, self.port, &own.collect::<Vec<_>>())
    }
}

fn start(name: &str, port: u16, settings: &[(String, String)]) -> Process {
    let arguments = ["plugin", "run", name, "--port", &port.to_string()];
    Process::start(&arguments, &[name.to_owned()], settings)
}

/// Starts a plugin beside the installation. Answers its address too.
pub async fn plugin(name: &str, settings: &[(&str, &str)]) -> (Process, String) {
    let settings: Vec<_> =
        settings.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    let mut process = start(name, 0, &settings);
    process.says("listens on http://").await;
    let said = process.said();
    let (_, address) = said.split_once("listens on ").unwrap();
    let address = address.split_whitespace().next().unwrap().to_owned();
    (process, address)
}
