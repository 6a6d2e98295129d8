//! `podlinnik signature FILE`: what a file is recognised by, so that a service can be asked about it without sending it.

use std::io::Seek as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use podlinnik_domain::hash::Sha256;
use podlinnik_domain::language::{Language, Text};
use podlinnik_pipeline::MediaError;
use podlinnik_pipeline::archive::Recogniser;
use podlinnik_pipeline::archive::recognise::Suspected;
use serde_json::json;

use super::media::{digest, progress_bar, refuse};
use crate::arguments::{Common, Signature};
use crate::exit::{DONE, Exit, FAILED, Failure, REFUSED};
use crate::input::{open, shown_name};
use crate::output;
use crate::settings::{AnalysisSettings, FileSettings, reader_program};

/// Schema of the object that is printed.
const SCHEMA: &str = "podlinnik-signature/1";

pub(super) fn run(arguments: &Signature, common: &Common, file: &FileSettings) -> Result<Exit, Failure> {
    let language = super::language(common, file);
    let settings = AnalysisSettings::new(&arguments.analysis, file);
    let mut input = match open(&arguments.file, settings.limit_bytes) {
        Ok(input) => input.file,
        Err(code) => {
            refuse(&arguments.file, arguments.json, language, code)?;
            return Ok(REFUSED);
        }
    };
    let sha256 = digest(&mut input)?;
    input.rewind()?;
    let bar = progress_bar(&arguments.file);
    let mut progress = |permille: u16| {
        bar.set_position(u64::from(permille));
        true
    };
    let recogniser = Recogniser::new(reader_program()?, settings.limits());
    let read = recogniser.read_suspect(input, &mut progress);
    bar.finish_and_clear();
    let suspected = match read {
        Ok(suspected) => suspected,
        Err(error) => {
            let theirs = matches!(error, MediaError::Refused { .. });
            tracing::warn!("`{}` has no signature: {error}", shown_name(&arguments.file));
            refuse(&arguments.file, arguments.json, language, error.code())?;
            return Ok(if theirs { REFUSED } else { FAILED });
        }
    };
    let bytes = suspected.asking.to_bytes();
    if let Some(path) = &arguments.out {
        std::fs::write(path, &bytes)
            .map_err(|error| Failure::usage(format!("cannot write `{}`: {error}", path.display())))?;
    }
    if arguments.base64 {
        output::data(&STANDARD.encode(&bytes))?;
    } else if arguments.json {
        let frames: Vec<_> = suspected
            .kept
            .whole_frames()
            .map(|frame| {
                let at_s = f64::from(frame.at_ms) / 1000.0;
                json!({ "at_s": at_s, "pdq": frame.pdq.to_hex(), "quality": frame.quality })
            })
            .collect();
        let object = json!({
            "schema": SCHEMA,
            "file": (arguments.file.as_os_str() != "-").then(|| shown_name(&arguments.file)),
            "sha256": sha256,
            "kind": suspected.probe.kind,
            "duration_s": suspected.asking.duration_s(),
            "blank": suspected.asking.is_blank(),
            "frames": frames,
            "signature": STANDARD.encode(&bytes),
        });
        output::data(&object.to_string())?;
    } else {
        output::data(&words(&suspected, sha256, bytes.len(), language))?;
    }
    Ok(DONE)
}

fn words(suspected: &Suspected, sha256: Sha256, bytes: usize, language: Language) -> String {
    let say = |text: Text| text.in_language(language);
    let frames = suspected.kept.whole_frames().count();
    let mut rows = vec![
        vec!["SHA-256".to_owned(), sha256.to_string()],
        vec![say(LENGTH).to_owned(), format!("{:.1} {}", suspected.asking.duration_s(), say(SECONDS))],
        vec![say(FRAMES).to_owned(), frames.to_string()],
        vec![say(SIZE).to_owned(), format!("{} {}", bytes.div_ceil(1024), say(KIBIBYTES))],
    ];
    if let (Some(frame), 1) = (suspected.kept.whole_frames().next(), frames) {
        rows.insert(1, vec!["PDQ".to_owned(), frame.pdq.to_hex()]);
        rows.insert(2, vec![say(QUALITY).to_owned(), frame.quality.to_string()]);
    }
    let mut text = output::table(&rows);
    if suspected.asking.is_blank() {
        text.push_str(say(BLANK));
        text.push('\n');
    }
    text
}

const LENGTH: Text = Text { ru: "Длительность", en: "Length" };
const SECONDS: Text = Text { ru: "с", en: "s" };
const FRAMES: Text = Text { ru: "Кадров", en: "Frames" };
const SIZE: Text = Text { ru: "Размер подписи", en: "Size of the signature" };
const KIBIBYTES: Text = Text { ru: "КиБ", en: "KiB" };
const QUALITY: Text = Text { ru: "Качество PDQ", en: "PDQ quality" };
const BLANK: Text = Text {
    ru: "По этому файлу ничего нельзя узнать: кадры пустые, звука не слышно.",
    en: "Nothing can be recognised by this: the frames are flat and no sound is heard.",
};
