//! `/api/v1/auth`: signing in, staying signed in, signing out, and who one is.

use axum::{
    extract::State,
    response::{IntoResponse, Response},
};
use http::{HeaderMap, StatusCode, header::SET_COOKIE};
use metier_core::{Actor, Secret, SessionId};
use metier_http::{Caller, Created, ETag, Json, Problem, Visitor};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{
    Web,
    answer::{Handover, REFRESH_COOKIE, SignedInBody},
    bodies::UserBody,
    origin::{From, cookie},
    setup::NewAccountBody,
};
use crate::{domain::session::Origin, error::Error, ops::Credentials};

/// What to sign in with.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = Login)]
pub(super) struct LoginBody {
    /// The address of the account.
    #[schema(example = "ada@example.org")]
    email: String,
    /// Its password.
    #[schema(value_type = String, format = Password, example = "correct horse battery staple")]
    password: Secret<String>,
    /// How tokens are handed over.
    #[serde(default)]
    answer: Handover,
    /// What to call this device in the list of sessions; the user agent when left out.
    #[serde(default)]
    device: Option<String>,
    /// The device token of an earlier sign-in on this device.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    device_token: Option<Secret<String>>,
}

/// Sign in
///
/// Takes as long for an account that does not exist. Too many failures delay the next attempts, those of the
/// owner on a known device excepted.
#[utoipa::path(post, path = "/api/v1/auth/login", tag = "auth", request_body = LoginBody, security(()),
    responses((status = 200, body = SignedInBody), (status = 401, description = "`credentials_wrong`"),
        (status = 429, description = "`login_throttled`; see Retry-After")))]
pub(super) async fn login(
    State(web): State<Web>,
    Visitor(ctx): Visitor,
    From(seen): From,
    Json(body): Json<LoginBody>,
) -> Result<Response, Problem> {
    let device = body.device_token.or(seen.device);
    let origin = Origin { address: seen.address, label: body.device.or(seen.label), device };
    let credentials = Credentials { email: body.email, password: body.password };
    let signed_in = web.identity.login(&ctx, credentials, origin).await?;
    Ok(web.answer(signed_in, body.answer))
}

/// What to refresh with.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = Refresh)]
pub(super) struct RefreshBody {
    /// The refresh token; left out, the one in the cookie is taken and the answer comes as cookies.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    refresh_token: Option<Secret<String>>,
}

/// Exchange a refresh token
///
/// Each token is good once. One that comes a second time ends the session, because it may be in wrong hands.
#[utoipa::path(post, path = "/api/v1/auth/refresh", tag = "auth", request_body = RefreshBody, security(()),
    responses((status = 200, body = SignedInBody),
        (status = 401, description = "`refresh_token_invalid` or `refresh_token_reused`")))]
pub(super) async fn refresh(
    State(web): State<Web>,
    Visitor(ctx): Visitor,
    headers: HeaderMap,
    Json(body): Json<RefreshBody>,
) -> Result<Response, Problem> {
    let (token, handover) = match body.refresh_token {
        Some(token) => (token, Handover::Token),
        None => (cookie(&headers, REFRESH_COOKIE).ok_or(Error::RefreshInvalid)?, Handover::Cookie),
    };
    let signed_in = web.identity.refresh(&ctx, &token).await?;
    Ok(web.answer(signed_in, handover))
}

/// Sign out
///
/// Ends the session of the bearer token, of the cookie, or of the refresh token in the body or cookie. Access
/// tokens of the session stay valid until they end by themselves, ten minutes at most.
#[utoipa::path(post, path = "/api/v1/auth/logout", tag = "auth", request_body = Option<RefreshBody>, security(()),
    responses((status = 204, description = "Signed out")))]
pub(super) async fn logout(
    State(web): State<Web>,
    Visitor(ctx): Visitor,
    headers: HeaderMap,
    body: OptionalBody,
) -> Result<Response, Problem> {
    if let Some(session) = web.session(&headers).await {
        web.identity.logout(&ctx, session).await?;
    }
    if let Some(token) =
        body.0.and_then(|body| body.refresh_token).or_else(|| cookie(&headers, REFRESH_COOKIE))
    {
        web.identity.logout_with(&ctx, &token).await?;
    }
    let mut response = StatusCode::NO_CONTENT.into_response();
    response.headers_mut().extend(web.end()?.into_iter().map(|cookie| (SET_COOKIE, cookie)));
    Ok(response)
}

/// A JSON body, or none at all.
pub(super) struct OptionalBody(Option<RefreshBody>);

impl axum::extract::FromRequest<Web> for OptionalBody {
    type Rejection = Problem;

    async fn from_request(request: axum::extract::Request, web: &Web) -> Result<Self, Problem> {
        if !request.headers().contains_key(http::header::CONTENT_TYPE) {
            return Ok(Self(None));
        }
        let Json(body) = Json::from_request(request, web).await?;
        Ok(Self(Some(body)))
    }
}

/// Make an account
///
/// Where the operator opened registration. The account gets the role `user`.
#[utoipa::path(post, path = "/api/v1/auth/register", tag = "auth", request_body = NewAccountBody, security(()),
    responses((status = 201, body = UserBody), (status = 403, description = "`registration_closed`"),
        (status = 409, description = "`email_taken`")))]
pub(super) async fn register(
    State(web): State<Web>,
    Visitor(ctx): Visitor,
    Json(body): Json<NewAccountBody>,
) -> Result<Created<UserBody>, Problem> {
    let who = web.identity.register(&ctx, body.into()).await?;
    let location = "/api/v1/auth/me".to_owned();
    Ok(Created { location, tag: Some(ETag::version(who.user.version)), body: who.into() })
}

/// Whom the credentials speak for.
#[derive(Serialize, ToSchema)]
#[schema(as = Me)]
pub(super) struct MeBody {
    /// The person, as they are now.
    user: UserBody,
    /// `user`, `api_key` or `run`.
    actor: &'static str,
    /// What these credentials allow, as of when the token was made.
    #[schema(example = json!(["runs:read"]))]
    grants: Vec<String>,
    /// The session, when a person signed in.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = Uuid)]
    session_id: Option<SessionId>,
}

/// Who am I
#[utoipa::path(get, path = "/api/v1/auth/me", tag = "auth", responses((status = 200, body = MeBody)))]
pub(super) async fn me(
    State(web): State<Web>,
    Caller(ctx): Caller,
    headers: HeaderMap,
) -> Result<Json<MeBody>, Problem> {
    let who = web.identity.me(&ctx).await?;
    let actor = match ctx.actor {
        Actor::ApiKey { .. } => "api_key",
        Actor::Run { .. } => "run",
        _ => "user",
    };
    let session_id = web.session(&headers).await;
    Ok(Json(MeBody { user: who.into(), actor, grants: ctx.grants.texts(), session_id }))
}
