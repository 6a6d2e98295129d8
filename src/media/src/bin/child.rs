//! The reader child on its own, for this crate's tests: `podlinnik` itself is not needed to run them. With `__probe-sandbox` it enters the sandbox
//! and tries to get out of it.
#![expect(unsafe_code, reason = "attempts to leave the sandbox are raw system calls")]
#![expect(clippy::print_stdout, reason = "the attempts are reported to the test")]

use std::process::ExitCode;

use podlinnik_media::MediaLimits;

fn main() -> ExitCode {
    if std::env::args().nth(1).is_some_and(|argument| argument == "__probe-sandbox") {
        return probe_sandbox();
    }
    podlinnik_media::reader::child_main()
}

fn probe_sandbox() -> ExitCode {
    let mut lines = Vec::new();
    // landlock alone, in a process of its own, since it cannot be taken off again
    // SAFETY: there is only one thread yet.
    match unsafe { libc::fork() } {
        0 => {
            use landlock::{ABI, Access, AccessFs, Ruleset, RulesetAttr, RulesetStatus};
            let status = Ruleset::default()
                .handle_access(AccessFs::from_all(ABI::V6))
                .and_then(Ruleset::create)
                .and_then(landlock::RulesetCreated::restrict_self);
            let opened = std::fs::File::open("/etc/passwd").map_err(|error| error.raw_os_error());
            let code = match (status, opened) {
                (Ok(status), _) if status.ruleset == RulesetStatus::NotEnforced => 2,
                (Ok(_), Err(Some(libc::EACCES))) => 0,
                _ => 1,
            };
            std::process::exit(code);
        }
        child => {
            let mut status = 0;
            // SAFETY: waits for the child just made.
            unsafe { libc::waitpid(child, &raw mut status, 0) };
            lines.push(match libc::WEXITSTATUS(status) {
                0 => "landlock_open denied EACCES".to_owned(),
                2 => "landlock_open denied unavailable".to_owned(),
                code => format!("landlock_open allowed {code}"),
            });
        }
    }
    // SAFETY: asks for a number.
    let parent = unsafe { libc::getppid() };
    if let Err(error) = podlinnik_media::sandbox::enter(&MediaLimits::default()) {
        println!("enter {error}");
        return ExitCode::FAILURE;
    }
    attempt(&mut lines, parent);
    for line in lines {
        println!("{line}");
    }
    ExitCode::SUCCESS
}

fn attempt(lines: &mut Vec<String>, parent: libc::pid_t) {
    let passwd = c"/etc/passwd".as_ptr();
    let shell = c"/bin/sh".as_ptr();
    let null = std::ptr::null::<libc::c_void>();
    let mut address = [0u8; 16];
    // 127.0.0.1:80
    address[..8].copy_from_slice(&[2, 0, 0, 80, 127, 0, 0, 1]);
    let mut call = |name: &str, number: i64, arguments: [i64; 6]| {
        let [a, b, c, d, e, f] = arguments;
        // SAFETY: the calls are meant to be denied; were one allowed, its pointers are valid strings or null.
        let result = unsafe { libc::syscall(number, a, b, c, d, e, f) };
        let errno = std::io::Error::last_os_error().raw_os_error().unwrap_or(0);
        lines.push(match (result, errno) {
            (-1, libc::EPERM) => format!("{name} denied EPERM"),
            (-1, libc::EACCES) => format!("{name} denied EACCES"),
            (-1, libc::ENOSYS) => format!("{name} denied ENOSYS"),
            (-1, other) => format!("{name} failed {other}"),
            (result, _) => format!("{name} allowed {result}"),
        });
    };
    let path = passwd as i64;
    let here = i64::from(libc::AT_FDCWD);
    call("open", libc::SYS_openat, [here, path, 0, 0, 0, 0]);
    call("openat2", libc::SYS_openat2, [here, path, path, 24, 0, 0]);
    call("creat", libc::SYS_openat, [here, c"/tmp/podlinnik-escape".as_ptr() as i64, 0o101, 0o600, 0, 0]);
    call("stat", libc::SYS_newfstatat, [here, path, address.as_ptr() as i64, 0, 0, 0]);
    call("statx", libc::SYS_statx, [here, path, 0, 0, 0, 0]);
    call("unlink", libc::SYS_unlinkat, [here, path, 0, 0, 0, 0]);
    call("getdents", libc::SYS_getdents64, [0, 0, 0, 0, 0, 0]);
    call("socket", libc::SYS_socket, [i64::from(libc::AF_INET), i64::from(libc::SOCK_STREAM), 0, 0, 0, 0]);
    call(
        "socket_unix",
        libc::SYS_socket,
        [i64::from(libc::AF_UNIX), i64::from(libc::SOCK_STREAM), 0, 0, 0, 0],
    );
    call("socketpair", libc::SYS_socketpair, [1, 1, 0, address.as_ptr() as i64, 0, 0]);
    call("connect", libc::SYS_connect, [0, address.as_ptr() as i64, 16, 0, 0, 0]);
    call("execve", libc::SYS_execve, [shell as i64, 0, 0, 0, 0, 0]);
    call("execveat", libc::SYS_execveat, [here, shell as i64, 0, 0, 0, 0]);
    call("ptrace", libc::SYS_ptrace, [i64::from(libc::PTRACE_ATTACH as i32), i64::from(parent), 0, 0, 0, 0]);
    call("kill_parent", libc::SYS_kill, [i64::from(parent), 0, 0, 0, 0, 0]);
    call("tgkill_parent", libc::SYS_tgkill, [i64::from(parent), i64::from(parent), 0, 0, 0, 0]);
    call("memfd", libc::SYS_memfd_create, [shell as i64, 0, 0, 0, 0, 0]);
    call("dup", libc::SYS_dup, [0, 0, 0, 0, 0, 0]);
    call("pipe", libc::SYS_pipe2, [address.as_ptr() as i64, 0, 0, 0, 0, 0]);
    call("ioctl", libc::SYS_ioctl, [0, 0x5401, 0, 0, 0, 0]);
    call("io_uring", libc::SYS_io_uring_setup, [1, 0, 0, 0, 0, 0]);
    call("bpf", libc::SYS_bpf, [0, 0, 0, 0, 0, 0]);
    call("userfaultfd", libc::SYS_userfaultfd, [0, 0, 0, 0, 0, 0]);
    call("process_vm_readv", libc::SYS_process_vm_readv, [i64::from(parent), 0, 0, 0, 0, 0]);
    call("unshare", libc::SYS_unshare, [i64::from(libc::CLONE_NEWUSER), 0, 0, 0, 0, 0]);
    call("mount", libc::SYS_mount, [path, path, 0, 0, 0, 0]);
    call("setrlimit", libc::SYS_prlimit64, [0, 9, address.as_ptr() as i64, 0, 0, 0]);
    call("prctl_dumpable", libc::SYS_prctl, [i64::from(libc::PR_SET_DUMPABLE), 1, 0, 0, 0, 0]);
    call("clone_process", libc::SYS_clone, [i64::from(libc::SIGCHLD), 0, 0, 0, 0, 0]);
    let read_execute = i64::from(libc::PROT_READ | libc::PROT_EXEC);
    let anonymous = i64::from(libc::MAP_PRIVATE | libc::MAP_ANONYMOUS);
    call("mmap_executable", libc::SYS_mmap, [null as i64, 4096, read_execute, anonymous, -1, 0]);
    call("mprotect_executable", libc::SYS_mprotect, [null as i64, 4096, read_execute, 0, 0, 0]);

    // SAFETY: denied by the filter; were it allowed, the child would only report and end.
    match unsafe { libc::fork() } {
        -1 => {
            lines.push("fork denied".to_owned());
            lines.push("second_open_after_fork denied".to_owned());
        }
        0 => {
            let _ = std::process::Command::new("/bin/true").status();
            std::process::exit(0);
        }
        child => lines.push(format!("fork allowed {child}")),
    }
    // what decoders need
    let thread = std::thread::Builder::new()
        .name("decoder".into())
        .spawn(|| std::fs::File::open("/etc/passwd").is_err());
    lines.push(match thread.map(std::thread::JoinHandle::join) {
        Ok(Ok(true)) => "thread ok".to_owned(),
        other => format!("thread {other:?}"),
    });
    let memory = vec![1u8; 64 << 20];
    lines.push(if memory.iter().all(|byte| *byte == 1) {
        "memory ok".to_owned()
    } else {
        "memory bad".to_owned()
    });
}
