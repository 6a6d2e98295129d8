//! An operator at the command line: first start, people, tokens, organisations.

use std::os::unix::fs::PermissionsExt as _;

use crate::serve_process::Desk;

/// The line of the latest start: `first administrator: http://…/link/pll_…`.
fn first_link(desk: &Desk) -> Option<String> {
    let log = desk.log();
    let link = log.lines().rev().find_map(|line| line.strip_prefix("first administrator: "));
    link.map(str::to_owned)
}

#[test]
fn the_first_start_prints_a_link_for_the_first_administrator_until_it_is_used() {
    let desk = Desk::new();
    let server = desk.serve(&["--no-worker"]);
    let first = first_link(&desk).unwrap_or_else(|| panic!("{}", desk.log()));
    assert!(first.starts_with(&format!("http://{}/link/pll_", server.address)), "{first}");
    assert!(desk.log().contains("podlinnik user add --data"), "{}", desk.log());
    assert_eq!(server.get("", "/healthz").status, 200);
    assert_eq!(server.get("", "/api/v1/me").status, 401);
    let mode = std::fs::metadata(desk.data()).unwrap().permissions().mode();
    assert_eq!(mode & 0o077, 0, "people's media is nobody else's business");
    let (status, _) = server.terminate();
    assert_eq!(status.code(), Some(0), "{}", desk.log());
    let organisations = desk.run(&["organisation", "list"]);
    assert!(organisations.out.starts_with("federal "), "{organisations:?}");
    let users = desk.run(&["user", "list", "--json"]).objects();
    assert_eq!((users.len(), users[0]["login"].as_str()), (1, Some("admin")));
    assert_eq!(users[0]["roles"], serde_json::json!(["submitter", "org_admin"]));

    let server = desk.serve(&["--no-worker"]);
    let second = first_link(&desk).unwrap();
    assert_ne!(second, first, "made anew at each start");
    assert_eq!(desk.run(&["user", "list", "--json"]).objects().len(), 1);
    drop(server);
    for path in desk.files("") {
        let bytes = std::fs::read(&path).unwrap();
        let secret = second.rsplit('/').next().unwrap().as_bytes();
        assert!(!bytes.windows(secret.len()).any(|window| window == secret), "{}", path.display());
    }
}

#[test]
fn an_operator_looks_after_accounts() {
    let desk = Desk::new();
    let token = desk.user("anna", "analyst");
    let server = desk.serve(&["--no-worker"]);
    assert_eq!(first_link(&desk), None, "somebody is there");
    let link = desk.run(&["user", "link", "anna"]);
    assert!(link.out.starts_with(&format!("http://{}/link/pll_", server.address)), "{link:?}");
    assert!(link.out.lines().count() == 1 && !link.err.contains("pll_"), "{link:?}");
    let arguments = ["user", "link", "anna", "--json", "--public-url", "https://desk.example/"];
    let link = desk.run(&arguments).objects().remove(0);
    assert!(link["address"].as_str().unwrap().starts_with("https://desk.example/link/pll_"), "{link}");
    let added = desk.run(&["user", "add", "--login", "boris", "--role", "editor", "--link"]);
    assert!(added.out.contains("/link/pll_") && !added.out.contains("plk_"), "{added:?}");

    let roles = ["user", "roles", "anna", "--role", "editor", "--role", "org_admin"];
    assert_eq!(desk.run(&roles).code, 0);
    let me = server.get(&token, "/api/v1/me").json();
    assert_eq!(me["roles"], serde_json::json!(["editor", "org_admin"]));
    assert_eq!(desk.run(&["user", "disable", "anna"]).code, 0, "the operator may close the last one");
    assert_eq!(server.get(&token, "/api/v1/me").status, 401);
    assert!(desk.run(&["user", "list"]).out.contains("disabled"));
    assert_eq!(desk.run(&["user", "link", "anna"]).code, 2, "a closed account");
    assert_eq!(desk.run(&["user", "enable", "anna"]).code, 0);
    assert_eq!(server.get(&token, "/api/v1/me").status, 200);
    assert_eq!(desk.run(&["user", "reset-totp", "anna"]).code, 0);
    assert_eq!(desk.run(&["user", "reset-totp", "nobody"]).code, 2);
}

#[test]
fn keys_are_limited_listed_and_followed() {
    let desk = Desk::new();
    desk.user("bot", "submitter");
    let limits = ["--rate", "1", "--quota", "100", "--scope", "submitter", "--days", "30"];
    let issued = desk.run(&[&["token", "issue", "--login", "bot", "--json"][..], &limits].concat());
    let issued = issued.objects().remove(0);
    let (id, secret) = (issued["id"].as_str().unwrap(), issued["secret"].as_str().unwrap());
    let server = desk.serve(&["--no-worker"]);
    assert_eq!(server.get(secret, "/api/v1/me").status, 200);
    assert_eq!(server.get(secret, "/api/v1/me").status, 429, "one in a minute");
    let rotated = desk.run(&["token", "rotate", id]);
    assert_eq!(rotated.code, 0, "{rotated:?}");
    assert!(rotated.out.starts_with("plk_") && rotated.out.trim() != secret, "{rotated:?}");
    assert_eq!(desk.run(&["token", "rotate", id]).code, 2, "no third one");
    let keys = desk.run(&["token", "list", "--login", "bot", "--json"]).objects();
    assert_eq!(keys.len(), 3, "the first one of all, and a line of two");
    for key in &keys[..2] {
        assert_eq!(key["line"], id);
        assert_eq!(key["scopes"], serde_json::json!(["submitter"]));
        assert_eq!((key["rate_per_minute"].as_u64(), key["quota_per_day"].as_u64()), (Some(1), Some(100)));
    }
    let table = desk.run(&["token", "list"]).out;
    assert!(table.contains(id) && !table.contains("plk_"), "{table}");
    let wrong = desk.run(&["token", "issue", "--login", "bot", "--scope", "approver"]);
    assert!(wrong.code == 2 && wrong.err.contains("scopes"), "{wrong:?}");
}

#[test]
fn an_installation_brings_its_own_regions() {
    let desk = Desk::new();
    let list = desk.data().with_file_name("regions.tsv");
    std::fs::write(&list, "# ours\nKZ-ALA\tАлматы\tAlmaty\t#Алматы\nKZ-AST\tАстана\tAstana\t#Астана\n")
        .unwrap();
    let regions = ["--regions", list.to_str().unwrap()];
    let tree = desk.run(&[&["organisation", "tree"][..], &regions].concat());
    assert_eq!((tree.code, tree.out.as_str()), (0, "KZ-ALA\nKZ-AST\n"), "{tree:?}");
    let again = desk.run(&[&["organisation", "tree"][..], &regions].concat());
    assert_eq!((again.code, again.out.as_str()), (0, ""), "{again:?}");
    let listed = desk.run(&["organisation", "list", "--json"]).objects();
    let almaty = listed.iter().find(|one| one["code"] == "KZ-ALA").unwrap();
    let federal = listed.iter().find(|one| one["code"] == "federal").unwrap();
    assert_eq!((&almaty["name_ru"], &almaty["name_en"]), (&"Алматы".into(), &"Almaty".into()));
    assert_eq!(almaty["parent"], federal["id"]);
    assert_eq!(
        desk.run(&["organisation", "tree"]).out.lines().count(),
        83,
        "ISO 3166-2:RU unless told otherwise"
    );
    assert!(desk.run(&[&["config"][..], &regions].concat()).out.contains("regions.tsv"));
    std::fs::write(&list, "KZ-ALA\tАлматы\n").unwrap();
    for wrong in [&regions[..], &["--regions", "/no/such/file"]] {
        let ran = desk.run(&[&["organisation", "list"][..], wrong].concat());
        assert!(ran.code == 2 && ran.err.contains("list of regions"), "{ran:?}");
    }
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
