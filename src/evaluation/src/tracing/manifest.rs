//! What is known of suspects: a tab-separated file.

use super::Suspect;

/// Why a manifest cannot be read.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("line {line}: {what}")]
pub struct ManifestError {
    /// Its number, from 1.
    pub line: usize,
    /// What is wrong there.
    pub what: String,
}

/// Columns of a manifest: `file`, `change`, `original` (`-`: none), `from_s`, `until_s`, `mirror` (yes or no), `picture` and `sound` (`-`: any).
pub const COLUMNS: [&str; 8] =
    ["file", "change", "original", "from_s", "until_s", "mirror", "picture", "sound"];

/// Reads a tab-separated manifest with a head line of [`COLUMNS`].
///
/// # Errors
/// [`ManifestError`] for the first line that makes no sense.
pub fn read(text: &str) -> Result<Vec<Suspect>, ManifestError> {
    let mut lines = (1..).zip(text.lines());
    let head: Vec<&str> = lines.next().map(|(_, line)| line.split('\t').collect()).unwrap_or_default();
    if head != COLUMNS {
        return Err(ManifestError {
            line: 1,
            what: format!("the columns have to be {}", COLUMNS.join(", ")),
        });
    }
    let filled = lines.filter(|(_, line)| !line.trim().is_empty());
    filled
        .map(|(line, text)| suspect(text).map_err(|what| ManifestError { line, what: what.to_owned() }))
        .collect()
}

pub(super) fn suspect(text: &str) -> Result<Suspect, &'static str> {
    let fields: Vec<&str> = text.split('\t').collect();
    let [file, change, original, from_s, until_s, mirror, picture, sound] = fields[..] else {
        return Err("not eight columns");
    };
    let given = |text: &str| (text != "-").then(|| text.to_owned());
    let original = given(original);
    let span_s = match (from_s.parse::<f64>(), until_s.parse::<f64>()) {
        (Ok(from_s), Ok(until_s)) if until_s > from_s && from_s >= 0.0 && until_s.is_finite() => {
            Some([from_s, until_s])
        }
        _ if from_s == "-" && until_s == "-" => None,
        _ => return Err("from_s and until_s are no span"),
    };
    let picture = match given(picture) {
        Some(text) => Some(text.parse().map_err(|_| "no such state of a picture")?),
        None => None,
    };
    let sound = match given(sound) {
        Some(text) => Some(text.parse().map_err(|_| "no such state of a sound")?),
        None => None,
    };
    let mirror = match mirror {
        "yes" => true,
        "no" => false,
        _ => return Err("mirror is yes or no"),
    };
    if original.is_none() && (span_s.is_some() || picture.is_some() || sound.is_some()) {
        return Err("without an original nothing can be said of span, picture and sound");
    }
    Ok(Suspect { file: file.to_owned(), change: change.to_owned(), original, span_s, mirror, picture, sound })
}

#[cfg(test)]
mod tests {
    use podlinnik_domain::trace::PictureState;

    use super::*;

    #[test]
    fn a_manifest_is_read_and_nonsense_is_refused_with_its_line() {
        let head = COLUMNS.join("\t");
        let good = format!(
            "{head}\na.mp4\tcrop\to.mp4\t1.5\t8\tno\tunaltered\tsame\n\nb.mp4\tnone\t-\t-\t-\tno\t-\t-\n"
        );
        let read_back = read(&good).unwrap();
        assert_eq!(read_back.len(), 2);
        assert_eq!(
            (read_back[0].span_s, read_back[0].picture),
            (Some([1.5, 8.0]), Some(PictureState::Unaltered))
        );
        assert_eq!(read_back[1].original, None);
        assert_eq!(read("file\tchange").unwrap_err().line, 1);
        for line in [
            "a\tb\tc",
            "a\tb\to\t8\t1\tno\t-\t-",
            "a\tb\to\t1\tx\tno\t-\t-",
            "a\tb\to\t1\t8\tperhaps\t-\t-",
            "a\tb\to\t1\t8\tno\tfake\t-",
            "a\tb\t-\t-\t-\tno\taltered\t-",
        ] {
            assert_eq!(read(&format!("{head}\n{line}")).unwrap_err().line, 2, "{line}");
        }
    }
}
