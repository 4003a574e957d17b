//! Whether a caller may come in is decided before anything of the request is read.
//!
//! The description of an API says who each operation is for, and this layer holds callers to it, so that nobody
//! learns from a 400 what a 401 or 403 should have hidden, and no body is read for nothing:
//!
//! | description | for |
//! |---|---|
//! | `security(())` | everybody |
//! | nothing | anybody signed in |
//! | `security(("bearer" = ["runs:submit"]))` | who has the right |
//! | `security(("bearer" = ["tasks.*:claim"]))` | who has it on anything within |
//! | `security(("bearer" = ["person"]))` | who signed in themselves |
//!
//! `ops` ask for the same rights again: they also serve gRPC and loops.

use std::{collections::HashMap, sync::Arc};

use axum::{
    Router,
    extract::{MatchedPath, Request, State},
    middleware::{Next, from_fn_with_state},
    response::{IntoResponse, Response},
};
use http::Method;
use metier_core::{Ctx, Fault};
use utoipa::openapi::OpenApi;

use crate::{Problem, extract::Authenticated, openapi};

/// In a list of rights, that the caller has to be a person who signed in.
const PERSON: &str = "person";

/// Who is let in to what: by path, then by method.
type Rules = HashMap<String, HashMap<Method, Vec<Need>>>;

/// What a caller has to have besides being somebody.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Need {
    Person,
    Right { resource: String, verb: String },
    RightWithin { resource: String, verb: String },
}

impl Need {
    /// A text that is none of the known forms is a right that nobody but an administrator has.
    fn read(text: &str) -> Self {
        if text == PERSON {
            return Self::Person;
        }
        let (resource, verb) = text.split_once(':').unwrap_or((text, ""));
        let verb = verb.to_owned();
        match resource.strip_suffix(".*") {
            Some(resource) => Self::RightWithin { resource: resource.to_owned(), verb },
            None => Self::Right { resource: resource.to_owned(), verb },
        }
    }

    fn check(&self, ctx: &Ctx) -> Result<(), Fault> {
        match self {
            Self::Person => ctx.require_person().map(drop),
            Self::Right { resource, verb } => ctx.require_on(resource, verb),
            Self::RightWithin { resource, verb } if ctx.grants.allow_within(resource, verb) => Ok(()),
            Self::RightWithin { resource, verb } => ctx.require_on(resource, verb),
        }
    }
}

/// Holds callers to what the finished description of the router says. It has to stand within [`crate::layers`].
pub fn admission(router: Router, api: &OpenApi) -> Router {
    router.layer(from_fn_with_state(Arc::new(rules(api)), admit))
}

fn rules(api: &OpenApi) -> Rules {
    let mut rules = Rules::new();
    for (path, method, operation) in openapi::operations_of(api) {
        if let Some(rights) = openapi::rights(operation) {
            let needs = rights.iter().map(|text| Need::read(text)).collect();
            rules.entry(path.to_owned()).or_default().insert(method, needs);
        }
    }
    rules
}

async fn admit(State(rules): State<Arc<Rules>>, request: Request, next: Next) -> Response {
    match check(&rules, &request) {
        Ok(()) => next.run(request).await,
        Err(fault) => Problem(fault).into_response(),
    }
}

fn check(rules: &Rules, request: &Request) -> Result<(), Fault> {
    let path = request.extensions().get::<MatchedPath>().map(MatchedPath::as_str);
    let method = if request.method() == Method::HEAD { &Method::GET } else { request.method() };
    let Some(needs) = path.and_then(|path| rules.get(path)?.get(method)) else { return Ok(()) };
    let ctx = Authenticated::of(request.extensions())?;
    ctx.require_somebody()?;
    needs.iter().try_for_each(|need| need.check(&ctx))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_three_forms_of_a_need_are_read() {
        assert_eq!(Need::read("person"), Need::Person);
        let right = Need::Right { resource: "runs".into(), verb: "submit".into() };
        assert_eq!(Need::read("runs:submit"), right);
        let within = Need::RightWithin { resource: "tasks".into(), verb: "claim".into() };
        assert_eq!(Need::read("tasks.*:claim"), within);
    }
}
