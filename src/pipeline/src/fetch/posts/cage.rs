//! The cage that the child enters before it becomes the program for posts. Everything here runs in the child, which has one thread and nothing of ours.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use landlock::{
    ABI, Access as _, AccessFs, AccessNet, CompatLevel, Compatible as _, NetPort, PathBeneath, PathFd,
    Ruleset, RulesetAttr as _, RulesetCreatedAttr as _, Scope,
};
use rustix::process::{DumpableBehavior, Resource, Rlimit, Signal, setrlimit};
use seccompiler::{
    BpfProgram, SeccompAction, SeccompCmpArgLen, SeccompCmpOp, SeccompCondition, SeccompFilter, SeccompRule,
};

/// First argument of the program when it is started to enter the cage.
pub const CHILD_ARGUMENT: &str = "__fetch-child";
/// What the child ends with when it cannot close the cage; it has not become the program then.
pub(super) const NOT_CAGED: u8 = 113;

/// Address space of the program in bytes.
const MEMORY: u64 = 3 << 30;
/// Descriptors that it may have open.
const DESCRIPTORS: u64 = 256;
/// What it may write beyond the largest file, for a merged copy.
const MORE_BYTES: u64 = 64 << 20;

/// What is restricted, in the order of the child's arguments.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Cage {
    /// The one port of this machine that may be connected to; none at all for 0.
    pub(super) port: u16,
    /// Largest file that may be written, in bytes.
    pub(super) file_bytes: u64,
    /// Processor time in seconds.
    pub(super) cpu_s: u64,
    /// The only folder that may be written to.
    pub(super) folder: PathBuf,
}

impl Cage {
    /// The child's command line: enter the cage, then become `program` with `arguments`.
    pub(super) fn command(&self, child: &Path, program: &Path, arguments: &[OsString]) -> Command {
        let mut command = Command::new(child);
        command
            .arg(CHILD_ARGUMENT)
            .arg(self.port.to_string())
            .arg(self.file_bytes.to_string())
            .arg(self.cpu_s.to_string())
            .arg(&self.folder)
            .arg(program)
            .args(arguments)
            .env_clear()
            .env("PATH", "/usr/local/bin:/usr/bin:/bin")
            .env("HOME", &self.folder)
            .env("TMPDIR", &self.folder)
            .env("LANG", "C.UTF-8")
            .env("PYTHONDONTWRITEBYTECODE", "1")
            .env("PYTHONNOUSERSITE", "1")
            .current_dir(&self.folder)
            .process_group(0);
        command
    }

    fn parse(arguments: &mut impl Iterator<Item = OsString>) -> Option<Self> {
        let mut number = || arguments.next()?.to_str()?.parse::<u64>().ok();
        let (port, file_bytes, cpu_s) = (number()?, number()?, number()?);
        Some(Self { port: port.try_into().ok()?, file_bytes, cpu_s, folder: arguments.next()?.into() })
    }

    /// Closes it. There is no way back: landlock and seccomp both take the right to new privileges away.
    fn enter(&self, program: &Path) -> Result<(), String> {
        let refused = |what: &'static str| move |error: rustix::io::Errno| format!("{what}: {error}");
        rustix::process::set_parent_process_death_signal(Some(Signal::KILL))
            .map_err(refused("death signal"))?;
        rustix::process::set_dumpable_behavior(DumpableBehavior::NotDumpable).map_err(refused("dumpable"))?;
        limit(Resource::Core, 0)?;
        limit(Resource::Fsize, self.file_bytes.saturating_add(MORE_BYTES))?;
        limit(Resource::As, MEMORY)?;
        limit(Resource::Cpu, self.cpu_s.max(1))?;
        limit(Resource::Nofile, DESCRIPTORS)?;
        self.restrict(program).map_err(|error| format!("landlock: {error}"))?;
        filter()
    }

    fn restrict(&self, program: &Path) -> Result<(), landlock::RulesetError> {
        let abi = ABI::V6;
        let reading = AccessFs::from_read(abi);
        let mut ruleset = Ruleset::default()
            .set_compatibility(CompatLevel::BestEffort)
            .handle_access(AccessFs::from_all(abi))?
            .handle_access(AccessNet::from_all(abi))?
            .scope(Scope::from_all(abi))?
            .create()?;
        let devices = ["/dev/null", "/dev/zero", "/dev/urandom", "/dev/random"];
        for path in SYSTEM.iter().map(PathBuf::from).chain(homes(program)) {
            let Ok(opened) = PathFd::new(&path) else { continue };
            let allowed = if path.is_dir() { reading } else { reading & AccessFs::from_file(abi) };
            ruleset = ruleset.add_rule(PathBeneath::new(opened, allowed))?;
        }
        for path in devices {
            let Ok(opened) = PathFd::new(path) else { continue };
            ruleset = ruleset.add_rule(PathBeneath::new(opened, AccessFs::ReadFile | AccessFs::WriteFile))?;
        }
        if let Ok(opened) = PathFd::new(&self.folder) {
            let all =
                AccessFs::from_all(abi) & !AccessFs::MakeBlock & !AccessFs::MakeChar & !AccessFs::MakeSock;
            ruleset = ruleset.add_rule(PathBeneath::new(opened, all))?;
        }
        if self.port != 0 {
            ruleset = ruleset.add_rule(NetPort::new(self.port, AccessNet::ConnectTcp))?;
        }
        ruleset.restrict_self()?;
        Ok(())
    }
}

/// What programs and their libraries need of the system; nothing that holds anybody's data.
const SYSTEM: [&str; 17] = [
    "/usr",
    "/bin",
    "/lib",
    "/lib64",
    "/etc/ssl",
    "/etc/pki",
    "/etc/ca-certificates",
    "/etc/ld.so.cache",
    "/etc/ld.so.conf",
    "/etc/ld.so.conf.d",
    "/etc/alternatives",
    "/etc/localtime",
    "/etc/mime.types",
    "/etc/hosts",
    "/etc/nsswitch.conf",
    "/etc/host.conf",
    "/proc/self",
];

/// Where the program itself lives: its file, and for an environment of its own (`…/bin/yt-dlp`) that environment, with its interpreter's.
fn homes(program: &Path) -> Vec<PathBuf> {
    let mut homes = vec![program.to_owned()];
    let resolved = std::fs::canonicalize(program).unwrap_or_else(|_| program.to_owned());
    for path in [program, &resolved] {
        homes.push(path.to_owned());
        let Some(folder) = path.parent().filter(|folder| folder.ends_with("bin")) else { continue };
        for name in ["python", "python3"] {
            let interpreter = std::fs::canonicalize(folder.join(name)).ok();
            let bin = interpreter.as_deref().and_then(Path::parent).filter(|bin| bin.ends_with("bin"));
            homes.extend(bin.and_then(Path::parent).map(Path::to_owned));
        }
        if let Some(home) = folder.parent() {
            homes.extend(["bin", "lib", "lib64", "pyvenv.cfg"].map(|part| home.join(part)));
        }
    }
    // The whole machine is nobody's home.
    homes.retain(|path| path.parent().is_some());
    homes
}

fn limit(resource: Resource, most: u64) -> Result<(), String> {
    // An inherited limit may be lower already, and cannot be raised.
    let most = most.min(rustix::process::getrlimit(resource).maximum.unwrap_or(u64::MAX));
    setrlimit(resource, Rlimit { current: Some(most), maximum: Some(most) })
        .map_err(|error| format!("limit {resource:?}: {error}"))
}

/// The kind of a socket without its flags.
const KIND_MASK: u64 = 0xf;

/// Calls that are refused whatever their arguments.
const REFUSED: &[i64] = &[
    libc::SYS_setsid,
    libc::SYS_setpgid,
    libc::SYS_ptrace,
    libc::SYS_process_vm_readv,
    libc::SYS_process_vm_writev,
    libc::SYS_pidfd_getfd,
    libc::SYS_io_uring_setup,
    libc::SYS_mount,
    libc::SYS_umount2,
    libc::SYS_pivot_root,
    libc::SYS_chroot,
    libc::SYS_unshare,
    libc::SYS_setns,
    libc::SYS_bpf,
    libc::SYS_perf_event_open,
    libc::SYS_userfaultfd,
    libc::SYS_keyctl,
    libc::SYS_add_key,
    libc::SYS_request_key,
];

/// Refuses what a program that speaks HTTP through a proxy has no use for: sockets that landlock does not know, leaving its process group (by which it is ended
/// with all that it has started), looking into other processes.
fn filter() -> Result<(), String> {
    let told = |error: &dyn std::fmt::Display| format!("seccomp: {error}");
    let is = |argument: u8, operator: SeccompCmpOp, value: u64| {
        SeccompCondition::new(argument, SeccompCmpArgLen::Dword, operator, value)
            .map_err(|error| told(&error))
    };
    let rule = |conditions| SeccompRule::new(conditions).map_err(|error| told(&error));
    let mut sockets = Vec::new();
    // Datagrams and raw packets of both families, and every family but these and local ones.
    for family in [libc::AF_INET, libc::AF_INET6] {
        for kind in [libc::SOCK_DGRAM, libc::SOCK_RAW] {
            sockets.push(rule(vec![
                is(0, SeccompCmpOp::Eq, family as u64)?,
                is(1, SeccompCmpOp::MaskedEq(KIND_MASK), kind as u64)?,
            ])?);
        }
    }
    sockets.push(rule(vec![
        is(0, SeccompCmpOp::Ne, libc::AF_UNIX as u64)?,
        is(0, SeccompCmpOp::Ne, libc::AF_INET as u64)?,
        is(0, SeccompCmpOp::Ne, libc::AF_INET6 as u64)?,
    ])?);
    let mut rules: BTreeMap<i64, Vec<SeccompRule>> =
        REFUSED.iter().map(|number| (*number, Vec::new())).collect();
    rules.insert(libc::SYS_socket, sockets);
    let architecture =
        std::env::consts::ARCH.try_into().map_err(|error| told(&error as &seccompiler::BackendError))?;
    let program: BpfProgram = SeccompFilter::new(
        rules,
        SeccompAction::Allow,
        SeccompAction::Errno(libc::EPERM as u32),
        architecture,
    )
    .and_then(TryInto::try_into)
    .map_err(|error| told(&error))?;
    seccompiler::apply_filter_all_threads(&program).map_err(|error| told(&error))
}

/// What the child does: enters the cage, then becomes the program. It comes back only where that fails.
pub fn child_main() -> ExitCode {
    let mut arguments = std::env::args_os().skip(2);
    let parsed = Cage::parse(&mut arguments).and_then(|cage| Some((cage, PathBuf::from(arguments.next()?))));
    let failure = match parsed {
        None => "the cage has no measures".to_owned(),
        Some((cage, program)) => match cage.enter(&program) {
            Err(failure) => failure,
            Ok(()) => Command::new(&program).args(arguments).exec().to_string(),
        },
    };
    let _ = std::io::Write::write_all(&mut std::io::stderr(), format!("ERROR: cage: {failure}\n").as_bytes());
    ExitCode::from(NOT_CAGED)
}

/// How far this kernel keeps the program to the one port; none if it does not at all.
pub fn network_cover() -> Option<&'static str> {
    // Asked without restricting anything: what a ruleset of the network alone would come to.
    let made = Ruleset::default()
        .set_compatibility(CompatLevel::HardRequirement)
        .handle_access(AccessNet::ConnectTcp)
        .and_then(Ruleset::create);
    made.is_ok().then_some("landlock")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_measures_survive_the_command_line() {
        let cage = Cage { port: 4711, file_bytes: 1000, cpu_s: 7, folder: PathBuf::from("/x y") };
        let command = cage.command(Path::new("/child"), Path::new("/usr/bin/yt-dlp"), &["--".into()]);
        let mut arguments = command.get_args().skip(1).map(OsString::from);
        assert_eq!(Cage::parse(&mut arguments), Some(cage));
        assert_eq!(arguments.collect::<Vec<_>>(), ["/usr/bin/yt-dlp", "--"]);
        assert_eq!(Cage::parse(&mut std::iter::empty()), None);
    }

    #[test]
    fn a_program_is_at_home_where_it_lies_and_nowhere_else() {
        let homes = homes(Path::new("/srv/podlinnik/yt-dlp"));
        assert!(homes.contains(&PathBuf::from("/srv/podlinnik/yt-dlp")));
        assert!(!homes.contains(&PathBuf::from("/srv/podlinnik")) && !homes.contains(&PathBuf::from("/")));
        let homes = super::homes(Path::new("/srv/tools/bin/yt-dlp"));
        assert!(
            homes.contains(&PathBuf::from("/srv/tools/lib")) && !homes.contains(&PathBuf::from("/srv/tools"))
        );
    }
}
