//! The few lines of HTTP/1.1 that talking to our own service on loopback takes.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use serde_json::Value;

/// An answer.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
}

impl Answer {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }

    pub(crate) fn json(&self) -> Result<Value> {
        serde_json::from_slice(&self.body).with_context(|| {
            let body = String::from_utf8_lossy(&self.body);
            format!("the service answered {} with something that is not JSON: {body}", self.status)
        })
    }
}

/// A client of one service.
#[derive(Debug)]
pub(crate) struct Client {
    pub(crate) address: SocketAddr,
    pub(crate) token: Option<String>,
}

impl Client {
    pub(crate) fn get(&self, path: &str) -> Result<Answer> {
        self.send("GET", path, "", &[])
    }

    /// Sends one file as the multipart field `file`.
    pub(crate) fn upload(&self, path: &str, file_name: &str, file: &[u8], key: &str) -> Result<Answer> {
        let boundary = "podlinnik-xtask-7f3a1c5e9b2d4860";
        let mut body = format!(
            "--{boundary}\r\nContent-Disposition: form-data; name=\"file\"; filename=\"{file_name}\"\r\n\
             Content-Type: application/octet-stream\r\n\r\n"
        )
        .into_bytes();
        body.extend_from_slice(file);
        body.extend_from_slice(format!("\r\n--{boundary}--\r\n").as_bytes());
        let headers =
            format!("Content-Type: multipart/form-data; boundary={boundary}\r\nIdempotency-Key: {key}\r\n");
        self.send("POST", path, &headers, &body)
    }

    fn send(&self, method: &str, path: &str, headers: &str, body: &[u8]) -> Result<Answer> {
        let mut stream = TcpStream::connect_timeout(&self.address, Duration::from_secs(2))?;
        stream.set_read_timeout(Some(Duration::from_secs(60)))?;
        let authorization = self
            .token
            .as_ref()
            .map_or_else(String::new, |token| format!("Authorization: Bearer {token}\r\n"));
        let head = format!(
            "{method} {path} HTTP/1.1\r\nHost: {}\r\nAccept: application/json\r\nConnection: close\r\n{authorization}{headers}Content-Length: {}\r\n\r\n",
            self.address,
            body.len()
        );
        stream.write_all(head.as_bytes())?;
        stream.write_all(body)?;
        let mut raw = Vec::new();
        stream.read_to_end(&mut raw)?;
        parse(&raw)
    }
}

fn parse(raw: &[u8]) -> Result<Answer> {
    let end =
        raw.windows(4).position(|four| four == b"\r\n\r\n").context("the answer has no end of headers")?;
    let (head, rest) = raw.split_at(end);
    let body = rest.get(4..).unwrap_or_default();
    let head = String::from_utf8_lossy(head);
    let mut lines = head.lines();
    let status = lines
        .next()
        .and_then(|line| line.split(' ').nth(1))
        .and_then(|code| code.parse().ok())
        .context("the answer has no status")?;
    let headers: Vec<(String, String)> = lines
        .filter_map(|line| line.split_once(':'))
        .map(|(key, value)| (key.trim().to_owned(), value.trim().to_owned()))
        .collect();
    let chunked = headers.iter().any(|(key, value)| {
        key.eq_ignore_ascii_case("transfer-encoding") && value.eq_ignore_ascii_case("chunked")
    });
    let body = if chunked { unchunk(body)? } else { body.to_vec() };
    Ok(Answer { status, headers, body })
}

fn unchunk(mut rest: &[u8]) -> Result<Vec<u8>> {
    let mut body = Vec::new();
    loop {
        let end = rest.windows(2).position(|two| two == b"\r\n").context("a chunk without a length")?;
        let (length, after) = rest.split_at(end);
        let length = String::from_utf8_lossy(length);
        let length = usize::from_str_radix(length.split(';').next().unwrap_or_default().trim(), 16)?;
        if length == 0 {
            return Ok(body);
        }
        let Some(chunk) = after.get(2..2 + length) else { bail!("a chunk is shorter than its length") };
        body.extend_from_slice(chunk);
        rest = after.get(2 + length + 2..).context("a chunk without an end")?;
    }
}

#[cfg(test)]
mod tests {
    use super::parse;

    #[test]
    fn reads_status_headers_and_a_plain_body() {
        let answer =
            parse(b"HTTP/1.1 202 Accepted\r\nLocation: /api/v1/submissions/1\r\n\r\n{\"a\":1}").unwrap();
        assert_eq!(answer.status, 202);
        assert_eq!(answer.header("location"), Some("/api/v1/submissions/1"));
        assert_eq!(answer.json().unwrap()["a"], 1);
    }

    #[test]
    fn puts_chunks_together_and_refuses_a_torn_one() {
        let whole = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\n[1,\r\n2\r\n2]\r\n0\r\n\r\n";
        assert_eq!(parse(whole).unwrap().json().unwrap()[1], 2);
        assert!(parse(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n9\r\n[1").is_err());
        assert!(parse(b"nonsense").is_err());
    }
}
