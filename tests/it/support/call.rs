//! One request and its answer.

use std::time::Duration;

use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use reqwest::{Client, Method};
use serde_json::Value;

use super::contract::assert_announced;
use super::people::Person;

/// A request that is being put together.
#[derive(Debug)]
pub(crate) struct Call {
    client: Client,
    base: String,
    method: Method,
    path: String,
    headers: HeaderMap,
    body: Vec<u8>,
}

impl Call {
    pub(crate) fn new(client: Client, base: &str, method: Method, path: &str) -> Self {
        let headers = HeaderMap::new();
        Self { client, base: base.to_owned(), method, path: path.to_owned(), headers, body: Vec::new() }
    }

    pub(crate) fn by(self, person: &Person) -> Self {
        let token = format!("Bearer {}", person.token);
        self.header("authorization", &token)
    }

    pub(crate) fn header(mut self, name: &str, value: &str) -> Self {
        let name: HeaderName = name.parse().unwrap();
        self.headers.append(name, HeaderValue::from_bytes(value.as_bytes()).unwrap());
        self
    }

    pub(crate) fn english(self) -> Self {
        self.header("accept-language", "en")
    }

    pub(crate) fn if_match(self, tag: &str) -> Self {
        self.header("if-match", tag)
    }

    pub(crate) fn json(self, value: &Value) -> Self {
        let body = value.to_string().into_bytes();
        self.body("application/json", body)
    }

    pub(crate) fn body(mut self, kind: &str, body: Vec<u8>) -> Self {
        self.body = body;
        self.header("content-type", kind)
    }

    pub(crate) fn form(self, form: Form) -> Self {
        let kind = format!("multipart/form-data; boundary={BOUNDARY}");
        self.body(&kind, form.finish())
    }

    /// Sends it and checks what holds for every answer.
    pub(crate) async fn send(self) -> Reply {
        let what = format!("{} {}", self.method, self.path);
        let response = self
            .client
            .request(self.method.clone(), format!("{}{}", self.base, self.path))
            .headers(self.headers)
            .body(self.body)
            .timeout(Duration::from_secs(60))
            .send()
            .await
            .unwrap_or_else(|error| panic!("{what}: {error:?}"));
        let status = response.status().as_u16();
        let headers = response.headers().clone();
        let body = response.bytes().await.unwrap().to_vec();
        let reply = Reply { what, status, headers, body };
        assert_announced(&self.method, &self.path, status, &reply.text());
        reply.assert_protected();
        reply
    }

    /// The status of an answer that may never end.
    pub(crate) async fn status(self) -> u16 {
        let call = self.client.request(self.method, format!("{}{}", self.base, self.path));
        call.headers(self.headers).body(self.body).send().await.unwrap().status().as_u16()
    }

    /// Sends it as a browser does: what comes back is a page, also where something is refused.
    pub(crate) async fn page(self) -> Reply {
        let call = self.header("accept", "text/html,application/xhtml+xml,*/*;q=0.8");
        let what = format!("{} {}", call.method, call.path);
        let response = call
            .client
            .request(call.method, format!("{}{}", call.base, call.path))
            .headers(call.headers)
            .body(call.body)
            .send()
            .await
            .unwrap_or_else(|error| panic!("{what}: {error:?}"));
        let status = response.status().as_u16();
        let headers = response.headers().clone();
        let body = response.bytes().await.unwrap().to_vec();
        Reply { what, status, headers, body }
    }

    /// Sends it and checks the status.
    pub(crate) async fn expect(self, status: u16) -> Reply {
        let reply = self.send().await;
        assert_eq!(reply.status, status, "{}: {}", reply.what, reply.text());
        reply
    }

    /// Sends it and checks that it is refused with `code`.
    pub(crate) async fn refused(self, status: u16, code: &str) -> Reply {
        let reply = self.expect(status).await;
        assert_eq!(reply.json()["code"], code, "{}: {}", reply.what, reply.text());
        reply
    }

    /// Sends it and leaves the body to be read piece by piece.
    pub(crate) async fn stream(self) -> reqwest::Response {
        self.client
            .request(self.method, format!("{}{}", self.base, self.path))
            .headers(self.headers)
            .body(self.body)
            .send()
            .await
            .unwrap()
    }
}

/// An answer that was read to its end.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) what: String,
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
}

impl Reply {
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    pub(crate) fn etag(&self) -> &str {
        self.header("etag")
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body)
            .unwrap_or_else(|error| panic!("{} is not JSON ({error}): {}", self.what, self.text()))
    }

    /// A field of the JSON as text.
    pub(crate) fn field(&self, pointer: &str) -> String {
        let json = self.json();
        let value = json.pointer(pointer).and_then(Value::as_str);
        value.unwrap_or_else(|| panic!("{} has no text at {pointer}: {}", self.what, self.text())).to_owned()
    }

    /// What holds for every answer: an identifier, strict headers, and problems that are complete.
    fn assert_protected(&self) {
        assert!(self.header("x-request-id").len() >= 8, "{} has no request id", self.what);
        assert_eq!(self.header("x-content-type-options"), "nosniff", "{}", self.what);
        assert!(self.header("content-security-policy").contains("default-src 'none'"), "{}", self.what);
        if self.status >= 400 && !self.body.is_empty() {
            assert_eq!(self.header("content-type"), "application/problem+json", "{}", self.what);
            let problem = self.json();
            assert_eq!(problem["status"], self.status, "{}", self.what);
            assert_eq!(problem["request_id"], self.header("x-request-id"), "{}", self.what);
            let code = problem["code"].as_str().unwrap();
            assert_eq!(problem["type"], format!("/problems/{code}"));
            assert!(code.parse::<podlinnik_domain::error_code::ErrorCode>().is_ok(), "{code}");
            assert_eq!(self.header("cache-control"), "no-store", "{}", self.what);
        }
    }
}

const BOUNDARY: &str = "story-boundary-7MA4YWxkTrZu0gW";

/// A multipart form in the order in which its parts are added.
#[derive(Debug, Default)]
pub(crate) struct Form(Vec<u8>);

impl Form {
    pub(crate) fn new() -> Self {
        Self::default()
    }

    pub(crate) fn file(bytes: &[u8]) -> Self {
        Self::new().with_file("clip.mp4", bytes)
    }

    pub(crate) fn with_file(self, name: &str, bytes: &[u8]) -> Self {
        self.part(&format!("name=\"file\"; filename=\"{name}\""), bytes)
    }

    pub(crate) fn text(self, name: &str, text: &str) -> Self {
        self.part(&format!("name=\"{name}\""), text.as_bytes())
    }

    pub(crate) fn part(mut self, disposition: &str, bytes: &[u8]) -> Self {
        self.0
            .extend(format!("--{BOUNDARY}\r\nContent-Disposition: form-data; {disposition}\r\n\r\n").bytes());
        self.0.extend(bytes);
        self.0.extend(b"\r\n");
        self
    }

    fn finish(mut self) -> Vec<u8> {
        self.0.extend(format!("--{BOUNDARY}--\r\n").bytes());
        self.0
    }
}
