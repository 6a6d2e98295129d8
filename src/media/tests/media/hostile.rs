//! Files that mean harm, and readers that misbehave. The service survives all of them and says what happened in a code.

use std::fs::File;
use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use base64::Engine;
use podlinnik_domain::error_code::ErrorCode;
use podlinnik_domain::media::{MediaKind, WarningCode};
use podlinnik_media::{MediaError, MediaEvent, MediaLimits, MediaReader, SamplingPlan};

use crate::support::{ffmpeg, folder, plan, read, read_with, reader, write};

/// A file of `fixtures/hostile`, which are stored as base64.
#[track_caller]
pub(crate) fn decode(path: &Path) -> Vec<u8> {
    let text: String = std::fs::read_to_string(path).unwrap().split_whitespace().collect();
    base64::engine::general_purpose::STANDARD.decode(text).unwrap()
}

#[test]
fn stored_hostile_files_do_what_their_table_says() {
    let stored = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/hostile");
    let table = std::fs::read_to_string(stored.join("cases.tsv")).unwrap();
    let cases: Vec<(&str, &str)> = table
        .lines()
        .filter(|line| !line.starts_with('#'))
        .filter_map(|line| line.split_once('\t'))
        .collect();
    let folder = folder();
    let mut names: Vec<String> = std::fs::read_dir(&stored)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter_map(|name| name.strip_suffix(".b64").map(str::to_owned))
        .collect();
    names.sort();
    assert_eq!(names.len(), cases.len(), "one line in cases.tsv for each file");
    let mut wrong = Vec::new();
    for name in names {
        let (_, expected) = cases
            .iter()
            .find(|(case, _)| *case == name)
            .unwrap_or_else(|| panic!("{name} is not in cases.tsv"));
        let bytes = decode(&stored.join(format!("{name}.b64")));
        let began = Instant::now();
        let outcome = read(&write(folder.path().join(&name), &bytes));
        let said = match outcome.code() {
            Some(code) => code.code().to_owned(),
            None => {
                outcome.warnings.first().map_or("clean".to_owned(), |warning| warning.code.code().to_owned())
            }
        };
        if said != *expected {
            wrong.push(format!("{name}: {said}, not {expected}: {outcome:?}"));
        }
        assert!(began.elapsed() < Duration::from_secs(30), "{name} took {:?}", began.elapsed());
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn what_is_no_media_is_refused() {
    let folder = folder();
    read(&write(folder.path().join("empty.mp4"), b"")).refused(ErrorCode::MediaEmpty);
    read(folder.path()).refused(ErrorCode::MediaIsDirectory);
    read(Path::new("/dev/null")).refused(ErrorCode::MediaUnreadable);
    let noise: Vec<u8> = (0u32..100_000).map(|i| (i.wrapping_mul(2_654_435_761) >> 13) as u8).collect();
    for (name, bytes) in [
        ("text.jpg", "Это не картинка.\n".repeat(100).into_bytes()),
        ("one.mp4", b"x".to_vec()),
        ("noise.avi", noise),
        ("zeros.mov", vec![0; 100_000]),
        ("page.png", b"<!doctype html><html><body>hello</body></html>".to_vec()),
        (
            "drawing.jpg",
            b"<svg xmlns=\"http://www.w3.org/2000/svg\"><image href=\"file:///etc/passwd\"/></svg>".to_vec(),
        ),
        ("script.gif", b"#!/bin/sh\ntouch /tmp/podlinnik-was-here\n".to_vec()),
    ] {
        read(&write(folder.path().join(name), &bytes)).refused(ErrorCode::MediaUnsupported);
    }
}

#[test]
fn playlists_and_scripts_are_refused_whatever_they_are_called() {
    let folder = folder();
    let clip = ffmpeg("-f lavfi -i testsrc2=s=64x64:d=1 -c:v libx264", &folder.path().join("real.mp4"));
    let clip = clip.display();
    for text in [
        format!("#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\nfile://{clip}\n#EXT-X-ENDLIST\n"),
        format!("\u{feff}#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\n{clip}\n"),
        format!("ffconcat version 1.0\nfile '{clip}'\n"),
        format!("<?xml version=\"1.0\"?><MPD xmlns=\"urn:mpeg:dash:schema:mpd:2011\"><BaseURL>file://{clip}</BaseURL></MPD>"),
        format!("<?xml version=\"1.0\"?><SmoothStreamingMedia><a>{clip}</a></SmoothStreamingMedia>"),
        "v=0\r\no=- 0 0 IN IP4 127.0.0.1\r\ns=x\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=video 5004 RTP/AVP 96\r\n".to_owned(),
        format!("[playlist]\nFile1={clip}\nNumberOfEntries=1\n"),
        ";FFMETADATA1\ntitle=x\n".to_owned(),
    ] {
        for name in ["list.m3u8", "list.mp4"] {
            read(&write(folder.path().join(name), text.as_bytes())).refused(ErrorCode::MediaUnsupported);
        }
    }
}

#[test]
fn an_archive_is_refused_and_not_unpacked() {
    let folder = folder();
    let mut zip = b"PK\x03\x04\x14\0\0\0\x08\0".to_vec();
    zip.resize(4096, 0);
    read(&write(folder.path().join("a.zip"), &zip)).refused(ErrorCode::MediaUnsupported);
    read(&write(folder.path().join("a.jpg"), &zip)).refused(ErrorCode::MediaUnsupported);
}

#[test]
fn a_clip_under_a_false_name_is_a_clip() {
    let folder = folder();
    let clip = ffmpeg("-f lavfi -i testsrc2=s=64x64:d=1 -c:v libx264", &folder.path().join("a.mp4"));
    for name in ["a.jpg", "a.txt", "a", "a.zip", "--help", "a;b.mkv"] {
        let renamed = folder.path().join(name);
        std::fs::copy(&clip, &renamed).unwrap();
        assert_eq!(read(&renamed).clean().probe().kind, MediaKind::Video, "{name}");
    }
}

#[test]
fn many_streams_are_refused() {
    let folder = folder();
    let sound = "-f lavfi -i sine=d=1";
    let maps = "-map 0 ".repeat(33);
    let file = ffmpeg(&format!("{sound} {maps} -c:a flac"), &folder.path().join("a.mkv"));
    read(&file).refused(ErrorCode::MediaTooManyStreams);
    let maps = "-map 0 ".repeat(32);
    let file = ffmpeg(&format!("{sound} {maps} -c:a flac"), &folder.path().join("b.mkv"));
    assert_eq!(read(&file).clean().probe().kind, MediaKind::Audio);
}

/// A PNG of 16 million black pixels in a few kilobytes is within the limits: it costs its pixels, and no more.
#[test]
fn a_dense_picture_costs_bounded_memory() {
    let folder = folder();
    let bomb = ffmpeg(
        "-f lavfi -i color=black:s=4000x4000 -frames:v 1 -pix_fmt rgb48be",
        &folder.path().join("a.png"),
    );
    assert!(std::fs::metadata(&bomb).unwrap().len() < 500_000);
    let outcome = read(&bomb);
    assert!(outcome.error.is_none(), "{:?}", outcome.error);
    assert_eq!(outcome.frames[0].width, 1920);
    // the same with less memory than the pixels need (the libraries alone take 200 MB of addresses)
    let limits = MediaLimits { address_space_bytes: 260 << 20, ..MediaLimits::default() };
    read_with(&bomb, &SamplingPlan::default(), limits).refused(ErrorCode::MediaMemoryLimit);
}

#[test]
fn a_clip_that_needs_too_much_memory_is_refused() {
    let folder = folder();
    let clip = ffmpeg(
        "-f lavfi -i testsrc2=s=4096x4096:r=5:d=2 -c:v libx264 -preset ultrafast -pix_fmt yuv444p",
        &folder.path().join("a.mp4"),
    );
    let limits = MediaLimits { address_space_bytes: 300 << 20, ..MediaLimits::default() };
    let outcome = read_with(&clip, &SamplingPlan::default(), limits);
    match outcome.code() {
        Some(code) => assert!(
            [ErrorCode::MediaMemoryLimit, ErrorCode::MediaDamaged, ErrorCode::MediaReaderDied]
                .contains(&code),
            "{code}"
        ),
        None => assert!(!outcome.warnings.is_empty()),
    }
}

#[test]
fn the_wall_time_limit_ends_the_reading() {
    let folder = folder();
    let clip = ffmpeg(
        "-f lavfi -i testsrc2=s=640x360:d=5 -c:v libx264 -preset ultrafast",
        &folder.path().join("a.mp4"),
    );
    let limits = MediaLimits { wall: Duration::from_millis(1), ..MediaLimits::default() };
    let began = Instant::now();
    read_with(&clip, &SamplingPlan::default(), limits).refused(ErrorCode::MediaTimeLimit);
    assert!(began.elapsed() < Duration::from_secs(10));
}

#[test]
fn the_wall_time_limit_does_not_count_a_slow_listener() {
    let folder = folder();
    let clip = ffmpeg(
        "-f lavfi -i testsrc2=s=640x360:d=5 -c:v libx264 -preset ultrafast",
        &folder.path().join("a.mp4"),
    );
    let limits = MediaLimits { wall: Duration::from_secs(8), ..MediaLimits::default() };
    let mut slept = false;
    for event in reader(limits).open(File::open(clip).unwrap(), &plan(24, 2)).unwrap() {
        if let MediaEvent::Frame(_) = event.unwrap()
            && !slept
        {
            slept = true;
            std::thread::sleep(Duration::from_secs(9));
        }
    }
    assert!(slept);
}

fn kill(process: u32, signal: &str) {
    let status = Command::new("kill").args([signal, &process.to_string()]).status().unwrap();
    assert!(status.success());
}

#[test]
fn a_child_that_is_killed_ends_the_stream_with_a_word() {
    let folder = folder();
    let clip = ffmpeg(
        "-f lavfi -i testsrc2=s=1280x720:d=5 -c:v libx264 -preset ultrafast",
        &folder.path().join("a.mp4"),
    );
    // before the first frame: refused
    let mut stream = reader(MediaLimits::default()).open(File::open(&clip).unwrap(), &plan(24, 2)).unwrap();
    assert!(matches!(stream.next(), Some(Ok(MediaEvent::Probe(_)))));
    kill(stream.process_id(), "-9");
    // what was in the pipe may still come, whole frames only
    let rest: Vec<_> = stream.collect();
    let frames = rest.iter().filter(|event| matches!(event, Ok(MediaEvent::Frame(_)))).count();
    match rest.last() {
        Some(Err(MediaError::Refused { code, .. })) => {
            assert_eq!((*code, frames), (ErrorCode::MediaReaderDied, 0))
        }
        Some(Ok(MediaEvent::Warning(warning))) => {
            assert!(frames > 0 && warning.code == WarningCode::PartialDecode)
        }
        other => panic!("{other:?}"),
    }
    // after some frames: what came counts, and a warning
    let mut stream = reader(MediaLimits::default()).open(File::open(&clip).unwrap(), &plan(24, 2)).unwrap();
    let seen = stream.by_ref().filter(|event| matches!(event, Ok(MediaEvent::Frame(_)))).take(3).count();
    assert_eq!(seen, 3);
    kill(stream.process_id(), "-ILL");
    let rest: Vec<_> = stream.collect();
    assert!(rest.iter().all(Result::is_ok), "{rest:?}");
    let Some(Ok(MediaEvent::Warning(warning))) = rest.last() else { panic!("{rest:?}") };
    assert_eq!(warning.code, WarningCode::PartialDecode);
    assert!(warning.detail.as_ref().unwrap().contains("media_reader_died"), "{warning:?}");
}

/// A program in the place of the child: a shell script.
fn impostor(folder: &Path, script: &str) -> PathBuf {
    let path = folder.join("impostor");
    let mut file = File::create(&path).unwrap();
    writeln!(file, "#!/bin/sh\n{script}").unwrap();
    file.set_permissions(std::fs::Permissions::from_mode(0o755)).unwrap();
    path
}

/// What comes of a child that runs this script.
fn with_impostor(script: &str, limits: MediaLimits) -> Vec<Result<MediaEvent, MediaError>> {
    let folder = folder();
    let input = write(folder.path().join("input"), b"x");
    let program = impostor(folder.path(), script);
    for _ in 0..50 {
        let reader = MediaReader::new(program.clone(), limits.clone());
        match reader.open(File::open(&input).unwrap(), &SamplingPlan::default()) {
            Ok(stream) => return stream.collect(),
            // another test forks while our file is still open for writing there
            Err(MediaError::Reader(error)) if error.raw_os_error() == Some(26) => {
                std::thread::sleep(Duration::from_millis(20));
            }
            Err(error) => return vec![Err(error)],
        }
    }
    panic!("the script stayed busy");
}

const PROBE: &str = r#"{"kind":"video","container":"mp4","video_codec":null,"audio_codec":null,"width":2,"height":2,"rotation_degrees":0,"fps":null,"frame_count":null,"duration_s":null,"bitrate":null,"metadata":[]}"#;

/// `printf` of a message.
fn message(kind: u8, payload: &[u8]) -> String {
    let mut bytes = vec![kind];
    bytes.extend_from_slice(&u32::try_from(payload.len()).unwrap().to_le_bytes());
    bytes.extend_from_slice(payload);
    let octal: String = bytes.iter().map(|byte| format!("\\{byte:03o}")).collect();
    format!("printf '{octal}'\n")
}

fn frame(index: u32, width: u32, height: u32, at_s: f64, pixels: usize) -> String {
    let mut payload = Vec::new();
    payload.extend_from_slice(&index.to_le_bytes());
    payload.extend_from_slice(&0u32.to_le_bytes());
    payload.extend_from_slice(&at_s.to_le_bytes());
    payload.extend_from_slice(&width.to_le_bytes());
    payload.extend_from_slice(&height.to_le_bytes());
    payload.extend_from_slice(&1f64.to_le_bytes());
    payload.extend_from_slice(&[0; 4]);
    payload.resize(payload.len() + pixels, 7);
    message(3, &payload)
}

#[test]
fn a_child_that_lies_is_ended() {
    let probe = message(2, PROBE.as_bytes());
    for (what, script) in [
        ("silence", "exit 0".to_owned()),
        ("words", "echo hello, this is no message at all".to_owned()),
        ("unknown kind", message(99, b"")),
        ("gigabytes", "printf '\\002\\377\\377\\377\\377'; cat /dev/zero".to_owned()),
        ("no JSON", message(2, b"{")),
        ("frame before the probe", frame(0, 2, 2, 0.0, 12)),
        ("end before the probe", message(7, b"")),
        ("two probes", format!("{probe}{probe}")),
        ("too few pixels", format!("{probe}{}", frame(0, 2, 2, 0.0, 11))),
        ("no header", format!("{probe}{}", message(3, b"abc"))),
        ("no pixels", format!("{probe}{}", frame(0, 0, 0, 0.0, 0))),
        ("skipped index", format!("{probe}{}", frame(5, 2, 2, 0.0, 12))),
        ("time that is no number", format!("{probe}{}", frame(0, 2, 2, f64::NAN, 12))),
        ("too wide", format!("{probe}{}", frame(0, 1921, 1, 0.0, 1921 * 3))),
        ("half a frame", format!("{probe}printf '\\003\\060\\000\\000\\000abc'")),
        ("an unknown code", message(6, br#"{"code":"you_are_fired","detail":""}"#)),
        ("a crash", "kill -SEGV $$".to_owned()),
    ] {
        let events = with_impostor(&script, MediaLimits::default());
        match events.last() {
            Some(Err(MediaError::Refused { code: ErrorCode::MediaReaderDied, .. })) => {}
            other => panic!("{what}: {other:?}"),
        }
    }
    // warnings without end
    let warning = message(4, br#"{"code":"frame_damaged"}"#);
    let events = with_impostor(&format!("{probe}\nwhile true; do\n{warning}\ndone"), MediaLimits::default());
    assert!(matches!(events.last(), Some(Err(MediaError::Refused { code: ErrorCode::MediaReaderDied, .. }))));
    // frames without end
    let limits = MediaLimits { frames: 2, ..MediaLimits::default() };
    let events = with_impostor(
        &format!("{probe}{}{}{}", frame(0, 2, 2, 0.0, 12), frame(1, 2, 2, 0.1, 12), frame(2, 2, 2, 0.2, 12)),
        limits,
    );
    assert_eq!(events.iter().filter(|event| matches!(event, Ok(MediaEvent::Frame(_)))).count(), 2);
    assert!(
        matches!(events.last(), Some(Ok(MediaEvent::Warning(warning))) if warning.code == WarningCode::PartialDecode)
    );
}

#[test]
fn a_child_that_hangs_or_runs_out_is_named() {
    let code = |script: &str| {
        let limits = MediaLimits { wall: Duration::from_millis(400), ..MediaLimits::default() };
        match with_impostor(script, limits).pop() {
            Some(Err(error)) => error.code(),
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(code("exec sleep 60"), ErrorCode::MediaTimeLimit);
    assert_eq!(code("cat /dev/zero >&2"), ErrorCode::MediaTimeLimit);
    assert_eq!(code("kill -XCPU $$"), ErrorCode::MediaTimeLimit);
    assert_eq!(
        code("echo 'memory allocation of 99 bytes failed' >&2; kill -ABRT $$"),
        ErrorCode::MediaMemoryLimit
    );
    assert_eq!(code("exec 1>&-; exec sleep 60"), ErrorCode::MediaReaderDied);
}

#[test]
fn a_reader_that_cannot_be_started_is_not_the_files_fault() {
    let folder = folder();
    let input = write(folder.path().join("input"), b"x");
    let reader = MediaReader::new(PathBuf::from("/no/such/program"), MediaLimits::default());
    let error = reader.open(File::open(input).unwrap(), &SamplingPlan::default()).unwrap_err();
    assert!(matches!(error, MediaError::Reader(_)));
}
