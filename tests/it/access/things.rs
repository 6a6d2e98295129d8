//! What is asked about: made through the interfaces themselves, in the region `RU-TAM`.

mod accounts;
mod cases;
mod library;
mod notices;

use std::collections::BTreeMap;

use podlinnik_domain::people::Role;
use wiremock::matchers::method;
use wiremock::{Mock, MockServer, ResponseTemplate};

use super::crowd::Crowd;
use super::row::Row;
use crate::api_desk::in_hours;
use crate::support::app::TestApp;
use crate::support::call::Reply;
use crate::support::people::Person;
use crate::support::scenes::clip;

/// Something with identifiers, the tag of the version that was seen, and headers that go along.
#[derive(Debug, Clone, Default)]
pub(crate) struct Thing {
    ids: BTreeMap<&'static str, String>,
    pub(crate) tag: Option<String>,
    pub(crate) headers: Vec<(&'static str, String)>,
    /// What lists name it by.
    pub(crate) mark: String,
}

impl Thing {
    pub(crate) fn get(&self, name: &str) -> &str {
        self.ids.get(name).map_or("", String::as_str)
    }

    pub(crate) fn has(&self, name: &str) -> bool {
        self.ids.contains_key(name)
    }

    pub(crate) fn with(&self, name: &'static str, value: &str) -> Self {
        let mut thing = self.clone();
        thing.ids.insert(name, value.to_owned());
        thing
    }

    fn tagged(mut self, reply: &Reply) -> Self {
        self.tag = Some(reply.etag().to_owned());
        self
    }

    /// The address of a pattern.
    pub(crate) fn path(&self, pattern: &str) -> String {
        let fill = |path: String, (name, value): (&&str, &String)| {
            path.replace(&format!("{{{name}}}"), value).replace(&format!("{{*{name}}}"), value)
        };
        let path = self.ids.iter().fold(pattern.to_owned(), fill);
        assert!(!path.contains('{'), "the row's thing does not say what `{pattern}` is about");
        match self.ids.get("query") {
            Some(query) => format!("{path}?{query}"),
            None => path,
        }
    }

    /// The signature of a clip, as it is looked up.
    pub(crate) fn signature(&self) -> Vec<u8> {
        clip("901x20").to_bytes()
    }
}

/// Makes things; those that are only read are made once.
#[derive(Debug)]
pub(crate) struct Things<'a> {
    app: &'a TestApp,
    crowd: &'a Crowd<'a>,
    /// A receiver of messages that takes them.
    hook: MockServer,
    kept: BTreeMap<String, Thing>,
    number: u32,
}

impl<'a> Things<'a> {
    pub(crate) async fn new(app: &'a TestApp, crowd: &'a Crowd<'a>) -> Self {
        let hook = MockServer::start().await;
        Mock::given(method("POST")).respond_with(ResponseTemplate::new(204)).mount(&hook).await;
        app.analyser.read_media();
        Self { app, crowd, hook, kept: BTreeMap::new(), number: 0 }
    }

    /// The thing of a row.
    pub(crate) async fn of(&mut self, row: &Row) -> Thing {
        if let Some(kept) = self.kept.get(&row.thing).filter(|_| row.reads()) {
            return kept.clone();
        }
        let thing = self.make(&row.thing).await;
        if row.reads() {
            self.kept.insert(row.thing.clone(), thing.clone());
        }
        self.number += 1;
        let organisation = self.crowd.own(Role::Submitter).user.organisation;
        let local = in_hours(self.app, 24 + 3).to_string();
        thing
            .with("organisation", &organisation.to_string())
            .with("agency", &self.app.people.partner.user.organisation.to_string())
            .with("fresh", &format!("new-{}", self.number))
            .with("hook", &format!("{}/hook", self.hook.uri()))
            .with("soon", &in_hours(self.app, 24).to_string())
            .with("soon_local", local.get(..16).expect("a time"))
    }

    /// One of everything, at rest; answers what tells of those that the first schema knew.
    pub(crate) async fn one_of_each(&mut self) -> Vec<String> {
        let words = [
            "claimed",
            "parked",
            "proposed",
            "agreed",
            "inquiry",
            "note",
            "draft",
            "in_review",
            "ready",
            "doubted",
            "settleable",
            "appeal",
            "original",
            "copy",
            "series",
            "account",
            "key",
            "view",
            "upload",
            "delivery",
            "receiver",
        ];
        for word in words {
            self.make(word).await;
        }
        self.take_links_back().await;
        let (case, submission, analysis) =
            (self.make("case").await, self.make("submission").await, self.make("analysis").await);
        let (verdict, notice) = (self.make("approved").await, self.make("published").await);
        let of = |noun: &str, thing: &Thing, rest: &str| format!("/api/v1/{noun}/{}{rest}", thing.get("id"));
        vec![
            of("cases", &case, ""),
            of("cases", &case, "/history"),
            of("submissions", &submission, ""),
            of("analyses", &analysis, "/findings"),
            of("verdicts", &verdict, ""),
            format!("/api/v1/media/{}", verdict.get("sha256")),
            of("notices", &notice, ""),
            of("notices", &notice, "/versions/1"),
            "/feeds/notices.json".to_owned(),
            "/api/v1/organisations".to_owned(),
        ]
    }

    async fn make(&mut self, word: &str) -> Thing {
        self.number += 1;
        match word {
            "-" | "new" => Thing::default(),
            "submission" | "analysis" | "case" | "claimed" | "parked" | "previewed" | "proposed"
            | "agreed" | "approved" | "bank" | "urgent" | "inquiry" | "note" => self.case_thing(word).await,
            "draft" | "in_review" | "ready" | "published" | "doubted" | "settleable" | "appeal" | "entry"
            | "tile" | "oembed" => self.notice_thing(word).await,
            "original" | "copy" | "series" | "asset" | "problem" | "model" => self.library_thing(word).await,
            _ => self.account_thing(word).await,
        }
    }

    /// Bytes that nobody has handed in.
    fn bytes(&self) -> Vec<u8> {
        format!("access: item {}", self.number).into_bytes()
    }

    fn owner(&self, role: Role) -> &'a Person {
        self.crowd.own(role)
    }
}

/// The last part of an address.
fn last(address: &str) -> String {
    address.rsplit('/').next().unwrap_or_default().to_owned()
}

/// A thing of one identifier, which lists name it by too.
fn named(id: String) -> Thing {
    let thing = Thing { mark: id.clone(), ..Thing::default() };
    thing.with("id", &id)
}
