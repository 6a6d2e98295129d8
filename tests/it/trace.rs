//! Originals at the command line: footage is registered, a doctored excerpt is traced to it, and so is a faithful one.

use std::fs::File;
use std::path::{Path, PathBuf};

use podlinnik_domain::clock::{Clock as _, SystemClock};
use podlinnik_domain::trace::CopyComparison;
use podlinnik_pipeline::archive::Recogniser;
use podlinnik_pipeline::recognition::CopyComparer as _;
use podlinnik_pipeline::trace::{TraceError, Tracer};
use podlinnik_pipeline::{AnalyserSettings, MediaLimits};
use serde_json::Value;
use tempfile::TempDir;

use crate::check_program::{PROGRAM, Ran, ffmpeg, fixture, podlinnik, root};

/// A broadcast of fourteen seconds: a portrait that moves before a table, with a tune of its own.
fn broadcast(path: &Path) {
    scene(path, "", "0:14", "", 1);
}

/// Renders the scene. `portrait`: filters on the portrait; `span`: from and until in seconds; `whole`: filters on the frame; `tune`: which one.
fn scene(path: &Path, portrait: &str, span: &str, whole: &str, tune: u32) {
    let (table, face) = (fixture("coffee.jpg"), fixture("astronaut.jpg"));
    let sound = match tune {
        1 => {
            "aevalsrc='0.2*sin(2*PI*t*(220+60*mod(floor(t*4)*7,13)))+0.1*sin(2*PI*t*(450+90*mod(floor(t*4)*7,11)))':d=14:s=44100"
        }
        _ => "anoisesrc=c=pink:r=44100:d=14:a=0.4:seed=7",
    };
    let filter = format!(
        "[1]{portrait}scale=450:-1[p];[0]scale=960:540[b];\
         [b][p]overlay=x='230+45*sin(t)':y='30+20*sin(1.7*t)':shortest=1,trim={span},setpts=PTS-STARTPTS{whole},format=yuv420p[v];\
         [2]atrim={span},asetpts=PTS-STARTPTS[a]"
    );
    let still =
        |path: &Path| ["-loop", "1", "-r", "25", "-t", "14", "-i", path.to_str().unwrap()].map(str::to_owned);
    let mut arguments: Vec<String> = [still(&table), still(&face)].concat();
    for word in ["-f", "lavfi", "-i", sound, "-filter_complex", &filter, "-map", "[v]", "-map", "[a]"] {
        arguments.push(word.to_owned());
    }
    for word in ["-c:v", "libx264", "-preset", "veryfast", "-crf", "24", "-c:a", "aac", "-b:a", "64k"] {
        arguments.push(word.to_owned());
    }
    ffmpeg(&arguments.iter().map(String::as_str).collect::<Vec<_>>(), path);
}

struct Desk {
    folder: TempDir,
}

impl Desk {
    fn new() -> Self {
        Self { folder: TempDir::new().unwrap() }
    }

    fn path(&self, name: &str) -> std::path::PathBuf {
        self.folder.path().join(name)
    }

    fn run(&self, arguments: &[&str]) -> Ran {
        podlinnik().args(arguments).arg("--data").arg(self.path("data")).output().unwrap().into()
    }

    fn trace(&self, name: &str, more: &[&str]) -> Value {
        let file = self.path(name);
        let ran = self.run(&[&["trace", file.to_str().unwrap(), "--json"], more].concat());
        assert_eq!(ran.code, 0, "{}", ran.err);
        ran.objects().remove(0)
    }
}

fn near(value: &Value, expected: f64, tolerance: f64) -> bool {
    value.as_f64().is_some_and(|value| (value - expected).abs() <= tolerance)
}

#[test]
fn a_doctored_excerpt_is_held_against_its_original() {
    let desk = Desk::new();
    broadcast(&desk.path("broadcast.mp4"));
    let added = desk.run(&[
        "archive",
        "add",
        desk.path("broadcast.mp4").to_str().unwrap(),
        "--vouched-by",
        "Пресс-служба",
        "--title",
        "Выступление",
        "--date",
        "2024-05-03T14:02",
    ]);
    assert_eq!(added.code, 0, "{}", added.err);

    // between 6 and 9 s of the broadcast the mouth is turned upside down; the sound is another's
    let mouth = "split[f][g];[g]crop=62:32:191:130,vflip,eq=brightness=0.03[m];[f][m]overlay=x=191:y=131:enable='between(t,6,9)',";
    scene(&desk.path("doctored.mp4"), mouth, "3:11", ",scale=640:360", 2);
    let (film, picture) = (desk.path("film.mp4"), desk.path("picture.jpg"));
    let shown = ["--film", film.to_str().unwrap(), "--picture", picture.to_str().unwrap()];
    let trace = desk.trace("doctored.mp4", &shown);
    assert_eq!(trace["schema"], "podlinnik-trace/1");
    let original = &trace["original"];
    assert_eq!(
        (original["title"].as_str(), original["recorded"].as_str()),
        (Some("Выступление"), Some("2024-05-03T14:02"))
    );
    for (span, expected) in [("suspect_span_s", [0.0, 8.0]), ("original_span_s", [3.0, 11.0])] {
        let span = &original[span];
        assert!(near(&span[0], expected[0], 0.2) && near(&span[1], expected[1], 0.2), "{span}");
    }
    assert_eq!(original["transform"]["mirror"], false);
    assert!(
        near(&original["transform"]["speed"], 1.0, 0.01)
            && near(&original["transform"]["scale"], 2.0 / 3.0, 0.01)
    );
    assert_eq!(trace["picture"]["state"], "altered", "{}", trace["picture"]["regions"]);
    let mouth = &trace["picture"]["regions"][0];
    assert_eq!((mouth["name"].as_str(), mouth["state"].as_str()), (Some("mouth"), Some("altered")));
    let span = &mouth["span_s"];
    assert!(near(&span[0], 3.0, 0.5) && near(&span[1], 6.0, 0.5), "{span}");
    assert!(mouth["llr10"].as_f64().unwrap() > 0.0 && mouth["bbox"]["width"].as_f64().unwrap() > 10.0);
    assert_eq!(trace["sound"]["state"], "other");
    let names: Vec<_> =
        trace["derivatives"].as_array().unwrap().iter().map(|made| made["kind"].as_str()).collect();
    assert_eq!(names, [Some("comparison"), Some("comparison_film")]);
    assert!(std::fs::read(&picture).unwrap().starts_with(&[0xff, 0xd8]));
    let film = std::fs::read(&film).unwrap();
    assert!(film.len() > 10_000 && &film[4..8] == b"ftyp");

    scene(&desk.path("faithful.mp4"), "", "3:11", ",scale=640:360", 1);
    let trace = desk.trace("faithful.mp4", &[]);
    assert_eq!(trace["picture"]["state"], "unaltered", "{}", trace["picture"]["regions"]);
    assert!(trace["picture"]["llr10"].as_f64().unwrap() < 0.0);
    assert_eq!(trace["sound"]["state"], "same");
    assert_eq!(trace["derivatives"].as_array().map(Vec::len), Some(0));
}

/// Two stretches of the broadcast, one after the other, the second mirrored or not.
fn cut_together(desk: &Desk, name: &str, spans: [&str; 2]) {
    for (number, span) in spans.iter().enumerate() {
        scene(&desk.path(&format!("{number}-{name}")), "", span, ",scale=640:360", 1);
    }
    let files = [desk.path(&format!("0-{name}")), desk.path(&format!("1-{name}"))];
    let filter = "[0:v][0:a][1:v][1:a]concat=n=2:v=1:a=1[v][a]";
    let [one, other] = files.each_ref().map(|path| path.to_str().unwrap());
    ffmpeg(
        &["-i", one, "-i", other, "-filter_complex", filter, "-map", "[v]", "-map", "[a]", "-crf", "26"],
        &desk.path(name),
    );
}

#[test]
fn a_clip_cut_together_is_told_piece_by_piece() {
    let desk = Desk::new();
    broadcast(&desk.path("broadcast.mp4"));
    let added =
        desk.run(&["archive", "add", desk.path("broadcast.mp4").to_str().unwrap(), "--vouched-by", "x"]);
    assert_eq!(added.code, 0, "{}", added.err);
    cut_together(&desk, "cut.mp4", ["8:13", "1:5"]);
    let trace = desk.trace("cut.mp4", &[]);
    let further = trace["further"].as_array().unwrap();
    assert_eq!(further.len(), 1, "{trace}");
    for (original, suspect_s, original_s) in
        [(&trace["original"], [0.0, 5.0], [8.0, 13.0]), (&further[0]["original"], [5.0, 9.0], [1.0, 5.0])]
    {
        for (name, expected) in [("suspect_span_s", suspect_s), ("original_span_s", original_s)] {
            let span = &original[name];
            assert!(near(&span[0], expected[0], 0.2) && near(&span[1], expected[1], 0.2), "{name} {span}");
        }
    }
    let states = [&trace["picture"]["state"], &further[0]["picture"]["state"]];
    assert!(states.iter().all(|state| **state == "unaltered"), "{states:?}");
    let said = desk.run(&["trace", desk.path("cut.mp4").to_str().unwrap(), "--lang", "ru"]);
    assert!(said.out.contains("Ролик смонтирован: 0:05"), "{}", said.out);
}

#[test]
fn a_copy_is_told_from_the_genuine_clip_with_the_same_hashes() {
    let desk = Desk::new();
    let mouth = "split[f][g];[g]crop=62:32:191:130,vflip,eq=brightness=0.03[m];[f][m]overlay=x=191:y=131,";
    scene(&desk.path("fake.mp4"), mouth, "3:9", ",scale=640:360", 1);
    let again =
        ["-i", desk.path("fake.mp4").to_str().unwrap(), "-crf", "29", "-b:a", "48k"].map(str::to_owned);
    ffmpeg(&again.each_ref().map(String::as_str), &desk.path("copy.mp4"));
    scene(&desk.path("genuine.mp4"), "", "3:9", ",scale=640:360", 1);
    scene(&desk.path("dubbed.mp4"), mouth, "3:9", ",scale=640:360", 2);

    let open = |name: &str| File::open(desk.path(name)).unwrap();
    let recogniser = Recogniser::new(PathBuf::from(PROGRAM), MediaLimits::default());
    let read = |name: &str| recogniser.read_suspect(open(name), &mut |_| true).unwrap().kept;
    let (fake, genuine) = (read("fake.mp4"), read("genuine.mp4"));
    let alike =
        fake.whole_frames().zip(genuine.whole_frames()).map(|(one, other)| one.pdq.distance(&other.pdq));
    assert!(
        alike.max().unwrap() < 24,
        "to their hashes a fake and the clip that it was made from are the same"
    );

    let tracer = Tracer::open(AnalyserSettings {
        models: root().join("models"),
        onnxruntime: None,
        reader_program: PathBuf::from(PROGRAM),
        threads: 1,
        limits: MediaLimits::default(),
        budget_s: 60.0,
    })
    .unwrap();
    let compare = |suspect: &str| {
        tracer.compare(open(suspect), open("fake.mp4"), &fake, SystemClock.now(), &mut |_| true).unwrap()
    };
    assert_eq!(compare("copy.mp4"), CopyComparison::Same);
    assert_eq!(compare("genuine.mp4"), CopyComparison::PictureDiffers);
    assert_eq!(compare("dubbed.mp4"), CopyComparison::SoundDiffers);
    let called_off =
        tracer.compare(open("copy.mp4"), open("fake.mp4"), &fake, SystemClock.now(), &mut |_| false);
    assert!(matches!(called_off, Err(TraceError::Cancelled)));
}

#[test]
fn what_is_not_in_the_archive_is_not_found() {
    let desk = Desk::new();
    let empty = desk.run(&["trace", fixture("coffee.jpg").to_str().unwrap()]);
    assert_eq!(empty.code, 0, "{}", empty.err);
    assert!(empty.err.contains("archive of originals is empty"), "{}", empty.err);
    let added = desk.run(&["archive", "add", fixture("no-face.mp4").to_str().unwrap(), "--vouched-by", "x"]);
    assert_eq!(added.code, 0, "{}", added.err);
    std::fs::copy(fixture("astronaut.mp4"), desk.path("astronaut.mp4")).unwrap();
    let trace = desk.trace("astronaut.mp4", &[]);
    assert!(trace["original"].is_null() && trace["known_copies"].as_array().unwrap().is_empty());
    assert_eq!(
        (trace["picture"]["state"].as_str(), trace["sound"]["state"].as_str()),
        (Some("not_compared"), Some("not_compared"))
    );
    assert_eq!(trace["searched"]["originals"], 1);

    std::fs::write(desk.path("broken.mp4"), b"nothing").unwrap();
    let broken = desk.run(&["trace", desk.path("broken.mp4").to_str().unwrap(), "--json"]);
    assert_eq!((broken.code, broken.objects()[0]["code"].as_str()), (3, Some("media_unsupported")));
}
