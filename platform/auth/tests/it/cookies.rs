//! The attributes of the session cookies, to the letter: browsers hold us to them.

use std::time::Duration;

use metier_auth::SessionCookies;

#[test]
fn the_session_cookie_is_out_of_reach_of_scripts_and_the_csrf_cookie_is_not() {
    let [session, csrf] =
        SessionCookies::over_https().begin("a.b.c", "value", Duration::from_secs(600)).unwrap();
    assert_eq!(session, "metier_session=a.b.c; HttpOnly; SameSite=Lax; Secure; Path=/; Max-Age=600");
    assert_eq!(csrf, "metier_csrf=value; SameSite=Strict; Secure; Path=/; Max-Age=600");
}

#[test]
fn plain_http_cookies_are_not_marked_secure_and_an_ended_session_is_forgotten_at_once() {
    let cookies = SessionCookies::over_http().end().unwrap();
    for cookie in cookies {
        let text = cookie.to_str().unwrap().to_owned();
        assert!(text.contains("Max-Age=0") && !text.contains("Secure"), "{text}");
    }
}
