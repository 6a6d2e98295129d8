//! Originals in a bucket: one that is away for a while, and machines that share one.

use std::sync::Arc;
use std::time::Duration;

use futures_util::stream;
use podlinnik_blobs::S3Settings;
use podlinnik_domain::analysis::AnalysisState;
use podlinnik_domain::error_code::ErrorCode;
use podlinnik_domain::people::Role;
use podlinnik_domain::submission::Circumstances;
use podlinnik_pipeline::uploads::UploadPiece;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use crate::support::{ATTEMPTS, World, code, eventually};

/// A line to the server that can be cut and mended.
struct Line {
    address: String,
    open: Arc<watch::Sender<bool>>,
}

impl Line {
    async fn to(server: String) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = format!("http://{}", listener.local_addr().expect("an address"));
        let open = Arc::new(watch::Sender::new(true));
        let told = open.subscribe();
        tokio::spawn(async move {
            while let Ok((mut client, _)) = listener.accept().await {
                let (mut told, server) = (told.clone(), server.clone());
                tokio::spawn(async move {
                    if !*told.borrow() {
                        return;
                    }
                    let Ok(mut upstream) = TcpStream::connect(server).await else { return };
                    tokio::select! {
                        _ = tokio::io::copy_bidirectional(&mut client, &mut upstream) => {}
                        _ = told.wait_for(|open| !open) => {}
                    }
                });
            }
        });
        Self { address, open }
    }

    fn cut(&self) {
        self.open.send_replace(false);
    }

    fn mend(&self) {
        self.open.send_replace(true);
    }
}

/// A bucket of its own behind a line; none, and a word about it, where no server is named.
#[expect(clippy::print_stderr, reason = "a skipped test says so")]
async fn bucket(name: &str) -> Option<(S3Settings, Line)> {
    let Ok(server) = std::env::var("PODLINNIK_TEST_S3") else {
        eprintln!(
            "skipped: {name} needs a server that speaks S3 in PODLINNIK_TEST_S3 (`cargo xtask test` starts one)"
        );
        return None;
    };
    let host = server.trim_start_matches("http://").to_owned();
    let name = format!("{name}-{}", std::process::id());
    let mut stream = TcpStream::connect(&host).await.expect("the server");
    let request =
        format!("PUT /{name} HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\ncontent-length: 0\r\n\r\n");
    stream.write_all(request.as_bytes()).await.expect("a request");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.expect("an answer");
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    let line = Line::to(host).await;
    let settings = S3Settings {
        endpoint: Some(line.address.clone()),
        allow_http: true,
        retry_for: Duration::from_millis(300),
        answer_within: Duration::from_secs(5),
        ..S3Settings::new(name, "key".to_owned(), "secret".to_owned())
    };
    Some((settings, line))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn while_the_bucket_is_away_nothing_is_taken_in_and_nothing_is_lost() {
    let Some((settings, line)) = bucket("away").await else { return };
    let world = World::on_a_bucket(settings.clone()).await;
    let anna = world.person(world.tambov, "anna", &[Role::Analyst]).await;
    let submission = world.submit(&anna, b"clip").await;
    line.cut();
    // What comes is refused, and said to be worth another try.
    let refused = world.try_submit(&anna, b"another", Circumstances::default(), None).await;
    assert_eq!(code(&refused), Some(ErrorCode::StorageUnavailable));
    assert_eq!(world.service.submissions(&anna, None, 10).await.expect("a page").items.len(), 1);
    assert!(world.service.ready().await.is_err());
    let original = world.service.original(&anna, submission.id).await;
    assert!(original.is_ok() || code(&original) == Some(ErrorCode::StorageUnavailable), "never missing");
    // What is queued waits: more often than it may be tried it comes back, and no attempt is counted.
    let worker = world.start_worker("patient");
    // Time passes whenever the job is in the queue.
    let state = async || {
        let state = world.analysis_state(submission.analysis).await;
        if state == AnalysisState::Queued {
            world.clock.advance(30);
        }
        state
    };
    eventually("the job is tried again and again", async || {
        let state = state().await;
        assert!(!state.is_final(), "{state:?}");
        world.analyser.calls() > 3 * ATTEMPTS
    })
    .await;
    assert!(world.service.dead_jobs(None).await.expect("a list").is_empty());
    line.mend();
    eventually("the analysis is done", async || state().await == AnalysisState::Done).await;
    worker.stop().await;
    world.submit(&anna, b"another").await;
    // A machine that has never seen it has it.
    let disk = tempfile::tempdir().expect("a folder");
    let other = world.on_another_machine(disk.path(), settings).await;
    assert!(other.original(&anna, submission.id).await.is_ok());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn machines_share_a_bucket_and_a_piece_that_goes_astray_is_told_so() {
    let Some((settings, _line)) = bucket("shared").await else { return };
    let world = World::on_a_bucket(settings.clone()).await;
    let disk = tempfile::tempdir().expect("a folder");
    let other = world.on_another_machine(disk.path(), settings).await;
    let anna = world.person(world.tambov, "anna", &[Role::Analyst]).await;
    let id = world.service.upload_begin(&anna, 8, Circumstances::default()).await.expect("an upload").id;
    let send = async |service: &podlinnik_pipeline::Service, offset: u64, bytes: &'static [u8]| {
        let piece = UploadPiece { offset, checksum: None, idle_time: Duration::from_secs(20) };
        let body = stream::iter([Ok::<_, std::io::Error>(bytes.to_vec())]);
        service.upload_receive(&anna, id, piece, body).await
    };
    assert_eq!(send(&world.service, 0, b"four").await.expect("a piece").offset, 4);
    assert_eq!(code(&send(&other, 4, b"more").await), Some(ErrorCode::UploadElsewhere));
    assert_eq!(other.upload_status(&anna, id).await.expect("a status").offset, 4, "nothing was lost by that");
    let ended = send(&world.service, 4, b"more").await.expect("a piece");
    let submission = ended.submission.expect("a submission");
    // Whoever asks elsewhere hears the same, and the other machine examines what came to the first.
    assert_eq!(other.upload_status(&anna, id).await.expect("a status").submission, Some(submission));
    let stop = CancellationToken::new();
    let working = {
        let (other, stop) = (other.clone(), stop.clone());
        tokio::spawn(async move { other.run_worker("other", 1, stop).await })
    };
    let analysis = other.submission(&anna, submission).await.expect("a submission").analysis;
    eventually("the analysis is done", async || world.analysis_state(analysis).await == AnalysisState::Done)
        .await;
    stop.cancel();
    working.await.expect("a worker");
}
