//! The command line against a running platform: who one is, and what one hears when something does not work.

use std::os::unix::fs::PermissionsExt;

use crate::{
    cli_shell::Shell,
    platform::{EMAIL, Platform, Process, Topology, free_port},
};

const TOKEN: &str = "mst_only-for-this-test-0123456789";

#[test]
fn without_a_server_it_says_how_to_start_one() {
    let nobody = Shell::at(&format!("http://127.0.0.1:{}", free_port()));
    let told = nobody.refuses(3, &["runs", "list"]);
    assert!(told.contains("cannot reach http://127.0.0.1:"), "{told}");
    assert!(told.contains("start it with `metier up`"), "{told}");
    let told = nobody.refuses(3, &["runs", "list", "--json"]);
    assert!(told.contains("\"code\": \"unreachable\""), "{told}");
}

#[test]
fn a_wrong_command_line_is_told_apart_from_a_failure() {
    let shell = Shell::at("http://127.0.0.1:1");
    for line in
        [&["runs", "lst"][..], &["runs", "list", "--limit", "0"], &["runs", "list", "--url", "nowhere"]]
    {
        assert_eq!(shell.metier(line).code, Some(2), "{line:?}");
    }
    let told = shell.refuses(2, &["jobs", "run", "fibonacci", "--parameters", "{"]);
    assert!(told.contains("--parameters is not JSON"), "{told}");
    let told = shell.refuses(2, &["login", "--email", EMAIL]);
    assert!(told.contains("--password-file or METIER_PASSWORD"), "{told}");
}

#[tokio::test]
async fn heavy_the_first_start_is_set_up_from_the_command_line() {
    let (port, folder) = (free_port(), tempfile::tempdir().unwrap());
    let setting = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    let settings = [
        setting("METIER_DATA__FOLDER", folder.path().to_str().unwrap()),
        setting("METIER_IDENTITY__SETUP__TOKEN", TOKEN),
    ];
    let mut process = Process::start(&["up", "--port", &port.to_string()], &["gateway".into()], &settings);
    process.says("ready in ").await;
    let shell = Shell::at(&format!("http://127.0.0.1:{port}"));
    let told = shell.refuses(4, &["whoami"]);
    assert!(told.contains("sign in with `metier login`; the very first time with `metier setup`"), "{told}");
    let password = shell.file("password", "correct horse battery staple\n");
    let line =
        |token| ["setup", "--email", EMAIL, "--token", token, "--password-file", password.to_str().unwrap()];
    let told = shell.refuses(4, &line("mst_guessed-by-somebody-else-01"));
    assert!(told.contains("what `metier up` printed"), "{told}");
    let said = shell.prints(&line(TOKEN));
    assert!(said.contains("ada@example.org is the administrator"), "{said}");
    assert_eq!(shell.json(&["whoami"])["user"]["role"], "admin");
    let told = shell.refuses(1, &line(TOKEN));
    assert!(told.contains("set up already"), "{told}");
    process.signal("TERM");
    assert_eq!(process.ended().await, Some(0));
}

#[tokio::test]
async fn heavy_a_person_signs_in_and_out() {
    let platform = Platform::start(Topology::AllInOneSqlite).await;
    let shell = Shell::at(&platform.api("jobs"));
    let told = shell.refuses(4, &["runs", "list"]);
    assert!(told.contains("metier login") && told.contains("correlation id"), "{told}");
    let wrong = shell.sign_in(EMAIL, "not the password of Ada");
    assert_eq!((wrong.code, &*wrong.out), (Some(4), ""), "{wrong:?}");
    let shell = Shell::of_admin(&platform);
    let mode = std::fs::metadata(shell.credentials()).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    assert!(shell.prints(&["whoami"]).contains(EMAIL));
    assert_eq!(shell.metier(&["runs", "list"]).code, Some(0));
    let other = Shell::at("http://127.0.0.1:1")
        .with("XDG_CONFIG_HOME", shell.credentials().parent().unwrap().parent().unwrap().to_str().unwrap());
    assert_eq!(other.metier(&["whoami"]).code, Some(3), "a session is kept for its own server");
    assert!(shell.prints(&["logout"]).starts_with("signed out of"));
    shell.refuses(4, &["whoami"]);
    platform.stop().await;
}

#[tokio::test]
async fn heavy_whoever_may_not_is_told_which_right_is_missing() {
    let platform = Platform::start(Topology::AllInOneSqlite).await;
    let admin = Shell::of_admin(&platform);
    let password = admin.file("eva", "another horse battery staple");
    let added = [
        "users",
        "add",
        "eva@example.org",
        "--role",
        "viewer",
        "--password-file",
        password.to_str().unwrap(),
    ];
    assert_eq!(admin.json(&added)["email"], "eva@example.org");
    let eva = Shell::at(&platform.api("jobs"));
    assert_eq!(eva.sign_in("eva@example.org", "another horse battery staple").code, Some(0));
    let told = eva.refuses(4, &["jobs", "run", "fibonacci", "--parameters", "{\"iterations\": 1}"]);
    assert!(told.contains("the permission runs:submit"), "{told}");
    admin.prints(&["users", "change", "eva@example.org", "--disable"]);
    assert!(admin.prints(&["users", "list"]).contains("disabled"));
    admin.prints(&["users", "remove", "eva@example.org", "--yes"]);
    let told = admin.refuses(1, &["users", "remove", "eva@example.org", "--yes"]);
    assert!(told.contains("there is nobody"), "{told}");
    platform.stop().await;
}

#[tokio::test]
async fn heavy_a_script_uses_a_key_and_no_session() {
    let platform = Platform::start(Topology::AllInOneSqlite).await;
    let admin = Shell::of_admin(&platform);
    let key = admin.prints(&["api-keys", "create", "script", "--grant", "runs:read", "--expires", "1d"]);
    let script = Shell::at(&platform.api("jobs")).with("METIER_API_KEY", key.trim());
    assert_eq!(script.json(&["whoami"])["actor"], "api_key");
    script.prints(&["runs", "list"]);
    let told = script.refuses(4, &["jobs", "run", "fibonacci", "--parameters", "{\"iterations\": 1}"]);
    assert!(told.contains("runs:submit"), "{told}");
    assert!(!script.credentials().exists(), "a key leaves nothing behind");
    let keys = admin.json(&["api-keys", "list"]);
    admin.prints(&["api-keys", "revoke", keys["items"][0]["id"].as_str().unwrap()]);
    assert!(admin.prints(&["api-keys", "list"]).contains("revoked"));
    platform.stop().await;
}
