//! A PostgreSQL server for the length of a check: on loopback, in a temporary folder, gone when dropped.

use std::fs;
use std::io::{Read as _, Seek as _, SeekFrom};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};
use tempfile::TempDir;

/// The server's own user when we are root, which PostgreSQL refuses to run as. Debian's packages make it.
const USER: &str = "postgres";
const START: Duration = Duration::from_secs(60);
const STOP: Duration = Duration::from_secs(10);

/// A running server that nobody else knows of.
#[derive(Debug)]
pub(crate) struct TemporaryServer {
    child: Child,
    port: u16,
    programs: PathBuf,
    // Dropped after the server has stopped.
    folder: Option<TempDir>,
}

impl TemporaryServer {
    /// Makes a database cluster, starts its server on a free port of 127.0.0.1 and waits until it answers.
    ///
    /// # Errors
    /// PostgreSQL is not installed or does not start; the error carries the end of its log.
    pub(crate) fn start() -> Result<Self> {
        let programs = programs()?;
        let folder = tempfile::Builder::new()
            .prefix("podlinnik-postgres-")
            .tempdir()
            .context("cannot make a temporary folder")?;
        let as_root = is_root();
        if as_root {
            run(Command::new("chown").arg(USER).arg(folder.path()))?;
        }
        let data = folder.path().join("data");
        run(program(as_root, &programs.join("initdb"), folder.path()).arg("--pgdata").arg(&data).args([
            "--username",
            USER,
            "--auth",
            "trust",
            "--encoding",
            "UTF8",
            "--locale",
            "C",
            "--no-sync",
        ]))?;
        // Somebody may take the port between our look and the server's: then we look again.
        let mut last = None;
        for _ in 0..3 {
            let port = free_port()?;
            let child = spawn(as_root, &programs, folder.path(), &data, port)?;
            let mut server = Self { child, port, programs: programs.clone(), folder: None };
            match server.wait(folder.path()) {
                Ok(()) => {
                    server.folder = Some(folder);
                    return Ok(server);
                }
                Err(error) => last = Some(error),
            }
        }
        Err(last.unwrap_or_else(|| anyhow::anyhow!("PostgreSQL was not tried")))
            .context("cannot start PostgreSQL")
    }

    /// The address of its maintenance database.
    pub(crate) fn url(&self) -> String {
        format!("postgres://{USER}@127.0.0.1:{}/postgres", self.port)
    }

    /// Runs a file of statements, all or nothing.
    ///
    /// # Errors
    /// What PostgreSQL says of the first statement that fails.
    pub(crate) fn execute_file(&self, file: &Path) -> Result<()> {
        run(Command::new(self.programs.join("psql"))
            .args(["--quiet", "--no-psqlrc", "--single-transaction", "--set", "ON_ERROR_STOP=1", "--file"])
            .arg(file)
            .arg(self.url()))
    }

    fn wait(&mut self, folder: &Path) -> Result<()> {
        let started = Instant::now();
        while started.elapsed() < START {
            if let Some(status) = self.child.try_wait()? {
                bail!("the server ended with {status}: {}", log_end(folder));
            }
            let ready = Command::new(self.programs.join("pg_isready"))
                .args(["--quiet", "--host", "127.0.0.1", "--port", &self.port.to_string()])
                .status()
                .context("cannot run `pg_isready`")?;
            if ready.success() {
                return Ok(());
            }
            thread::sleep(Duration::from_millis(100));
        }
        bail!("no answer within {} s: {}", START.as_secs(), log_end(folder))
    }
}

impl Drop for TemporaryServer {
    fn drop(&mut self) {
        // SIGINT is PostgreSQL's fast shutdown. `setpriv` replaced itself by the server, so that the process is the server's own.
        let pid = self.child.id().to_string();
        let asked = Command::new("kill").args(["-INT", &pid]).status().is_ok_and(|status| status.success());
        let started = Instant::now();
        while asked && started.elapsed() < STOP {
            match self.child.try_wait() {
                Ok(Some(_)) | Err(_) => return,
                Ok(None) => thread::sleep(Duration::from_millis(50)),
            }
        }
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Where PostgreSQL's programs are: what the path leads to, or where Debian keeps them, the newest version first.
pub(crate) fn programs() -> Result<PathBuf> {
    let complete = |folder: &PathBuf| {
        ["initdb", "postgres", "pg_isready", "psql"].iter().all(|name| folder.join(name).is_file())
    };
    // A link on the path may lead to a folder that holds the others too.
    let on_path = std::env::var_os("PATH")
        .into_iter()
        .flat_map(|path| std::env::split_paths(&path).collect::<Vec<_>>())
        .filter_map(|folder| Some(fs::canonicalize(folder.join("initdb")).ok()?.parent()?.to_path_buf()))
        .find(complete);
    if let Some(folder) = on_path {
        return Ok(folder);
    }
    let mut versions: Vec<(u32, PathBuf)> = fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|entry| Some((entry.file_name().to_str()?.parse().ok()?, entry.path().join("bin"))))
        .filter(|(_, folder)| complete(folder))
        .collect();
    versions.sort();
    versions
        .pop()
        .map(|(_, folder)| folder)
        .context("PostgreSQL is not installed (Debian: `apt-get install postgresql`)")
}

/// Whether we are the superuser, whom PostgreSQL does not run for.
pub(crate) fn is_root() -> bool {
    use std::os::unix::fs::MetadataExt as _;
    fs::metadata("/proc/self").is_ok_and(|itself| itself.uid() == 0)
}

/// A program of PostgreSQL's, run as its own user if need be, in a folder that this user may enter.
fn program(as_root: bool, path: &Path, folder: &Path) -> Command {
    let mut command = if as_root {
        let mut command = Command::new("setpriv");
        command.args(["--reuid", USER, "--regid", USER, "--clear-groups", "--"]).arg(path);
        command
    } else {
        Command::new(path)
    };
    command.current_dir(folder).stdin(Stdio::null()).env_remove("PGDATA").env("LC_ALL", "C");
    command
}

fn spawn(as_root: bool, programs: &Path, folder: &Path, data: &Path, port: u16) -> Result<Child> {
    let log = fs::File::create(folder.join("log")).context("cannot write the server's log")?;
    let mut command = program(as_root, &programs.join("postgres"), folder);
    command.arg("-D").arg(data).args(["-p", &port.to_string(), "-h", "127.0.0.1", "-k", ""]);
    // What survives a power cut does not matter here; what is quick does.
    for setting in ["fsync=off", "synchronous_commit=off", "full_page_writes=off", "max_connections=300"] {
        command.args(["-c", setting]);
    }
    command.stdout(log.try_clone()?).stderr(log).spawn().context("cannot run `postgres`")
}

fn free_port() -> Result<u16> {
    let listener = TcpListener::bind("127.0.0.1:0").context("cannot find a free port")?;
    Ok(listener.local_addr()?.port())
}

fn run(command: &mut Command) -> Result<()> {
    let output = command.output().with_context(|| format!("cannot run {:?}", command.get_program()))?;
    if !output.status.success() {
        let what = command.get_program().to_string_lossy().into_owned();
        bail!("`{what}` ended with {}: {}", output.status, String::from_utf8_lossy(&output.stderr).trim());
    }
    Ok(())
}

fn log_end(folder: &Path) -> String {
    let mut text = String::new();
    let read = fs::File::open(folder.join("log")).and_then(|mut file| {
        let length = file.metadata()?.len();
        file.seek(SeekFrom::Start(length.saturating_sub(2000)))?;
        file.read_to_string(&mut text)
    });
    match read {
        Ok(_) => text,
        Err(error) => format!("its log cannot be read: {error}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_answers_and_leaves_nothing_behind() {
        if programs().is_err() {
            println!("skipped: PostgreSQL is not installed");
            return;
        }
        let server = TemporaryServer::start().unwrap();
        let folder = server.folder.as_ref().unwrap().path().to_path_buf();
        let port = server.port;
        let file = tempfile::NamedTempFile::new().unwrap();
        fs::write(file.path(), "create table a (b int); insert into a values (1);").unwrap();
        server.execute_file(file.path()).unwrap();
        assert!(server.execute_file(file.path()).is_err(), "the table is there");
        assert!(folder.is_dir() && std::net::TcpStream::connect(("127.0.0.1", port)).is_ok());
        drop(server);
        assert!(!folder.exists() && std::net::TcpStream::connect(("127.0.0.1", port)).is_err());
    }
}
