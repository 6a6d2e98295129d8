//! The cage that the child enters before it reads the first byte of the file.
//!
//! ✅ no file can be opened, made, renamed or removed; no socket; no other program, no other process, no signal to another process; no new
//! descriptor; bounded memory and processor time; no core dump; dies with the parent.
//! ❌ the file system's names can be probed neither, but time can be read and processor time used up to the limit.
//!
//! Three layers: resource limits, landlock (no file system, no network, no signals outside), and a seccomp list of the calls that decoding needs.
//! Where the kernel has no landlock, the report says so; seccomp alone still refuses every call that opens anything.

use std::collections::BTreeMap;
use std::time::Duration;

use landlock::{
    ABI, Access, AccessFs, AccessNet, CompatLevel, Compatible, Ruleset, RulesetAttr, RulesetStatus, Scope,
};
use rustix::process::{DumpableBehavior, Resource, Rlimit, Signal, setrlimit};
use seccompiler::{
    BpfProgram, SeccompAction, SeccompCmpArgLen, SeccompCmpOp, SeccompCondition, SeccompFilter, SeccompRule,
};
use serde::{Deserialize, Serialize};

use crate::MediaLimits;

/// Why the cage could not be closed. The child then does not touch the file.
#[derive(Debug, thiserror::Error)]
pub enum SandboxError {
    /// A resource limit or a process setting was refused.
    #[error("cannot set {what}: {error}")]
    Limit {
        /// Which one.
        what: &'static str,
        /// What the kernel said.
        error: std::io::Error,
    },
    /// Landlock exists but failed.
    #[error("cannot restrict by landlock: {0}")]
    Landlock(#[from] landlock::RulesetError),
    /// The list of calls could not be built or installed.
    #[error("cannot install seccomp filter: {0}")]
    Seccomp(String),
}

/// How complete the cage is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct SandboxReport {
    /// What landlock restricts: everything that this kernel knows, or nothing because it knows none.
    pub landlock: LandlockCover,
}

/// What landlock restricts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LandlockCover {
    /// Files, network and signals.
    Full,
    /// What an older kernel can.
    Partial,
    /// Nothing: the kernel has no landlock. Seccomp stands alone.
    None,
}

/// Enters the cage: every thread that is started later is inside too. There is no way back.
///
/// # Errors
/// [`SandboxError`]; the caller must then not read hostile bytes.
pub fn enter(limits: &MediaLimits) -> Result<SandboxReport, SandboxError> {
    rustix::process::set_parent_process_death_signal(Some(Signal::KILL)).map_err(refused("death signal"))?;
    rustix::process::set_dumpable_behavior(DumpableBehavior::NotDumpable).map_err(refused("dumpable"))?;
    close_inherited_descriptors()?;
    limit_arenas();

    let cover = restrict_by_landlock()?;

    limit(Resource::Core, 0, 0, "core limit")?;
    limit(Resource::Fsize, 0, 0, "file size limit")?;
    limit(Resource::As, limits.address_space_bytes, limits.address_space_bytes, "memory limit")?;
    let cpu = limits.cpu.max(Duration::from_secs(1)).as_secs();
    limit(Resource::Cpu, cpu, cpu.saturating_add(2), "processor limit")?;
    // descriptors 0, 1 and 2 are all there will ever be
    limit(Resource::Nofile, 3, 3, "descriptor limit")?;

    install_filters()?;
    Ok(SandboxReport { landlock: cover })
}

fn refused(what: &'static str) -> impl Fn(rustix::io::Errno) -> SandboxError {
    move |errno| SandboxError::Limit { what, error: errno.into() }
}

fn limit(resource: Resource, soft: u64, hard: u64, what: &'static str) -> Result<(), SandboxError> {
    // an inherited limit may be lower already, and cannot be raised
    let inherited = rustix::process::getrlimit(resource).maximum.unwrap_or(u64::MAX);
    let hard = hard.min(inherited);
    setrlimit(resource, Rlimit { current: Some(soft.min(hard)), maximum: Some(hard) }).map_err(refused(what))
}

/// Descriptors beyond 2 may leak in from libraries of the parent that forget `O_CLOEXEC`.
fn close_inherited_descriptors() -> Result<(), SandboxError> {
    // SAFETY: called before this process has opened a descriptor of its own; nothing here owns one above 2.
    let result = unsafe { libc::syscall(libc::SYS_close_range, 3u32, u32::MAX, 0u32) };
    if result == 0 {
        return Ok(());
    }
    Err(SandboxError::Limit { what: "inherited descriptors", error: std::io::Error::last_os_error() })
}

/// Keeps glibc from reserving an arena for every decoder thread.
fn limit_arenas() {
    // SAFETY: `mallopt` takes two numbers and is called while there is only one thread.
    unsafe { libc::mallopt(libc::M_ARENA_MAX, 2) };
}

fn restrict_by_landlock() -> Result<LandlockCover, SandboxError> {
    let abi = ABI::V6;
    let status = Ruleset::default()
        .set_compatibility(CompatLevel::BestEffort)
        .handle_access(AccessFs::from_all(abi))?
        .handle_access(AccessNet::from_all(abi))?
        .scope(Scope::from_all(abi))?
        .create()?
        .restrict_self()?;
    Ok(match status.ruleset {
        RulesetStatus::FullyEnforced => LandlockCover::Full,
        RulesetStatus::PartiallyEnforced => LandlockCover::Partial,
        RulesetStatus::NotEnforced => LandlockCover::None,
    })
}

/// Calls that decoding, threads and the two pipes need. Nothing on this list takes a path or makes a descriptor.
const ALLOWED: &[i64] = &[
    // the input, the answers
    libc::SYS_read,
    libc::SYS_readv,
    libc::SYS_pread64,
    libc::SYS_lseek,
    libc::SYS_write,
    libc::SYS_writev,
    libc::SYS_close,
    // memory
    libc::SYS_brk,
    libc::SYS_munmap,
    libc::SYS_mremap,
    libc::SYS_madvise,
    // threads
    libc::SYS_futex,
    libc::SYS_set_robust_list,
    libc::SYS_rseq,
    libc::SYS_sched_yield,
    libc::SYS_sched_getaffinity,
    libc::SYS_gettid,
    libc::SYS_getpid,
    // clone3 hides its flags behind a pointer; the second filter answers it with "no such call", and glibc takes clone
    libc::SYS_clone3,
    // time and chance
    libc::SYS_clock_gettime,
    libc::SYS_clock_getres,
    libc::SYS_clock_nanosleep,
    libc::SYS_nanosleep,
    libc::SYS_gettimeofday,
    libc::SYS_getrandom,
    libc::SYS_sysinfo,
    libc::SYS_getrusage,
    // signals to itself, and the end
    libc::SYS_rt_sigaction,
    libc::SYS_rt_sigprocmask,
    libc::SYS_rt_sigreturn,
    libc::SYS_sigaltstack,
    libc::SYS_restart_syscall,
    libc::SYS_exit,
    libc::SYS_exit_group,
];

fn install_filters() -> Result<(), SandboxError> {
    let mut rules: BTreeMap<i64, Vec<SeccompRule>> =
        ALLOWED.iter().map(|number| (*number, Vec::new())).collect();
    // threads, but no processes
    let thread = libc::CLONE_THREAD as u64;
    rules.insert(libc::SYS_clone, vec![rule(0, SeccompCmpOp::MaskedEq(thread), thread)?]);
    // memory that can be written or executed, never executed anew
    let executable = libc::PROT_EXEC as u64;
    rules.insert(libc::SYS_mmap, vec![rule(2, SeccompCmpOp::MaskedEq(executable), 0)?]);
    rules.insert(libc::SYS_mprotect, vec![rule(2, SeccompCmpOp::MaskedEq(executable), 0)?]);
    // a thread may give itself a name
    rules.insert(libc::SYS_prctl, vec![rule(0, SeccompCmpOp::Eq, libc::PR_SET_NAME as u64)?]);
    // `abort` sends a signal to its own process
    let own = u64::from(std::process::id());
    rules.insert(libc::SYS_tgkill, vec![rule(0, SeccompCmpOp::Eq, own)?]);

    let not_there = BTreeMap::from([(libc::SYS_clone3, Vec::new())]);
    apply(not_there, SeccompAction::Allow, SeccompAction::Errno(libc::ENOSYS as u32))?;
    apply(rules, SeccompAction::Errno(libc::EPERM as u32), SeccompAction::Allow)
}

fn rule(argument: u8, operator: SeccompCmpOp, value: u64) -> Result<SeccompRule, SandboxError> {
    let condition = SeccompCondition::new(argument, SeccompCmpArgLen::Qword, operator, value)
        .map_err(|error| SandboxError::Seccomp(error.to_string()))?;
    SeccompRule::new(vec![condition]).map_err(|error| SandboxError::Seccomp(error.to_string()))
}

fn apply(
    rules: BTreeMap<i64, Vec<SeccompRule>>,
    otherwise: SeccompAction,
    matched: SeccompAction,
) -> Result<(), SandboxError> {
    let architecture = std::env::consts::ARCH
        .try_into()
        .map_err(|error: seccompiler::BackendError| SandboxError::Seccomp(error.to_string()))?;
    let program: BpfProgram = SeccompFilter::new(rules, otherwise, matched, architecture)
        .and_then(TryInto::try_into)
        .map_err(|error| SandboxError::Seccomp(error.to_string()))?;
    // all threads: there is only one yet, and this fails if that ever changes
    seccompiler::apply_filter_all_threads(&program).map_err(|error| SandboxError::Seccomp(error.to_string()))
}
