//! A server that speaks S3 (moto, from the package index) for the length of a check: on loopback, in memory, gone when dropped.

use std::net::{TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};

use crate::python;

/// Every package that the server needs, with the digests of its files.
const REQUIREMENTS: &str = include_str!("s3/requirements.txt");
const START: Duration = Duration::from_secs(60);

/// A running server that nobody else knows of.
#[derive(Debug)]
pub(crate) struct TemporaryS3 {
    child: Child,
    port: u16,
}

impl TemporaryS3 {
    /// Starts a server on a free port of 127.0.0.1 and waits until it answers.
    ///
    /// # Errors
    /// Its packages cannot be fetched, or it does not start.
    pub(crate) fn start() -> Result<Self> {
        let folder = python::environment("s3", REQUIREMENTS, "moto.server, flask")?;
        let port = TcpListener::bind("127.0.0.1:0").context("cannot find a free port")?.local_addr()?.port();
        let child = Command::new(folder.join("bin/python"))
            .args(["-m", "moto.server", "-H", "127.0.0.1", "-p", &port.to_string()])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .context("cannot start the S3 server")?;
        let mut server = Self { child, port };
        let started = Instant::now();
        while TcpStream::connect(("127.0.0.1", port)).is_err() {
            if let Some(status) = server.child.try_wait()? {
                bail!("the S3 server ended with {status}");
            }
            if started.elapsed() > START {
                bail!("the S3 server does not answer within {} s", START.as_secs());
            }
            thread::sleep(Duration::from_millis(100));
        }
        Ok(server)
    }

    /// Where it answers.
    pub(crate) fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }
}

impl Drop for TemporaryS3 {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
