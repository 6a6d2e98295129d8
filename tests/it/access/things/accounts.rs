//! Accounts, keys and receivers; what is one person's own; and jobs that died.

use std::time::Duration;

use podlinnik_domain::people::Role;
use reqwest::Method;
use serde_json::json;

use super::{Thing, Things, last, named};
use crate::access::row::Row;
use crate::api_publication::published;
use crate::support::browser::Browser;
use crate::support::call::Form;

impl Things<'_> {
    pub(super) async fn account_thing(&mut self, word: &str) -> Thing {
        let app = self.app;
        let own = self.owner(Role::Submitter);
        let login = format!("program-{}", self.number);
        let organisation = own.user.organisation;
        match word {
            "account" | "key" | "welcome" => {
                let user = app.service.user_add(None, organisation, &login, &login, &[Role::Submitter]).await;
                let user = user.expect("an account").id;
                match word {
                    "account" => Thing { mark: login, ..named(user.to_string()) },
                    "welcome" => {
                        let link = app.service.link_make(None, user).await.expect("a link");
                        Thing::default().with("secret", &link.secret)
                    }
                    _ => {
                        let key = app
                            .service
                            .token_issue(None, user, "bot", None)
                            .await
                            .expect("a key")
                            .id
                            .to_string();
                        let of_page = self.crowd.0.iter().any(|one| one.browser.is_some());
                        named(if of_page { user.to_string() } else { key.clone() }).with("key", &key)
                    }
                }
            }
            "own key" => {
                let key = app
                    .service
                    .token_issue(None, self.owner(Role::Analyst).user.id, "own", None)
                    .await
                    .expect("a key");
                named(key.id.to_string())
            }
            "session" => {
                let member =
                    self.crowd.0.iter().find(|one| one.person.user.id == own.user.id).expect("the owner");
                let page = member.browser.as_ref().expect("a browser").read("/desk/account").await;
                let before: Vec<String> = sessions(&page);
                // Another window of the same person. It signs in with the password that the first link set.
                let fields = [("login", own.user.login.as_str()), ("password", "четыре случайных слова")];
                assert_eq!(Browser::nobody(app).send_bare("/sign-in", &fields).await.status, 303);
                let page = member.browser.as_ref().expect("a browser").read("/desk/account").await;
                let fresh = sessions(&page).into_iter().find(|id| !before.contains(id));
                named(fresh.expect("a second session"))
            }
            "view" => {
                let wish = json!({"name": login, "query": "open=true"});
                let view = app.call(Method::PUT, "/api/v1/views").by(own).json(&wish).expect(200).await;
                named(view.field("/id"))
            }
            "upload" | "tus" => {
                let headers = vec![("tus-resumable", "1.0.0".to_owned())];
                if word == "tus" {
                    return Thing {
                        headers: [headers, vec![("upload-length", "10".to_owned())]].concat(),
                        ..Thing::default()
                    };
                }
                let call = app
                    .post("/api/v1/uploads")
                    .by(own)
                    .header("tus-resumable", "1.0.0")
                    .header("upload-length", "10");
                let id = last(call.expect(201).await.header("location"));
                Thing { headers: [headers, vec![("upload-offset", "0".to_owned())]].concat(), ..named(id) }
            }
            "link" => {
                let wish = json!({"url": format!("http://127.0.0.1:1/{login}.mp4"), "region": "RU-TAM"});
                let asked = app
                    .post("/api/v1/links")
                    .by(own)
                    .json(&wish)
                    .expect(202)
                    .await
                    .header("location")
                    .to_owned();
                for _ in 0..200 {
                    let link = app.get(&asked).by(own).expect(200).await.json();
                    if link["attempts"] != json!(0) && link["state"] != json!("fetching") {
                        break;
                    }
                    tokio::time::sleep(Duration::from_millis(25)).await;
                }
                named(last(&asked))
            }
            "receiver" | "delivery" => self.receiver(word).await,
            "job" => self.dead_job().await,
            other => panic!("nobody knows how to make `{other}`"),
        }
    }

    async fn receiver(&mut self, word: &str) -> Thing {
        let app = self.app;
        let wish = json!({"address": format!("{}/hook", self.hook.uri())});
        let made =
            app.post("/api/v1/receivers").by(&app.people.admin).json(&wish).expect(201).await.field("/id");
        if word == "receiver" {
            return named(made);
        }
        published(app, &self.bytes()).await;
        for _ in 0..100 {
            let log = app
                .get(&format!("/api/v1/receivers/{made}/deliveries"))
                .by(&app.people.admin)
                .expect(200)
                .await;
            if log.json()["items"][0]["state"] == "delivered" {
                return named(made).with("delivery", &log.field("/items/0/id"));
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        panic!("the message never arrives");
    }

    async fn dead_job(&mut self) -> Thing {
        let app = self.app;
        let bytes = format!("FAIL {}", self.number);
        let handed_in = app.submit(&app.people.analyst, Form::file(bytes.as_bytes())).expect(202).await;
        let analysis = format!("/api/v1/analyses/{}?wait=1", handed_in.field("/analysis"));
        for _ in 0..100 {
            app.clock.advance(60);
            if app.get(&analysis).by(&app.people.analyst).expect(200).await.field("/state") == "dead" {
                let dead = app.get("/api/v1/jobs/dead").by(&app.people.admin).expect(200).await;
                return named(dead.field("/items/0/id"));
            }
        }
        panic!("the job never dies");
    }

    /// Ends what a row has set going and that would go on beside the next: links that lead nowhere, jobs that die again.
    pub(crate) async fn calm(&self, row: &Row) {
        if row.thing == "job" && !row.reads() {
            self.app.clock.advance(3600);
        }
        if !row.path.contains("links") && row.thing != "link" {
            return;
        }
        self.take_links_back().await;
    }

    pub(super) async fn take_links_back(&self) {
        for member in &self.crowd.0 {
            let listed = self.app.get("/api/v1/links?limit=100").by(&member.person).expect(200).await.json();
            let items = listed["items"].as_array().cloned().unwrap_or_default();
            for link in items.iter().filter(|item| item["is_final"] == json!(false)) {
                let address = link["links"]["self"].as_str().expect("an address");
                self.app.call(Method::DELETE, address).by(&member.person).send().await;
            }
        }
    }
}

/// Identifiers of the sessions that a page offers to end.
fn sessions(page: &str) -> Vec<String> {
    let parts = page.split("/desk/account/sessions/").skip(1);
    parts
        .filter_map(|part| part.split_once("/end\"").map(|(id, _)| id.to_owned()))
        .filter(|id| id.len() == 36)
        .collect()
}
