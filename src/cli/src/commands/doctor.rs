//! `podlinnik doctor`: is everything there that the service needs?

use std::fs::File;
use std::io::{Seek as _, Write as _};
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use podlinnik_domain::language::Language;
use podlinnik_media::{MediaEvent, MediaReader, SamplingPlan};
use podlinnik_pipeline::Analyser;

use crate::arguments::{Common, Doctor};
use crate::exit::{DONE, Exit, FAILED, Failure};
use crate::output;
use crate::service::{absolute, open_blobs, open_store};
use crate::settings::{AnalysisSettings, FileSettings, StoreSettings, concealed, reader_program, yt_dlp};

/// Less room than this for media is worth a word.
const LITTLE_ROOM: u64 = 5_000_000_000;

/// What a check found: fine, or what is wrong and what to do about it.
type Outcome = Result<String, (String, &'static str)>;

pub(super) fn run(arguments: Doctor, common: &Common, file: &FileSettings) -> Result<Exit, Failure> {
    let language = super::language(common, file);
    let analysis = AnalysisSettings::new(&arguments.analysis, file);
    let store = StoreSettings::new(&arguments.store, file)?;
    let ru = language == Language::Russian;
    let name = |russian: &'static str, english: &'static str| if ru { russian } else { english };
    let checks: Vec<(&str, Outcome)> = vec![
        (name("модели и ONNX Runtime", "models and ONNX Runtime"), models(&analysis)),
        (
            name("чтение изображений в песочнице", "sandboxed reading of images"),
            reads(&analysis, &tiny_bmp(), 1),
        ),
        (name("FFmpeg в песочнице", "FFmpeg in the sandbox"), reads(&analysis, &tiny_wav(), 0)),
        ("landlock", landlock()),
        (
            name("ролики из постов", "clips out of posts"),
            posts(yt_dlp(&arguments.links, file).as_deref(), ru),
        ),
        (name("папка данных", "data folder"), folder(&store.data)),
        (name("база данных", "database"), database(&store)),
        (name("хранилище файлов", "file store"), blobs(&store)),
    ];
    let mut code = DONE;
    for (name, outcome) in checks {
        let line = match outcome {
            Ok(detail) => format!("✓ {name}: {detail}"),
            Err((wrong, hint)) => {
                code = FAILED;
                format!("✗ {name}: {wrong}\n  hint: {hint}")
            }
        };
        output::data(&line)?;
    }
    Ok(code)
}

fn models(settings: &AnalysisSettings) -> Outcome {
    let wrong =
        |text: String| (text, "`cargo xtask run` installs ONNX Runtime; --models says where the models are");
    let analyser = settings
        .analyser(1)
        .and_then(|settings| Ok(Analyser::new(settings)?))
        .map_err(|failure| wrong(first_line(&failure.to_string())))?;
    let ids: Vec<_> =
        analyser.models().iter().map(|model| format!("{} {}", model.id, model.version)).collect();
    Ok(format!("{} ({})", ids.join(", "), settings.models.display()))
}

fn first_line(text: &str) -> String {
    text.lines().next().unwrap_or_default().trim_start_matches("error: ").to_owned()
}

/// Reads a file made here through the sandboxed child: whether it starts, can close its cage and decode.
fn reads(settings: &AnalysisSettings, bytes: &[u8], frames: usize) -> Outcome {
    let hint = "is `clone`, `seccomp` or memory restricted here? try outside the container, or with a larger --limit-memory";
    let read = || -> anyhow::Result<usize> {
        let mut file: File = tempfile::tempfile()?;
        file.write_all(bytes)?;
        file.rewind()?;
        let reader = MediaReader::new(reader_program()?, settings.limits());
        let mut seen = 0;
        for event in reader.open(file, &SamplingPlan::default())? {
            seen += usize::from(matches!(event?, MediaEvent::Frame(_)));
        }
        Ok(seen)
    };
    match read() {
        Ok(seen) if seen == frames => Ok("ok".to_owned()),
        Ok(seen) => Err((format!("{seen} frames instead of {frames}"), hint)),
        Err(error) => Err((format!("{error:#}"), hint)),
    }
}

/// Which security modules the kernel runs; without landlock the reader's cage rests on seccomp and limits alone.
fn landlock() -> Outcome {
    match std::fs::read_to_string("/sys/kernel/security/lsm") {
        Ok(modules) if modules.split(',').any(|module| module.trim() == "landlock") => Ok("ok".to_owned()),
        Ok(_) => Err((
            "this kernel runs without it; seccomp and resource limits still hold".to_owned(),
            "add landlock to the kernel's lsm= parameter",
        )),
        Err(_) => Ok("?".to_owned()),
    }
}

/// Whether the program for posts starts in its cage, and how tight that is.
fn posts(program: Option<&Path>, ru: bool) -> Outcome {
    let Some(program) = program else {
        let off = if ru {
            "не скачиваются (--yt-dlp не задан)"
        } else {
            "not fetched (no --yt-dlp)"
        };
        return Ok(off.to_owned());
    };
    let hint = "--yt-dlp takes the path of yt-dlp (https://github.com/yt-dlp/yt-dlp), which needs Python";
    let wrong = |text: String| (first_line(&text), hint);
    let program = absolute(program).map_err(|failure| wrong(failure.to_string()))?;
    let cage = reader_program().map_err(|error| wrong(error.to_string()))?;
    let version =
        super::block_on(async { Ok(podlinnik_pipeline::fetch::posts::version(&cage, &program).await?) })
            .map_err(|failure| wrong(failure.to_string()))?;
    let cover = match (podlinnik_pipeline::fetch::posts::network_cover(), ru) {
        (Some(cover), true) => format!("к сети только через прокси ({cover})"),
        (Some(cover), false) => format!("network through the proxy only ({cover})"),
        (None, true) => {
            "это ядро не может удержать программу за прокси: нет правил landlock для сети".to_owned()
        }
        (None, false) => {
            "this kernel cannot keep it behind the proxy: no landlock rules for the network".to_owned()
        }
    };
    Ok(format!("yt-dlp {version}; {cover}"))
}

fn folder(path: &Path) -> Outcome {
    let hint = "choose another with --data, or mend its rights: chmod 700";
    if !path.exists() {
        return Ok(format!("{} (made at the first start)", path.display()));
    }
    let written = tempfile::tempfile_in(path).and_then(|mut file| file.write_all(b"podlinnik"));
    if let Err(error) = written {
        return Err((format!("cannot write into {}: {error}", path.display()), hint));
    }
    let open_to_others =
        std::fs::metadata(path).is_ok_and(|metadata| metadata.permissions().mode() & 0o077 != 0);
    if open_to_others {
        return Err((format!("{} can be read by other users of this machine", path.display()), hint));
    }
    match rustix::fs::statvfs(path) {
        Ok(room) if room.f_bavail.saturating_mul(room.f_frsize) < LITTLE_ROOM => Err((
            format!("less than 5 GB are free for {}", path.display()),
            "make room or choose another with --data",
        )),
        _ => Ok(path.display().to_string()),
    }
}

fn database(settings: &StoreSettings) -> Outcome {
    let hint = "is the server running, and may this user connect?";
    let name = settings
        .database_url
        .as_deref()
        .map_or_else(|| settings.data.join("podlinnik.sqlite").display().to_string(), concealed);
    if settings.database_url.is_none() && !settings.data.exists() {
        return Ok(format!("{name} (made at the first start)"));
    }
    super::block_on(async {
        open_store(settings).await?.ping().await?;
        Ok(())
    })
    .map(|()| name)
    .map_err(|failure| (first_line(&failure.to_string()), hint))
}

/// Whether the bucket answers, where there is one; the folder was looked at above.
fn blobs(settings: &StoreSettings) -> Outcome {
    let Some(bucket) = &settings.blobs else { return Ok(settings.data.join("blobs").display().to_string()) };
    super::block_on(async {
        open_blobs(settings).await?.ready().await?;
        Ok(())
    })
    .map(|()| bucket.url.clone())
    .map_err(|failure| (first_line(&failure.to_string()), "is the store running, and does the key hold?"))
}

/// 2 × 2 pixels, 24 bits, uncompressed.
fn tiny_bmp() -> Vec<u8> {
    let mut bytes = b"BM".to_vec();
    for word in [70_u32, 0, 54, 40, 2, 2] {
        bytes.extend(word.to_le_bytes());
    }
    for half in [1_u16, 24] {
        bytes.extend(half.to_le_bytes());
    }
    for word in [0_u32, 16, 2835, 2835, 0, 0] {
        bytes.extend(word.to_le_bytes());
    }
    bytes.extend([200, 100, 50, 50, 100, 200, 0, 0].repeat(2));
    bytes
}

/// A tenth of a second of silence, 8 kHz, 16 bits, one channel.
fn tiny_wav() -> Vec<u8> {
    let mut bytes = b"RIFF".to_vec();
    bytes.extend((36_u32 + 1600).to_le_bytes());
    bytes.extend(b"WAVEfmt ");
    bytes.extend(16_u32.to_le_bytes());
    for half in [1_u16, 1] {
        bytes.extend(half.to_le_bytes());
    }
    for word in [8000_u32, 16_000] {
        bytes.extend(word.to_le_bytes());
    }
    for half in [2_u16, 16] {
        bytes.extend(half.to_le_bytes());
    }
    bytes.extend(b"data");
    bytes.extend(1600_u32.to_le_bytes());
    bytes.resize(44 + 1600, 0);
    bytes
}
