//! The labelled media: tar files beside a `labels.tsv`, unpacked into the cache folder.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, bail};

use super::degrade::Profile;
use crate::command::output;
use crate::onnxruntime::sha256;

/// Where the media are looked for unless `--data` says so.
const VARIABLE: &str = "PODLINNIK_EVAL_DATA";
const LABELS: &str = "labels.tsv";

/// A set to evaluate on.
#[derive(Debug)]
pub(crate) struct Set {
    pub(crate) name: &'static str,
    /// For the summary.
    pub(crate) what: &'static str,
    tar: &'static str,
    /// Members whose names begin so.
    prefix: &'static str,
    pub(crate) face_crop: bool,
    profile: Profile,
}

/// Every set, in the order of the summary.
pub(crate) const SETS: &[Set] = &[
    Set {
        name: "dfdc-faces-val",
        what: "face crops of DFDC videos; the actors also occur in training",
        tar: "dfdc-faces-val.tar",
        prefix: "dfdc-faces/val/",
        face_crop: true,
        profile: Profile::AsPublished,
    },
    Set {
        name: "dfdc-faces-val-jpeg60-half",
        what: "the same after halving the size and JPEG 60",
        tar: "dfdc-faces-val.tar",
        prefix: "dfdc-faces/val/",
        face_crop: true,
        profile: Profile::Jpeg60Half,
    },
    Set {
        name: "dfdc-faces-val-mouth-only",
        what: "originals in which the mouth alone is that of the fake made of them, against the originals: what is left of a change of the lips. Made of face swaps, so a stand-in for lip-sync, not lip-sync itself; some crops do not lie on each other, and the mouth is displaced there",
        tar: "dfdc-faces-val.tar",
        prefix: "dfdc-faces/val/",
        face_crop: true,
        profile: Profile::MouthOnly,
    },
    Set {
        name: "clips-val",
        what: "whole clips; face swaps (DeepFaceLive) and generated talking heads (VASA-1) that training never saw",
        tar: "clips-val.tar",
        prefix: "clips/val/",
        face_crop: false,
        profile: Profile::AsPublished,
    },
    Set {
        name: "clips-val-messenger-480p",
        what: "the same clips after a messenger: at most 480 lines, H.264 CRF 30, AAC 48 kbit/s",
        tar: "clips-val.tar",
        prefix: "clips/val/",
        face_crop: false,
        profile: Profile::Messenger480,
    },
    Set {
        name: "ai-images",
        what: "photographs against GAN and diffusion pictures",
        tar: "ai-images.tar",
        prefix: "ai-images/val/",
        face_crop: false,
        profile: Profile::AsPublished,
    },
    Set {
        name: "ai-images-jpeg60-half",
        what: "the same after halving the size and JPEG 60",
        tar: "ai-images.tar",
        prefix: "ai-images/val/",
        face_crop: false,
        profile: Profile::Jpeg60Half,
    },
    Set {
        name: "ffhq-stylegan-val",
        what: "FFHQ portraits against StyleGAN faces, 256 px",
        tar: "ffhq-stylegan-256.tar",
        prefix: "ffhq-stylegan/val/",
        face_crop: false,
        profile: Profile::AsPublished,
    },
    Set {
        name: "ffhq-stylegan-val-jpeg60-half",
        what: "the same after halving the size and JPEG 60",
        tar: "ffhq-stylegan-256.tar",
        prefix: "ffhq-stylegan/val/",
        face_crop: false,
        profile: Profile::Jpeg60Half,
    },
    Set {
        name: "speech-val",
        what: "speech against vocoder copies and synthetic voices (HiFi-GAN, VITS)",
        tar: "speech-val.tar",
        prefix: "speech/val/",
        face_crop: false,
        profile: Profile::AsPublished,
    },
];

/// The folder with tar files and labels.
#[derive(Debug)]
pub(crate) struct Data {
    folder: PathBuf,
    labels: String,
}

impl Data {
    /// Takes the folder that was named, or that of the environment, or `../shared/data` beside the repository.
    pub(crate) fn open(named: Option<PathBuf>, repository: &Path) -> Result<Self> {
        let variable = || std::env::var_os(VARIABLE).filter(|value| !value.is_empty()).map(PathBuf::from);
        let beside = || repository.join("../shared/data");
        let folder = named.or_else(variable).unwrap_or_else(beside);
        let Ok(labels) = fs::read_to_string(folder.join(LABELS)) else {
            bail!(
                "there are no labelled media in `{}`\n\
                 What is needed: a folder with `{LABELS}` (columns file, split, label, source, group, face_px, separated by tabs) and the tar \
                 files that it lists, of split `val`: {}.\n\
                 Name it with --data FOLDER or {VARIABLE}. For media of your own, `podlinnik eval FOLDER` needs neither.",
                folder.display(),
                tars().join(", ")
            )
        };
        Ok(Self { folder, labels })
    }

    /// SHA-256 of the labels.
    pub(crate) fn digest(&self) -> Result<String> {
        sha256(&self.folder.join(LABELS))
    }

    /// Unpacks a set's files, if need be degrades them, and writes its manifest.
    pub(crate) fn manifest(&self, set: &Set, cache: &Path) -> Result<PathBuf> {
        let mut rows = rows(&self.labels, set.prefix)?;
        let tar = self.folder.join(set.tar);
        if !tar.is_file() {
            bail!("`{}` is missing; the set {} lies in it", tar.display(), set.name);
        }
        let digest = sha256(&tar)?;
        let stem = set.tar.trim_end_matches(".tar");
        let unpacked = cache.join(format!("{stem}-{}", digest.get(..16).unwrap_or(&digest)));
        unpack(&tar, &rows, &unpacked)?;
        if set.profile == Profile::MouthOnly {
            keep_pairs(&mut rows);
        }
        let originals = originals(&rows);
        let files: Vec<(&str, &str)> = rows
            .iter()
            .map(|row| (row.file.as_str(), original(row, &originals).unwrap_or(&row.file)))
            .collect();
        let root = set.profile.apply(&unpacked, &files)?;
        let path = root.join(format!("{}.tsv", set.name));
        fs::write(&path, manifest_text(&rows, set.profile))
            .with_context(|| format!("cannot write {}", path.display()))?;
        Ok(path)
    }
}

fn tars() -> Vec<&'static str> {
    let mut tars: Vec<_> = SETS.iter().map(|set| set.tar).collect();
    tars.sort_unstable();
    tars.dedup();
    tars
}

/// One validation file.
#[derive(Debug, PartialEq, Eq)]
struct Row {
    file: String,
    label: String,
    source: String,
    group: String,
    face_px: String,
}

/// The lines of split `val` below a prefix.
fn rows(labels: &str, prefix: &str) -> Result<Vec<Row>> {
    let mut lines = labels.lines();
    let header: BTreeMap<&str, usize> =
        lines.next().unwrap_or_default().split('\t').enumerate().map(|(at, name)| (name, at)).collect();
    let at =
        |name: &str| header.get(name).copied().with_context(|| format!("`{LABELS}` has no column `{name}`"));
    let (file, split, label) = (at("file")?, at("split")?, at("label")?);
    let (source, group, face_px) = (at("source")?, at("group")?, at("face_px")?);
    let mut rows = Vec::new();
    for line in lines {
        let cells: Vec<&str> = line.split('\t').collect();
        let cell = |at: usize| cells.get(at).copied().unwrap_or_default().to_owned();
        if cell(split) == "val" && cell(file).starts_with(prefix) {
            rows.push(Row {
                file: cell(file),
                label: cell(label),
                source: cell(source),
                group: cell(group),
                face_px: cell(face_px),
            });
        }
    }
    if rows.is_empty() {
        bail!("`{LABELS}` lists no file of split `val` below `{prefix}`");
    }
    Ok(rows)
}

/// The genuine file of each group, where a face crop and the crop of its original lie on each other.
fn originals(rows: &[Row]) -> BTreeMap<&str, &str> {
    let pairs = rows.iter().any(|row| row.file.starts_with("dfdc-faces/"));
    rows.iter()
        .filter(|row| pairs && row.label == "real" && !row.group.is_empty())
        .map(|row| (row.group.as_str(), row.file.as_str()))
        .collect()
}

/// What a fake was made of, where that is known.
fn original<'a>(row: &Row, originals: &BTreeMap<&str, &'a str>) -> Option<&'a str> {
    originals.get(row.group.as_str()).filter(|_| row.label == "fake").copied()
}

/// Fakes whose originals are there, and these originals.
fn keep_pairs(rows: &mut Vec<Row>) {
    let of_known = originals(rows);
    let used: BTreeSet<String> =
        rows.iter().filter_map(|row| original(row, &of_known)).map(str::to_owned).collect();
    let groups: BTreeSet<String> = of_known.into_keys().map(str::to_owned).collect();
    rows.retain(|row| match row.label.as_str() {
        "fake" => groups.contains(&row.group),
        _ => used.contains(&row.file),
    });
}

fn manifest_text(rows: &[Row], profile: Profile) -> String {
    let originals = originals(rows);
    let mut text = "file\tlabel\tgroup\toriginal\tsource\tnative_face\tprofile\n".to_owned();
    for row in rows {
        let native_face = match row.face_px.parse::<f64>() {
            Err(_) => "",
            Ok(side) if side < 107.0 => "1: below 107 px",
            Ok(side) if side < 160.0 => "2: 107 to 159 px",
            Ok(_) => "3: 160 px and more",
        };
        let Row { file, label, source, group, .. } = row;
        let original = original(row, &originals).unwrap_or_default();
        text +=
            &format!("{file}\t{label}\t{group}\t{original}\t{source}\t{native_face}\t{}\n", profile.name());
    }
    text
}

/// Unpacks the listed members only, into a folder that appears when all of them are there.
fn unpack(tar: &Path, rows: &[Row], folder: &Path) -> Result<()> {
    if rows.iter().all(|row| folder.join(&row.file).is_file()) {
        return Ok(());
    }
    fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))?;
    let list = folder.join("members.txt");
    fs::write(&list, rows.iter().map(|row| format!("{}\n", row.file)).collect::<String>())?;
    output(
        Command::new("tar")
            .arg("-xf")
            .arg(tar)
            .arg("-C")
            .arg(folder)
            .arg("--no-same-owner")
            .arg("-T")
            .arg(&list),
    )?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    const LABELS_TEXT: &str = "file\tsplit\tlabel\tsource\tgroup\tface_px\n\
        a/val/x.jpg\tval\treal\tcam\tg1\t120\na/train/y.jpg\ttrain\tfake\tgan\tg2\t\nb/val/z.ogg\tval\tfake\ttts\t\t\n";

    #[test]
    fn only_validation_files_of_the_set_get_into_the_manifest() {
        let chosen = rows(LABELS_TEXT, "a/").unwrap();
        assert_eq!(chosen.len(), 1);
        let text = manifest_text(&chosen, Profile::AsPublished);
        assert_eq!(text.lines().nth(1), Some("a/val/x.jpg\treal\tg1\t\tcam\t2: 107 to 159 px\tas-published"));
        let pair = "file\tsplit\tlabel\tsource\tgroup\tface_px\ndfdc-faces/val/o.jpg\tval\treal\tdfdc\tg\t\n\
            dfdc-faces/val/f.jpg\tval\tfake\tdfdc\tg\t\n";
        let text = manifest_text(&rows(pair, "dfdc-faces/").unwrap(), Profile::AsPublished);
        assert_eq!(
            text.lines().nth(2),
            Some("dfdc-faces/val/f.jpg\tfake\tg\tdfdc-faces/val/o.jpg\tdfdc\t\tas-published")
        );
        assert!(
            manifest_text(&rows(LABELS_TEXT, "b/").unwrap(), Profile::Jpeg60Half)
                .ends_with("\ttts\t\tjpeg60-half\n")
        );
        assert!(rows(LABELS_TEXT, "c/").unwrap_err().to_string().contains("c/"));
        assert!(rows("file\tlabel\n", "a/").is_err());
    }

    #[test]
    fn pairs_are_fakes_beside_their_originals() {
        let head = "file\tsplit\tlabel\tsource\tgroup\tface_px\n";
        let body = [
            "o\tval\treal\tdfdc\tg",
            "f\tval\tfake\tdfdc\tg",
            "h\tval\tfake\tdfdc\tg",
            "alone\tval\treal\tdfdc\tz",
            "lost\tval\tfake\tdfdc\ty",
        ];
        let text = body.map(|line| format!("dfdc-faces/val/{line}\t\n")).concat();
        let mut rows = rows(&format!("{head}{text}"), "dfdc-faces/").unwrap();
        keep_pairs(&mut rows);
        let kept: Vec<&str> =
            rows.iter().filter_map(|row| row.file.strip_prefix("dfdc-faces/val/")).collect();
        assert_eq!(kept, ["o", "f", "h"]);
    }

    #[test]
    fn a_missing_folder_is_told_with_what_is_needed() {
        let empty = tempfile::tempdir().unwrap();
        let text = Data::open(Some(empty.path().to_owned()), empty.path()).unwrap_err().to_string();
        assert!(
            text.contains("labels.tsv") && text.contains("speech-val.tar") && text.contains("--data"),
            "{text}"
        );
    }
}
