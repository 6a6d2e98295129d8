//! `cargo xtask run`: from a bare machine to a running service that has examined one sample.

use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitCode, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};

use crate::arguments::Arguments;
use crate::command::run as say_and_run;
use crate::http::Client;
use crate::{first_user, install, onnxruntime, paths, sample};

/// The command line of `run`.
#[derive(Debug)]
pub(crate) struct Options {
    listen: SocketAddr,
    once: bool,
}

impl Options {
    pub(crate) fn parse(mut arguments: Arguments) -> Result<Self> {
        let listen = arguments.value("--listen")?.unwrap_or_else(|| "127.0.0.1:8080".to_owned());
        let options = Self {
            listen: listen
                .parse()
                .with_context(|| format!("`--listen` needs an address and a port, not `{listen}`"))?,
            once: arguments.flag("--once"),
        };
        arguments.finish()?;
        Ok(options)
    }
}

/// The installed program and where it works.
#[derive(Debug)]
pub(crate) struct Program {
    path: PathBuf,
    runtime: PathBuf,
    /// The service's folder.
    pub(crate) data: PathBuf,
}

impl Program {
    /// A command of it, with the environment that it needs.
    pub(crate) fn command(&self, words: &[&str]) -> Command {
        let mut command = Command::new(&self.path);
        command.args(words).env("PODLINNIK_ONNXRUNTIME", &self.runtime);
        command
    }
}

/// Installs, builds, starts, checks a sample, stays.
pub(crate) fn run(options: &Options) -> Result<ExitCode> {
    let repository = paths::repository()?;
    std::env::set_current_dir(&repository)?;
    free(options.listen)?;
    install::ensure(install::BUILD)?;
    let runtime = onnxruntime::ensure()?;
    say_and_run(Command::new(paths::cargo()).args([
        "build",
        "--release",
        "--locked",
        "--package",
        "podlinnik",
    ]))?;
    let program =
        Program { path: paths::target()?.join("release/podlinnik"), runtime, data: PathBuf::from("data") };

    let token = first_user::ensure(&program)?;
    let mut service = Service::start(&program, options.listen)?;
    let client = Client { address: reachable(options.listen), token: Some(token) };
    service.wait_until_ready(&client)?;
    sample::check(&client, Path::new("fixtures/media/astronaut.mp4"))?;
    println!("\nPodlinnik listens on http://{}", client.address);
    println!("  sign in    http://{}{}", client.address, first_user::link(&program)?);
    println!("  API        http://{}/api/v1/openapi.json", client.address);
    println!("  your token {}", program.data.join(first_user::TOKEN_FILE).display());
    println!(
        "  on files   {} check FILE",
        program.path.strip_prefix(&repository).unwrap_or(&program.path).display()
    );
    if options.once {
        return Ok(ExitCode::SUCCESS);
    }
    println!("Ctrl-C stops it.");
    let status = service.child.wait()?;
    if !status.success() {
        bail!("the service ended: {status}");
    }
    Ok(ExitCode::SUCCESS)
}

/// Complains before the long build when somebody else has the port.
fn free(listen: SocketAddr) -> Result<()> {
    TcpListener::bind(listen).map(drop).with_context(|| {
        format!("cannot listen on {listen}: is the service running already? Another address: `cargo xtask run --listen 127.0.0.1:8081`")
    })
}

/// The address to talk to: loopback for a service that listens everywhere.
fn reachable(listen: SocketAddr) -> SocketAddr {
    if !listen.ip().is_unspecified() {
        return listen;
    }
    let loopback = if listen.is_ipv4() { "127.0.0.1" } else { "::1" };
    loopback.parse().map_or(listen, |ip| SocketAddr::new(ip, listen.port()))
}

/// The running service; it is stopped when this goes away.
#[derive(Debug)]
struct Service {
    child: Child,
}

impl Service {
    fn start(program: &Program, listen: SocketAddr) -> Result<Self> {
        let mut command = program.command(&["serve", "--listen", &listen.to_string(), "--data"]);
        command.arg(&program.data);
        println!("$ {}", crate::command::line(&command));
        let child = command.stdin(Stdio::null()).spawn().context("cannot start the service")?;
        Ok(Self { child })
    }

    fn wait_until_ready(&mut self, client: &Client) -> Result<()> {
        let deadline = Instant::now() + Duration::from_secs(60);
        loop {
            if client.get("/readyz").is_ok_and(|answer| answer.status == 200) {
                return Ok(());
            }
            if let Some(status) = self.child.try_wait()? {
                bail!("the service ended at its start: {status}");
            }
            if Instant::now() > deadline {
                bail!("the service does not say that it is ready after a minute");
            }
            std::thread::sleep(Duration::from_millis(100));
        }
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        if let Ok(Some(_)) = self.child.try_wait() {
            return;
        }
        // Politely first: the service finishes what it is writing.
        let asked =
            crate::command::succeeds(Command::new("kill").args(["-TERM", &self.child.id().to_string()]));
        let deadline = Instant::now() + Duration::from_secs(if asked { 20 } else { 0 });
        while Instant::now() < deadline {
            if let Ok(Some(_)) = self.child.try_wait() {
                return;
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

#[cfg(test)]
mod tests {
    use super::{free, reachable};

    #[test]
    fn a_taken_port_is_explained() {
        let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let complaint = format!("{:#}", free(taken.local_addr().unwrap()).unwrap_err());
        assert!(complaint.contains("--listen"), "{complaint}");
    }

    #[test]
    fn a_service_that_listens_everywhere_is_reached_on_loopback() {
        assert_eq!(reachable("0.0.0.0:80".parse().unwrap()).to_string(), "127.0.0.1:80");
        assert_eq!(reachable("[::]:80".parse().unwrap()).to_string(), "[::1]:80");
        assert_eq!(reachable("10.0.0.1:80".parse().unwrap()).to_string(), "10.0.0.1:80");
    }
}
