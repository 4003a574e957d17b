//! `If-Match`: a change is only made to the version its maker has seen.

use axum::extract::FromRequestParts;
use http::{header::IF_MATCH, request::Parts};
use metier_core::{Fault, FaultKind};

use crate::{ETag, Problem};

/// The versions a caller is ready to change. An update requires it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum IfMatch {
    /// `*`: whatever is there.
    Any,
    /// One of these.
    OneOf(Vec<ETag>),
}

impl IfMatch {
    /// Goes on only when the caller has seen what is there.
    ///
    /// # Errors
    /// `stale_version` when something else is there by now.
    pub fn check(&self, current: &ETag) -> Result<(), Fault> {
        match self {
            Self::OneOf(seen) if !seen.contains(current) => Err(Fault::stale_version()),
            Self::Any | Self::OneOf(_) => Ok(()),
        }
    }

    /// The row version to write into the `WHERE` of an update; none for `*`.
    ///
    /// # Errors
    /// `stale_version` when the tag is none of a row, so that it cannot be the present one.
    pub fn version(&self) -> Result<Option<i64>, Fault> {
        match self {
            Self::Any => Ok(None),
            Self::OneOf(seen) => match seen.as_slice() {
                [tag] => tag.text().parse().map(Some).map_err(|_| Fault::stale_version()),
                _ => Err(Fault::invalid("if-match", "must be a single version here")),
            },
        }
    }
}

impl<S: Send + Sync> FromRequestParts<S> for IfMatch {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Problem> {
        let value = parts.headers.get(IF_MATCH).ok_or_else(|| {
            let message = "send the ETag you have seen as If-Match";
            Fault::new(FaultKind::Invalid, "precondition_required", message)
        })?;
        let text = value.to_str().map_err(|_| Fault::invalid("if-match", "must be ASCII"))?;
        Ok(read(text)?)
    }
}

fn read(text: &str) -> Result<IfMatch, Fault> {
    if text.trim() == "*" {
        return Ok(IfMatch::Any);
    }
    let read = |part: &str| match part.trim().starts_with("W/") {
        true => Some(None),
        false => ETag::parse(part).map(Some),
    };
    let tags: Option<Vec<_>> = text.split(',').map(read).collect();
    let tags = tags.ok_or_else(|| Fault::invalid("if-match", "must be ETags in quotes, or *"))?;
    let strong: Vec<_> = tags.into_iter().flatten().collect();
    if strong.is_empty() { Err(Fault::stale_version()) } else { Ok(IfMatch::OneOf(strong)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_seen_version_may_be_changed() {
        let seen = read("\"7\"").unwrap();
        assert!(seen.check(&ETag::version(7)).is_ok());
        assert_eq!(seen.check(&ETag::version(8)).unwrap_err().kind, FaultKind::Stale);
        assert_eq!(seen.version().unwrap(), Some(7));
        assert_eq!(read("*").unwrap().version().unwrap(), None);
        assert!(read("\"6\", \"7\"").unwrap().check(&ETag::version(7)).is_ok());
    }

    #[test]
    fn a_weak_or_foreign_tag_matches_nothing() {
        assert_eq!(read("W/\"7\"").unwrap_err().kind, FaultKind::Stale);
        assert_eq!(read("\"abc\"").unwrap().version().unwrap_err().kind, FaultKind::Stale);
        for text in ["", "7", "\"\"", "\"7", "\"a b\""] {
            assert_eq!(read(text).unwrap_err().kind, FaultKind::Invalid, "{text}");
        }
    }
}
