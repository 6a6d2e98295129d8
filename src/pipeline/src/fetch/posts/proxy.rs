//! The one door to the network for the program in the cage: a proxy of our own, for the time of one job. It asks for a secret that only this job's program was
//! given, resolves and checks every address with the same guard as our own requests and connects to exactly what it has checked, and stops at the limit.
//!
//! ✅ `CONNECT host:443`; where private addresses are allowed (closed networks, tests) any port, and plain `http://` requests.
//! ❌ anything else, HTTP/2 towards the proxy, several requests on one plain connection.

use std::net::{IpAddr, SocketAddr};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use podlinnik_domain::fetch::FetchHop;
use podlinnik_domain::hash::Sha256;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use url::{Host, Url};

use super::super::resolver::resolve;
use crate::address::{AddressForbidden, check_host, check_ip};
use crate::error::ServiceError;
use crate::secret::random;

/// Bytes of a request's head.
const HEAD_BYTES: usize = 16 * 1024;
const HEAD_TIME: Duration = Duration::from_secs(10);
const CONNECT: Duration = Duration::from_secs(5);
/// Time without a byte in either direction after which a connection is closed.
const IDLE: Duration = Duration::from_secs(60);
/// Connections at a time.
const CONNECTIONS: usize = 32;
/// Servers that are remembered.
const MOST_HOPS: usize = 50;
/// The name that goes with the secret.
const USER: &str = "fetch";

#[derive(Debug)]
struct Shared {
    allow_private: bool,
    secret: Sha256,
    limit: u64,
    received: AtomicU64,
    over: CancellationToken,
    hops: Mutex<Vec<FetchHop>>,
    forbidden: Mutex<Option<AddressForbidden>>,
    room: Semaphore,
}

/// A proxy that runs until it is dropped.
#[derive(Debug)]
pub(super) struct Proxy {
    port: u16,
    secret: String,
    shared: Arc<Shared>,
    running: JoinHandle<()>,
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.running.abort();
        self.shared.over.cancel();
    }
}

impl Proxy {
    /// Starts one on loopback. It lets at most `limit` bytes through towards the program.
    ///
    /// # Errors
    /// No port, no random numbers.
    pub(super) async fn start(allow_private: bool, limit: u64) -> Result<Self, ServiceError> {
        let failed = |error: std::io::Error| ServiceError::Internal(format!("no proxy for posts: {error}"));
        let secret = URL_SAFE_NO_PAD.encode(random()?);
        let listener = TcpListener::bind((std::net::Ipv4Addr::LOCALHOST, 0)).await.map_err(failed)?;
        let port = listener.local_addr().map_err(failed)?.port();
        let shared = Arc::new(Shared {
            allow_private,
            secret: Sha256::of(format!("{USER}:{secret}").as_bytes()),
            limit,
            received: AtomicU64::new(0),
            over: CancellationToken::new(),
            hops: Mutex::default(),
            forbidden: Mutex::default(),
            room: Semaphore::new(CONNECTIONS),
        });
        let serving = Arc::clone(&shared);
        let running = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let shared = Arc::clone(&serving);
                tokio::spawn(async move {
                    let over = shared.over.clone();
                    tokio::select! {
                        () = over.cancelled() => {}
                        () = serve(&shared, stream) => {}
                    }
                });
            }
        });
        Ok(Self { port, secret, shared, running })
    }

    pub(super) const fn port(&self) -> u16 {
        self.port
    }

    /// The address as the program is given it, secret and all.
    pub(super) fn url(&self) -> String {
        format!("http://{USER}:{}@127.0.0.1:{}", self.secret, self.port)
    }

    /// Bytes that have come for the program.
    pub(super) fn received(&self) -> u64 {
        self.shared.received.load(Ordering::Relaxed)
    }

    /// Ends when the limit is reached.
    pub(super) async fn over(&self) {
        self.shared.over.cancelled().await;
    }

    pub(super) fn is_over(&self) -> bool {
        self.shared.over.is_cancelled()
    }

    /// The servers that were connected to.
    pub(super) fn hops(&self) -> Vec<FetchHop> {
        self.shared.hops.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The last address that was refused, if one was.
    pub(super) fn forbidden(&self) -> Option<AddressForbidden> {
        self.shared.forbidden.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// What a request asks for.
#[derive(Debug, PartialEq, Eq)]
pub(in crate::fetch) struct Asked {
    pub(in crate::fetch) host: String,
    pub(in crate::fetch) port: u16,
    /// For a plain request: what is sent on in place of its head.
    pub(in crate::fetch) head: Option<Vec<u8>>,
}

async fn serve(shared: &Shared, mut stream: TcpStream) {
    let Ok(_room) = shared.room.try_acquire() else { return refuse(stream, "503 Busy").await };
    let Ok(Some((head, rest))) = tokio::time::timeout(HEAD_TIME, read_head(&mut stream)).await else {
        return;
    };
    if !is_authorised(&head, shared.secret) {
        return refuse(
            stream,
            "407 Proxy Authentication Required\r\nProxy-Authenticate: Basic realm=\"fetch\"",
        )
        .await;
    }
    let Some(asked) = parse(&head) else { return refuse(stream, "400 Bad Request").await };
    match connect(shared, &asked).await {
        Ok(server) => pass(shared, stream, server, asked, rest).await,
        Err(Refusal::Forbidden(error)) => {
            tracing::info!("the program for posts asked for an address that is not opened: {error}");
            *shared.forbidden.lock().unwrap_or_else(PoisonError::into_inner) = Some(error);
            refuse(stream, "403 Forbidden").await;
        }
        Err(Refusal::Unreachable) => refuse(stream, "502 Bad Gateway").await,
    }
}

async fn refuse(mut stream: TcpStream, status: &str) {
    let answer = format!("HTTP/1.1 {status}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
    let _ = stream.write_all(answer.as_bytes()).await;
    let _ = stream.shutdown().await;
}

/// The head of a request, and what came behind it.
async fn read_head(stream: &mut TcpStream) -> Option<(String, Vec<u8>)> {
    let mut bytes = Vec::new();
    loop {
        if let Some(end) = bytes.windows(4).position(|four| four == b"\r\n\r\n") {
            let rest = bytes.split_off(end + 4);
            return Some((String::from_utf8(bytes).ok()?, rest));
        }
        if bytes.len() > HEAD_BYTES || stream.read_buf(&mut bytes).await.ok()? == 0 {
            return None;
        }
    }
}

/// Compares digests: there is nothing to time.
pub(in crate::fetch) fn is_authorised(head: &str, secret: Sha256) -> bool {
    let given = head.lines().skip(1).find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.eq_ignore_ascii_case("proxy-authorization").then(|| value.trim())
    });
    let decoded = given.and_then(|value| STANDARD.decode(value.strip_prefix("Basic ")?.trim()).ok());
    decoded.is_some_and(|pair| Sha256::of(&pair) == secret)
}

pub(in crate::fetch) fn parse(head: &str) -> Option<Asked> {
    // Line ends of other kinds would be read by the server in another way than here.
    let plain = head.replace("\r\n", "").chars().all(|letter| !letter.is_control() || letter == '\t');
    if !plain {
        return None;
    }
    let mut lines = head.lines();
    let mut words = lines.next()?.split(' ');
    let (method, target) = (words.next()?, words.next()?);
    if method == "CONNECT" {
        let (host, port) = target.rsplit_once(':')?;
        return Some(Asked { host: host.to_owned(), port: port.parse().ok()?, head: None });
    }
    let url = Url::parse(target).ok().filter(|url| url.scheme() == "http")?;
    let mut path = url.path().to_owned();
    if let Some(query) = url.query() {
        path.push('?');
        path.push_str(query);
    }
    let mut passed = format!("{method} {path} HTTP/1.1\r\n");
    for line in lines.filter(|line| !line.is_empty()) {
        let name = line.split(':').next().unwrap_or_default().trim().to_ascii_lowercase();
        if !name.starts_with("proxy-") && name != "connection" && name != "keep-alive" {
            passed.push_str(line);
            passed.push_str("\r\n");
        }
    }
    passed.push_str("Connection: close\r\n\r\n");
    let port = url.port_or_known_default()?;
    Some(Asked { host: url.host_str()?.to_owned(), port, head: Some(passed.into_bytes()) })
}

enum Refusal {
    Forbidden(AddressForbidden),
    Unreachable,
}

impl From<AddressForbidden> for Refusal {
    fn from(error: AddressForbidden) -> Self {
        Self::Forbidden(error)
    }
}

/// Whether what was asked for may be connected to, as far as that goes without resolving its name.
pub(in crate::fetch) fn permitted(asked: &Asked, allow_private: bool) -> Result<Host, AddressForbidden> {
    let host = Host::parse(&asked.host).map_err(|_| AddressForbidden::Malformed)?;
    if allow_private {
        return Ok(host);
    }
    if asked.head.is_some() {
        return Err(AddressForbidden::Scheme("http".to_owned()));
    }
    if asked.port != 443 {
        return Err(AddressForbidden::Port(asked.port));
    }
    match &host {
        Host::Ipv4(address) => check_ip((*address).into())?,
        Host::Ipv6(address) => check_ip((*address).into())?,
        Host::Domain(name) => check_host(&Host::Domain(name.as_str()))?,
    }
    Ok(host)
}

/// Connects to what was asked for, if it may be; to the very address that was checked.
async fn connect(shared: &Shared, asked: &Asked) -> Result<TcpStream, Refusal> {
    let addresses: Vec<IpAddr> = match permitted(asked, shared.allow_private)? {
        Host::Ipv4(address) => vec![address.into()],
        Host::Ipv6(address) => vec![address.into()],
        Host::Domain(name) => resolve(name, shared.allow_private).await?,
    };
    if !shared.allow_private {
        addresses.iter().try_for_each(|address| check_ip(*address))?;
    }
    for ip in addresses {
        let connecting = TcpStream::connect(SocketAddr::new(ip, asked.port));
        if let Ok(Ok(server)) = tokio::time::timeout(CONNECT, connecting).await {
            let scheme = if asked.head.is_some() { "http" } else { "https" };
            let hop = FetchHop {
                url: format!("{scheme}://{}:{}/", asked.host, asked.port),
                status: 200,
                ip: Some(ip),
            };
            let mut hops = shared.hops.lock().unwrap_or_else(PoisonError::into_inner);
            if hops.len() < MOST_HOPS && !hops.contains(&hop) {
                hops.push(hop);
            }
            return Ok(server);
        }
    }
    Err(Refusal::Unreachable)
}

/// Passes bytes on in both directions and counts what comes.
async fn pass(shared: &Shared, mut stream: TcpStream, mut server: TcpStream, asked: Asked, rest: Vec<u8>) {
    let begun = match &asked.head {
        None => stream.write_all(b"HTTP/1.1 200 Connected\r\n\r\n").await,
        Some(head) => server.write_all(head).await,
    };
    if begun.is_err() || server.write_all(&rest).await.is_err() {
        return;
    }
    let (mut from_program, mut to_program) = stream.split();
    let (mut from_server, mut to_server) = server.split();
    let up = async {
        let mut buffer = vec![0; 16 * 1024];
        loop {
            match from_program.read(&mut buffer).await {
                Ok(read @ 1..)
                    if to_server.write_all(buffer.get(..read).unwrap_or_default()).await.is_ok() => {}
                _ => break,
            }
        }
        let _ = to_server.shutdown().await;
        std::future::pending::<()>().await;
    };
    let down = async {
        let mut buffer = vec![0; 64 * 1024];
        while let Ok(Ok(read @ 1..)) = tokio::time::timeout(IDLE, from_server.read(&mut buffer)).await {
            let before = shared.received.fetch_add(read as u64, Ordering::Relaxed);
            if before.saturating_add(read as u64) > shared.limit {
                shared.over.cancel();
                break;
            }
            if to_program.write_all(buffer.get(..read).unwrap_or_default()).await.is_err() {
                break;
            }
        }
        let _ = to_program.shutdown().await;
    };
    tokio::select! {
        () = up => {}
        () = down => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_are_read_and_rewritten() {
        let asked = parse("CONNECT rutube.ru:443 HTTP/1.1\r\nHost: rutube.ru\r\n\r\n").unwrap();
        assert_eq!((asked.host.as_str(), asked.port, asked.head), ("rutube.ru", 443, None));
        let plain = parse(
            "GET http://127.0.0.1:81/a?b=c HTTP/1.1\r\nHost: 127.0.0.1:81\r\nProxy-Authorization: x\r\nConnection: keep-alive\r\n\r\n",
        );
        let plain = plain.unwrap();
        assert_eq!((plain.host.as_str(), plain.port), ("127.0.0.1", 81));
        let head = String::from_utf8(plain.head.unwrap()).unwrap();
        assert_eq!(head, "GET /a?b=c HTTP/1.1\r\nHost: 127.0.0.1:81\r\nConnection: close\r\n\r\n");
        assert_eq!(parse("GET ftp://x/ HTTP/1.1\r\n\r\n"), None);
        assert_eq!(parse("CONNECT x HTTP/1.1\r\n\r\n"), None);
        for odd in ["X: a\rHost: b", "X: a\nHost: b", "X: \0"] {
            assert_eq!(
                parse(&format!("GET http://127.0.0.1:81/ HTTP/1.1\r\n{odd}\r\n\r\n")),
                None,
                "{odd:?}"
            );
        }
    }

    async fn ask(proxy: &Proxy, request: &str, with_secret: bool) -> String {
        let mut stream = TcpStream::connect(("127.0.0.1", proxy.port())).await.unwrap();
        let pair = STANDARD.encode(format!("{USER}:{}", if with_secret { &proxy.secret } else { "guess" }));
        let request = format!("{request} HTTP/1.1\r\nProxy-Authorization: Basic {pair}\r\n\r\n");
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut answer = String::new();
        let _ = stream.read_to_string(&mut answer).await;
        answer.lines().next().unwrap_or_default().to_owned()
    }

    #[tokio::test]
    async fn nobody_goes_through_to_where_we_would_not_go_ourselves() {
        let proxy = Proxy::start(false, 1000).await.unwrap();
        assert!(
            ask(&proxy, "CONNECT example.org:443", false).await.contains("407"),
            "not without the secret"
        );
        let refused = [
            "CONNECT 127.0.0.1:443",
            "CONNECT 2130706433:443",
            "CONNECT 0x7f000001:443",
            "CONNECT 0177.0.0.1:443",
            "CONNECT [::1]:443",
            "CONNECT [::ffff:10.0.0.1]:443",
            "CONNECT [64:ff9b::a00:1]:443",
            "CONNECT localhost:443",
            "CONNECT metadata.google.internal:443",
            "CONNECT 169.254.169.254:443",
            "CONNECT 8.8.8.8:80",
            "CONNECT 8.8.8.8:22",
            "GET http://8.8.8.8/",
        ];
        for request in refused {
            assert!(ask(&proxy, request, true).await.contains("403"), "{request}");
        }
        assert!(proxy.forbidden().is_some() && proxy.hops().is_empty());
    }

    #[tokio::test]
    async fn bytes_are_counted_and_end_at_the_limit() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        tokio::spawn(async move {
            let (mut stream, _) = listener.accept().await.unwrap();
            let _ = stream.write_all(&vec![b'x'; 5000]).await;
        });
        let proxy = Proxy::start(true, 1000).await.unwrap();
        ask(&proxy, &format!("CONNECT 127.0.0.1:{port}"), true).await;
        proxy.over().await;
        assert!(proxy.received() > 1000 && proxy.is_over());
        assert_eq!(proxy.hops().len(), 1);
    }
}
