//! What can go wrong between a person and a server, and what the person can do about it.

use std::{io, path::PathBuf, process::ExitCode};

use metier_http::ProblemBody;
use serde_json::{Value, json};
use url::Url;

/// Exit code of a command that was refused or did not succeed.
pub const FAILED: u8 = 1;
/// Exit code of a command line that makes no sense; clap's own.
pub const USAGE: u8 = 2;
/// Exit code when there is no server to talk to.
pub const UNREACHABLE: u8 = 3;
/// Exit code when nobody is signed in, or somebody who may not do this.
pub const NOT_ALLOWED: u8 = 4;

/// Why a command did not do what was asked.
#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    /// Nothing answers there.
    #[error("cannot reach {url}: {reason}")]
    Unreachable {
        /// Where.
        url: Url,
        /// Why not.
        reason: String,
    },
    /// Something accepted the request and never answered.
    #[error("{url} did not answer in time")]
    TimedOut {
        /// Where.
        url: Url,
    },
    /// The server said no, and why.
    #[error("{}", .0.problem.detail)]
    Refused(Box<Refusal>),
    /// The answer is a redirect, which could carry credentials elsewhere.
    #[error("{url} redirects to {target}, which is not followed")]
    Redirected {
        /// Where.
        url: Url,
        /// Where to.
        target: String,
    },
    /// It answers, but not as Metier does.
    #[error("{url} does not answer like Metier: {reason}")]
    Foreign {
        /// Where.
        url: Url,
        /// What is odd about it.
        reason: String,
    },
    /// The kept session cannot be renewed.
    #[error("the session at {url} has ended: {reason}")]
    SessionEnded {
        /// Where.
        url: Url,
        /// What the server said.
        reason: String,
    },
    /// Something on this machine cannot be read or written.
    #[error("cannot {doing} {}: {source}", path.display())]
    File {
        /// What was tried.
        doing: &'static str,
        /// With what.
        path: PathBuf,
        /// Why it failed.
        source: io::Error,
    },
    /// The command line or what it names makes no sense.
    #[error("{0}")]
    Usage(String),
    /// It was asked for and did not succeed; the sentence says what.
    #[error("{0}")]
    Failed(String),
    /// The result cannot be printed.
    #[error("cannot write the output: {0}")]
    Output(#[from] io::Error),
    /// Somebody pressed Ctrl-C.
    #[error("{0}")]
    Interrupted(String),
}

/// A refusal as the server gave it.
#[derive(Debug)]
pub struct Refusal {
    /// Its document.
    pub problem: ProblemBody,
    /// Seconds until it makes sense to try again.
    pub retry_after: Option<u64>,
    /// What the command knows to do about it.
    pub hint: Option<String>,
}

impl ClientError {
    /// A usage error that can also be found by the server, told the way clap does.
    pub fn usage(message: impl Into<String>) -> Self {
        Self::Usage(message.into())
    }

    /// The HTTP status, when a server gave one.
    pub fn status(&self) -> Option<u16> {
        match self {
            Self::Refused(refusal) => Some(refusal.problem.status),
            _ => None,
        }
    }

    /// The same refusal with what to do about it.
    pub fn with_advice(mut self, advice: String) -> Self {
        if let Self::Refused(refusal) = &mut self {
            refusal.hint = Some(advice);
        }
        self
    }

    /// Whether the server may be back in a moment.
    pub fn is_passing(&self) -> bool {
        matches!(self, Self::Unreachable { .. } | Self::TimedOut { .. })
            || matches!(self.status(), Some(502..=504))
    }

    /// Whether whoever read our output has gone away, which is no failure of ours.
    pub fn is_broken_pipe(&self) -> bool {
        matches!(self, Self::Output(error) if error.kind() == io::ErrorKind::BrokenPipe)
    }

    /// What the shell is told.
    pub fn exit_code(&self) -> ExitCode {
        ExitCode::from(self.code())
    }

    fn code(&self) -> u8 {
        match self {
            Self::Unreachable { .. } | Self::TimedOut { .. } => UNREACHABLE,
            Self::SessionEnded { .. } => NOT_ALLOWED,
            Self::Usage(_) => USAGE,
            Self::Interrupted(_) => 130,
            Self::Refused(_) => match self.status() {
                Some(401 | 403) => NOT_ALLOWED,
                Some(502..=504) => UNREACHABLE,
                _ => FAILED,
            },
            _ => FAILED,
        }
    }

    /// The error for programs: the server's own document, or one like it.
    pub fn document(&self) -> Value {
        let code = match self {
            Self::Refused(refusal) => return serde_json::to_value(&refusal.problem).unwrap_or_default(),
            Self::Unreachable { .. } => "unreachable",
            Self::TimedOut { .. } => "timed_out",
            Self::Redirected { .. } => "redirected",
            Self::Foreign { .. } => "not_metier",
            Self::SessionEnded { .. } => "session_ended",
            Self::File { .. } => "file",
            Self::Usage(_) => "usage",
            Self::Failed(_) => "failed",
            Self::Output(_) => "output",
            Self::Interrupted(_) => "interrupted",
        };
        json!({ "code": code, "detail": self.to_string() })
    }

    /// What to do next, one sentence each.
    pub fn advice(&self) -> Vec<String> {
        match self {
            Self::Unreachable { .. } => {
                vec!["start it with `metier up`, or name another server with --url or METIER_URL".into()]
            }
            Self::TimedOut { .. } => vec!["see how it is with `metier doctor`, then try again".into()],
            Self::Redirected { .. } => vec!["if that is the server you mean, name it with --url".into()],
            Self::Foreign { .. } => {
                vec!["check --url or METIER_URL; the public door is on port 7400 unless changed".into()]
            }
            Self::SessionEnded { .. } => vec!["sign in again with `metier login`".into()],
            Self::Refused(refusal) => refusal.advice(),
            _ => Vec::new(),
        }
    }
}

impl Refusal {
    fn advice(&self) -> Vec<String> {
        let next = match self.problem.status {
            401 => self.sign_in(),
            403 => self.permission(),
            404 => Some("it does not exist, or it is not yours to see".into()),
            409 if self.hint.is_some() => None,
            409 => Some("look at its present state, then decide again".into()),
            412 => Some("it was changed meanwhile; look at it again and repeat the command".into()),
            429 | 503 => Some(self.later()),
            500 => Some("the server's log has the cause under the correlation id".into()),
            _ => None,
        };
        self.hint.clone().into_iter().chain(next).collect()
    }

    fn sign_in(&self) -> Option<String> {
        let advice = match &*self.problem.code {
            "credentials_wrong" => {
                "try again with `metier login`, or ask an administrator for a new password"
            }
            "setup_token_invalid" => "the token is in what `metier up` printed when it first started",
            "api_key_invalid" => "check METIER_API_KEY; the key may be revoked or expired",
            _ => "sign in with `metier login`; the very first time with `metier setup`",
        };
        Some(advice.to_owned())
    }

    fn permission(&self) -> Option<String> {
        let needed = self.problem.detail.strip_prefix("needs permission ")?;
        Some(format!(
            "ask an administrator for the permission {needed}; `metier whoami` shows those you have"
        ))
    }

    fn later(&self) -> String {
        match self.retry_after {
            Some(seconds) => format!("try again in {seconds} s"),
            None => "try again in a moment".to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(status: u16, code: &str, detail: &str) -> ClientError {
        let body = json!({ "type": format!("/errors/{code}"), "title": "No", "status": status, "detail": detail, "code": code });
        let problem = serde_json::from_value(body).unwrap();
        ClientError::Refused(Box::new(Refusal {
            problem,
            retry_after: (status == 429).then_some(17),
            hint: None,
        }))
    }

    #[test]
    fn exit_codes_are_those_documented() {
        let url: Url = "http://127.0.0.1:7400/".parse().unwrap();
        assert_eq!(ClientError::Unreachable { url: url.clone(), reason: "refused".into() }.code(), 3);
        assert_eq!(ClientError::SessionEnded { url, reason: "expired".into() }.code(), 4);
        assert_eq!(refused(401, "unauthenticated", "sign in first").code(), 4);
        assert_eq!(refused(403, "permission_denied", "needs permission runs:submit").code(), 4);
        assert_eq!(refused(503, "unavailable", "no").code(), 3);
        assert_eq!(refused(409, "run_ended", "no").code(), 1);
        assert_eq!(ClientError::usage("no").code(), 2);
    }

    #[test]
    fn a_refusal_says_what_to_do_next() {
        let advice = |error: ClientError| error.advice().join("\n");
        assert!(advice(refused(401, "unauthenticated", "sign in first")).contains("metier login"));
        assert!(
            advice(refused(403, "permission_denied", "needs permission runs:submit"))
                .contains("the permission runs:submit")
        );
        assert_eq!(advice(refused(429, "login_throttled", "too many")), "try again in 17 s");
    }

    #[test]
    fn a_reader_that_went_away_is_told_apart() {
        let pipe = io::Error::from(io::ErrorKind::BrokenPipe);
        assert!(ClientError::from(pipe).is_broken_pipe());
        assert!(!ClientError::from(io::Error::other("disk full")).is_broken_pipe());
    }
}
