//! An archive of originals at the command line: a folder with broken files, a second run, `kill -9`, withdrawal, and checks.

use std::collections::BTreeSet;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use base64::Engine as _;
use serde_json::Value;
use tempfile::TempDir;

use crate::check_program::{Ran, ffmpeg, fixture, podlinnik, root};

/// A data folder and a folder of footage.
struct Stock {
    data: TempDir,
    footage: TempDir,
}

impl Stock {
    fn new() -> Self {
        Self { data: TempDir::new().unwrap(), footage: TempDir::new().unwrap() }
    }

    fn path(&self, name: &str) -> PathBuf {
        let path = self.footage.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        path
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = podlinnik();
        command.arg("archive").args(arguments).arg("--data").arg(self.data.path());
        command
    }

    fn run(&self, arguments: &[&str]) -> Ran {
        self.command(arguments).output().unwrap().into()
    }

    /// Adds the folder and answers code and objects.
    fn add(&self) -> (i32, Vec<Value>) {
        let folder = self.footage.path().to_str().unwrap();
        let ran = self.run(&["add", folder, "--vouched-by", "Пресс-служба области", "--json"]);
        (ran.code, ran.objects())
    }

    fn list(&self) -> Vec<Value> {
        self.run(&["list", "--withdrawn", "--json"]).objects()
    }

    fn verify(&self) -> (i32, Value) {
        let ran = self.run(&["verify", "--json"]);
        (ran.code, ran.objects().remove(0))
    }
}

/// A clip of its own: `number` moves the picture.
fn clip(path: &Path, number: u32, seconds: u32) {
    let source = format!("testsrc2=size=320x240:rate=25:duration={seconds}");
    let turn = format!("hue=h={},rotate={}*PI/40", number * 29, number);
    ffmpeg(&["-f", "lavfi", "-i", &source, "-vf", &turn, "-c:v", "libx264", "-preset", "ultrafast"], path);
}

fn hostile(name: &str) -> Vec<u8> {
    let text = std::fs::read_to_string(root().join("fixtures/hostile").join(format!("{name}.b64"))).unwrap();
    let text: String = text.split_ascii_whitespace().collect();
    base64::engine::general_purpose::STANDARD.decode(text).unwrap()
}

/// File name and result of each object.
fn results(stock: &Stock, objects: &[Value]) -> Vec<(String, String)> {
    let name = |object: &Value| {
        let path = Path::new(object["file"].as_str().unwrap());
        path.strip_prefix(stock.footage.path()).unwrap().to_string_lossy().into_owned()
    };
    objects.iter().map(|object| (name(object), object["result"].as_str().unwrap().to_owned())).collect()
}

#[test]
fn a_folder_with_broken_files_comes_in_and_a_second_run_adds_nothing() {
    let stock = Stock::new();
    clip(&stock.path("2024/speech.mp4"), 1, 3);
    for (from, to) in
        [("astronaut.jpg", "portrait.jpg"), ("tone.wav", "tone.wav"), ("astronaut.jpg", "twin.jpg")]
    {
        std::fs::copy(fixture(from), stock.path(to)).unwrap();
    }
    std::fs::write(stock.path("2024/broken.mp4"), hostile("moov-missing.mp4")).unwrap();
    std::fs::write(stock.path("2024/empty.mov"), b"").unwrap();
    std::fs::write(stock.path("2024/text.mp4"), b"this is a text under a wrong name").unwrap();
    std::fs::write(stock.path("notes.txt"), b"words").unwrap();

    let (code, objects) = stock.add();
    assert_eq!(code, 3, "{objects:?}");
    let expected = [
        ("portrait.jpg", "added"),
        ("tone.wav", "added"),
        ("twin.jpg", "duplicate"),
        ("2024/broken.mp4", "refused"),
        ("2024/empty.mov", "refused"),
        ("2024/speech.mp4", "added"),
        ("2024/text.mp4", "refused"),
    ];
    let expected = expected.map(|(name, result)| (name.to_owned(), result.to_owned()));
    assert_eq!(results(&stock, &objects), expected);
    for object in &objects {
        assert_eq!(object["schema"], "podlinnik-archive-file/1");
        let refused = object["result"] == "refused";
        assert_eq!(object["code"].as_str().is_some_and(|code| code.starts_with("media_")), refused);
    }
    let speech = &objects[5]["item"];
    assert_eq!((speech["kind"].as_str(), speech["width"].as_u64()), (Some("video"), Some(320)));
    assert_eq!(speech["attribution"]["vouched_by"], "Пресс-служба области");

    let (code, again) = stock.add();
    assert_eq!(code, 3);
    assert!(again.iter().all(|object| object["result"] != "added"), "{again:?}");
    assert_eq!(stock.list().len(), 3);
    let (code, verified) = stock.verify();
    assert_eq!((code, &verified["problems"]), (0, &serde_json::json!([])));
    assert_eq!((verified["entries"].as_u64(), verified["files"].as_u64()), (Some(3), Some(3)));

    // For a person: one line each, and what is there already is only counted.
    let folder = stock.footage.path().to_str().unwrap();
    let text = stock.run(&["add", folder, "--vouched-by", "x"]);
    assert_eq!(text.code, 3);
    assert!(text.out.contains("refused ") && !text.out.contains("tone.wav"), "{text:?}");
    let counted = "0 added (0:00:00), 3 there already, 1 with the bytes of another, 3 refused, 1 neither recording nor picture";
    assert!(text.err.contains(counted), "{text:?}");
    let listed = stock.run(&["list"]);
    assert!(listed.out.contains("0:00:03") && listed.out.contains("speech.mp4"), "{listed:?}");
}

#[test]
fn kill_minus_9_in_the_middle_loses_and_doubles_nothing() {
    let stock = Stock::new();
    for number in 0..8 {
        clip(&stock.path(&format!("{number}.mp4")), number, 4);
    }
    let folder = stock.footage.path().to_str().unwrap();
    let mut seen = BTreeSet::new();
    for lines in [1, 2] {
        let mut command = stock.command(&["add", folder, "--vouched-by", "x", "--json"]);
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        let out = BufReader::new(child.stdout.take().unwrap());
        let new = out.lines().map(|line| line.unwrap()).filter(|line| line.contains("\"added\"")).take(lines);
        for line in new {
            let object: Value = serde_json::from_str(&line).unwrap();
            assert!(seen.insert(object["file"].to_string()), "what was told is kept: {line}");
        }
        // `kill` is SIGKILL.
        child.kill().unwrap();
        child.wait().unwrap();
    }
    assert_eq!(seen.len(), 3);
    let (code, objects) = stock.add();
    assert_eq!(code, 0, "{objects:?}");
    for object in &objects {
        let told = seen.contains(&object["file"].to_string());
        assert!(!told || object["result"] == "unchanged", "{object}");
    }
    let distinct: BTreeSet<_> = stock.list().iter().map(|item| item["sha256"].to_string()).collect();
    assert_eq!((stock.list().len(), distinct.len()), (8, 8));
    let (code, verified) = stock.verify();
    assert_eq!((code, verified["entries"].as_u64()), (0, Some(8)), "{verified}");
}

#[test]
fn an_original_is_withdrawn_with_a_reason_and_checked_files_are_missed() {
    let stock = Stock::new();
    std::fs::copy(fixture("astronaut.jpg"), stock.path("a.jpg")).unwrap();
    std::fs::copy(fixture("coffee.jpg"), stock.path("b.jpg")).unwrap();
    assert_eq!(stock.add().0, 0);
    let id = stock.list()[0]["id"].as_str().unwrap().to_owned();
    assert_eq!(stock.run(&["remove", &id]).code, 2, "a reason is needed");
    let removed = stock.run(&["remove", &id, "--reason", "the wrong day"]);
    assert_eq!(removed.code, 0, "{removed:?}");
    let twice = stock.run(&["remove", &id, "--reason", "again"]);
    assert_eq!(twice.code, 2, "{twice:?}");
    assert!(twice.err.contains("withdrawn before"), "{twice:?}");
    let unknown = stock.run(&["remove", "01890000-0000-7000-8000-000000000000", "--reason", "x"]);
    assert!(unknown.code == 2 && unknown.err.contains("hint: "), "{unknown:?}");
    assert_eq!(stock.run(&["list", "--json"]).objects().len(), 1);
    assert_eq!(results(&stock, &stock.add().1)[0].1, "withdrawn");

    std::fs::remove_file(stock.path("b.jpg")).unwrap();
    let (code, verified) = stock.verify();
    assert_eq!((code, &verified["problems"][0]["code"]), (3, &Value::from("file_missing")), "{verified}");
    assert_eq!(stock.run(&["verify", "--register-only"]).code, 0);
}

#[test]
fn somebody_vouches_and_the_key_stays() {
    let stock = Stock::new();
    std::fs::copy(fixture("coffee.jpg"), stock.path("a.jpg")).unwrap();
    let folder = stock.footage.path().to_str().unwrap();
    let nobody = stock.run(&["add", folder]);
    assert!(nobody.code == 2 && nobody.err.contains("--vouched-by"), "{nobody:?}");
    assert_eq!(stock.run(&["add", "/no/such/folder", "--vouched-by", "x"]).code, 2);
    let feed = stock.path("feed.csv");
    std::fs::write(&feed, "path;date;vouched_by\na.jpg;2024-05-03;Иванова\n").unwrap();
    let added = stock.run(&["add", feed.to_str().unwrap(), "--json"]);
    assert_eq!(added.code, 0, "{added:?}");
    assert_eq!(added.objects()[0]["item"]["attribution"]["recorded"], "2024-05-03");

    let key = stock.run(&["key"]);
    assert!(key.out.starts_with("-----BEGIN PUBLIC KEY-----\n"), "{key:?}");
    let hex = stock.run(&["key", "--hex"]).out;
    assert_eq!(stock.verify().1["keys"][hex.trim()], 1);
    // Without its key the register is still there, but nobody vouches for who signed.
    std::fs::rename(stock.data.path().join("register-key.pem"), stock.data.path().join("away")).unwrap();
    assert_eq!(stock.verify().1["problems"][0]["code"], "key_unknown");
    assert_eq!(stock.run(&["verify", "--trust", hex.trim()]).code, 0);
}
