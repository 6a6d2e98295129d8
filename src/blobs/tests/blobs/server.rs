//! The server that speaks S3 (started by `cargo xtask test`), and a line to it that can be made bad.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

/// Address of the server; none, and a word about it, where there is none.
#[expect(clippy::print_stderr, reason = "a skipped test says so")]
pub(crate) fn endpoint() -> Option<String> {
    let endpoint = std::env::var("PODLINNIK_TEST_S3").ok();
    if endpoint.is_none() {
        eprintln!(
            "skipped: needs a server that speaks S3 in PODLINNIK_TEST_S3 (`cargo xtask test` starts one)"
        );
    }
    endpoint
}

/// Somebody's signature. The server asks that there is one and does not check it.
const SIGNED: &str =
    "AWS4-HMAC-SHA256 Credential=key/20250101/us-east-1/s3/aws4_request, SignedHeaders=host, Signature=0";

/// Sends a request past the client under test; answers status and body.
pub(crate) async fn send(endpoint: &str, method: &str, path: &str, body: &[u8]) -> (u16, String) {
    let host = endpoint.trim_start_matches("http://");
    let mut stream = TcpStream::connect(host).await.expect("the server");
    let head = format!(
        "{method} {path} HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\nauthorization: {SIGNED}\r\ncontent-length: {}\r\n\r\n",
        body.len()
    );
    stream.write_all(head.as_bytes()).await.expect("a request");
    stream.write_all(body).await.expect("a request");
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await.expect("an answer");
    let text = String::from_utf8_lossy(&answer).into_owned();
    let status = text.split(' ').nth(1).and_then(|status| status.parse().ok()).expect("a status");
    (status, text)
}

/// What the line does to a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mood {
    Fine,
    /// Answers this status itself.
    Refuse(u16),
    /// Cuts the answer after so many bytes.
    Cut(usize),
    /// Closes without an answer, after the server has done what was asked.
    Mute,
    /// Waits before it passes the request on.
    Slow(Duration),
    /// Passes on what is about parts up to this number and holds the rest.
    HoldPartsAfter(u32),
}

/// A line to the server, with a mood and a count.
#[derive(Clone)]
pub(crate) struct Line {
    pub(crate) address: String,
    mood: Arc<Mutex<(Mood, usize)>>,
    pub(crate) gets: Arc<AtomicUsize>,
    pub(crate) puts: Arc<AtomicUsize>,
}

impl Line {
    pub(crate) async fn to(endpoint: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let line = Self {
            address: format!("http://{}", listener.local_addr().expect("an address")),
            mood: Arc::new(Mutex::new((Mood::Fine, 0))),
            gets: Arc::default(),
            puts: Arc::default(),
        };
        let (passing, upstream) = (line.clone(), endpoint.trim_start_matches("http://").to_owned());
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let (line, upstream) = (passing.clone(), upstream.clone());
                tokio::spawn(async move {
                    let _ = line.pass(client, &upstream).await;
                });
            }
        });
        line
    }

    /// From now on.
    pub(crate) fn be(&self, mood: Mood) {
        self.be_for(mood, usize::MAX);
    }

    /// For the next requests, then fine again.
    pub(crate) fn be_for(&self, mood: Mood, requests: usize) {
        *self.mood.lock().expect("a mood") = (mood, requests);
    }

    fn mood(&self) -> Mood {
        let mut state = self.mood.lock().expect("a mood");
        if state.1 == 0 {
            return Mood::Fine;
        }
        state.1 -= 1;
        state.0
    }

    /// One request a connection.
    async fn pass(&self, mut client: TcpStream, upstream: &str) -> std::io::Result<()> {
        let mut request = Vec::new();
        let end = loop {
            if let Some(end) = request.windows(4).position(|bytes| bytes == b"\r\n\r\n") {
                break end + 4;
            }
            let mut piece = [0; 8192];
            let read = client.read(&mut piece).await?;
            if read == 0 {
                return Ok(());
            }
            request.extend_from_slice(&piece[..read]);
        };
        let head = String::from_utf8_lossy(&request[..end]).into_owned();
        let length: usize = head
            .lines()
            .filter_map(|line| line.split_once(':'))
            .find(|(name, _)| name.eq_ignore_ascii_case("content-length"))
            .and_then(|(_, value)| value.trim().parse().ok())
            .unwrap_or(0);
        let mut body = request.split_off(end);
        while body.len() < length {
            let mut piece = vec![0; 65_536];
            let read = client.read(&mut piece).await?;
            if read == 0 {
                return Ok(());
            }
            body.extend_from_slice(&piece[..read]);
        }
        match head.split(' ').next() {
            Some("GET") => self.gets.fetch_add(1, Ordering::SeqCst),
            Some("PUT") => self.puts.fetch_add(1, Ordering::SeqCst),
            _ => 0,
        };
        let mood = self.mood();
        if let Mood::Refuse(status) = mood {
            let answer = format!("HTTP/1.1 {status} No\r\nconnection: close\r\ncontent-length: 0\r\n\r\n");
            return client.write_all(answer.as_bytes()).await;
        }
        if let Mood::Slow(wait) = mood {
            tokio::time::sleep(wait).await;
        }
        if let Mood::HoldPartsAfter(last) = mood
            && part(&head).is_some_and(|number| number > last)
        {
            tokio::time::sleep(Duration::from_secs(600)).await;
        }
        let mut server = TcpStream::connect(upstream).await?;
        let head = head
            .lines()
            .filter(|line| !line.to_ascii_lowercase().starts_with("connection:"))
            .take_while(|line| !line.is_empty())
            .collect::<Vec<_>>()
            .join("\r\n");
        server.write_all(format!("{head}\r\nconnection: close\r\n\r\n").as_bytes()).await?;
        server.write_all(&body).await?;
        let mut answer = Vec::new();
        server.read_to_end(&mut answer).await?;
        match mood {
            Mood::Mute => Ok(()),
            Mood::Cut(bytes) => client.write_all(&answer[..answer.len().min(bytes)]).await,
            _ => client.write_all(&answer).await,
        }
    }
}

/// The number of the part that a request is about.
fn part(head: &str) -> Option<u32> {
    let (_, rest) = head.lines().next()?.split_once("partNumber=")?;
    rest.split(['&', ' ']).next()?.parse().ok()
}
