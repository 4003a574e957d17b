//! The facts the postings service publishes about sources; the subject is the source's name.

/// Events about sources.
pub const TOPIC_SOURCE: &str = "source";
/// A source was registered. Data: its name.
pub const SOURCE_CREATED: &str = "source.created";
/// A source was removed with everything only it showed. Data: its name.
pub const SOURCE_DELETED: &str = "source.deleted";
/// A source became well or ill. Data: its condition `from` and `to`, and a message.
pub const SOURCE_HEALTH_CHANGED: &str = "source.health.changed";
/// A sync ended. Data: what came of it, and what is alarming about that.
pub const SOURCE_SYNCED: &str = "source.synced";
