//! An operator at the command line: first start, people, tokens, organisations.

use std::os::unix::fs::PermissionsExt as _;

use crate::serve_process::Desk;

#[test]
fn the_first_start_says_how_to_make_the_first_user() {
    let desk = Desk::new();
    let server = desk.serve(&["--no-worker"]);
    assert!(desk.log().contains("podlinnik user add --data"), "{}", desk.log());
    assert_eq!(server.get("", "/healthz").status, 200);
    assert_eq!(server.get("", "/api/v1/me").status, 401);
    let mode = std::fs::metadata(desk.data()).unwrap().permissions().mode();
    assert_eq!(mode & 0o077, 0, "people's media is nobody else's business");
    let (status, _) = server.terminate();
    assert_eq!(status.code(), Some(0), "{}", desk.log());
    let organisations = desk.run(&["organisation", "list"]);
    assert!(organisations.out.starts_with("federal "), "{organisations:?}");
}

#[test]
fn a_token_is_printed_once_works_and_can_be_withdrawn() {
    let desk = Desk::new();
    let added = desk.run(&[
        "user",
        "add",
        "--login",
        "anna",
        "--name",
        "Анна Петрова",
        "--role",
        "analyst",
        "--role",
        "submitter",
    ]);
    assert_eq!(added.code, 0, "{added:?}");
    let token = added.out.trim();
    assert!(
        token.starts_with("plk_") && added.out.lines().count() == 1,
        "only the token on standard output: {added:?}"
    );
    assert!(!added.err.contains(token), "the secret is not in the talk: {}", added.err);
    let server = desk.serve(&["--no-worker"]);
    let me = server.get(token, "/api/v1/me");
    assert_eq!(me.status, 200);
    assert_eq!(me.json()["login"], "anna");

    let issued = desk.run(&["token", "issue", "--login", "anna", "--label", "bot", "--days", "30"]);
    assert_eq!(issued.code, 0, "{issued:?}");
    let second = issued.out.trim();
    assert_eq!(server.get(second, "/api/v1/me").status, 200);
    let id = issued.err.split_whitespace().nth(1).unwrap();
    let revoked = desk.run(&["token", "revoke", id]);
    assert_eq!(revoked.code, 0, "{revoked:?}");
    assert_eq!(server.get(second, "/api/v1/me").status, 401);
    assert_eq!(server.get(token, "/api/v1/me").status, 200, "the other one still works");

    let listed = desk.run(&["user", "list"]);
    assert!(listed.out.contains("anna") && listed.out.contains("submitter,analyst"), "{listed:?}");
    assert!(!listed.out.contains(token));
    assert_eq!(desk.run(&["user", "list", "--json"]).objects()[0]["display_name"], "Анна Петрова");
    for path in desk.files("") {
        let bytes = std::fs::read(&path).unwrap();
        let found = bytes.windows(token.len()).any(|window| window == token.as_bytes());
        assert!(!found, "{} holds the secret", path.display());
    }
}

#[test]
fn mistakes_are_told_with_a_hint_and_exit_2() {
    let desk = Desk::new();
    desk.user("anna", "analyst");
    for (arguments, word) in [
        (&["user", "add", "--login", "anna", "--role", "editor"][..], "login"),
        (&["user", "add", "--login", "Anna Petrova", "--role", "editor"], "login"),
        (&["user", "add", "--login", "boris", "--role", "king"], "king"),
        (&["user", "add", "--login", "boris", "--role", "editor", "--organisation", "RU-XX"], "federal"),
        (&["token", "issue", "--login", "nobody"], "nobody"),
        (&["token", "revoke", "not-an-id"], "not-an-id"),
        (
            &[
                "organisation",
                "add",
                "--code",
                "federal",
                "--level",
                "federal",
                "--name-ru",
                "А",
                "--name-en",
                "A",
            ],
            "organisation code",
        ),
        (&["organisation", "list", "--database-url", "mysql://x"], "postgres://"),
    ] {
        let ran = desk.run(arguments);
        assert_eq!(ran.code, 2, "{arguments:?} {ran:?}");
        assert!(ran.out.is_empty() && ran.err.starts_with("error: "), "{arguments:?} {ran:?}");
        assert!(ran.err.contains(word), "{word}: {ran:?}");
    }
}

#[test]
fn organisations_form_a_tree() {
    let desk = Desk::new();
    let region =
        ["organisation", "add", "--code", "RU-TAM", "--level", "region", "--name-ru", "Тамбовская область"];
    let added = desk.run(&[&region[..], &["--name-en", "Tambov Region", "--parent", "federal"]].concat());
    assert_eq!(added.code, 0, "{added:?}");
    let listed = desk.run(&["organisation", "list"]);
    assert!(listed.out.contains("RU-TAM") && listed.out.contains("Тамбовская область"), "{listed:?}");
    assert_eq!(desk.run(&["organisation", "list", "--json"]).objects().len(), 2);
}

#[test]
fn a_taken_address_is_told() {
    let desk = Desk::new();
    let server = desk.serve(&["--no-worker", "--admin-listen", "127.0.0.1:0"]);
    assert!(desk.data().join("admin-address").is_file());
    let other = Desk::new();
    let ran = other.run(&["serve", "--no-worker", "--listen", &server.address]);
    assert_eq!(ran.code, 2, "{ran:?}");
    assert!(ran.err.contains(&server.address) && ran.err.contains("hint: "), "{ran:?}");
}
