//! The answer to a sign-in: tokens for programs, cookies for browsers, never both.
//!
//! A browser gets four cookies. The session cookie carries the access token, the refresh cookie goes only to
//! the routes under `/api/v1/auth`, both unreadable for scripts; the CSRF cookie is for scripts to repeat;
//! the device cookie outlives the session, so that the next sign-in on this device is not delayed by others.

use std::time::Duration;

use axum::response::{IntoResponse, Response};
use cookie::{Cookie, SameSite, time};
use http::{HeaderValue, header::SET_COOKIE};
use metier_core::{Fault, Secret, SessionId, Timestamp};
use metier_http::{Json, Problem};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{Web, bodies::UserBody};
use crate::ops::SignedIn;

/// Carries the refresh token of a browser.
pub(super) const REFRESH_COOKIE: &str = "metier_refresh";
/// Carries the device token of a browser.
pub(super) const DEVICE_COOKIE: &str = "metier_device";
const AUTH_PATH: &str = "/api/v1/auth";
const DEVICE_LIFETIME: Duration = Duration::from_hours(365 * 24);

/// How tokens are handed over.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum Handover {
    /// In the body, for programs.
    #[default]
    Token,
    /// As cookies, for browsers.
    Cookie,
}

/// Somebody is signed in.
#[derive(Serialize, ToSchema)]
#[schema(as = SignedIn)]
pub(super) struct SignedInBody {
    /// Who.
    user: UserBody,
    /// The session.
    #[schema(value_type = String, format = Uuid)]
    session_id: SessionId,
    /// When the access token ends.
    #[schema(value_type = String, format = DateTime)]
    expires_at: Timestamp,
    /// When the session ends unless it is refreshed.
    #[schema(value_type = String, format = DateTime)]
    session_expires_at: Timestamp,
    /// Send it as `Authorization: Bearer ...`. Only when tokens were asked for, as the next three.
    #[serde(flatten)]
    tokens: Option<Tokens>,
    /// Repeat it in the header `x-metier-csrf` of requests that change something. Only with cookies.
    #[serde(skip_serializing_if = "Option::is_none")]
    csrf_token: Option<String>,
}

/// What a program keeps.
#[derive(Serialize, ToSchema)]
pub(super) struct Tokens {
    /// For the API.
    access_token: String,
    /// Always `Bearer`.
    #[schema(example = "Bearer")]
    token_type: &'static str,
    /// Seconds until the access token ends.
    #[schema(example = 600)]
    expires_in: u64,
    /// Good once, for the next access token.
    refresh_token: String,
    /// Show it at the next sign-in on this device. Only after a sign-in.
    #[serde(skip_serializing_if = "Option::is_none")]
    device_token: Option<String>,
}

impl Web {
    /// The answer in the wanted form.
    pub(super) fn answer(&self, signed_in: SignedIn, handover: Handover) -> Response {
        let cookies = match handover {
            Handover::Token => Ok(Vec::new()),
            Handover::Cookie => self.begin(&signed_in),
        };
        let cookies = match cookies {
            Ok(cookies) => cookies,
            Err(fault) => return Problem(fault).into_response(),
        };
        let mut response = Json(self.body(signed_in, handover)).into_response();
        response.headers_mut().extend(cookies.into_iter().map(|cookie| (SET_COOKIE, cookie)));
        response
    }

    fn body(&self, signed_in: SignedIn, handover: Handover) -> SignedInBody {
        let expires_at = signed_in.access.expires_at;
        let tokens = Tokens {
            access_token: signed_in.access.token.expose().clone(),
            token_type: "Bearer",
            expires_in: expires_at.since(self.identity.now()).as_secs(),
            refresh_token: signed_in.refresh.expose().clone(),
            device_token: signed_in.device.as_ref().map(|token| token.expose().clone()),
        };
        let csrf = self.csrf.value(signed_in.session);
        SignedInBody {
            user: signed_in.who.into(),
            session_id: signed_in.session,
            expires_at,
            session_expires_at: signed_in.session_expires_at,
            tokens: (handover == Handover::Token).then_some(tokens),
            csrf_token: (handover == Handover::Cookie).then_some(csrf),
        }
    }

    fn begin(&self, signed_in: &SignedIn) -> Result<Vec<HeaderValue>, Fault> {
        let now = self.identity.now();
        let csrf = self.csrf.value(signed_in.session);
        let lifetime = signed_in.access.expires_at.since(now);
        let mut cookies = self.cookies.begin(signed_in.access.token.expose(), &csrf, lifetime)?.to_vec();
        let lifetime = signed_in.session_expires_at.since(now);
        cookies.push(self.narrow(REFRESH_COOKIE, &signed_in.refresh, lifetime)?);
        if let Some(device) = &signed_in.device {
            cookies.push(self.narrow(DEVICE_COOKIE, device, DEVICE_LIFETIME)?);
        }
        Ok(cookies)
    }

    /// Cookies that make a browser forget the session, but not the device.
    pub(super) fn end(&self) -> Result<Vec<HeaderValue>, Fault> {
        let mut cookies = self.cookies.end()?.to_vec();
        cookies.push(self.narrow(REFRESH_COOKIE, &Secret::new(String::new()), Duration::ZERO)?);
        Ok(cookies)
    }

    /// A cookie that only the routes of sign-in get, and only from our own pages.
    fn narrow(&self, name: &str, value: &Secret<String>, lifetime: Duration) -> Result<HeaderValue, Fault> {
        let lifetime = time::Duration::try_from(lifetime).unwrap_or(time::Duration::MAX);
        let cookie = Cookie::build((name, value.expose().as_str()))
            .http_only(true)
            .same_site(SameSite::Strict)
            .secure(self.over_tls)
            .path(AUTH_PATH)
            .max_age(lifetime)
            .build();
        HeaderValue::try_from(cookie.to_string()).map_err(Fault::internal)
    }
}
