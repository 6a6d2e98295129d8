//! `kill -9` in the middle of a piece: the upload goes on from what was durable.

use std::io::Write as _;
use std::net::TcpStream;
use std::time::{Duration, Instant};

use podlinnik_domain::hash::Sha256;

use crate::serve_process::{Answer, Desk, Server};

const MIB: usize = 1 << 20;

fn call(
    server: &Server,
    token: &str,
    verb: &str,
    path: &str,
    headers: &[(&str, &str)],
    body: &[u8],
) -> Answer {
    let headers = [&[("Tus-Resumable", "1.0.0")], headers].concat();
    server.call(verb, path, token, &headers, body)
}

/// A header of an answer.
fn header(answer: &Answer, name: &str) -> String {
    let line = answer.head.lines().find_map(|line| line.strip_prefix(&format!("{name}: ")));
    line.unwrap_or_default().to_owned()
}

fn offset(server: &Server, token: &str, path: &str) -> usize {
    let answer = call(server, token, "HEAD", path, &[], &[]);
    assert_eq!(answer.status, 200, "{}", answer.head);
    header(&answer, "upload-offset").parse().unwrap()
}

#[test]
fn kill_minus_9_in_mid_piece_loses_nothing_that_was_durable() {
    let desk = Desk::new();
    let token = desk.user("anna", "analyst");
    let bytes: Vec<u8> = (0..20 * MIB).map(|number| u8::try_from(number % 249).unwrap()).collect();
    let server = desk.serve(&["--no-worker"]);
    let length = bytes.len().to_string();
    let begun = call(&server, &token, "POST", "/api/v1/uploads", &[("Upload-Length", &length)], &[]);
    assert_eq!(begun.status, 201, "{}", begun.head);
    let path = header(&begun, "location");

    let mut stream = TcpStream::connect(&server.address).unwrap();
    let head = format!(
        "PATCH {path} HTTP/1.1\r\nHost: {}\r\nAuthorization: Bearer {token}\r\nTus-Resumable: 1.0.0\r\nUpload-Offset: 0\r\n\
         Content-Type: application/offset+octet-stream\r\nContent-Length: {length}\r\n\r\n",
        server.address
    );
    stream.write_all(head.as_bytes()).unwrap();
    stream.write_all(&bytes[..13 * MIB]).unwrap();
    let until = Instant::now() + Duration::from_secs(60);
    while offset(&server, &token, &path) < 8 * MIB {
        assert!(Instant::now() < until, "nothing becomes durable");
        std::thread::sleep(Duration::from_millis(50));
    }
    server.kill();
    drop(stream);

    let server = desk.serve(&["--no-worker"]);
    let kept = offset(&server, &token, &path);
    assert!((8 * MIB..=13 * MIB).contains(&kept), "{kept}");
    let kind = ("Content-Type", "application/offset+octet-stream");
    let rest =
        call(&server, &token, "PATCH", &path, &[kind, ("Upload-Offset", &kept.to_string())], &bytes[kept..]);
    assert_eq!(rest.status, 204, "{} {}", rest.head, String::from_utf8_lossy(&rest.body));
    let submission = header(&rest, "location");
    let original = server.get(&token, &format!("{submission}/original"));
    assert_eq!(Sha256::of(&original.body), Sha256::of(&bytes));
    assert_eq!(desk.files("blobs/staging"), Vec::<std::path::PathBuf>::new());
    assert_eq!(server.terminate().0.code(), Some(0), "{}", desk.log());
}
