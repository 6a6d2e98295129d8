//! Debian packages: what is missing, installed in one go, with a word about it before and none when nothing is missing.

use std::io::IsTerminal as _;
use std::path::Path;
use std::process::Command;

use anyhow::{Context as _, Result, bail};

use crate::command::{line, output, run, succeeds, which};

/// Something that has to be on the machine.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Need {
    /// Debian packages that bring it.
    packages: &'static [&'static str],
    /// What for.
    purpose: &'static str,
    /// Whether it is there, however it got there.
    present: fn() -> bool,
}

/// What the build needs.
pub(crate) const BUILD: &[Need] = &[
    Need {
        packages: &["build-essential"],
        purpose: "C compiler and linker",
        present: || which("cc").is_some(),
    },
    Need {
        packages: &["pkg-config"],
        purpose: "finds C libraries",
        present: || which("pkg-config").is_some(),
    },
    Need {
        packages: &["clang", "libclang-dev"],
        purpose: "reads FFmpeg's headers",
        present: || which("clang").is_some() && libclang(),
    },
    Need { packages: &["libavutil-dev"], purpose: "FFmpeg library", present: || library("libavutil") },
    Need {
        packages: &["libavcodec-dev"],
        purpose: "FFmpeg library: codecs",
        present: || library("libavcodec"),
    },
    Need {
        packages: &["libavformat-dev"],
        purpose: "FFmpeg library: containers",
        present: || library("libavformat"),
    },
    Need {
        packages: &["libswscale-dev"],
        purpose: "FFmpeg library: pixels",
        present: || library("libswscale"),
    },
];

/// What fetching a Python wheel needs.
pub(crate) const WHEELS: &[Need] = &[
    Need { packages: &["python3"], purpose: "opens wheels", present: || which("python3").is_some() },
    Need {
        packages: &["python3-pip"],
        purpose: "fetches wheels",
        present: || succeeds(Command::new("python3").args(["-m", "pip", "--version"])),
    },
];

/// The `ffmpeg` program: makes clips for tests and bench.
pub(crate) const FFMPEG: Need =
    Need { packages: &["ffmpeg"], purpose: "makes clips for tests", present: || which("ffmpeg").is_some() };

/// A Postgres server's programs, for a temporary server of the tests' own.
pub(crate) const POSTGRES: Need = Need {
    packages: &["postgresql"],
    purpose: "a temporary server for the storage tests",
    present: postgres,
};

/// A mail server for the story of a letter.
pub(crate) const SMTP: Need = Need {
    packages: &["python3-aiosmtpd"],
    purpose: "a mail server for the tests",
    present: || succeeds(Command::new("/usr/bin/python3").args(["-c", "import aiosmtpd.controller"])),
};

/// What stamps the log in the tests.
pub(crate) const TIME_STAMPS: Need = Need {
    packages: &["openssl"],
    purpose: "a time stamp authority for the tests",
    present: || succeeds(Command::new("openssl").arg("version")),
};

/// What measures the service under load.
pub(crate) const LOAD: &[Need] = &[
    POSTGRES,
    Need { packages: &["python3"], purpose: "runs the measurement", present: || which("python3").is_some() },
    Need {
        packages: &["wrk"],
        purpose: "asks as fast as it is answered",
        present: || which("wrk").is_some(),
    },
];

/// What makes a Debian package.
pub(crate) const PACKAGE: &[Need] = &[
    Need {
        packages: &["dpkg-dev"],
        purpose: "finds the packages of shared libraries",
        present: || which("dpkg-shlibdeps").is_some(),
    },
    Need { packages: &["binutils"], purpose: "strips the program", present: || which("strip").is_some() },
];

/// What breaks an installation: `cargo xtask chaos`.
pub(crate) const CHAOS: &[Need] = &[
    POSTGRES,
    Need { packages: &["python3"], purpose: "plays a bad day", present: || which("python3").is_some() },
    Need { packages: &["libfaketime"], purpose: "clocks that jump", present: faketime },
];

/// Chromium and what drives it, for the page's tests.
pub(crate) const BROWSER: &[Need] = &[
    Need {
        packages: &["chromium"],
        purpose: "shows the page in the tests",
        present: || which("chromium").is_some(),
    },
    Need { packages: &["nodejs"], purpose: "drives Chromium", present: || which("node").is_some() },
    Need { packages: &["npm"], purpose: "fetches what drives Chromium", present: || which("npm").is_some() },
    Need {
        packages: &["fonts-dejavu-core"],
        purpose: "Cyrillic letters for the tests' pictures",
        present: || Path::new("/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf").is_file(),
    },
];

/// `python3 -m venv`, for the bench.
pub(crate) const VENV: Need = Need {
    packages: &["python3-venv"],
    purpose: "the bench's Python script",
    present: || succeeds(Command::new("python3").args(["-c", "import ensurepip, venv"])),
};

/// Installs what is missing of `needs`.
pub(crate) fn ensure(needs: &[Need]) -> Result<()> {
    let missing: Vec<Need> = needs.iter().copied().filter(|need| !(need.present)()).collect();
    if missing.is_empty() {
        return Ok(());
    }
    println!("These are missing and will be installed as Debian packages:");
    for need in &missing {
        println!("  {:<28} {}", need.packages.join(" "), need.purpose);
    }
    let packages: Vec<&str> = missing.iter().flat_map(|need| need.packages.iter().copied()).collect();
    install(&packages)?;
    for need in &missing {
        if !(need.present)() {
            bail!("`{}` was installed, but {} is still not found", need.packages.join(" "), need.purpose);
        }
    }
    Ok(())
}

fn install(packages: &[&str]) -> Result<()> {
    let by_hand = format!("apt-get install --no-install-recommends {}", packages.join(" "));
    if which("apt-get").is_none() {
        bail!(
            "this machine has no apt-get: install by its own means what these Debian packages hold, then try again:\n  {}",
            packages.join(" ")
        );
    }
    let prefix = privilege().with_context(|| {
        format!("packages can be installed only by root: ask whoever has that right to run\n  {by_hand}\nthen try again")
    })?;
    let apt = |words: &[&str]| {
        let mut all: Vec<&str> = prefix.to_vec();
        all.extend(["env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "--quiet", "--yes"]);
        all.extend(words);
        let mut command = Command::new(all.first().copied().unwrap_or("env"));
        command.args(all.iter().skip(1));
        command
    };
    let mut update = apt(&["update"]);
    if let Err(error) = run(&mut update) {
        // An old list may still do: the next step decides.
        println!("warning: {error:#}; going on with the package list that is there");
    }
    let mut words = vec!["install", "--no-install-recommends"];
    words.extend(packages);
    let mut command = apt(&words);
    run(&mut command).with_context(|| format!("could not install; by hand it is `{}`", line(&apt(&words))))
}

/// The words before a command that make it run as root: none for root itself.
fn privilege() -> Result<&'static [&'static str]> {
    if output(Command::new("id").arg("-u"))?.trim() == "0" {
        return Ok(&[]);
    }
    if which("sudo").is_none() {
        bail!("you are not root, and there is no sudo here");
    }
    if succeeds(Command::new("sudo").args(["-n", "true"])) {
        return Ok(&["sudo", "-n"]);
    }
    if std::io::stdin().is_terminal() {
        println!("sudo will ask for your password.");
        return Ok(&["sudo"]);
    }
    bail!("you are not root, and sudo wants a password that nobody is here to type")
}

fn library(name: &str) -> bool {
    succeeds(Command::new("pkg-config").args(["--exists", name]))
}

fn libclang() -> bool {
    if std::env::var_os("LIBCLANG_PATH").is_some() {
        return true;
    }
    let holds = |folder: &Path| {
        std::fs::read_dir(folder).is_ok_and(|entries| {
            entries.flatten().any(|entry| {
                let name = entry.file_name();
                let name = name.to_string_lossy();
                name.starts_with("libclang") && name.contains(".so") && !name.starts_with("libclang-cpp")
            })
        })
    };
    let versions = std::fs::read_dir("/usr/lib").into_iter().flatten().flatten();
    versions.map(|entry| entry.path()).any(|folder| holds(&folder) || holds(&folder.join("lib")))
}

fn postgres() -> bool {
    which("initdb").is_some()
        || std::fs::read_dir("/usr/lib/postgresql").is_ok_and(|versions| {
            versions.flatten().any(|version| version.path().join("bin/initdb").is_file())
        })
}

fn faketime() -> bool {
    std::fs::read_dir("/usr/lib").is_ok_and(|folders| {
        folders.flatten().any(|folder| folder.path().join("faketime/libfaketime.so.1").is_file())
    })
}

#[cfg(test)]
mod tests {
    use super::{Need, ensure};

    #[test]
    fn nothing_is_installed_when_nothing_is_missing() {
        let need = Need { packages: &["no-such-package-anywhere"], purpose: "nothing", present: || true };
        ensure(&[need]).unwrap();
    }
}
