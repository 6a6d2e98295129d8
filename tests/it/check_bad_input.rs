//! Every bad file that a desk is handed, through the command line: exit code, stable code, a sentence, and no crash.

use std::io::Write as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use serde_json::Value;
use tempfile::TempDir;

use crate::check_program::{can_examine, check, ffmpeg, fixture, podlinnik, run};

/// A folder with one file in it.
fn file(name: &str, bytes: &[u8]) -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(name);
    std::fs::write(&path, bytes).unwrap();
    (folder, path)
}

/// A file that FFmpeg makes.
fn made(name: &str, arguments: &[&str]) -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(name);
    ffmpeg(arguments, &path);
    (folder, path)
}

/// The file is refused with this code, in both forms of output.
#[track_caller]
fn refused(path: &Path, code: &str) {
    refused_with(&[], path, code);
}

#[track_caller]
fn refused_with(arguments: &[&str], path: &Path, code: &str) {
    let ran = check(&[arguments, &["--json"]].concat(), path);
    assert_eq!(ran.code, 3, "{ran:?}");
    let objects = ran.objects();
    let [object] = objects.as_slice() else { panic!("one object expected: {ran:?}") };
    assert_eq!(object["schema"], "podlinnik-refusal/1");
    assert_eq!(object["code"], code, "{ran:?}");
    let sentence = object["text"].as_str().unwrap().to_owned();
    assert!(sentence.ends_with('.'), "{sentence}");
    let ran = check(arguments, path);
    assert_eq!(ran.code, 3, "{ran:?}");
    assert!(ran.out.contains(&sentence) && ran.out.contains(code), "{ran:?}");
    assert!(!ran.err.contains("panicked"), "{ran:?}");
}

/// The file is examined; answers its report.
#[track_caller]
fn examined(path: &Path) -> Value {
    let ran = check(&["--json"], path);
    assert_eq!(ran.code, 0, "{ran:?}");
    let report = ran.objects().remove(0);
    assert_eq!(report["schema"], "podlinnik-report/1");
    report
}

fn warnings(report: &Value) -> Vec<&str> {
    report["warnings"].as_array().unwrap().iter().filter_map(|entry| entry["code"].as_str()).collect()
}

/// What the first method says when it does not give a finding.
fn reason(report: &Value) -> &str {
    report["findings"][0]["reason"].as_str().unwrap_or_default()
}

#[test]
fn paths_that_are_no_files_are_refused_without_loading_a_model() {
    let folder = tempfile::tempdir().unwrap();
    refused(folder.path(), "media_is_directory");
    refused(&folder.path().join("none.mp4"), "media_not_found");
    refused(Path::new("/dev/zero"), "media_unreadable");
    let (_folder, secret) = file("secret.jpg", b"x");
    std::fs::set_permissions(&secret, std::fs::Permissions::from_mode(0o000)).unwrap();
    if std::fs::File::open(&secret).is_err() {
        refused(&secret, "media_unreadable");
    }
}

#[test]
fn empty_files_are_refused_and_names_stay_text() {
    if !can_examine() {
        return;
    }
    let (_folder, path) = file("empty.mp4", b"");
    refused(&path, "media_empty");
    let (_folder, path) = file("-odd name \u{1b}[31m.jpg", b"");
    let ran = podlinnik().args(["check", "--"]).arg(&path).output().unwrap();
    let out = String::from_utf8(ran.stdout).unwrap();
    assert!(!out.contains('\u{1b}'), "a file's name cannot colour the terminal: {out:?}");
}

#[test]
fn files_that_are_no_media_are_refused_whatever_they_are_called() {
    if !can_examine() {
        return;
    }
    for (name, bytes) in [
        ("text.jpg", b"just words, no picture at all\n".repeat(20)),
        ("archive.mp4", b"PK\x03\x04\x14\x00\x00\x00\x08\x00".repeat(30)),
        ("page.png", b"<!doctype html><html><body>no</body></html>".repeat(10)),
        ("list.m3u8", b"#EXTM3U\n#EXT-X-VERSION:3\n#EXTINF:10,\nfile:///etc/passwd\n".to_vec()),
        ("concat.mp4", b"ffconcat version 1.0\nfile '/etc/passwd'\n".to_vec()),
        (
            "vector.svg",
            b"<svg xmlns='http://www.w3.org/2000/svg'><image href='file:///etc/passwd'/></svg>".to_vec(),
        ),
        ("zeros.mov", vec![0; 70_000]),
    ] {
        let (_folder, path) = file(name, &bytes);
        refused(&path, "media_unsupported");
    }
}

#[test]
fn bombs_cost_little_and_are_refused() {
    if !can_examine() {
        return;
    }
    // A PNG header that promises 60 000 × 60 000 pixels; the rest does not matter.
    let mut png = b"\x89PNG\r\n\x1a\n\x00\x00\x00\x0dIHDR".to_vec();
    png.extend(60_000_u32.to_be_bytes());
    png.extend(60_000_u32.to_be_bytes());
    png.extend(b"\x08\x02\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00IDAT");
    png.resize(4096, 0);
    let (_folder, path) = file("pixels.png", &png);
    refused(&path, "media_too_many_pixels");
    // Within the default limit, beyond a lower one.
    refused_with(&["--limit-pixels", "1000"], &fixture("astronaut.jpg"), "media_too_many_pixels");
    refused_with(&["--limit-bytes", "1000"], &fixture("astronaut.jpg"), "media_too_large");
    refused_with(&["--limit-duration", "1"], &fixture("astronaut.mp4"), "media_too_long");
    refused_with(&["--limit-streams", "1"], &fixture("astronaut.mp4"), "media_too_many_streams");
}

#[test]
fn a_truncated_clip_gives_what_can_be_read() {
    if !can_examine() {
        return;
    }
    // Matroska can be read from its start; the rest is missing.
    let whole = std::fs::read(fixture("astronaut.webm")).unwrap();
    let (_folder, path) = file("part.webm", &whole[..whole.len() * 7 / 10]);
    let report = examined(&path);
    assert!(warnings(&report).contains(&"partial_decode"), "{report}");
    assert!(report["media"]["width"].as_u64().unwrap() > 0);
    // An MP4 without its index cannot be read at all.
    let whole = std::fs::read(fixture("astronaut.mp4")).unwrap();
    let (_folder, path) = file("half.mp4", &whole[..whole.len() / 2]);
    let ran = check(&["--json"], &path);
    let object = ran.objects().remove(0);
    assert!(
        ran.code == 3 && object["code"] == "media_damaged" || warnings(&object).contains(&"partial_decode"),
        "{ran:?}"
    );
    // Half a photograph is still half a photograph.
    let whole = std::fs::read(fixture("astronaut.jpg")).unwrap();
    let (_folder, path) = file("half.jpg", &whole[..whole.len() / 2]);
    let ran = check(&["--json"], &path);
    let object = ran.objects().remove(0);
    assert!(
        ran.code == 3 && object["code"] == "media_damaged" || warnings(&object).contains(&"partial_decode"),
        "{ran:?}"
    );
}

#[test]
fn a_wrong_extension_is_a_warning_and_content_decides() {
    if !can_examine() {
        return;
    }
    let (_folder, path) = file("photo.mp4", &std::fs::read(fixture("astronaut.jpg")).unwrap());
    let report = examined(&path);
    assert_eq!(report["media"]["kind"], "image");
    assert!(warnings(&report).contains(&"extension_mismatch"), "{report}");
    let (_folder, path) = file("no-extension", &std::fs::read(fixture("astronaut.jpg")).unwrap());
    assert!(!warnings(&examined(&path)).contains(&"extension_mismatch"));
}

#[test]
fn clips_of_one_frame_and_of_none() {
    if !can_examine() {
        return;
    }
    let photograph = fixture("astronaut.jpg");
    let photograph = photograph.to_str().unwrap();
    let (_folder, path) = made("one.mp4", &["-i", photograph, "-frames:v", "1", "-pix_fmt", "yuv420p"]);
    let report = examined(&path);
    assert_eq!(report["media"]["kind"], "video");
    assert_ne!(report["findings"][0]["state"], "failed");
    // A picture stream without a single frame.
    let source = ["-f", "lavfi", "-i", "color=size=64x64:rate=10:duration=1"];
    let (_folder, path) = made("none.mkv", &[&source[..], &["-frames:v", "0", "-c:v", "mpeg4"]].concat());
    let ran = check(&["--json"], &path);
    assert_eq!(ran.code, 3, "{ran:?}");
    let code = ran.objects().remove(0)["code"].as_str().unwrap().to_owned();
    assert!(["media_no_frames", "media_damaged", "media_unsupported"].contains(&code.as_str()), "{code}");
}

#[test]
fn rotated_and_odd_sizes_are_upright_and_whole() {
    if !can_examine() {
        return;
    }
    let clip = fixture("astronaut.mp4");
    let clip = clip.to_str().unwrap();
    let (folder, plain) = made("plain.mp4", &["-i", clip, "-t", "1", "-an", "-c:v", "copy"]);
    let turned = folder.path().join("turned.mp4");
    ffmpeg(&["-i", plain.to_str().unwrap(), "-c", "copy", "-metadata:s:v:0", "rotate=90"], &turned);
    let report = examined(&turned);
    assert_eq!(report["media"]["width"], 480, "{report}");
    assert_eq!(report["media"]["height"], 640);
    assert_ne!(report["media"]["rotation_degrees"], 0);
    let photograph = fixture("astronaut.jpg");
    let photograph = photograph.to_str().unwrap();
    let (_folder, path) = made("odd.png", &["-i", photograph, "-vf", "scale=333:211"]);
    let report = examined(&path);
    assert_eq!(
        (report["media"]["width"].as_u64(), report["media"]["height"].as_u64()),
        (Some(333), Some(211))
    );
    let (_folder, path) = made("dot.png", &["-i", photograph, "-vf", "scale=1:1"]);
    assert_eq!(reason(&examined(&path)), "no_face");
}

#[test]
fn pictures_without_a_usable_face_are_answered_with_a_reason() {
    if !can_examine() {
        return;
    }
    for name in ["coffee.jpg", "no-face.mp4"] {
        let report = examined(&fixture(name));
        assert_eq!(reason(&report), "no_face", "{name}: {report}");
        let findings = report["findings"].as_array().unwrap();
        let whole = findings.iter().find(|it| it["method"] == "synthetic_picture").unwrap();
        let applies = whole["state"] != "not_applicable";
        assert_eq!(
            applies,
            name == "coffee.jpg",
            "a photograph is also looked at as a whole, a clip is not: {report}"
        );
        assert!(applies || report["combined"]["state"] != "finding", "{report}");
    }
    let report = examined(&fixture("cartoon-face.png"));
    assert_ne!(report["findings"][0]["state"], "failed", "{report}");
    let report = examined(&fixture("tone.wav"));
    assert_eq!(report["media"]["kind"], "audio");
    assert_eq!(report["findings"][0]["state"], "not_applicable");
    assert_eq!(reason(&report), "no_picture");
}

#[test]
fn fifty_faces_are_bounded_and_said() {
    if !can_examine() {
        return;
    }
    let report = examined(&fixture("fifty-faces.jpg"));
    let tracks = report["tracks"].as_array().unwrap().len();
    assert!(tracks > 0, "{report}");
    let said =
        warnings(&report).contains(&"too_many_faces") || reason(&report) == "too_many_faces" || tracks == 50;
    assert!(said, "{tracks} faces and no word about the others");
}

#[test]
fn deep_cmyk_and_animated_pictures_are_read() {
    if !can_examine() {
        return;
    }
    let photograph = fixture("astronaut.jpg");
    let photograph = photograph.to_str().unwrap();
    let (_folder, path) = made("deep.png", &["-i", photograph, "-pix_fmt", "rgb48be"]);
    assert_eq!(examined(&path)["media"]["kind"], "image");
    let (_folder, path) = made("deep.tiff", &["-i", photograph, "-pix_fmt", "rgb48le"]);
    assert_eq!(examined(&path)["media"]["kind"], "image");
    let clip = fixture("astronaut.mp4");
    let clip = clip.to_str().unwrap();
    let (_folder, path) = made("moving.gif", &["-i", clip, "-t", "1", "-vf", "fps=5,scale=320:-2"]);
    let report = examined(&path);
    assert_eq!(report["media"]["kind"], "animation");
    let (_folder, path) =
        made("moving.apng", &["-i", clip, "-t", "1", "-vf", "fps=5,scale=320:-2", "-plays", "0"]);
    assert_eq!(examined(&path)["media"]["kind"], "animation");
    let (_folder, path) = file("cmyk.jpg", &cmyk());
    assert_eq!(examined(&path)["media"]["width"], 256);
}

/// 256 × 256 pixels of even grey in four inks (Adobe's CMYK): every coefficient is zero, which takes one byte of scan data per block.
fn cmyk() -> Vec<u8> {
    let mut jpeg = vec![0xff, 0xd8];
    let mut segment = |marker: u8, body: &[u8]| {
        jpeg.extend([0xff, marker]);
        jpeg.extend(u16::try_from(body.len() + 2).unwrap().to_be_bytes());
        jpeg.extend(body);
    };
    segment(0xee, b"Adobe\0\x64\0\0\0\0\0");
    segment(0xdb, &[[0].as_slice(), &[1; 64]].concat());
    let inks = [1, 2, 3, 4].map(|ink| [ink, 0x11, 0]);
    segment(0xc0, &[[8, 1, 0, 1, 0, 4].as_slice(), &inks.concat()].concat());
    for class in [0x00, 0x10] {
        // One code of one bit, `0`: no difference, or end of block.
        segment(0xc4, &[[class, 1].as_slice(), &[0; 15], &[0]].concat());
    }
    let inks = [1, 2, 3, 4].map(|ink| [ink, 0]);
    segment(0xda, &[[4].as_slice(), &inks.concat(), &[0, 63, 0]].concat());
    jpeg.extend([0; 32 * 32]);
    jpeg.extend([0xff, 0xd9]);
    jpeg
}

#[test]
fn corrupt_and_huge_metadata_do_not_hide_the_picture() {
    if !can_examine() {
        return;
    }
    let photograph = std::fs::read(fixture("astronaut.jpg")).unwrap();
    // An EXIF block whose offsets point outside of it.
    let mut corrupt = photograph[..2].to_vec();
    let exif = b"Exif\0\0II*\0\xff\xff\xff\x7f\xff\xff\xff\xff garbage that is no directory";
    corrupt.extend([0xff, 0xe1]);
    corrupt.extend(u16::try_from(exif.len() + 2).unwrap().to_be_bytes());
    corrupt.extend(exif);
    corrupt.extend(&photograph[2..]);
    let (_folder, path) = file("corrupt-exif.jpg", &corrupt);
    assert_eq!(examined(&path)["media"]["width"], 512);
    // Forty comments of 60 kB each.
    let mut huge = photograph[..2].to_vec();
    for _ in 0..40 {
        huge.extend([0xff, 0xfe, 0xea, 0x62]);
        huge.extend(std::iter::repeat_n(b'm', 60_000));
    }
    huge.extend(&photograph[2..]);
    let (_folder, path) = file("huge-comments.jpg", &huge);
    let ran = check(&["--json"], &path);
    assert_eq!(ran.code, 0, "{ran:?}");
    assert!(ran.out.len() < 100_000, "{} bytes of JSON", ran.out.len());
    // A clip whose title is a megabyte long.
    let title = format!("title={}", "t".repeat(100_000));
    let clip = fixture("no-face.mp4");
    let (_folder, path) =
        made("huge-title.mkv", &["-i", clip.to_str().unwrap(), "-c", "copy", "-metadata", &title]);
    let ran = check(&["--json"], &path);
    assert_eq!(ran.code, 0, "{ran:?}");
    assert!(ran.out.len() < 100_000, "{} bytes of JSON", ran.out.len());
}

#[test]
fn standard_input_is_examined_within_the_limit() {
    if !can_examine() {
        return;
    }
    let feed = |arguments: &[&str], bytes: &[u8]| {
        let mut child = podlinnik()
            .args(["check", "--json"])
            .args(arguments)
            .arg("-")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        // The program may stop reading early; that is its right.
        let _ = child.stdin.take().unwrap().write_all(bytes);
        let output = child.wait_with_output().unwrap();
        (output.status.code(), serde_json::from_slice::<Value>(&output.stdout).unwrap())
    };
    let photograph = std::fs::read(fixture("astronaut.jpg")).unwrap();
    let (code, report) = feed(&[], &photograph);
    assert_eq!(
        (code, &report["file"], &report["media"]["width"]),
        (Some(0), &Value::Null, &Value::from(512))
    );
    let (code, refusal) = feed(&["--limit-bytes", "10K"], &photograph);
    assert_eq!(
        (code, &refusal["code"], &refusal["file"]),
        (Some(3), &Value::from("media_too_large"), &Value::Null)
    );
    let (code, refusal) = feed(&[], b"");
    assert_eq!((code, &refusal["code"]), (Some(3), &Value::from("media_empty")));
}

#[test]
fn one_bad_file_does_not_stop_the_others() {
    if !can_examine() {
        return;
    }
    let good = fixture("astronaut.jpg");
    let ran = run(["check", "--json", "none-such.jpg", good.to_str().unwrap(), "/"]);
    assert_eq!(ran.code, 3, "{ran:?}");
    let schemas: Vec<_> = ran.objects().iter().map(|object| object["schema"].to_string()).collect();
    assert_eq!(schemas, [r#""podlinnik-refusal/1""#, r#""podlinnik-report/1""#, r#""podlinnik-refusal/1""#]);
}
