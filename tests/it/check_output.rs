//! What `podlinnik check` prints and writes, and how the program behaves as a citizen of the shell.

use std::process::Stdio;

use podlinnik_domain::analysis::Report;
use serde_json::Value;

use crate::check_program::{can_examine, check, fixture, podlinnik, root, run};

#[test]
fn json_lines_are_reports_of_the_published_schema() {
    if !can_examine() {
        return;
    }
    let names = ["astronaut.jpg", "astronaut.mp4", "tone.wav"];
    let ran = podlinnik().args(["check", "--json"]).args(names.map(fixture)).output().unwrap();
    assert_eq!(ran.status.code(), Some(0));
    let lines: Vec<_> = ran.stdout.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()).collect();
    assert_eq!(lines.len(), names.len());
    for (line, name) in lines.iter().zip(names) {
        let report: Report = serde_json::from_slice(line).expect("podlinnik-report/1");
        assert_eq!(report.file.as_deref(), Some(name));
        assert!(report.findings.iter().all(podlinnik_domain::finding::Finding::is_consistent), "{report:?}");
        assert!(report.timing_ms.contains_key("total"));
        let bytes = std::fs::read(fixture(name)).unwrap();
        assert_eq!(report.media.sha256, podlinnik_domain::hash::Sha256::of(&bytes));
        assert_eq!(report.media.size_bytes, bytes.len() as u64);
    }
}

#[test]
fn an_already_cropped_face_needs_no_face_detection() {
    if !can_examine() {
        return;
    }
    let report = &check(&["--json", "--face-crop"], &fixture("coffee.jpg")).objects()[0];
    assert_ne!(report["findings"][0]["reason"], "no_face", "{report}");
}

#[test]
fn words_for_a_clip_without_a_face_in_both_languages() {
    if !can_examine() {
        return;
    }
    let russian = check(&["--lang", "ru"], &fixture("no-face.mp4"));
    assert_eq!(russian.code, 0, "{russian:?}");
    insta::assert_snapshot!("no_face_ru", russian.out);
    let english = check(&["--lang", "en"], &fixture("no-face.mp4"));
    insta::assert_snapshot!("no_face_en", english.out);
}

#[test]
fn words_never_hold_a_percentage_or_a_verdict() {
    if !can_examine() {
        return;
    }
    for language in ["ru", "en"] {
        for name in ["astronaut.jpg", "astronaut.mp4", "tone.wav"] {
            let out = check(&["--lang", language], &fixture(name)).out.to_lowercase();
            for word in ["%", "fake", "фейк", "подделк"] {
                assert!(!out.contains(word), "{word} in {out}");
            }
            assert!(out.contains(if language == "ru" { "а не вердикт" } else { "not a verdict" }), "{out}");
        }
    }
}

#[test]
fn the_page_stands_by_itself_and_the_evidence_is_not_overwritten() {
    if !can_examine() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let page = folder.path().join("report.html");
    let clip = fixture("astronaut.mp4");
    let ran = check(&["--html", page.to_str().unwrap()], &clip);
    assert_eq!(ran.code, 0, "{ran:?}");
    let html = std::fs::read_to_string(&page).unwrap();
    for foreign in ["http://", "https://", "<script", "@import", "url(", "<link", "<iframe"] {
        assert!(!html.contains(foreign), "{foreign}");
    }
    assert!(html.contains("data:image/"), "the page carries its pictures");
    assert!(html.contains("<svg"), "the page has a timeline");

    let copy = folder.path().join("clip.mp4");
    std::fs::copy(&clip, &copy).unwrap();
    let ran = check(&["--html", copy.to_str().unwrap()], &copy);
    assert_eq!(ran.code, 2, "{ran:?}");
    assert_eq!(std::fs::read(&copy).unwrap(), std::fs::read(&clip).unwrap());

    let pages = folder.path().join("pages");
    std::fs::create_dir(&pages).unwrap();
    let files = [fixture("coffee.jpg"), fixture("tone.wav")];
    let ran = podlinnik().args(["check", "--html"]).arg(&pages).args(&files).output().unwrap();
    assert_eq!(ran.status.code(), Some(0));
    assert!(pages.join("coffee.jpg.html").is_file() && pages.join("tone.wav.html").is_file());
}

#[test]
fn output_is_the_same_twice() {
    if !can_examine() {
        return;
    }
    let report = || {
        let mut report = check(&["--json"], &fixture("astronaut.jpg")).objects().remove(0);
        report["timing_ms"] = Value::Null;
        report
    };
    assert_eq!(report(), report());
}

#[test]
fn usage_errors_say_what_and_hint() {
    let ran = run(["check"]);
    assert_eq!(ran.code, 2, "{ran:?}");
    assert!(ran.out.is_empty() && ran.err.contains("FILE"), "{ran:?}");
    let ran = run(["check", "--html", "no-such-folder", "a.jpg", "b.jpg"]);
    assert_eq!(ran.code, 2, "{ran:?}");
    assert!(ran.err.contains("hint: "), "{ran:?}");
    for wrong in [["--limit-bytes", "0"], ["--limit-bytes", "many"], ["--lang", "de"], ["--threads", "x"]] {
        assert_eq!(run(["check", wrong[0], wrong[1], "a.jpg"]).code, 2, "{wrong:?}");
    }
    assert_eq!(run(["--config", "/no/such.toml", "config"]).code, 2);
}

#[test]
fn a_missing_model_is_our_failure_and_not_the_file_s() {
    let empty = tempfile::tempdir().unwrap();
    let ran = check(&["--models", empty.path().to_str().unwrap()], &fixture("astronaut.jpg"));
    assert_eq!(ran.code, 4, "{ran:?}");
    assert!(ran.out.is_empty() && ran.err.contains("error: ") && ran.err.contains("hint: "), "{ran:?}");
}

#[test]
fn help_documents_commands_and_exit_codes() {
    let ran = run(["--help"]);
    assert_eq!(ran.code, 0);
    for word in ["check", "serve", "worker", "user", "token", "organisation", "models", "doctor", "config"] {
        assert!(ran.out.contains(word), "{word}");
    }
    for line in ["  2    ", "  3    ", "  4    ", "  141  "] {
        assert!(ran.out.contains(line), "{line}");
    }
    assert_eq!(run(["check", "--help"]).code, 0);
    assert!(run(["--version"]).out.starts_with("podlinnik "));
}

#[test]
fn nothing_is_coloured_where_no_terminal_is() {
    for arguments in [&["--help"][..], &["check"], &["check", "none.jpg"]] {
        let ran = run(arguments);
        assert!(!ran.out.contains('\u{1b}') && !ran.err.contains('\u{1b}'), "{ran:?}");
    }
}

#[test]
fn a_reader_that_goes_away_is_no_crash() {
    let mut child = podlinnik()
        .args(["check", "--json"])
        .args(vec!["none.jpg"; 3000])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(141));
    assert!(output.stderr.is_empty(), "{}", String::from_utf8_lossy(&output.stderr));
}

#[test]
fn settings_come_from_file_then_environment_then_flags() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("podlinnik.toml");
    let text = "lang = \"en\"\n[analysis]\nlimit_duration = 11\nlimit_streams = 11\nlimit_time = 11\n\
                [storage]\ndatabase_url = \"postgres://me:s3cret@127.0.0.1/podlinnik\"\n\
                [channels]\nsmtp = \"smtps://me:s3cret@mail.example\"\nmail_from = \"desk@mail.example\"\n";
    std::fs::write(&file, text).unwrap();
    let output = podlinnik()
        .env("PODLINNIK_LIMIT_STREAMS", "22")
        .env("PODLINNIK_LIMIT_TIME", "22")
        .arg("--config")
        .arg(&file)
        .args(["config", "--limit-time", "33"])
        .output()
        .unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    for line in ["limit_duration = 11\n", "limit_streams = 22\n", "limit_time = 33\n"] {
        assert!(text.contains(line), "{line} in {text}");
    }
    assert!(!text.contains("s3cret"), "{text}");
    // What it prints can be given back to it.
    let printed = folder.path().join("printed.toml");
    std::fs::write(&printed, &text).unwrap();
    assert_eq!(run([std::ffi::OsStr::new("--config"), printed.as_os_str(), "config".as_ref()]).code, 0);
    std::fs::write(&file, "[analysis]\nlimit_tiem = 1\n").unwrap();
    let ran = run([std::ffi::OsStr::new("--config"), file.as_os_str(), "config".as_ref()]);
    assert!(ran.code == 2 && ran.err.contains("limit_tiem"), "{ran:?}");
}

#[test]
fn doctor_and_models_speak_of_what_is_installed() {
    if !can_examine() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let ran = run(["doctor", "--data", data.to_str().unwrap()]);
    for line in [
        "✓ models and ONNX Runtime",
        "✓ sandboxed reading of images: ok",
        "✓ FFmpeg in the sandbox: ok",
        "✓ database",
    ] {
        assert!(ran.out.contains(line), "{line}: {ran:?}");
    }
    let ran = run(["models", "--json"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    assert!(!ran.objects().is_empty());
    for model in ran.objects() {
        assert_eq!(model["sha256"].as_str().unwrap().len(), 64);
        assert!(model["license"].as_str().is_some_and(|license| !license.is_empty()), "{model}");
        let card = root().join("models").join(model["id"].as_str().unwrap()).join("CARD.md");
        assert!(card.is_file(), "{} is missing", card.display());
    }
}
