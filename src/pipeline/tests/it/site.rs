//! Other people's servers, on loopback: each answers as it is told, byte by byte.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

/// A request as it came.
#[derive(Debug, Clone)]
pub(crate) struct Asked {
    pub(crate) path: String,
    pub(crate) headers: BTreeMap<String, String>,
    /// How many requests for this path came before.
    pub(crate) earlier: usize,
}

impl Asked {
    /// Where a range begins that was asked for.
    pub(crate) fn from(&self) -> Option<usize> {
        self.headers.get("range")?.strip_prefix("bytes=")?.strip_suffix('-')?.parse().ok()
    }
}

/// What a server does next.
#[derive(Debug, Clone)]
pub(crate) enum Act {
    Send(Vec<u8>),
    Pause(Duration),
    /// Sends the same until nobody listens any more.
    Forever(Vec<u8>, Duration),
}

type Answer = Arc<dyn Fn(&Asked) -> Vec<Act> + Send + Sync>;

/// A server that runs until it is dropped.
pub(crate) struct Site {
    pub(crate) port: u16,
    asked: Arc<Mutex<Vec<Asked>>>,
    running: JoinHandle<()>,
}

impl Drop for Site {
    fn drop(&mut self) {
        self.running.abort();
    }
}

impl Site {
    pub(crate) async fn start(answer: impl Fn(&Asked) -> Vec<Act> + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let port = listener.local_addr().expect("an address").port();
        let asked = Arc::new(Mutex::new(Vec::new()));
        let (answer, seen): (Answer, _) = (Arc::new(answer), Arc::clone(&asked));
        let running = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(stream, Arc::clone(&answer), Arc::clone(&seen)));
            }
        });
        Self { port, asked, running }
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://127.0.0.1:{}{path}", self.port)
    }

    /// Every request so far.
    pub(crate) fn asked(&self) -> Vec<Asked> {
        self.asked.lock().expect("no panic while locked").clone()
    }
}

async fn serve(mut stream: TcpStream, answer: Answer, seen: Arc<Mutex<Vec<Asked>>>) {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        match stream.read_u8().await {
            Ok(byte) => head.push(byte),
            Err(_) => return,
        }
    }
    let head = String::from_utf8_lossy(&head).into_owned();
    let mut lines = head.lines();
    let path = lines.next().and_then(|line| line.split(' ').nth(1)).unwrap_or_default().to_owned();
    let headers = lines
        .filter_map(|line| line.split_once(": "))
        .map(|(name, value)| (name.to_ascii_lowercase(), value.to_owned()))
        .collect();
    let asked = {
        let mut seen = seen.lock().expect("no panic while locked");
        let earlier = seen.iter().filter(|one| one.path == path).count();
        let asked = Asked { path, headers, earlier };
        seen.push(asked.clone());
        asked
    };
    for act in answer(&asked) {
        match act {
            Act::Send(bytes) => {
                if stream.write_all(&bytes).await.is_err() {
                    return;
                }
            }
            Act::Pause(time) => tokio::time::sleep(time).await,
            Act::Forever(bytes, every) => {
                while stream.write_all(&bytes).await.is_ok() {
                    tokio::time::sleep(every).await;
                }
            }
        }
    }
    let _ = stream.shutdown().await;
}

/// A whole answer.
pub(crate) fn answer(status: &str, headers: &[(&str, &str)], body: &[u8]) -> Vec<Act> {
    vec![Act::Send([head(status, headers, body.len()), body.to_vec()].concat())]
}

/// The head of an answer that announces so many bytes.
pub(crate) fn head(status: &str, headers: &[(&str, &str)], length: usize) -> Vec<u8> {
    let mut head = format!("HTTP/1.1 {status}\r\nContent-Length: {length}\r\nConnection: close\r\n");
    for (name, value) in headers {
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    head.push_str("\r\n");
    head.into_bytes()
}

/// Bytes that are no text.
pub(crate) fn clip(length: usize) -> Vec<u8> {
    (0..length).map(|place| (place * 31 % 251) as u8 ^ 0x80).collect()
}
