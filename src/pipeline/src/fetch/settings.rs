use std::path::PathBuf;
use std::time::Duration;

/// How links are fetched. The largest file is that of uploads.
#[derive(Debug, Clone)]
pub struct FetchSettings {
    /// Time without a byte after which a connection is taken to be dead.
    pub idle: Duration,
    /// The longest that one attempt may take.
    pub whole: Duration,
    /// Attempts before it is given up.
    pub attempts: u32,
    /// Seconds until the second attempt; five times as long for each further one.
    pub first_wait_s: f64,
    /// The program that takes clips out of posts (`yt-dlp`); none leaves posts alone.
    pub yt_dlp: Option<PathBuf>,
    /// The program that becomes it once it is in its cage: this very one, started anew with [`super::posts::CHILD_ARGUMENT`].
    pub cage: PathBuf,
    /// Hosts whose pages count as posts beside the known ones. For tests.
    pub more_post_hosts: Vec<String>,
}

impl Default for FetchSettings {
    fn default() -> Self {
        Self {
            idle: Duration::from_secs(30),
            whole: Duration::from_secs(30 * 60),
            attempts: 4,
            first_wait_s: 5.0,
            yt_dlp: None,
            cage: PathBuf::from("/proc/self/exe"),
            more_post_hosts: Vec::new(),
        }
    }
}
