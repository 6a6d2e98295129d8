//! A mail server (aiosmtpd, out of its Debian package) for stories.

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::Value;

/// The Python that has aiosmtpd; set by `cargo xtask test`.
const PYTHON: &str = "PODLINNIK_TEST_SMTP";

/// A running mail server and what it was handed.
#[derive(Debug)]
pub(crate) struct MailServer {
    child: Child,
    letters: Arc<Mutex<Vec<Value>>>,
}

impl MailServer {
    /// None where no Python with aiosmtpd is named.
    pub(crate) fn start(port: u16, more: &[&str]) -> Option<Self> {
        let python = std::env::var_os(PYTHON)?;
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/support/smtp.py");
        let mut child = Command::new(python)
            .arg(script)
            .arg(port.to_string())
            .args(more)
            .stdout(Stdio::piped())
            .spawn()
            .expect("Python with aiosmtpd");
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        assert_eq!(lines.next().expect("a word").unwrap(), "ready");
        let letters = Arc::new(Mutex::new(Vec::new()));
        let kept = Arc::clone(&letters);
        std::thread::spawn(move || {
            for line in lines.map_while(Result::ok) {
                kept.lock().unwrap().push(serde_json::from_str(&line).unwrap());
            }
        });
        Some(Self { child, letters })
    }

    /// Letters so far.
    pub(crate) fn letters(&self) -> Vec<Value> {
        self.letters.lock().unwrap().clone()
    }

    /// Waits until there are so many letters.
    pub(crate) async fn wait_for(&self, count: usize) -> Vec<Value> {
        for _ in 0..150 {
            if self.letters().len() >= count {
                break;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        let letters = self.letters();
        assert_eq!(letters.len(), count, "{letters:?}");
        letters
    }
}

impl Drop for MailServer {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
