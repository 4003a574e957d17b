//! What people and programs outside are told of an event: which of it, and in which words.
//!
//! Inside, one event tells of a whole batch of runs. Outside, each thing is told by itself, so that everybody can be
//! told of their own and of nothing else.

use metier_core::{CorrelationId, Ctx, Timestamp, UserId, WorkspaceId};
use serde::Serialize;
use serde_json::Value;

use crate::Event;

/// Whose events of a topic somebody may be told: their own with one right, everyone's with another. Events of a topic
/// that is not here are told to their owner alone, and those of nobody to nobody: what is private stays so until
/// somebody says otherwise here. Audit entries are read where they are kept.
const TOPICS: &[(&str, Right, Right)] = &[
    ("auth", None, Some(("users", "read"))),
    ("calendar", Some(("calendars", "read")), Some(("calendars", "read"))),
    ("category", Some(("products", "read")), Some(("products", "read"))),
    ("job", Some(("jobs", "read")), Some(("jobs", "read"))),
    ("posting", Some(("postings", "read")), Some(("postings", "read"))),
    ("product", Some(("products", "read")), Some(("products", "read"))),
    ("queue", Some(("queues", "read")), Some(("queues", "read"))),
    ("run", Some(("runs", "read")), Some(("runs", "read_all"))),
    ("schedule", Some(("schedules", "read")), Some(("schedules", "read_all"))),
    ("source", Some(("sources", "read")), Some(("sources", "read"))),
    ("user", None, Some(("users", "read"))),
];

/// Topics of what all workspaces share: told in each of them.
const SHARED: [&str; 2] = ["posting", "source"];

/// A right, or none besides being somebody.
type Right = Option<(&'static str, &'static str)>;

/// Whether a type of event is, or begins with the words of, what somebody wishes: `run` is every `run.…`.
pub fn is_of_type(kind: &str, wish: &str) -> bool {
    let begins = kind.strip_prefix(wish).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'));
    wish.is_empty() || begins
}

/// One thing that happened to one thing, as it is told outside.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Telling {
    /// The same whenever it is told.
    pub id: String,
    /// Dotted name in the past tense: `run.failed`.
    #[serde(rename = "type")]
    pub kind: String,
    /// Id of what it happened to.
    pub subject: String,
    /// When.
    pub time: Timestamp,
    /// Whose thing it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub owner: Option<UserId>,
    /// The thread through everything that belongs together.
    pub correlation_id: CorrelationId,
    /// The fact itself.
    pub data: Value,
    /// Where it happened.
    #[serde(skip)]
    pub workspace: WorkspaceId,
    /// What kind of thing it is about.
    #[serde(skip)]
    pub topic: String,
}

impl Telling {
    /// Whether this caller may be told.
    pub fn is_for(&self, ctx: &Ctx) -> bool {
        if self.workspace != ctx.workspace && !SHARED.contains(&&*self.topic) {
            return false;
        }
        let owns = self.owner.is_some() && self.owner == ctx.actor.user();
        let allows = |right: Right| right.is_none_or(|(resource, verb)| ctx.allows(resource, verb));
        match TOPICS.iter().find(|(topic, ..)| *topic == self.topic) {
            Some((_, own, all)) => (owns && allows(*own)) || allows(*all),
            None => owns,
        }
    }

    fn whole(event: &Event) -> Self {
        Self {
            id: event.id.to_string(),
            kind: event.kind.clone(),
            subject: event.subject.clone(),
            time: event.created_at,
            owner: event.owner,
            correlation_id: event.correlation.clone(),
            data: event.data.clone(),
            workspace: event.workspace,
            topic: event.topic.clone(),
        }
    }

    /// One thing of a batch: it knows its own id, and where, whose and under which thread it is. Where it says how it
    /// ended, that is its name: `run.ended` with the state `failed` is `run.failed`.
    fn part(event: &Event, (index, part): (usize, &Value)) -> Self {
        let text = |name: &str| part.get(name).and_then(Value::as_str);
        let ended = event.kind.strip_suffix(".ended").zip(text("state"));
        let thread = text("correlation").and_then(|text| text.parse().ok());
        Self {
            id: format!("{}.{index}", event.id),
            kind: ended.map_or_else(|| event.kind.clone(), |(topic, state)| format!("{topic}.{state}")),
            subject: text("id").unwrap_or(&event.subject).to_owned(),
            time: event.created_at,
            owner: text("owner").and_then(|text| text.parse().ok()),
            correlation_id: thread.unwrap_or_else(|| event.correlation.clone()),
            data: public(part),
            workspace: text("workspace").and_then(|text| text.parse().ok()).unwrap_or(event.workspace),
            topic: event.topic.clone(),
        }
    }
}

impl Event {
    /// What there is to tell outside, thing by thing and always in the same order.
    pub fn tellings(&self) -> Vec<Telling> {
        match self.data.get(format!("{}s", self.topic)).and_then(Value::as_array) {
            Some(parts) => parts.iter().enumerate().map(|part| Telling::part(self, part)).collect(),
            None => vec![Telling::whole(self)],
        }
    }
}

/// A part without what stands beside it in the telling, or is for services alone.
fn public(part: &Value) -> Value {
    let mut part = part.clone();
    if let Some(fields) = part.as_object_mut() {
        for name in ["workspace", "owner", "correlation", "actor"] {
            fields.remove(name);
        }
    }
    part
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use metier_core::{Actor, Grants, Id};
    use serde_json::json;
    use uuid::Uuid;

    use super::*;

    const ONE: u128 = 11;
    const OTHER: u128 = 12;

    fn user(number: u128) -> UserId {
        Id::from_uuid(Uuid::from_u128(number))
    }

    fn ctx(number: u128, grants: &[&str]) -> Ctx {
        let actor = Actor::User { id: user(number) };
        let grants = Arc::new(Grants::parse(grants.iter().copied()).unwrap());
        Ctx { actor, grants, ..Ctx::anonymous("test".parse().unwrap()) }
    }

    fn event(topic: &str, kind: &str, owner: Option<UserId>, data: Value) -> Event {
        Event {
            position: 1,
            id: Id::from_uuid(Uuid::from_u128(5)),
            topic: topic.to_owned(),
            kind: kind.to_owned(),
            subject: "subject".to_owned(),
            workspace: WorkspaceId::DEFAULT,
            owner,
            actor: Actor::Anonymous,
            correlation: "thread".parse().unwrap(),
            data,
            created_at: Timestamp::EPOCH,
        }
    }

    fn ended() -> Event {
        let run = |id: &str, owner, state| {
            json!({ "id": id, "number": 7, "owner": owner, "state": state, "workspace": WorkspaceId::DEFAULT,
                    "correlation": format!("of-{id}") })
        };
        let runs = [run("a", user(ONE), "failed"), run("b", user(OTHER), "succeeded")];
        event("run", "run.ended", None, json!({ "runs": runs }))
    }

    #[test]
    fn each_run_of_a_batch_is_told_by_itself_and_named_by_how_it_ended() {
        let told = ended().tellings();
        let names: Vec<_> = told.iter().map(|one| (&*one.kind, &*one.subject)).collect();
        assert_eq!(names, [("run.failed", "a"), ("run.succeeded", "b")]);
        assert_ne!(told[0].id, told[1].id);
        assert_eq!(told[0].correlation_id.as_str(), "of-a");
        assert_eq!(told[0].data, json!({ "id": "a", "number": 7, "state": "failed" }));
    }

    #[test]
    fn ones_own_run_is_told_with_one_right_and_everyones_with_another() {
        let told = ended().tellings();
        let hears = |ctx: &Ctx| told.iter().map(|one| one.is_for(ctx)).collect::<Vec<_>>();
        assert_eq!(hears(&ctx(ONE, &["runs:read"])), [true, false]);
        assert_eq!(hears(&ctx(ONE, &["runs:read", "runs:read_all"])), [true, true]);
        assert_eq!(hears(&ctx(ONE, &["users:read"])), [false, false]);
        let elsewhere = Ctx { workspace: Id::from_uuid(Uuid::from_u128(9)), ..ctx(ONE, &["*:*"]) };
        assert_eq!(hears(&elsewhere), [false, false]);
    }

    #[test]
    fn what_no_rule_speaks_of_is_for_its_owner_alone() {
        let private = Telling::whole(&event("candidate", "candidate.updated", Some(user(ONE)), Value::Null));
        assert!(private.is_for(&ctx(ONE, &[])) && !private.is_for(&ctx(OTHER, &["*:*"])));
        let nobodys = Telling::whole(&event("audit", "audit.entry.recorded", None, Value::Null));
        assert!(!nobodys.is_for(&ctx(OTHER, &["*:*"])));
    }

    #[test]
    fn what_all_workspaces_share_is_told_in_each() {
        let source = Telling::whole(&event("source", "source.synced", None, Value::Null));
        let elsewhere = Ctx { workspace: Id::from_uuid(Uuid::from_u128(9)), ..ctx(ONE, &["sources:read"]) };
        assert!(source.is_for(&elsewhere) && !source.is_for(&ctx(ONE, &[])));
    }
}
