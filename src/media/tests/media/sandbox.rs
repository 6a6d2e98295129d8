//! The cage holds, and the child is really in it.

use std::fs::File;
use std::path::Path;
use std::process::Command;

use crate::support::{CHILD, ffmpeg, folder, plan, reader};
use podlinnik_media::{MediaEvent, MediaLimits};

/// What the child reports of its attempts, as `name outcome` lines.
fn attempts() -> Vec<(String, String)> {
    let output = Command::new(CHILD).arg("__probe-sandbox").output().unwrap();
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout)
        .unwrap()
        .lines()
        .map(|line| {
            let (name, outcome) = line.split_once(' ').unwrap();
            (name.to_owned(), outcome.to_owned())
        })
        .collect()
}

#[test]
fn every_attempt_to_leave_the_sandbox_is_denied() {
    let attempts = attempts();
    let names: Vec<&str> = attempts.iter().map(|(name, _)| name.as_str()).collect();
    for expected in [
        "open",
        "openat2",
        "creat",
        "stat",
        "unlink",
        "socket",
        "socketpair",
        "connect",
        "execve",
        "execveat",
        "fork",
        "clone_process",
        "ptrace",
        "kill_parent",
        "memfd",
        "dup",
        "pipe",
        "io_uring",
        "bpf",
        "userfaultfd",
        "mmap_executable",
        "mprotect_executable",
        "process_vm_readv",
        "unshare",
        "mount",
        "setrlimit",
        "prctl_dumpable",
        "second_open_after_fork",
    ] {
        assert!(names.contains(&expected), "{expected} was not attempted: {names:?}");
    }
    for (name, outcome) in &attempts {
        if name == "thread" || name == "memory" {
            assert_eq!(outcome, "ok", "decoders need {name}");
        } else {
            assert!(outcome.starts_with("denied"), "{name}: {outcome}");
        }
    }
}

#[test]
fn landlock_alone_and_seccomp_alone_forbid_opening() {
    let attempts = attempts();
    let outcome = |wanted: &str| {
        attempts.iter().find(|(name, _)| name == wanted).map(|(_, outcome)| outcome.as_str()).unwrap()
    };
    // before seccomp was installed the same call failed for want of a right, not of a system call
    assert!(
        matches!(outcome("landlock_open"), "denied EACCES" | "denied unavailable"),
        "{}",
        outcome("landlock_open")
    );
    assert_eq!(outcome("open"), "denied EPERM");
}

#[test]
fn the_child_that_reads_is_in_the_sandbox() {
    let folder = folder();
    let clip = ffmpeg(
        "-f lavfi -i testsrc2=s=1280x720:d=2 -c:v libx264 -preset ultrafast",
        &folder.path().join("a.mp4"),
    );
    let mut stream = reader(MediaLimits::default()).open(File::open(clip).unwrap(), &plan(24, 2)).unwrap();
    // the sandbox stands before the first byte is read, so it stands when the probe has come; the frames that follow do not fit into the pipe, so
    // the child waits for us
    let Some(Ok(MediaEvent::Probe(_))) = stream.next() else { panic!("no probe") };
    let process = Path::new("/proc").join(stream.process_id().to_string());
    let status = std::fs::read_to_string(process.join("status")).unwrap();
    let field = |name: &str| {
        let line = status.lines().find(|line| line.starts_with(name)).unwrap();
        line.split_whitespace().nth(1).unwrap().to_owned()
    };
    assert_eq!(field("Seccomp:"), "2", "{status}");
    assert_eq!(field("NoNewPrivs:"), "1", "{status}");
    let limits = std::fs::read_to_string(process.join("limits")).unwrap();
    let limit = |name: &str| {
        let line = limits.lines().find(|line| line.starts_with(name)).unwrap();
        line[26..].split_whitespace().next().unwrap().to_owned()
    };
    assert_eq!(limit("Max open files"), "3", "{limits}");
    assert_eq!(limit("Max file size"), "0", "{limits}");
    assert_eq!(limit("Max core file size"), "0", "{limits}");
    assert_eq!(limit("Max address space"), (3u64 << 30).to_string(), "{limits}");
    // the environment is empty, where we are allowed to look
    if let Ok(environment) = std::fs::read(process.join("environ")) {
        assert!(environment.is_empty());
    }
    assert!(stream.by_ref().all(|event| event.is_ok()));
}

#[test]
fn dropping_the_stream_ends_the_child() {
    let folder = folder();
    let clip = ffmpeg(
        "-f lavfi -i testsrc2=s=1280x720:d=2 -c:v libx264 -preset ultrafast",
        &folder.path().join("a.mp4"),
    );
    let mut stream = reader(MediaLimits::default()).open(File::open(clip).unwrap(), &plan(24, 2)).unwrap();
    assert!(matches!(stream.next(), Some(Ok(MediaEvent::Probe(_)))));
    let process = Path::new("/proc").join(stream.process_id().to_string());
    assert!(process.exists());
    drop(stream);
    assert!(!process.exists(), "the child is gone and reaped");
}

#[test]
fn the_child_outlives_the_thread_that_asked_for_it() {
    let folder = folder();
    let clip = ffmpeg(
        "-f lavfi -i testsrc2=s=640x360:d=1 -c:v libx264 -preset ultrafast",
        &folder.path().join("a.mp4"),
    );
    let file = File::open(clip).unwrap();
    let stream = std::thread::spawn(move || reader(MediaLimits::default()).open(file, &plan(4, 1)).unwrap())
        .join()
        .unwrap();
    std::thread::sleep(std::time::Duration::from_millis(200));
    let events: Vec<_> = stream.collect();
    assert!(events.iter().all(Result::is_ok), "{events:?}");
    assert!(events.iter().any(|event| matches!(event, Ok(MediaEvent::Frame(_)))));
}
