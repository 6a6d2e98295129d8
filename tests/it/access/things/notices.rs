//! Notices in every state, doubts, objections, and what tells of them.

use podlinnik_domain::people::Role;
use serde_json::json;

use super::{Thing, Things, last, named};
use crate::access::bodies::retraction;
use crate::api_corrections::draft;
use crate::api_decisions::{approved_verdict, examined_case};
use crate::api_publication::{published, step, words};

impl Things<'_> {
    pub(super) async fn notice_thing(&mut self, word: &str) -> Thing {
        let app = self.app;
        let people = &app.people;
        let steps: &[(&str, _)] = match word {
            "draft" => &[],
            "in_review" => &[("review", &people.editor)],
            "ready" => &[("review", &people.editor), ("approval", &people.approver)],
            _ => {
                let notice = published(app, &self.bytes()).await;
                return self.public_thing(word, &notice).await;
            }
        };
        let case = examined_case(app, &self.bytes()).await;
        let verdict = approved_verdict(app, &case).await;
        let drafted =
            app.post(&format!("{verdict}/notices")).by(&people.editor).json(&words()).expect(201).await;
        let notice = drafted.header("location").to_owned();
        for (verb, person) in steps {
            assert_eq!(step(app, person, &notice, verb).await.status, 200, "{verb}");
        }
        self.notice(&notice).await.with("verdict", &last(&verdict))
    }

    async fn notice(&self, notice: &str) -> Thing {
        let seen = self.app.get(notice).by(&self.app.people.editor).expect(200).await;
        named(last(notice)).tagged(&seen).with("version", &seen.json()["version"].to_string())
    }

    async fn public_thing(&mut self, word: &str, notice: &str) -> Thing {
        let app = self.app;
        let people = &app.people;
        match word {
            "doubted" | "settleable" => {
                let correction = crate::api_corrections::doubted(app, notice).await;
                if word == "settleable" {
                    assert_eq!(draft(app, &people.editor, &correction, &retraction()).await.status, 200);
                }
                let seen = app.get(&correction).by(&people.editor).expect(200).await;
                named(last(&correction)).tagged(&seen)
            }
            "appeal" => {
                let path = format!("{}/appeals", notice.replace("/api/v1", ""));
                app.post(&path).json(&json!({"statement": "На записи я."})).expect(202).await;
                let listed =
                    app.get("/api/v1/appeals?limit=1").by(&people.corrections_officer).expect(200).await;
                named(listed.field("/items/0/id"))
            }
            "entry" => {
                let inbox =
                    app.get("/api/v1/inbox?limit=1").by(self.owner(Role::Submitter)).expect(200).await;
                named(inbox.field("/items/0/id"))
            }
            "tile" => Thing::default().with("path", "0/000.p/1"),
            "oembed" => {
                let page = format!("{}{}", app.base(), notice.replace("/api/v1", ""));
                let query: String = url::form_urlencoded::byte_serialize(page.as_bytes()).collect();
                Thing::default().with("query", &format!("url={query}"))
            }
            _ => self.notice(notice).await,
        }
    }
}
