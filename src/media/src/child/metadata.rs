//! EXIF, text chunks and container tags: bounded in number and length, sorted, not verified.

use std::fmt::Write;
use std::io::{Read, Seek, SeekFrom};

use podlinnik_domain::media::{MetadataEntry, Warning, WarningCode};

use super::input::Input;
use crate::MediaLimits;
use crate::wire::bounded;

/// Characters of a key.
const KEY_CHARS: usize = 128;
/// Chunks of a PNG that are looked at.
const PNG_CHUNKS: usize = 1000;
/// Bytes of EXIF that are parsed.
const EXIF_BYTES: usize = 4 << 20;

/// Gathers entries, and what went wrong with them.
#[derive(Debug)]
pub(super) struct Gathered {
    entries: Vec<MetadataEntry>,
    warnings: Vec<Warning>,
    limits: MediaLimits,
    truncated: Option<String>,
}

impl Gathered {
    pub(super) fn new(limits: &MediaLimits) -> Self {
        Self { entries: Vec::new(), warnings: Vec::new(), limits: limits.clone(), truncated: None }
    }

    /// Adds an entry; text that is too long is cut. Of too many entries those last in order are dropped at the end.
    pub(super) fn add(&mut self, key: &str, value: &str) {
        // far more than is handed out, so that the choice by order is the same for all but absurd files
        if self.entries.len() >= 100 * self.limits.metadata_entries as usize {
            self.truncated.get_or_insert_with(|| "too many entries".into());
            return;
        }
        let limit = self.limits.metadata_chars as usize;
        let key = bounded(key.trim(), KEY_CHARS);
        let text = bounded(value.trim(), limit);
        if value.trim().chars().nth(limit).is_some() {
            self.truncated.get_or_insert_with(|| format!("{key} is longer than {limit} characters"));
        }
        if !key.is_empty() && !text.is_empty() {
            self.entries.push(MetadataEntry { key, value: text });
        }
    }

    fn unreadable(&mut self, detail: String) {
        self.warnings.push(Warning::new(WarningCode::MetadataUnreadable, detail));
    }

    /// Parses a block of EXIF (TIFF structure), as far as it goes.
    pub(super) fn add_exif(&mut self, block: Vec<u8>) {
        if block.len() > EXIF_BYTES {
            self.unreadable(format!("EXIF of {} bytes", block.len()));
            return;
        }
        let exif = match exif::Reader::new().continue_on_error(true).read_raw(block) {
            Ok(exif) => exif,
            Err(exif::Error::PartialResult(partial)) => {
                let (exif, errors) = partial.into_inner();
                let first = errors.first().map(ToString::to_string).unwrap_or_default();
                self.unreadable(format!("EXIF: {first}"));
                exif
            }
            Err(error) => {
                self.unreadable(format!("EXIF: {error}"));
                return;
            }
        };
        for field in exif.fields() {
            if field.tag == exif::Tag::MakerNote {
                continue;
            }
            let group = match field.ifd_num {
                exif::In::PRIMARY => "exif",
                exif::In::THUMBNAIL => "exif.thumbnail",
                _ => "exif.other",
            };
            let mut value = Bounded { text: String::new(), left: self.limits.metadata_chars as usize + 1 };
            // an error only means that there is more than fits
            let _ = write!(value, "{}", field.display_value().with_unit(&exif));
            self.add(&format!("{group}.{}", field.tag), &value.text);
        }
    }

    /// Text chunks of a PNG (where image generators leave their prompts). Compressed ones are not read.
    pub(super) fn add_png_text(&mut self, input: &Input) {
        let mut reader = input.reader();
        let mut position = 8u64;
        for _ in 0..PNG_CHUNKS {
            let mut head = [0; 8];
            if reader.seek(SeekFrom::Start(position)).is_err() || reader.read_exact(&mut head).is_err() {
                return;
            }
            let [l0, l1, l2, l3, name @ ..] = head;
            let length = u64::from(u32::from_be_bytes([l0, l1, l2, l3]));
            position += length + 12;
            if !matches!(&name, b"tEXt" | b"iTXt") {
                continue;
            }
            let wanted = length.min(u64::from(self.limits.metadata_chars) * 4 + 1024);
            let mut chunk = Vec::new();
            if (&mut reader).take(wanted).read_to_end(&mut chunk).is_err() {
                return;
            }
            let Some((keyword, rest)) = split_at_zero(&chunk) else { continue };
            let key = format!("png.{}", latin1(keyword));
            if &name == b"tEXt" {
                self.add(&key, &latin1(rest));
            } else if let [0, _method, rest @ ..] = rest
                && let Some((_language, rest)) = split_at_zero(rest)
                && let Some((_translated, text)) = split_at_zero(rest)
            {
                self.add(&key, &String::from_utf8_lossy(text));
            }
        }
    }

    /// The entries, sorted and at most as many as allowed, and the warnings.
    pub(super) fn finish(mut self) -> (Vec<MetadataEntry>, Vec<Warning>) {
        self.entries.sort();
        self.entries.dedup();
        let most = self.limits.metadata_entries as usize;
        if self.entries.len() > most {
            self.truncated.get_or_insert_with(|| format!("{} entries, {most} kept", self.entries.len()));
            self.entries.truncate(most);
        }
        if let Some(detail) = self.truncated {
            self.warnings.push(Warning::new(WarningCode::MetadataTruncated, detail));
        }
        (self.entries, self.warnings)
    }
}

/// Text that stops growing.
struct Bounded {
    text: String,
    left: usize,
}

impl Write for Bounded {
    fn write_str(&mut self, text: &str) -> std::fmt::Result {
        for character in text.chars() {
            if self.left == 0 {
                return Err(std::fmt::Error);
            }
            self.text.push(character);
            self.left -= 1;
        }
        Ok(())
    }
}

fn split_at_zero(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let zero = bytes.iter().position(|byte| *byte == 0)?;
    Some((bytes.get(..zero)?, bytes.get(zero + 1..)?))
}

fn latin1(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| char::from(*byte)).collect()
}
