//! Labelled sets: a manifest (tab-separated, with a header) or a folder with `real/` and `fake/` below it.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

/// What is known to be true of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Label {
    /// Not manipulated, not generated.
    Real,
    /// Manipulated or generated.
    Fake,
}

impl Label {
    /// `real` or `fake`.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Real => "real",
            Self::Fake => "fake",
        }
    }
}

/// One file of a set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LabelledFile {
    /// As the manifest writes it, or relative to the folder; unique within the set.
    pub name: String,
    /// Where it lies.
    pub path: PathBuf,
    /// What it is.
    pub label: Label,
    /// What it was made from (source video); files of a group are never taken for independent.
    pub group: Option<String>,
    /// What a fake was made from, aligned with it pixel by pixel: shows where it was changed.
    pub original: Option<PathBuf>,
    /// Column → value: `source`, `profile` and whatever else the manifest has.
    pub buckets: BTreeMap<String, String>,
}

/// A labelled set, sorted by name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LabelledSet {
    /// Name of the manifest or folder.
    pub name: String,
    /// Its files.
    pub files: Vec<LabelledFile>,
}

/// Why a set cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum SetError {
    /// A file or folder cannot be read.
    #[error("cannot read `{}`", path.display())]
    Io {
        /// Which.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The header lacks a column.
    #[error("the manifest has no column `{0}`; it needs `file` and `label`, separated by tabs")]
    NoColumn(&'static str),
    /// A line is not as the header says.
    #[error("line {line} of the manifest: {what}")]
    Line {
        /// Counted from 1.
        line: usize,
        /// What is wrong.
        what: String,
    },
    /// A folder without the two classes.
    #[error("`{}` has no files below `real/` and `fake/`", .0.display())]
    NoClasses(PathBuf),
    /// Nothing in it.
    #[error("the set has no files")]
    Empty,
}

impl LabelledSet {
    /// Reads a manifest file or a folder. Relative paths of a manifest start at `root`, or else where the manifest lies.
    ///
    /// # Errors
    /// [`SetError`].
    pub fn read(path: &Path, root: Option<&Path>) -> Result<Self, SetError> {
        let io = |source| SetError::Io { path: path.to_owned(), source };
        let stem = if path.is_dir() { path.file_name() } else { path.file_stem() };
        let name = stem.map_or_else(|| "set".to_owned(), |stem| stem.to_string_lossy().into_owned());
        let mut files = if fs::metadata(path).map_err(io)?.is_dir() {
            folder(path)?
        } else {
            let text = fs::read_to_string(path).map_err(io)?;
            let beside = path.parent().unwrap_or(Path::new(""));
            manifest(&text, root.unwrap_or(beside))?
        };
        files.sort_by(|left, right| left.name.cmp(&right.name));
        if files.is_empty() { Err(SetError::Empty) } else { Ok(Self { name, files }) }
    }

    /// Keeps at most `most` files, evenly spread over each class, so that a part is as mixed as the whole.
    pub fn limit(&mut self, most: usize) {
        let of = |label| self.files.iter().filter(|file| file.label == label).count();
        let (real, fake) = (of(Label::Real), of(Label::Fake));
        if real + fake <= most {
            return;
        }
        let real_kept = (most * real).div_ceil(real + fake).min(real);
        let quota = [(real, real_kept), (fake, most - real_kept)];
        let mut seen = [0, 0];
        self.files.retain(|file| {
            let class = usize::from(file.label == Label::Fake);
            let (count, kept) = quota[class];
            let at = seen[class];
            seen[class] += 1;
            // Keeps `kept` of `count`, evenly spaced.
            (at + 1) * kept / count != at * kept / count
        });
    }
}

/// Parses a manifest; `generator` is another name for `source`.
fn manifest(text: &str, root: &Path) -> Result<Vec<LabelledFile>, SetError> {
    let mut lines = text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty());
    let header: Vec<&str> = lines
        .next()
        .map(|(_, line)| line.trim_start_matches('\u{feff}').split('\t').map(str::trim).collect())
        .unwrap_or_default();
    let column = |name: &'static str| header.iter().position(|column| *column == name);
    let file_at = column("file").ok_or(SetError::NoColumn("file"))?;
    let label_at = column("label").ok_or(SetError::NoColumn("label"))?;
    let group_at = column("group");
    let original_at = column("original");
    let mut names = BTreeSet::new();
    let mut files = Vec::new();
    for (index, line) in lines {
        let wrong = |what: String| SetError::Line { line: index + 1, what };
        let cells: Vec<&str> = line.split('\t').map(str::trim).collect();
        if cells.len() > header.len() {
            return Err(wrong(format!("{} cells under {} columns", cells.len(), header.len())));
        }
        let cell = |at: usize| cells.get(at).copied().unwrap_or_default();
        let name = cell(file_at);
        if name.is_empty() {
            return Err(wrong("no file".to_owned()));
        }
        if !names.insert(name.to_owned()) {
            return Err(wrong(format!("`{name}` is listed twice")));
        }
        let label = match cell(label_at) {
            "real" => Label::Real,
            "fake" => Label::Fake,
            other => return Err(wrong(format!("the label is `{other}`, not `real` or `fake`"))),
        };
        let group = group_at.map(cell).filter(|group| !group.is_empty()).map(ToOwned::to_owned);
        let original =
            original_at.map(cell).filter(|original| !original.is_empty()).map(|name| root.join(name));
        let buckets = header
            .iter()
            .enumerate()
            .filter(|(at, name)| {
                *at != file_at
                    && *at != label_at
                    && Some(*at) != group_at
                    && Some(*at) != original_at
                    && !name.is_empty()
            })
            .filter(|(at, _)| !cell(*at).is_empty())
            .map(|(at, name)| (bucket_name(name), cell(at).to_owned()))
            .collect();
        files.push(LabelledFile {
            name: name.to_owned(),
            path: root.join(name),
            label,
            group,
            original,
            buckets,
        });
    }
    Ok(files)
}

fn bucket_name(column: &str) -> String {
    if column == "generator" { "source".to_owned() } else { column.to_owned() }
}

/// Walks `real/` and `fake/`; the folders between them and a file name the source.
fn folder(top: &Path) -> Result<Vec<LabelledFile>, SetError> {
    let mut files = Vec::new();
    for label in [Label::Real, Label::Fake] {
        let class = top.join(label.code());
        if class.is_dir() {
            walk(&class, &mut Vec::new(), label, &mut files)?;
        }
    }
    if files.is_empty() { Err(SetError::NoClasses(top.to_owned())) } else { Ok(files) }
}

/// How many folders deep files are looked for.
const DEEPEST: usize = 16;

fn walk(
    folder: &Path,
    between: &mut Vec<String>,
    label: Label,
    files: &mut Vec<LabelledFile>,
) -> Result<(), SetError> {
    let io = |source| SetError::Io { path: folder.to_owned(), source };
    for entry in fs::read_dir(folder).map_err(io)? {
        let path = entry.map_err(io)?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if name.starts_with('.') {
            continue;
        }
        if path.is_dir() && between.len() < DEEPEST {
            between.push(name);
            walk(&path, between, label, files)?;
            between.pop();
        } else if path.is_file() {
            let source = between.join("/");
            let parts = [label.code(), &source, &name];
            let full: Vec<&str> = parts.into_iter().filter(|part| !part.is_empty()).collect();
            let buckets = if source.is_empty() {
                BTreeMap::new()
            } else {
                BTreeMap::from([("source".to_owned(), source.clone())])
            };
            files.push(LabelledFile {
                name: full.join("/"),
                path,
                label,
                group: None,
                original: None,
                buckets,
            });
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_manifest_gives_labels_groups_and_buckets() {
        let text =
            "file\tlabel\tgroup\tgenerator\tprofile\na.jpg\treal\tv1\tcamera\t\nb.jpg\tfake\t\tgan\tcrf30\n";
        let files = manifest(text, Path::new("/set")).unwrap();
        assert_eq!(files[0].path, Path::new("/set/a.jpg"));
        assert_eq!((files[0].label, files[0].group.as_deref()), (Label::Real, Some("v1")));
        assert_eq!(files[0].buckets, BTreeMap::from([("source".to_owned(), "camera".to_owned())]));
        assert_eq!((files[1].label, files[1].group.as_deref()), (Label::Fake, None));
        assert_eq!(files[1].buckets.get("profile").map(String::as_str), Some("crf30"));
        let paired = manifest("file\tlabel\toriginal\na.jpg\tfake\tb.jpg\n", Path::new("/set")).unwrap();
        assert_eq!(paired[0].original.as_deref(), Some(Path::new("/set/b.jpg")));
        assert!(paired[0].buckets.is_empty() && files[1].original.is_none());
    }

    #[test]
    fn a_manifest_that_cannot_be_meant_is_refused_with_its_line() {
        let read = |text: &str| {
            manifest(text, Path::new("")).map(|files| files.len()).map_err(|error| error.to_string())
        };
        assert!(read("file\nx").unwrap_err().contains("`label`"));
        assert!(read("file\tlabel\na\treal\na\tfake").unwrap_err().contains("line 3"));
        assert!(read("file\tlabel\na\tgenuine").unwrap_err().contains("`genuine`"));
        assert!(read("file\tlabel\na\treal\tmore").unwrap_err().contains("line 2"));
        assert!(read("").is_err());
    }

    #[test]
    fn a_folder_names_the_source_and_a_limit_keeps_the_mixture() {
        let top = tempfile::tempdir().unwrap();
        for (index, path) in ["real/cam", "fake/gan/v2", "fake"].into_iter().enumerate() {
            fs::create_dir_all(top.path().join(path)).unwrap();
            for number in 0..=index {
                fs::write(top.path().join(path).join(format!("{number}.jpg")), b"x").unwrap();
            }
        }
        let mut set = LabelledSet::read(top.path(), None).unwrap();
        let names: Vec<_> = set.files.iter().map(|file| file.name.as_str()).collect();
        assert_eq!(
            names,
            [
                "fake/0.jpg",
                "fake/1.jpg",
                "fake/2.jpg",
                "fake/gan/v2/0.jpg",
                "fake/gan/v2/1.jpg",
                "real/cam/0.jpg"
            ]
        );
        assert_eq!(set.files[3].buckets.get("source").map(String::as_str), Some("gan/v2"));
        set.limit(3);
        let fakes = set.files.iter().filter(|file| file.label == Label::Fake).count();
        assert_eq!((set.files.len(), fakes), (3, 2));
        let empty = tempfile::tempdir().unwrap();
        assert!(matches!(LabelledSet::read(empty.path(), None), Err(SetError::NoClasses(_))));
    }
}
