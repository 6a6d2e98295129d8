//! Starting other programs: say the command, run it, explain a failure.

use std::ffi::OsStr;
use std::io::{BufRead as _, BufReader, Read, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context as _, Result, bail};

/// Finds a program on the PATH.
pub(crate) fn which(program: &str) -> Option<PathBuf> {
    std::env::split_paths(&std::env::var_os("PATH")?)
        .map(|folder| folder.join(program))
        .find(|path| path.is_file())
}

/// The command as one line, for people.
pub(crate) fn line(command: &Command) -> String {
    let program = Path::new(command.get_program()).file_name().unwrap_or(command.get_program());
    std::iter::once(program)
        .chain(command.get_args())
        .map(OsStr::to_string_lossy)
        .collect::<Vec<_>>()
        .join(" ")
}

/// Says the command, runs it, fails when it fails.
pub(crate) fn run(command: &mut Command) -> Result<()> {
    let text = line(command);
    println!("$ {text}");
    let status = command.stdin(Stdio::null()).status().with_context(|| format!("cannot start `{text}`"))?;
    if !status.success() {
        bail!("`{text}` failed: {status}");
    }
    Ok(())
}

/// Runs quietly and gives what it said on stdout; fails with what it said on stderr.
pub(crate) fn output(command: &mut Command) -> Result<String> {
    let text = line(command);
    let output = command.stdin(Stdio::null()).output().with_context(|| format!("cannot start `{text}`"))?;
    if !output.status.success() {
        let complaint = String::from_utf8_lossy(&output.stderr);
        bail!("`{text}` failed: {}\n{}", output.status, complaint.trim_end());
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

/// Whether it starts and ends well, without a word.
pub(crate) fn succeeds(command: &mut Command) -> bool {
    command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success())
}

/// What a program said and whether it ended well.
#[derive(Debug)]
pub(crate) struct Watched {
    /// Lines of stdout and stderr in the order in which they came.
    pub(crate) lines: Vec<String>,
    pub(crate) success: bool,
}

/// Runs while passing its output on, and keeps the lines.
pub(crate) fn watch(command: &mut Command) -> Result<Watched> {
    let text = line(command);
    println!("\n$ {text}");
    let mut child = command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .with_context(|| format!("cannot start `{text}`"))?;
    let (sender, receiver) = std::sync::mpsc::channel();
    let streams: [Option<Box<dyn Read + Send>>; 2] = [
        child.stdout.take().map(|stream| Box::new(stream) as Box<dyn Read + Send>),
        child.stderr.take().map(|stream| Box::new(stream) as Box<dyn Read + Send>),
    ];
    for stream in streams.into_iter().flatten() {
        let sender = sender.clone();
        std::thread::spawn(move || {
            for bytes in BufReader::new(stream).split(b'\n') {
                let Ok(bytes) = bytes else { break };
                if sender.send(String::from_utf8_lossy(&bytes).into_owned()).is_err() {
                    break;
                }
            }
        });
    }
    drop(sender);
    let mut lines = Vec::new();
    let mut out = std::io::stdout();
    for said in receiver {
        writeln!(out, "{said}")?;
        lines.push(said);
    }
    let status = child.wait()?;
    Ok(Watched { lines, success: status.success() })
}
