//! Where `check --html` writes its pages.

use std::path::{Path, PathBuf};

use podlinnik_domain::language::Language;
use podlinnik_pipeline::Checked;
use podlinnik_report::{EmbeddedPicture, html};

use crate::exit::Failure;
use crate::input::shown_name;

/// Where pages go.
#[derive(Debug)]
pub(super) enum Pages {
    /// The page of the only file.
    One(PathBuf),
    /// A folder; the pages written so far.
    Folder(PathBuf, Vec<PathBuf>),
}

/// Decides before anything is examined. An examined file is never overwritten: it is evidence.
pub(super) fn plan_pages(html: Option<&Path>, files: &[PathBuf]) -> Result<Option<Pages>, Failure> {
    let Some(target) = html else { return Ok(None) };
    if target.is_dir() {
        return Ok(Some(Pages::Folder(target.to_owned(), Vec::new())));
    }
    if files.len() > 1 {
        return Err(Failure::usage("--html needs a folder for several files")
            .hint(format!("make it first: mkdir '{}'", target.display())));
    }
    if is_one_of(target, files) {
        return Err(Failure::usage(format!(
            "--html would overwrite the examined file `{}`",
            target.display()
        )));
    }
    Ok(Some(Pages::One(target.to_owned())))
}

fn is_one_of(target: &Path, files: &[PathBuf]) -> bool {
    let Ok(target) = target.canonicalize() else { return false };
    files.iter().any(|file| file.canonicalize().is_ok_and(|file| file == target))
}

impl Pages {
    /// Writes the page of one file and answers where it is.
    pub(super) fn write(
        &mut self,
        path: &Path,
        checked: &Checked,
        language: Language,
    ) -> Result<PathBuf, Failure> {
        let pictures: Vec<_> = checked
            .pictures
            .iter()
            .map(|picture| EmbeddedPicture {
                name: &picture.name,
                media_type: picture.media_type,
                bytes: &picture.bytes,
            })
            .collect();
        let page = html::render(&checked.report, &pictures, language).map_err(Failure::internal)?;
        let target = match self {
            Self::One(target) => target.clone(),
            Self::Folder(folder, written) => {
                let target = free_name(folder, path, written);
                written.push(target.clone());
                target
            }
        };
        write_whole(&target, page.as_bytes()).map_err(|error| {
            Failure::internal(
                anyhow::Error::new(error).context(format!("cannot write `{}`", target.display())),
            )
        })?;
        Ok(target)
    }
}

/// `clip.mp4.html`, or `clip.mp4-2.html` for a second file of that name in the same run.
fn free_name(folder: &Path, path: &Path, written: &[PathBuf]) -> PathBuf {
    let name = if path.as_os_str() == "-" { "stdin".to_owned() } else { shown_name(path) };
    let mut target = folder.join(format!("{name}.html"));
    let mut number = 1;
    while written.contains(&target) {
        number += 1;
        target = folder.join(format!("{name}-{number}.html"));
    }
    target
}

/// Nobody sees half a page: it is written beside its place and moved there.
fn write_whole(target: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let mut name = target.as_os_str().to_owned();
    name.push(".part");
    let part = PathBuf::from(name);
    std::fs::write(&part, bytes)?;
    std::fs::rename(&part, target).inspect_err(|_| {
        let _ = std::fs::remove_file(&part);
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn evidence_is_not_overwritten_and_names_do_not_collide() {
        let folder = tempfile::tempdir().unwrap();
        let clip = folder.path().join("clip.mp4");
        std::fs::write(&clip, b"x").unwrap();
        assert!(plan_pages(Some(&clip), std::slice::from_ref(&clip)).is_err());
        assert!(plan_pages(Some(&folder.path().join("a.html")), &[clip.clone(), clip.clone()]).is_err());
        assert!(matches!(
            plan_pages(Some(folder.path()), std::slice::from_ref(&clip)),
            Ok(Some(Pages::Folder(..)))
        ));
        let first = free_name(folder.path(), &clip, &[]);
        assert_eq!(first, folder.path().join("clip.mp4.html"));
        assert_eq!(free_name(folder.path(), &clip, &[first]), folder.path().join("clip.mp4-2.html"));
    }
}
