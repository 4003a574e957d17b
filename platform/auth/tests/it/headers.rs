//! From the headers of a request to the one who asks, the cookie rule included.

use std::time::Duration;

use http::{HeaderMap, HeaderName, HeaderValue, Method};
use metier_auth::{
    ApiKey, Authenticator, CSRF_HEADER, Claims, Credential, CsrfGuard, ServiceKeys, SigningKeys, Verifier,
};
use metier_core::{Actor, Authenticate, Clock, Ctx, FaultKind, Random, Secret, SessionId};

use super::{claims, clock, correlation, user};

struct Door {
    authenticator: Authenticator,
    guard: CsrfGuard,
    services: ServiceKeys,
    token: String,
    session: SessionId,
    clock: Clock,
    random: Random,
}

impl Door {
    fn new() -> Self {
        let (folder, clock, random) = (tempfile::tempdir().unwrap(), clock(), Random::seeded(1));
        let keys = SigningKeys::open(folder.path(), clock.now(), &random).unwrap();
        let subject = user(&random, clock.now());
        let session = subject.session.unwrap();
        let token = keys.signer().sign(&claims(subject, &clock, &random)).unwrap();
        let secret = ServiceKeys::generate_join_secret(&random);
        let verifier = Verifier::new(&keys.jwks(clock.now())).unwrap();
        Self {
            authenticator: Authenticator::new(verifier, clock.clone()),
            guard: CsrfGuard::from_join_secret(&secret),
            services: ServiceKeys::from_join_secret(&secret).unwrap(),
            token,
            session,
            clock,
            random,
        }
    }

    fn with_cookies() -> Self {
        let mut door = Self::new();
        door.authenticator = door.authenticator.clone().with_cookies(door.guard.clone());
        door
    }

    async fn ask(&self, method: Method, headers: &[(&str, &str)]) -> Result<Ctx, (FaultKind, String)> {
        let asked = self.authenticator.authenticate(&map(headers), &method, correlation()).await;
        asked.map_err(|fault| (fault.kind, fault.code.into_owned()))
    }

    async fn code(&self, method: Method, headers: &[(&str, &str)]) -> String {
        self.ask(method, headers).await.map_or_else(|(_, code)| code, |ctx| ctx.actor.to_string())
    }

    fn bearer(&self) -> String {
        format!("Bearer {}", self.token)
    }

    fn session_cookie(&self) -> String {
        format!("theme=dark; metier_session={}", self.token)
    }
}

fn map(headers: &[(&str, &str)]) -> HeaderMap {
    let pair = |(name, value): &(&str, &str)| {
        (name.parse::<HeaderName>().unwrap(), HeaderValue::from_str(value).unwrap())
    };
    headers.iter().map(pair).collect()
}

#[tokio::test]
async fn a_bearer_token_names_its_user_and_no_credential_is_nobody() {
    let door = Door::new();
    let ctx = door.ask(Method::POST, &[("authorization", &door.bearer())]).await.unwrap();
    assert!(matches!(ctx.actor, Actor::User { .. }));
    let lower_case = door.bearer().replace("Bearer", "bearer");
    assert!(door.ask(Method::POST, &[("authorization", &lower_case)]).await.is_ok());
    let nobody = door.ask(Method::POST, &[]).await.unwrap();
    assert_eq!((nobody.actor, nobody.correlation), (Actor::Anonymous, correlation()));
}

#[tokio::test]
async fn a_bad_credential_is_refused_and_never_taken_for_nobody() {
    let door = Door::with_cookies();
    let bad = ["Bearer", "Bearer ", "Bearer x", "Basic dXNlcjpwYXNz", "token", "", "Bearer mtr_abc"];
    for value in bad {
        let refused = door.ask(Method::GET, &[("authorization", value)]).await.unwrap_err();
        assert_eq!(refused, (FaultKind::Unauthenticated, "token_invalid".to_owned()), "{value}");
    }
    let twice = [("authorization", door.bearer()), ("authorization", door.bearer())];
    let twice = twice.each_ref().map(|(name, value)| (*name, value.as_str()));
    let mut headers = HeaderMap::new();
    twice.iter().for_each(|(name, value)| _ = headers.append(*name, HeaderValue::from_str(value).unwrap()));
    let asked = door.authenticator.authenticate(&headers, &Method::GET, correlation()).await;
    assert_eq!(asked.unwrap_err().code, "token_invalid");
}

#[tokio::test]
async fn an_expired_token_says_so_as_bearer_and_as_cookie() {
    let door = Door::with_cookies();
    door.clock.advance(Claims::ACCESS_LIFETIME);
    assert_eq!(door.code(Method::GET, &[("authorization", &door.bearer())]).await, "token_expired");
    assert_eq!(door.code(Method::GET, &[("cookie", &door.session_cookie())]).await, "token_expired");
}

#[tokio::test]
async fn an_invalid_bearer_token_does_not_fall_back_to_a_valid_cookie() {
    let door = Door::with_cookies();
    let headers = [("authorization", "Bearer x"), ("cookie", &*door.session_cookie())];
    assert_eq!(door.code(Method::GET, &headers).await, "token_invalid");
}

#[tokio::test]
async fn a_cookie_is_ignored_behind_the_public_door() {
    let door = Door::new();
    assert_eq!(door.code(Method::GET, &[("cookie", &door.session_cookie())]).await, "anonymous");
}

#[tokio::test]
async fn a_cookie_alone_may_read_and_change_nothing() {
    let door = Door::with_cookies();
    let cookie = [("cookie", &*door.session_cookie())];
    for method in [Method::GET, Method::HEAD, Method::OPTIONS] {
        assert!(door.code(method, &cookie).await.starts_with("user:"));
    }
    for method in [Method::POST, Method::PUT, Method::PATCH, Method::DELETE, Method::TRACE, Method::CONNECT] {
        let refused = door.ask(method, &cookie).await.unwrap_err();
        assert_eq!(refused, (FaultKind::Forbidden, "csrf_refused".to_owned()));
    }
    let socket = [cookie[0], ("upgrade", "websocket")];
    assert_eq!(door.code(Method::GET, &socket).await, "csrf_refused");
}

#[tokio::test]
async fn the_browsers_own_word_for_the_same_origin_lets_a_cookie_change_things() {
    let door = Door::with_cookies();
    let cookie = door.session_cookie();
    for (site, passes) in
        [("same-origin", true), ("same-site", false), ("cross-site", false), ("none", false)]
    {
        let headers = [("cookie", &*cookie), ("sec-fetch-site", site)];
        assert_eq!(door.ask(Method::POST, &headers).await.is_ok(), passes, "{site}");
    }
}

#[tokio::test]
async fn the_double_submitted_value_must_be_the_one_bound_to_this_session() {
    let door = Door::with_cookies();
    let own = door.guard.value(door.session);
    let others = door.guard.value(SessionId::from_uuid(door.random.uuid(door.clock.now())));
    let planted = "planted".to_owned();
    let cases = [
        (Some(&own), Some(&own), true),
        (Some(&own), None, false),
        (None, Some(&own), false),
        (Some(&others), Some(&others), false),
        (Some(&planted), Some(&planted), false),
        (Some(&own), Some(&others), false),
    ];
    for (cookie, header, passes) in cases {
        let mut line = door.session_cookie();
        if let Some(value) = cookie {
            line.push_str(&format!("; metier_csrf={value}"));
        }
        let mut headers = vec![("cookie", line.as_str())];
        headers.extend(header.map(|value| (CSRF_HEADER, value.as_str())));
        assert_eq!(door.ask(Method::POST, &headers).await.is_ok(), passes, "{cookie:?} {header:?}");
    }
}

#[tokio::test]
async fn the_cookie_of_a_program_counts_alone_where_no_page_can_be_behind_it() {
    let door = Door::with_cookies();
    let cookie = format!("Authentication={}", door.token);
    for method in [Method::GET, Method::POST, Method::DELETE] {
        assert!(door.code(method, &[("cookie", &cookie)]).await.starts_with("user:"));
    }
    for (name, value) in [
        ("origin", "https://elsewhere.example"),
        ("origin", "null"),
        ("referer", "https://elsewhere.example/page"),
        ("sec-fetch-site", "cross-site"),
        ("sec-fetch-site", "same-site"),
        ("sec-fetch-site", "none"),
        ("upgrade", "websocket"),
    ] {
        let headers = [("cookie", &*cookie), (name, value)];
        assert_eq!(door.code(Method::POST, &headers).await, "csrf_refused", "{name}: {value}");
    }
    let own_page =
        [("cookie", &*cookie), ("origin", "https://here.example"), ("sec-fetch-site", "same-origin")];
    assert!(door.ask(Method::POST, &own_page).await.is_ok());
    let both = format!("{}; {cookie}", door.session_cookie());
    assert_eq!(
        door.code(Method::POST, &[("cookie", &both)]).await,
        "csrf_refused",
        "the session's cookie hides it"
    );
    assert_eq!(
        Door::new().code(Method::POST, &[("cookie", &cookie)]).await,
        "anonymous",
        "only at the public door"
    );
}

#[tokio::test]
async fn a_planted_second_session_cookie_is_refused() {
    let door = Door::with_cookies();
    let twice = format!("metier_session=planted; metier_session={}", door.token);
    assert_eq!(door.code(Method::GET, &[("cookie", &twice)]).await, "token_invalid");
}

#[tokio::test]
async fn a_service_is_known_between_services_and_refused_at_the_public_door() {
    let door = Door::with_cookies();
    let signer = door.services.signer("jobs", &door.random).unwrap();
    let token = signer.sign(&Ctx::service("jobs", correlation()), "identity", door.clock.now()).unwrap();
    let header = format!("Bearer {token}");
    assert_eq!(door.code(Method::POST, &[("authorization", &header)]).await, "token_invalid");

    let mut inside = Door::new();
    inside.authenticator = inside.authenticator.with_services(door.services.clone(), "identity");
    assert_eq!(inside.code(Method::POST, &[("authorization", &header)]).await, "service:jobs");
    assert!(inside.code(Method::POST, &[("authorization", &inside.bearer())]).await.starts_with("user:"));
    inside.clock.advance(Duration::from_secs(60));
    assert_eq!(inside.code(Method::POST, &[("authorization", &header)]).await, "token_expired");
}

#[tokio::test]
async fn an_api_key_is_found_for_the_gateway_and_refused_elsewhere() {
    let door = Door::new();
    let key = ApiKey::generate(&door.random);
    let header = Secret::new(format!("Bearer {}", key.text().expose()));
    let headers = [("authorization", header.expose().as_str())];
    assert!(matches!(Credential::find(&map(&headers)), Ok(Some(Credential::ApiKey(found))) if found == key));
    assert_eq!(door.code(Method::GET, &headers).await, "token_invalid");
}

#[test]
fn no_credential_shows_itself_in_debug_output() {
    let door = Door::new();
    let key = ApiKey::generate(&door.random);
    let bearer = Credential::find(&map(&[("authorization", &door.bearer())])).unwrap();
    let header = format!("Bearer {}", key.text().expose());
    let api_key = Credential::find(&map(&[("authorization", &header)])).unwrap();
    let shown = format!("{bearer:?} {api_key:?} {:?}", door.guard);
    assert!(!shown.contains(&door.token) && !shown.contains(&key.text().expose()[13..]), "{shown}");
}
