//! Other detectors: a command that prints a number per file.

use std::io::Read as _;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use podlinnik_evaluation::record::OtherScore;

use crate::exit::Failure;

/// How long a command may take for one file.
const PATIENCE: Duration = Duration::from_secs(300);
/// How much of its output is read.
const MOST_OUTPUT: u64 = 1 << 20;

/// A detector beside ours.
#[derive(Debug, Clone)]
pub(super) struct Other {
    pub(super) name: String,
    pub(super) command: String,
}

impl Other {
    /// Reads `NAME=COMMAND`.
    pub(super) fn parse(text: &str) -> Result<Self, Failure> {
        let (name, command) = text.split_once('=').unwrap_or_default();
        let sound = |letter: char| letter.is_ascii_alphanumeric() || "-_.".contains(letter);
        if name.is_empty() || !name.chars().all(sound) || command.trim().is_empty() {
            return Err(Failure::usage(format!("`--other {text}` is not NAME=COMMAND"))
                .hint("NAME is made of letters, digits, `-`, `_` and `.`; COMMAND gets the file as its last argument"));
        }
        Ok(Self { name: name.to_owned(), command: command.to_owned() })
    }

    /// Runs the command on a file: the last number on its standard output.
    pub(super) fn score(&self, file: &Path) -> OtherScore {
        let said = self
            .run(file)
            .and_then(|text| last_number(&text).ok_or_else(|| "it printed no number".to_owned()));
        let (score, error) = match said {
            Ok(score) => (Some(score), None),
            Err(error) => (None, Some(error)),
        };
        OtherScore { command: self.command.clone(), score, error }
    }

    fn run(&self, file: &Path) -> Result<String, String> {
        let mut child = Command::new("sh")
            .arg("-c")
            .arg(format!("{} \"$1\"", self.command))
            .arg("sh")
            .arg(file)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .map_err(|error| format!("it cannot be started: {error}"))?;
        let stream = child.stdout.take();
        let reader = std::thread::spawn(move || {
            let mut bytes = Vec::new();
            if let Some(stream) = stream {
                let _ = stream.take(MOST_OUTPUT).read_to_end(&mut bytes);
            }
            String::from_utf8_lossy(&bytes).into_owned()
        });
        let begin = Instant::now();
        loop {
            match child.try_wait() {
                Ok(Some(status)) if status.success() => break,
                Ok(Some(status)) => return Err(format!("it ended with {status}")),
                Ok(None) if begin.elapsed() < PATIENCE => std::thread::sleep(Duration::from_millis(10)),
                Ok(None) | Err(_) => {
                    let _ = child.kill();
                    let _ = child.wait();
                    return Err(format!("it took more than {} s", PATIENCE.as_secs()));
                }
            }
        }
        reader.join().map_err(|_| "its output cannot be read".to_owned())
    }
}

fn last_number(text: &str) -> Option<f64> {
    text.split(|letter: char| letter.is_whitespace() || ",;:=[](){}\"".contains(letter))
        .rev()
        .filter_map(|word| word.parse::<f64>().ok())
        .find(|number| number.is_finite())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_number_counts() {
        assert_eq!(last_number("frames 12\nscore: 0.25\n"), Some(0.25));
        assert_eq!(last_number("{\"fake\": -1.5e1}"), Some(-15.0));
        assert_eq!(last_number("nan inf none"), None);
        assert!(Other::parse("a b=true").is_err());
        assert!(Other::parse("name").is_err());
    }

    #[test]
    fn a_command_gets_the_file_and_its_failure_is_no_score() {
        let other = Other::parse("size=printf '%s is 7'").unwrap();
        assert_eq!(other.score(Path::new("/a file")).score, Some(7.0));
        let failing = Other::parse("failing=false").unwrap().score(Path::new("/x"));
        assert!(failing.score.is_none() && failing.error.is_some_and(|error| error.contains("ended")));
    }
}
