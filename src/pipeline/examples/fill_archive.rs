//! Fills an archive with made-up hours, so that looking up in a large archive can be measured on real clips that are added to it.
//!
//! ```text
//! cargo run --release -p podlinnik-pipeline --example fill_archive -- DATA HOURS
//! ```
//!
//! `DATA` is the data folder of an installation. Every hour is an entry of the register like any other, with a signature of the size of a real one that resembles
//! nothing; its file is a line of text. At the end the archive is loaded as a start of the service loads it, and what that took is printed as a line of JSON.

use std::error::Error;
use std::fs::{self, File};
use std::io::{Read as _, Write as _};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Instant;

use podlinnik_blobs::Blobs;
use podlinnik_domain::clock::SystemClock;
use podlinnik_domain::id::RandomIds;
use podlinnik_domain::media::MediaKind;
use podlinnik_domain::original::Attribution;
use podlinnik_pipeline::archive::recognise::{SIGNATURE_KIND, SIGNATURE_VERSION};
use podlinnik_pipeline::archive::source::Source;
use podlinnik_pipeline::archive::{AddOptions, Recognise, Recognised};
use podlinnik_pipeline::record::NewSignature;
use podlinnik_pipeline::service::ServiceSettings;
use podlinnik_pipeline::{Archive, MediaError, RegisterKey, Service};
use podlinnik_similarity::signature::synthetic::Dice;
use podlinnik_storage_sqlite::SqliteStore;
use serde_json::json;

/// Takes a file's text for the seed of an hour.
#[derive(Debug)]
struct Hours;

impl Recognise for Hours {
    fn signature(&self) -> (&'static str, u32) {
        (SIGNATURE_KIND, SIGNATURE_VERSION)
    }

    fn recognise(
        &self,
        mut file: File,
        _progress: &mut dyn FnMut(u16) -> bool,
    ) -> Result<Recognised, MediaError> {
        let mut text = String::new();
        file.read_to_string(&mut text)?;
        let seed = text.trim_start_matches("made-up hour ").trim().parse().unwrap_or(0);
        let bytes = Dice::new(seed).hour().to_bytes();
        Ok(Recognised {
            kind: MediaKind::Video,
            duration_s: Some(3600.0),
            width: Some(1280),
            height: Some(720),
            fps: Some(25.0),
            signature: NewSignature { kind: SIGNATURE_KIND.to_owned(), version: SIGNATURE_VERSION, bytes },
            warnings: Vec::new(),
        })
    }
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let (Some(data), Some(hours)) = (arguments.next(), arguments.next()) else {
        return Err("usage: fill_archive DATA HOURS".into());
    };
    let (data, hours) = (PathBuf::from(data), hours.parse::<u64>()?);
    let footage = data.join("made-up");
    fs::create_dir_all(&footage)?;
    for hour in 1..=hours {
        fs::write(footage.join(format!("hour-{hour:04}.mp4")), format!("made-up hour {hour}\n"))?;
    }
    let store = Arc::new(SqliteStore::open(&data.join("podlinnik.sqlite")).await?);
    let blobs = Blobs::local(&data.join("blobs")).await?;
    let settings = ServiceSettings {
        public_url: String::new(),
        upload_bytes: 1 << 30,
        lease_s: 60,
        max_attempts: 1,
        delivery_attempts: 1,
        allow_private_webhooks: false,
    };
    let service = Service::new(store, blobs, None, Arc::new(SystemClock), Arc::new(RandomIds), settings);
    let archive = Archive::new(&service, RegisterKey::open_or_make(&data)?, Arc::new(Hours));
    let said = Attribution { vouched_by: "fill_archive".to_owned(), ..Attribution::default() };
    let source = Source::gather(&[footage], &said)?;
    archive.add(source, &AddOptions::default(), &mut |_| {}).await?;
    let begin = Instant::now();
    let library = archive.library().await?;
    let load_s = begin.elapsed().as_secs_f64();
    let index = library.index();
    let told = json!({ "load_s": load_s, "originals": index.len(), "hashes": index.hashes(), "index_bytes": index.bytes() });
    std::io::stdout().write_all(format!("{told}\n").as_bytes())?;
    Ok(())
}
