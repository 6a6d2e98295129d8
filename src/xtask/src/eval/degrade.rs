//! Media as messengers leave them.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result};

use crate::command::output;

/// What happens to a set's files before they are examined.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Profile {
    /// Nothing.
    AsPublished,
    /// Pictures at half the size, JPEG 60.
    Jpeg60Half,
    /// Clips at no more than 480 lines, H.264 CRF 30 and AAC at 48 kbit/s.
    Messenger480,
    /// Face crops of an original in which the mouth alone is that of the fake: what a change of the lips leaves. Pairs only.
    MouthOnly,
}

impl Profile {
    /// As the bucket `profile` of a report has it, and as folders are called.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::AsPublished => "as-published",
            Self::Jpeg60Half => "jpeg60-half",
            Self::Messenger480 => "messenger-480p",
            Self::MouthOnly => "mouth-only",
        }
    }

    /// Makes what is missing in a folder beside the published files, under the same names. `files`: each with its original, which may be itself.
    /// Gives the folder to read from.
    pub(super) fn apply(self, published: &Path, files: &[(&str, &str)]) -> Result<PathBuf> {
        let make: fn(&Path, &Path, &Path) -> Result<()> = match self {
            Self::AsPublished => return Ok(published.to_owned()),
            Self::Jpeg60Half => |file, _, target| jpeg60_half(file, target),
            Self::Messenger480 => |file, _, target| messenger_480(file, target),
            Self::MouthOnly => mouth_only,
        };
        let mut name = published.as_os_str().to_owned();
        name.push(format!("-{}", self.name()));
        let folder = PathBuf::from(name);
        for (file, original) in files {
            let target = folder.join(file);
            if target.is_file() {
                continue;
            }
            let parent = target.parent().unwrap_or(&folder);
            fs::create_dir_all(parent).with_context(|| format!("cannot make {}", parent.display()))?;
            let part =
                target.with_extension(if self == Self::Messenger480 { "part.mp4" } else { "part.jpg" });
            make(&published.join(file), &published.join(original), &part)?;
            fs::rename(&part, &target).with_context(|| format!("cannot write {}", target.display()))?;
        }
        Ok(folder)
    }
}

/// Annex K of the JPEG standard (ITU-T T.81), by rows.
const LUMINANCE: [u32; 64] = [
    16, 11, 10, 16, 24, 40, 51, 61, 12, 12, 14, 19, 26, 58, 60, 55, 14, 13, 16, 24, 40, 57, 69, 56, 14, 17,
    22, 29, 51, 87, 80, 62, 18, 22, 37, 56, 68, 109, 103, 77, 24, 35, 55, 64, 81, 104, 113, 92, 49, 64, 78,
    87, 103, 121, 120, 101, 72, 92, 95, 98, 112, 100, 103, 99,
];
const CHROMINANCE: [u32; 64] = [
    17, 18, 24, 47, 99, 99, 99, 99, 18, 21, 26, 66, 99, 99, 99, 99, 24, 26, 56, 99, 99, 99, 99, 99, 47, 66,
    99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99,
    99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99,
];

/// FFmpeg gets the tables of quality 60 as libjpeg makes them; only its DC step is finer (8).
fn jpeg60_half(original: &Path, target: &Path) -> Result<()> {
    let (luminance, chrominance) = (table(&LUMINANCE), table(&CHROMINANCE));
    let scale = ["-vf", "scale=trunc(iw/4)*2:trunc(ih/4)*2:flags=area,format=yuvj420p"];
    let quality = ["-frames:v", "1", "-bitexact", "-c:v", "mjpeg", "-q:v", "8", "-qmin", "8", "-qmax", "8"];
    let mut command = Command::new("ffmpeg");
    command.args(["-v", "error", "-y", "-i"]).arg(original).args(scale).args(quality);
    command.args(["-intra_matrix", &luminance, "-chroma_intra_matrix", &chrominance]).arg(target);
    output(&mut command).map(drop)
}

/// The original with the file's pixels in an ellipse around the mouth, its edge soft: on DFDC's training crops the corners of the mouth lie at 0.35 and 0.68
/// of the width, its middle at 0.73 of the height (deviation 0.05 each). A genuine file goes through the very same as its own original.
fn mouth_only(file: &Path, original: &Path, target: &Path) -> Result<()> {
    let ellipse = "255*clip((1.15-hypot((X/W-0.51)/0.26\\,(Y/H-0.73)/0.17))/0.3\\,0\\,1)";
    let blend = format!(
        "[1:v]format=rgba,geq=r='r(X,Y)':g='g(X,Y)':b='b(X,Y)':a='{ellipse}'[mouth];\
         [0:v]format=rgba[whole];[whole][mouth]overlay=format=gbrp,format=yuvj444p"
    );
    let quality = ["-frames:v", "1", "-bitexact", "-c:v", "mjpeg", "-q:v", "2"];
    let mut command = Command::new("ffmpeg");
    command.args(["-v", "error", "-y", "-i"]).arg(original).arg("-i").arg(file);
    command.args(["-filter_complex", &blend]).args(quality).arg(target);
    output(&mut command).map(drop)
}

fn messenger_480(original: &Path, target: &Path) -> Result<()> {
    let scale = ["-vf", "scale=-2:trunc(min(480\\,ih)/2)*2:flags=area,format=yuv420p"];
    let picture = ["-c:v", "libx264", "-preset", "veryfast", "-crf", "30", "-threads", "1"];
    let sound = ["-c:a", "aac", "-b:a", "48k", "-bitexact", "-map_metadata", "-1", "-f", "mp4"];
    let mut command = Command::new("ffmpeg");
    command.args(["-v", "error", "-y", "-i"]).arg(original).args(scale).args(picture).args(sound).arg(target);
    output(&mut command).map(drop)
}

/// A table of quality 60: libjpeg scales by 200 − 2 · 60 per cent.
fn table(standard: &[u32; 64]) -> String {
    let scaled = standard.iter().map(|step| ((step * 80 + 50) / 100).clamp(1, 255).to_string());
    scaled.collect::<Vec<_>>().join(",")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_are_those_of_quality_60() {
        // First row of what libjpeg writes at quality 60.
        assert!(table(&LUMINANCE).starts_with("13,9,8,13,19,32,41,49,"));
        assert!(table(&CHROMINANCE).starts_with("14,14,19,38,79,79,79,79,"));
    }
}
