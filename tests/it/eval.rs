//! `podlinnik eval`: a labelled set → results, report and page.

use std::fs;
use std::path::Path;

use serde_json::Value;

use crate::check_program::{Ran, can_examine, fixture, podlinnik};

/// Two genuine and two "fake" files and a sound, with groups.
fn set(folder: &Path) {
    for (name, source) in [
        ("one.jpg", "astronaut.jpg"),
        ("two.jpg", "coffee.jpg"),
        ("three.jpg", "astronaut.jpg"),
        ("broken.jpg", ""),
    ] {
        if source.is_empty() {
            fs::write(folder.join(name), b"not a picture").unwrap();
        } else {
            fs::copy(fixture(source), folder.join(name)).unwrap();
        }
    }
    let manifest = "file\tlabel\tgroup\tsource\none.jpg\treal\tv1\tcamera\ntwo.jpg\treal\tv2\tcamera\n\
                    three.jpg\tfake\tv1\tswap\nbroken.jpg\tfake\t\tswap\n";
    fs::write(folder.join("set.tsv"), manifest).unwrap();
}

fn eval(folder: &Path, arguments: &[&str]) -> Ran {
    let out = folder.join("out");
    podlinnik()
        .arg("eval")
        .arg(folder.join("set.tsv"))
        .arg("--out")
        .arg(out)
        .args(["--rounds", "100", "--date", "2026-01-01"])
        .args(arguments)
        .output()
        .expect("the program starts")
        .into()
}

fn lines(folder: &Path) -> Vec<Value> {
    let text = fs::read_to_string(folder.join("out/results.jsonl")).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn a_labelled_set_becomes_a_report_and_a_second_run_examines_nothing_again() {
    if !can_examine() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    set(folder.path());
    let first = eval(folder.path(), &["--json", "--other", "bytes=wc -c <"]);
    assert_eq!(first.code, 0, "{}", first.err);
    let report = first.objects().remove(0);
    assert_eq!(report["schema"], "podlinnik-evaluation/2");
    assert_eq!((&report["set"]["files"], &report["set"]["groups"]), (&4.into(), &3.into()));
    let detectors: Vec<_> =
        report["detectors"].as_array().unwrap().iter().map(|one| one["kind"].clone()).collect();
    assert_eq!(
        (detectors.first().unwrap(), detectors.last().unwrap()),
        (&"combined".into(), &"other".into())
    );
    // The same picture under both labels: nothing to tell apart, and the other detector counts as fakes what is small.
    let other = report["detectors"].as_array().unwrap().last().unwrap();
    assert_eq!(other["overall"]["scored"]["fake"], 2);
    assert_eq!(report["refused"]["media_unsupported"][0], "broken.jpg");
    assert!(report["subject"]["models"].as_array().unwrap().iter().all(|model| model["sha256"].is_string()));
    let page = fs::read_to_string(folder.path().join("out/report.html")).unwrap();
    assert!(page.contains("2026-01-01") && !page.contains("<img") && !page.contains("<script"));
    assert!(!folder.path().join("out/mistakes.html").exists(), "pictures of people only on demand");

    // Killed within a line: what is whole is kept, the rest is done again, and nothing else.
    let journal = folder.path().join("out/results.jsonl");
    let mut kept = lines(folder.path());
    let examined = kept.iter_mut().filter(|line| line["combined"].is_object());
    examined.for_each(|line| line["combined"]["calibration_id"] = "kept".into());
    let whole: Vec<String> = kept.iter().take(3).map(Value::to_string).collect();
    fs::write(&journal, format!("{}\n{{\"schema\":\"podl", whole.join("\n"))).unwrap();
    let second = eval(folder.path(), &["--contact-sheet"]);
    assert_eq!(second.code, 0, "{}", second.err);
    assert!(second.err.contains("3 results are there already"), "{}", second.err);
    let marked =
        lines(folder.path()).iter().filter(|line| line["combined"]["calibration_id"] == "kept").count();
    assert_eq!((lines(folder.path()).len(), marked), (4, 2), "the refused file has nothing to mark");
    let sheet = fs::read_to_string(folder.path().join("out/mistakes.html")).unwrap();
    assert!(sheet.contains("must not be published"));
}

#[test]
fn results_of_other_models_are_set_aside_and_a_set_that_is_none_is_explained() {
    if !can_examine() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    set(folder.path());
    assert_eq!(eval(folder.path(), &["--limit", "2"]).code, 0);
    let stale: Vec<String> = lines(folder.path())
        .into_iter()
        .map(|mut line| {
            line["models"] = "others".into();
            line.to_string()
        })
        .collect();
    fs::write(folder.path().join("out/results.jsonl"), stale.join("\n")).unwrap();
    let again = eval(folder.path(), &["--limit", "2", "--any-build"]);
    assert!(again.err.contains("2 results were measured"), "{}", again.err);
    assert!(folder.path().join("out/results.jsonl.before").is_file());
    assert!(lines(folder.path()).iter().all(|line| line["models"] != "others"));

    let missing = eval(&folder.path().join("nowhere"), &[]);
    assert_eq!(missing.code, 2, "{}", missing.err);
    assert!(missing.err.contains("`label`"), "{}", missing.err);
    fs::remove_file(folder.path().join("one.jpg")).unwrap();
    let gone = eval(folder.path(), &[]);
    assert!(gone.code == 2 && gone.err.contains("1 of 4 files"), "{}", gone.err);
}
