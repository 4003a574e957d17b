//! What a token says, and how it becomes the context of an operation.

use std::{sync::Arc, time::Duration};

use metier_core::{
    Actor, CorrelationId, Ctx, Fault, FaultKind, Grants, Random, RunId, SessionId, Timestamp, WorkspaceId,
};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::TokenError;

/// What a token is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TokenKind {
    /// A person, directly or through an API key.
    User,
    /// The handler of one run.
    Run,
    /// One service calling another.
    Service,
}

/// Whom a token speaks for, and with which rights.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Subject {
    /// Who acts.
    pub actor: Actor,
    /// Where.
    pub workspace: WorkspaceId,
    /// What they may do.
    pub grants: Grants,
    /// The signed-in device, when there is one.
    pub session: Option<SessionId>,
    /// The user's number, for clients that need integer ids.
    pub number: Option<i64>,
}

impl Subject {
    /// The handler of one run: the rights of the one who submitted it, cut down to those of its kind.
    ///
    /// # Errors
    /// `person_required` when nobody in person submitted the run.
    pub fn run(submitter: &Ctx, run: RunId, kind: &Grants) -> Result<Self, Fault> {
        Ok(Self {
            actor: Actor::Run { id: run, user: submitter.user()? },
            workspace: submitter.workspace,
            grants: submitter.grants.intersect(kind),
            session: None,
            number: None,
        })
    }
}

/// The claims of a token. Times are whole seconds, as JWT wants them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Claims {
    /// Who issued it: [`Claims::ISSUER`], or the calling service.
    pub iss: String,
    /// Who shall accept it: [`Claims::AUDIENCE`], or the called service.
    pub aud: String,
    /// The user's id, or the name of the service that acts for itself.
    pub sub: String,
    /// What the token is for.
    pub kind: TokenKind,
    /// Who acts.
    pub actor: Actor,
    /// The workspace.
    pub ws: WorkspaceId,
    /// The resolved rights.
    pub grants: Grants,
    /// The session, when a person signed in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sid: Option<SessionId>,
    /// The user's number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub number: Option<i64>,
    /// When it was issued.
    pub iat: i64,
    /// From when it is valid.
    pub nbf: i64,
    /// From when it is no longer valid.
    pub exp: i64,
    /// Names the token.
    pub jti: Uuid,
}

impl Claims {
    /// Issuer of user and run tokens.
    pub const ISSUER: &str = "metier";
    /// Audience of user and run tokens.
    pub const AUDIENCE: &str = "metier";
    /// How long a user's token is valid: the longest time that a withdrawn right survives.
    pub const ACCESS_LIFETIME: Duration = Duration::from_mins(10);
    /// No token lives longer, so that a retired key can be forgotten.
    pub const MAX_LIFETIME: Duration = Duration::from_hours(24);
    /// How far a machine's clock may run behind the issuer's.
    pub const CLOCK_SKEW: Duration = Duration::from_secs(5);

    /// Claims of a user or run token, as the subject's actor demands. A lifetime above
    /// [`Claims::MAX_LIFETIME`] is cut down to it.
    pub fn new(subject: Subject, lifetime: Duration, now: Timestamp, random: &Random) -> Self {
        let kind = match subject.actor {
            Actor::Run { .. } => TokenKind::Run,
            _ => TokenKind::User,
        };
        Self::issued(kind, Self::ISSUER, Self::AUDIENCE, subject, lifetime, now, random.uuid(now))
    }

    #[expect(clippy::too_many_arguments, reason = "the one place that knows every claim")]
    pub(crate) fn issued(
        kind: TokenKind,
        issuer: &str,
        audience: &str,
        subject: Subject,
        lifetime: Duration,
        now: Timestamp,
        jti: Uuid,
    ) -> Self {
        Self {
            iss: issuer.to_owned(),
            aud: audience.to_owned(),
            sub: subject_text(&subject.actor),
            kind,
            actor: subject.actor,
            ws: subject.workspace,
            grants: subject.grants,
            sid: subject.session,
            number: subject.number,
            iat: now.seconds(),
            nbf: now.seconds(),
            exp: now.plus(lifetime.min(Self::MAX_LIFETIME)).seconds(),
            jti,
        }
    }

    /// Checks everything but the signature.
    pub(crate) fn check(&self, issuer: &str, audience: &str, now: Timestamp) -> Result<(), TokenError> {
        if self.iss != issuer {
            return Err(TokenError::Foreign("issuer"));
        }
        if self.aud != audience {
            return Err(TokenError::Foreign("audience"));
        }
        if !self.is_consistent() {
            return Err(TokenError::Contradictory);
        }
        if now.plus(Self::CLOCK_SKEW) < Timestamp::from_seconds(self.nbf) {
            return Err(TokenError::NotYet);
        }
        if now >= Timestamp::from_seconds(self.exp) {
            return Err(TokenError::Expired);
        }
        Ok(())
    }

    fn is_consistent(&self) -> bool {
        let actor_fits = match self.kind {
            TokenKind::User => matches!(self.actor, Actor::User { .. } | Actor::ApiKey { .. }),
            TokenKind::Run => matches!(self.actor, Actor::Run { .. }),
            TokenKind::Service => true,
        };
        actor_fits && self.sub == subject_text(&self.actor)
    }

    /// The context of an operation asked for with this token.
    pub fn into_ctx(self, correlation: CorrelationId) -> Ctx {
        Ctx {
            actor: self.actor,
            workspace: self.ws,
            grants: Arc::new(self.grants),
            correlation,
            deadline: None,
        }
    }

    /// The session a person signed in with.
    ///
    /// # Errors
    /// `session_required` for API keys, runs and services.
    pub fn session(&self) -> Result<SessionId, Fault> {
        self.sid.ok_or_else(|| {
            Fault::new(FaultKind::Forbidden, "session_required", "only a signed-in person can do this")
        })
    }
}

fn subject_text(actor: &Actor) -> String {
    match (actor.user(), actor) {
        (Some(user), _) => user.to_string(),
        (None, Actor::Service { name }) => name.clone(),
        (None, _) => "anonymous".to_owned(),
    }
}
