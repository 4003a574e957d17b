//! What tasks demand before they begin, as flags that a run and a job share.

use clap::Args;
use serde_json::{Value, json};

/// What has to hold before tasks begin.
#[derive(Debug, Default, PartialEq, Eq, Args)]
pub struct Demands {
    /// What a worker must be able to do, such as gpu; once for each.
    #[arg(long, value_name = "CAPABILITY")]
    requires: Vec<String>,
    /// The key whose limit the tasks are under; `metier limits` sets what it allows.
    #[arg(long, value_name = "KEY")]
    limit: Option<String>,
}

impl Demands {
    /// Puts what was said into a request.
    pub fn add_to(&self, body: &mut Value) {
        if !self.requires.is_empty() {
            body["requires"] = json!(self.requires);
        }
        if let Some(key) = &self.limit {
            body["limits"] = json!([{ "key": key }]);
        }
    }
}
