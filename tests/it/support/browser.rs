//! Somebody's browser: a session, pages, forms.

use super::app::TestApp;
use super::call::{Call, Form, Reply};
use super::people::Person;

/// Good enough for a story.
const PASSWORD: &str = "четыре случайных слова";

/// A browser with or without a session.
#[derive(Debug)]
pub(crate) struct Browser<'a> {
    app: &'a TestApp,
    cookie: Option<String>,
}

impl<'a> Browser<'a> {
    /// Nobody is signed in.
    pub(crate) fn nobody(app: &'a TestApp) -> Self {
        Self { app, cookie: None }
    }

    /// Somebody who has just followed the link to their first password.
    pub(crate) async fn of(app: &'a TestApp, person: &Person) -> Self {
        let link = app.service.link_make(None, person.user.id).await.unwrap();
        let session = app.service.link_use(&link.secret, PASSWORD, "story").await.unwrap();
        Self { app, cookie: Some(format!("__Host-podlinnik={}", session.secret)) }
    }

    fn with_cookie(&self, call: Call) -> Call {
        match &self.cookie {
            Some(cookie) => call.header("cookie", cookie),
            None => call,
        }
    }

    /// Opens a page.
    pub(crate) async fn open(&self, path: &str) -> Reply {
        self.with_cookie(self.app.get(path)).page().await
    }

    /// The page, which has to be there.
    pub(crate) async fn read(&self, path: &str) -> String {
        let page = self.open(path).await;
        assert_eq!(page.status, 200, "{path}: {}", page.text());
        page.text()
    }

    /// The page as it is with one more cookie.
    pub(crate) async fn open_with(&self, path: &str, cookie: &str) -> String {
        let all = self.cookie.as_deref().map_or_else(|| cookie.to_owned(), |own| format!("{own}; {cookie}"));
        self.app.get(path).header("cookie", &all).page().await.text()
    }

    /// The token that the forms of the session carry.
    pub(crate) async fn token(&self) -> String {
        token_of(&self.read("/help").await)
    }

    /// Sends a form with a file as it is.
    pub(crate) async fn send_parts(&self, path: &str, form: Form) -> Reply {
        self.with_cookie(self.app.post(path).form(form)).page().await
    }

    /// Sends a form with the token of the session.
    pub(crate) async fn send(&self, path: &str, fields: &[(&str, &str)]) -> Reply {
        let token = match &self.cookie {
            Some(_) => self.token().await,
            None => String::new(),
        };
        let mut all = vec![("_token", token.as_str())];
        all.extend(fields);
        self.send_bare(path, &all).await
    }

    /// Sends a form with a file; its token stands in the address.
    pub(crate) async fn send_file(&self, path: &str, form: Form) -> Reply {
        let token = token_of(&self.read("/desk/account").await);
        self.with_cookie(self.app.post(&format!("{path}?_token={token}")).form(form)).page().await
    }

    /// Sends a form with nothing but these fields.
    pub(crate) async fn send_bare(&self, path: &str, fields: &[(&str, &str)]) -> Reply {
        let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        let call = self.app.post(path).body("application/x-www-form-urlencoded", body.into_bytes());
        self.with_cookie(call).page().await
    }
}

/// The token that a page carries for its forms.
fn token_of(page: &str) -> String {
    let (_, rest) = page.split_once("name=\"csrf-token\" content=\"").unwrap();
    rest.split('"').next().unwrap().to_owned()
}
