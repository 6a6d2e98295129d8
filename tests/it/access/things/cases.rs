//! Items that were handed in, their cases and verdicts.

use podlinnik_domain::people::Role;
use serde_json::{Value, json};

use super::{Thing, Things, last, named};
use crate::api_decisions::{agreed_verdict, approved_verdict, examined_case, propose};
use crate::api_desk::in_hours;
use crate::support::call::Form;

impl Things<'_> {
    pub(super) async fn case_thing(&mut self, word: &str) -> Thing {
        let app = self.app;
        if matches!(word, "submission" | "analysis") {
            let form = Form::file(&self.bytes()).text("region", "RU-TAM");
            let handed_in = app.submit(&app.people.analyst, form).expect(202).await;
            let analysis = app.analysed(&app.people.analyst, &handed_in).await;
            let id = if word == "analysis" { analysis.field("/id") } else { handed_in.field("/id") };
            return named(id).with("name", "frame-000.png").with("submission", &handed_in.field("/id"));
        }
        let case = match word {
            "urgent" => examined_case(app, format!("TRACED item {}", self.number).as_bytes()).await,
            "bank" => examined_case(app, format!("SCENES {}x20", 500 + self.number).as_bytes()).await,
            "previewed" => self.picture().await,
            _ => examined_case(app, &self.bytes()).await,
        };
        match word {
            "case" | "previewed" => self.seen(&case).await,
            "claimed" => {
                self.step(&case, "claim", &Value::Null).await;
                self.seen(&case).await
            }
            "parked" => {
                self.step(&case, "parking", &json!({"reason": "Ждём", "wake_at": in_hours(app, 24 * 30)}))
                    .await;
                self.seen(&case).await
            }
            "inquiry" => {
                let question = json!({
                    "organisation": app.people.partner.user.organisation, "addressee": "ГУ МЧС",
                    "question": "Объявлялась ли эвакуация?", "due_at": in_hours(app, 24 * 20)
                });
                let asked = app
                    .post(&format!("{case}/inquiries"))
                    .by(&app.people.analyst)
                    .json(&question)
                    .expect(201)
                    .await;
                named(asked.field("/inquiry/id")).with("secret", &last(&asked.field("/link")))
            }
            "note" => {
                let note = app
                    .post(&format!("{case}/notes"))
                    .by(self.owner(Role::Analyst))
                    .json(&json!({"text": "Позвонить"}));
                named(note.expect(201).await.field("/id"))
            }
            _ => self.verdict_thing(word, &case).await,
        }
    }

    async fn verdict_thing(&mut self, word: &str, case: &str) -> Thing {
        let app = self.app;
        let verdict = match word {
            "proposed" | "urgent" => {
                propose(app, case, "manipulated_face").await.header("location").to_owned()
            }
            "agreed" => agreed_verdict(app, case).await,
            _ => approved_verdict(app, case).await,
        };
        let seen = app.get(case).by(&app.people.analyst).expect(200).await;
        let sha256 = seen.field("/media_sha256");
        let thing = named(last(&verdict))
            .with("sha256", &sha256)
            .with("case", &last(case))
            .with("verdict", &last(&verdict));
        if word == "bank" {
            let number = u64::from_str_radix(&sha256[..13], 16).expect("hexadecimal digits");
            return thing.with("name", "MANIPULATED_FACE").with("id", &number.to_string());
        }
        if word == "urgent" {
            app.clock.advance(3 * 3600 + 60);
            if self.crowd.0.iter().any(|one| one.browser.is_some()) {
                return thing.with("id", &last(case));
            }
        }
        thing
    }

    async fn seen(&self, case: &str) -> Thing {
        let reply = self.app.get(case).by(&self.app.people.analyst).expect(200).await;
        named(last(case)).tagged(&reply)
    }

    async fn step(&self, case: &str, verb: &str, body: &Value) {
        let seen = self.app.get(case).by(&self.app.people.analyst).expect(200).await;
        let call =
            self.app.post(&format!("{case}/{verb}")).by(&self.app.people.analyst).if_match(seen.etag());
        if body.is_null() { call } else { call.json(body) }.expect(200).await;
    }

    /// A case with something to look at that the program under test can decode.
    async fn picture(&self) -> String {
        let app = self.app;
        let bytes = std::fs::read(crate::check_program::fixture("coffee.jpg")).expect("a picture");
        let case = examined_case(app, &bytes).await;
        for _ in 0..200 {
            let reply = app.get(&format!("{case}/preview")).by(&app.people.analyst).send().await;
            if reply.status != 202 {
                return case;
            }
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        }
        panic!("the preview is never made");
    }
}
