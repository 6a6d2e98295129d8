//! Puts one row to everybody and tells what was not as it should be.

use podlinnik_domain::people::Role;
use reqwest::Method;

use super::bodies::{Sent, body};
use super::crowd::{Crowd, Member, Place};
use super::forms::form;
use super::row::{Reach, Row};
use super::state::State;
use super::things::Thing;
use crate::support::app::TestApp;
use crate::support::browser::Browser;
use crate::support::call::Reply;

/// A thing that does not exist.
const NOTHING: &str = "01890a5d-ac96-774b-bcce-b302099a8057";

/// How people prove who they are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum By {
    Key,
    Session,
}

/// One row with its thing, and everybody.
#[derive(Debug)]
pub(crate) struct Ask<'a> {
    pub(crate) app: &'a TestApp,
    pub(crate) crowd: &'a Crowd<'a>,
    pub(crate) by: By,
    pub(crate) row: &'a Row,
    pub(crate) thing: &'a Thing,
}

/// An answer as far as it matters here.
#[derive(Debug)]
struct Told {
    status: u16,
    text: String,
}

impl Ask<'_> {
    pub(crate) async fn everybody(&self) -> Vec<String> {
        let mut wrong = Vec::new();
        let changes = !self.row.reads() && self.row.reach != Reach::Public;
        let before =
            if changes { Some(State::at_rest(self.app, self.row.thing == "link").await) } else { None };
        if self.row.reach != Reach::Public {
            wrong.extend(self.nobody().await);
        }
        for member in self.refused() {
            wrong.extend(self.expect_refusal(member).await);
        }
        if self.by == By::Session && self.row.verb == "POST" && self.row.reach != Reach::Public {
            wrong.extend(self.unsigned().await);
        }
        if let Some(before) = before {
            let changed = before.differences(&State::read(self.app).await);
            if !changed.is_empty() {
                wrong.push(format!("{}: what was refused changed {changed:?}", self.row.name()));
            }
        }
        let mut served = false;
        if self.row.reach == Reach::Public {
            let told = self.send(None, self.thing, true).await;
            served |= told.status < 400;
            if matches!(told.status, 401 | 403 | 404 | 500..) {
                wrong.push(format!("{}: nobody is answered {}: {}", self.row.name(), told.status, told.text));
            }
        }
        for member in self.crowd.0.iter().filter(|one| self.row.allows(one.role, one.place, one.limited)) {
            let told = self.send(Some(member), self.thing, true).await;
            served |= told.status < 400;
            wrong.extend(self.surprise(member, &told));
        }
        if !served && !self.row.tried && self.row.reach != Reach::Absent {
            wrong.push(format!("{}: nobody gets through", self.row.name()));
        }
        wrong
    }

    fn refused(&self) -> impl Iterator<Item = &Member<'_>> {
        self.crowd.0.iter().filter(|one| !self.row.allows(one.role, one.place, one.limited))
    }

    /// What is wrong with what somebody got who may ask.
    fn surprise(&self, member: &Member<'_>, told: &Told) -> Option<String> {
        let name = self.row.name();
        if self.row.reach == Reach::Absent {
            return (told.status != 404)
                .then(|| format!("{name}: {} is answered {}", member.name(), told.status));
        }
        let public = self.row.reach == Reach::Public;
        if public && self.row.tried {
            return None;
        }
        // Somebody else was first: that is told only to those who may.
        let right = if self.row.reads() {
            matches!(told.status, 200 | 204 | 202 | 206 | 303) || (self.row.tried && told.status == 501)
        } else {
            told.status < 400
                || matches!(told.status, 409 | 410 | 412 | 422 | 501)
                || (public && told.status == 429)
        };
        if !right {
            return Some(format!(
                "{name}: {} is answered {}: {}",
                member.name(),
                told.status,
                brief(&told.text)
            ));
        }
        let listed = self.row.reach == Reach::List;
        let sees = member.place != Place::Other || member.role == Role::Auditor;
        (listed && told.text.contains(&self.thing.mark) != sees).then(|| {
            format!(
                "{name}: {} {} `{}`",
                member.name(),
                if sees { "misses" } else { "sees" },
                self.thing.mark
            )
        })
    }

    async fn nobody(&self) -> Option<String> {
        let told = self.send(None, self.thing, true).await;
        let page = self.by == By::Session && self.row.verb == "GET";
        let right = if page { 303 } else { 401 };
        (told.status != right).then(|| {
            format!("{}: nobody is answered {}: {}", self.row.name(), told.status, brief(&told.text))
        })
    }

    async fn expect_refusal(&self, member: &Member<'_>) -> Option<String> {
        let told = self.send(Some(member), self.thing, true).await;
        let elsewhere = member.place != Place::Own;
        let unseen = member.place == Place::Other && member.role != Role::Auditor;
        let right = match self.row.reach {
            _ if member.limited && self.row.unlimited => {
                told.status == 403 || told.status == self.row.refusal
            }
            // What is another person's is seen by whoever sees the region.
            Reach::Owner if member.place != Place::Other => matches!(told.status, 403 | 404),
            // Whoever has the role learns no more than whoever asks for what does not exist.
            Reach::Branch | Reach::House | Reach::Owner if self.row.has(member.role) && !member.limited => {
                told.status == 404
            }
            Reach::Owner => matches!(told.status, 403 | 404),
            Reach::Branch | Reach::House if elsewhere => matches!(told.status, 403 | 404),
            _ => told.status == self.row.refusal,
        };
        if !right {
            let (name, who, text) = (self.row.name(), member.name(), brief(&told.text));
            return Some(format!("{name}: {who} is answered {}: {text}", told.status));
        }
        let of_region = matches!(self.row.reach, Reach::Branch | Reach::House | Reach::Owner);
        if unseen && of_region && self.thing.has("id") {
            let nothing = self.send(Some(member), &self.thing.with("id", NOTHING), true).await;
            if nothing.status != told.status {
                let (name, who) = (self.row.name(), member.name());
                return Some(format!(
                    "{name}: {who} can tell what exists ({} and {})",
                    told.status, nothing.status
                ));
            }
        }
        None
    }

    /// Sends the row's request; `None` is nobody. `signed`: with the token of the session.
    async fn send(&self, who: Option<&Member<'_>>, thing: &Thing, signed: bool) -> Told {
        match self.by {
            By::Key => self.by_key(who, thing).await,
            By::Session => self.by_session(who, thing, signed).await,
        }
    }

    async fn by_key(&self, who: Option<&Member<'_>>, thing: &Thing) -> Told {
        let name = self.row.name();
        let (sent, query) = body(&name, thing);
        let verb: Method = self.row.verb.parse().expect("a verb");
        let mut call = self.app.call(verb, &format!("{}{query}", thing.path(&self.row.path)));
        if let Some(member) = who {
            call = call.by(&member.person);
        }
        if let Some(tag) = &thing.tag {
            call = call.if_match(tag);
        }
        for (header, value) in &thing.headers {
            call = call.header(header, value);
        }
        let call = match sent {
            Sent::Nothing => call,
            Sent::Json(value) => call.json(&value),
            Sent::Form(form) => call.form(form),
            Sent::Bytes(kind, bytes) => call.body(kind, bytes),
        };
        if self.row.path == "/api/v1/board/events" {
            // It never ends.
            return Told { status: call.status().await, text: String::new() };
        }
        told(&call.send().await)
    }

    async fn by_session(&self, who: Option<&Member<'_>>, thing: &Thing, signed: bool) -> Told {
        let stranger = Browser::nobody(self.app);
        let browser = who.and_then(|member| member.browser.as_ref()).unwrap_or(&stranger);
        let path = thing.path(&self.row.path);
        let token = who.filter(|_| signed).map_or("", |member| member.token.as_str());
        if self.row.verb == "GET" {
            return told(&browser.open(&path).await);
        }
        match form(&self.row.name(), thing) {
            Sent::Form(form) => told(&browser.send_parts(&format!("{path}?_token={token}"), form).await),
            Sent::Json(fields) => {
                let mut all = vec![("_token", token)];
                let fields = fields.as_object().expect("the fields of a form");
                all.extend(fields.iter().map(|(name, value)| {
                    (name.split('#').next().unwrap_or(name), value.as_str().expect("fields are texts"))
                }));
                told(&browser.send_bare(&path, &all).await)
            }
            Sent::Nothing | Sent::Bytes(..) => told(&browser.send_bare(&path, &[("_token", token)]).await),
        }
    }

    /// Whether a form of somebody who may is taken without the token that only our own pages know.
    async fn unsigned(&self) -> Option<String> {
        let allowed = |one: &&Member<'_>| self.row.allows(one.role, one.place, one.limited);
        let member = self.crowd.0.iter().find(allowed)?;
        let told = self.send(Some(member), self.thing, false).await;
        (told.status != 403)
            .then(|| format!("{}: a form without its token is answered {}", self.row.name(), told.status))
    }
}

fn told(reply: &Reply) -> Told {
    Told { status: reply.status, text: reply.text() }
}

/// The beginning of an answer, of a page its heading.
fn brief(text: &str) -> String {
    let text = text.split_once("<h1").map_or(text, |(_, rest)| rest);
    text.split_whitespace().collect::<Vec<_>>().join(" ").chars().take(120).collect()
}
