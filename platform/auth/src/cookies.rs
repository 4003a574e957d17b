//! The two cookies of a browser session, written and read in one place.

use std::time::Duration;

use cookie::{Cookie, CookieBuilder, SameSite, time};
use http::{HeaderMap, HeaderValue, header};
use metier_core::{Fault, FaultKind};

/// Carries the access token; no script can read it.
pub const SESSION_COOKIE: &str = "metier_session";
/// Carries the value that a script repeats in [`crate::CSRF_HEADER`].
pub const CSRF_COOKIE: &str = "metier_csrf";

/// Carries the access token of a program that keeps cookies and knows nothing else of ours, as Jobber's clients do. No
/// browser sends it with a request that another site makes.
pub const PLAIN_COOKIE: &str = "Authentication";

/// Writes the cookies of a session.
#[derive(Clone, Copy, Debug)]
pub struct SessionCookies {
    secure: bool,
}

impl SessionCookies {
    /// For a site reached over TLS: browsers never send the cookies in the clear.
    pub const fn over_https() -> Self {
        Self { secure: true }
    }

    /// For plain HTTP on loopback, where some browsers refuse secure cookies.
    pub const fn over_http() -> Self {
        Self { secure: false }
    }

    /// `set-cookie` values that begin a session.
    ///
    /// # Errors
    /// `internal` when a value cannot stand in a header; tokens of ours always can.
    pub fn begin(self, token: &str, csrf: &str, lifetime: Duration) -> Result<[HeaderValue; 2], Fault> {
        let lifetime = time::Duration::try_from(lifetime).unwrap_or(time::Duration::MAX);
        let session = Cookie::build((SESSION_COOKIE, token)).http_only(true).same_site(SameSite::Lax);
        let csrf = Cookie::build((CSRF_COOKIE, csrf)).same_site(SameSite::Strict);
        Ok([self.header(session, lifetime)?, self.header(csrf, lifetime)?])
    }

    /// `set-cookie` values that make the browser forget the session.
    ///
    /// # Errors
    /// None in practice; it shares the code of [`SessionCookies::begin`].
    pub fn end(self) -> Result<[HeaderValue; 2], Fault> {
        self.begin("", "", Duration::ZERO)
    }

    /// The `set-cookie` value that begins the session of a program.
    ///
    /// # Errors
    /// As [`SessionCookies::begin`].
    pub fn begin_plain(self, token: &str, lifetime: Duration) -> Result<HeaderValue, Fault> {
        let lifetime = time::Duration::try_from(lifetime).unwrap_or(time::Duration::MAX);
        let cookie = Cookie::build((PLAIN_COOKIE, token)).http_only(true).same_site(SameSite::Strict);
        self.header(cookie, lifetime)
    }

    /// The `set-cookie` value that makes a program forget its session.
    ///
    /// # Errors
    /// As [`SessionCookies::begin`].
    pub fn end_plain(self) -> Result<HeaderValue, Fault> {
        self.begin_plain("", Duration::ZERO)
    }

    fn header(self, cookie: CookieBuilder<'_>, lifetime: time::Duration) -> Result<HeaderValue, Fault> {
        let cookie = cookie.path("/").secure(self.secure).max_age(lifetime).build();
        HeaderValue::try_from(cookie.to_string()).map_err(Fault::internal)
    }
}

/// The value of a cookie. A second cookie of the same name, which a neighboring site can plant, is refused.
pub(crate) fn find(headers: &HeaderMap, name: &str) -> Result<Option<String>, Fault> {
    let lines = headers.get_all(header::COOKIE).iter().filter_map(|line| line.to_str().ok());
    let mut found = lines
        .flat_map(Cookie::split_parse)
        .filter_map(Result::ok)
        .filter(|cookie| cookie.name() == name)
        .map(|cookie| cookie.value().to_owned());
    match (found.next(), found.next()) {
        (_, Some(_)) => Err(Fault::new(
            FaultKind::Unauthenticated,
            "token_invalid",
            format!("more than one cookie is named {name}"),
        )),
        (value, None) => Ok(value.filter(|value| !value.is_empty())),
    }
}
