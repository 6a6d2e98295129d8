//! A real `podlinnik serve` in a process of its own, and a client that speaks just enough HTTP.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::check_program::{Ran, podlinnik};

/// Longer than anything takes on a busy two-core machine.
const PATIENCE: Duration = Duration::from_secs(120);
/// Seconds of a lease, so that a killed worker's job is soon free again.
const LEASE: u32 = 5;

/// A data folder with its settings, which outlives the processes on it.
#[derive(Debug)]
pub(crate) struct Desk {
    folder: tempfile::TempDir,
}

impl Desk {
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("settings.toml"), format!("[serve]\nlease = {LEASE}\n")).unwrap();
        Self { folder }
    }

    pub(crate) fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    fn settings(&self) -> PathBuf {
        self.folder.path().join("settings.toml")
    }

    /// A command on this data folder, run to its end.
    pub(crate) fn run(&self, arguments: &[&str]) -> Ran {
        let mut command = podlinnik();
        command.arg("--config").arg(self.settings()).args(arguments).arg("--data").arg(self.data());
        command.output().unwrap().into()
    }

    /// Makes a user and answers the token.
    pub(crate) fn user(&self, login: &str, role: &str) -> String {
        let ran = self.run(&["user", "add", "--login", login, "--role", role]);
        assert_eq!(ran.code, 0, "{ran:?}");
        ran.out.trim().to_owned()
    }

    /// Starts the service and waits until it listens.
    pub(crate) fn serve(&self, arguments: &[&str]) -> Server {
        let note = self.data().join("address");
        let _ = std::fs::remove_file(&note);
        let child = self.start(&[&["serve", "--listen", "127.0.0.1:0"], arguments].concat());
        let mut server = Server { child: Some(child), address: String::new() };
        let until = Instant::now() + PATIENCE;
        while server.address.is_empty() {
            assert!(Instant::now() < until, "the service does not start");
            if let Some(status) = server.child.as_mut().unwrap().try_wait().unwrap() {
                panic!("the service ended with {status}: {}", self.log());
            }
            std::thread::sleep(Duration::from_millis(20));
            let address = std::fs::read_to_string(&note).unwrap_or_default();
            server.address = address.trim().trim_start_matches("http://").to_owned();
        }
        server
    }

    /// Starts a command that stays.
    pub(crate) fn start(&self, arguments: &[&str]) -> Child {
        let mut command = podlinnik();
        command.arg("--config").arg(self.settings()).args(arguments).arg("--data").arg(self.data());
        let log = std::fs::OpenOptions::new()
            .create(true)
            .append(true)
            .open(self.folder.path().join("log"))
            .unwrap();
        command.stdout(Stdio::null()).stderr(log).spawn().unwrap()
    }

    /// Everything that the processes said so far.
    pub(crate) fn log(&self) -> String {
        std::fs::read_to_string(self.folder.path().join("log")).unwrap_or_default()
    }

    /// Files below a folder of the data folder.
    pub(crate) fn files(&self, below: &str) -> Vec<PathBuf> {
        let mut found = Vec::new();
        let mut folders = vec![self.data().join(below)];
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(&folder).into_iter().flatten() {
                let path = entry.unwrap().path();
                if path.is_dir() { folders.push(path) } else { found.push(path) }
            }
        }
        found.sort();
        found
    }
}

/// A running service; killed when it goes out of scope.
#[derive(Debug)]
pub(crate) struct Server {
    child: Option<Child>,
    pub(crate) address: String,
}

impl Server {
    /// `kill -9`.
    pub(crate) fn kill(mut self) {
        let mut child = self.child.take().unwrap();
        child.kill().unwrap();
        child.wait().unwrap();
    }

    /// SIGTERM, and the time until the end.
    pub(crate) fn terminate(mut self) -> (ExitStatus, Duration) {
        let mut child = self.child.take().unwrap();
        let start = Instant::now();
        signal(&child, "TERM");
        (wait(&mut child), start.elapsed())
    }

    pub(crate) fn get(&self, token: &str, path: &str) -> Answer {
        self.call("GET", path, token, &[], &[])
    }

    /// Hands in a file.
    pub(crate) fn submit(&self, token: &str, key: &str, file: &Path) -> Answer {
        let boundary = "podlinnik-test-boundary";
        let name = file.file_name().unwrap().to_str().unwrap();
        let mut body = format!(
            "--{boundary}\r\nContent-Disposition: form-data; name=\"file\"; filename=\"{name}\"\r\nContent-Type: application/octet-stream\r\n\r\n"
        )
        .into_bytes();
        body.extend(std::fs::read(file).unwrap());
        body.extend(format!("\r\n--{boundary}--\r\n").into_bytes());
        let kind = format!("multipart/form-data; boundary={boundary}");
        let headers = [("Content-Type", kind.as_str()), ("Idempotency-Key", key)];
        self.call("POST", "/api/v1/submissions", token, &headers, &body)
    }

    pub(crate) fn call(
        &self,
        verb: &str,
        path: &str,
        token: &str,
        headers: &[(&str, &str)],
        body: &[u8],
    ) -> Answer {
        let mut stream = TcpStream::connect(&self.address).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        let mut head = format!(
            "{verb} {path} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\nAuthorization: Bearer {token}\r\nContent-Length: {}\r\n",
            self.address,
            body.len()
        );
        for (name, value) in headers {
            head.push_str(&format!("{name}: {value}\r\n"));
        }
        head.push_str("\r\n");
        stream.write_all(head.as_bytes()).unwrap();
        stream.write_all(body).unwrap();
        let mut bytes = Vec::new();
        stream.read_to_end(&mut bytes).unwrap();
        Answer::parse(&bytes)
    }

    /// Waits until the analysis is in one of these states; answers the record.
    pub(crate) fn wait_for(&self, token: &str, analysis: &str, states: &[&str]) -> Value {
        let until = Instant::now() + PATIENCE;
        loop {
            let record = self.get(token, &format!("/api/v1/analyses/{analysis}")).json();
            let state = record["state"].as_str().unwrap_or_default();
            if states.contains(&state) {
                return record;
            }
            assert!(Instant::now() < until, "still {record}");
            std::thread::sleep(Duration::from_millis(10));
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if let Some(mut child) = self.child.take() {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

/// Sends a signal by name.
pub(crate) fn signal(child: &Child, name: &str) {
    let status = std::process::Command::new("sh")
        .args(["-c", &format!("kill -{name} {}", child.id())])
        .status()
        .unwrap();
    assert!(status.success());
}

/// Waits for the end, but not for ever.
pub(crate) fn wait(child: &mut Child) -> ExitStatus {
    let until = Instant::now() + PATIENCE;
    loop {
        if let Some(status) = child.try_wait().unwrap() {
            return status;
        }
        assert!(Instant::now() < until, "the process does not end");
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// An HTTP answer.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) head: String,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    fn parse(bytes: &[u8]) -> Self {
        let end = bytes.windows(4).position(|four| four == b"\r\n\r\n").expect("a whole head");
        let head = String::from_utf8_lossy(&bytes[..end]).to_ascii_lowercase();
        let status = head.split_whitespace().nth(1).unwrap().parse().unwrap();
        let mut body = bytes[end + 4..].to_vec();
        if head.contains("transfer-encoding: chunked") {
            body = unchunk(&body);
        }
        Self { status, head, body }
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or(Value::Null)
    }
}

fn unchunk(mut bytes: &[u8]) -> Vec<u8> {
    let mut whole = Vec::new();
    while let Some(end) = bytes.windows(2).position(|pair| pair == b"\r\n") {
        let size = usize::from_str_radix(std::str::from_utf8(&bytes[..end]).unwrap().trim(), 16).unwrap();
        let start = end + 2;
        if size == 0 {
            break;
        }
        whole.extend(&bytes[start..start + size]);
        bytes = &bytes[start + size + 2..];
    }
    whole
}
