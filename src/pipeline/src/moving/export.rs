use std::collections::BTreeMap;
use std::fs::{DirBuilder, File, OpenOptions};
use std::io::{self, BufWriter, Write};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use podlinnik_domain::clock::Timestamp;
use podlinnik_domain::hash::Sha256;
use podlinnik_storage::Store;
use podlinnik_storage::transfer::{Cell, TableDigest, TableShape, TableSink, row_text};

use super::{KEYS, MANIFEST, Manifest, MoveError, SCHEMA, TABLES, TableManifest, disk, key_files};
use crate::{archive, log};

/// Writes all that a database holds into a new or empty folder, and the keys of `data` with it. Only its owner can read the folder: it holds what people
/// sign in with.
///
/// # Errors
/// [`MoveError`]; the folder is then without a manifest.
pub async fn export(
    store: &dyn Store,
    data: &Path,
    folder: &Path,
    now: Timestamp,
) -> Result<Manifest, MoveError> {
    DirBuilder::new().recursive(true).mode(0o700).create(folder).map_err(disk("make", folder))?;
    for part in [MANIFEST, TABLES, KEYS] {
        if folder.join(part).exists() {
            let shown = folder.display();
            return Err(MoveError::Unusable(format!("`{shown}` holds an export already, or part of one")));
        }
    }
    for part in [TABLES, KEYS] {
        let path = folder.join(part);
        DirBuilder::new().mode(0o700).create(&path).map_err(disk("make", &path))?;
    }
    let (database_version, _) = store.transfer_shape().await?;
    let mut files = Files { folder: folder.join(TABLES), open: None, written: BTreeMap::new() };
    store.transfer_out(&mut files).await?;
    files.close().map_err(disk("write", &files.folder))?;
    let mut keys = BTreeMap::new();
    for path in key_files(data)? {
        let bytes = std::fs::read(&path).map_err(disk("read", &path))?;
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        keys.insert(name.clone(), Sha256::of(&bytes).to_string());
        write(&folder.join(KEYS).join(name), &bytes)?;
    }
    for (table, key) in [("log_entries", log::KEY_FILE), ("archive_register", archive::key::KEY_FILE)] {
        let signed = files.written.get(table).is_some_and(|table| table.rows > 0);
        if signed && !keys.contains_key(key) {
            return Err(MoveError::Unusable(format!(
                "`{}` holds no `{key}`, with which this installation signs: without it nobody could go on; name the folder that holds it with --data",
                data.display()
            )));
        }
    }
    let manifest = Manifest {
        schema: SCHEMA.to_owned(),
        podlinnik_version: env!("CARGO_PKG_VERSION").to_owned(),
        taken_at: now.to_string(),
        database_version,
        tables: files.written,
        keys,
    };
    let text = serde_json::to_vec_pretty(&manifest).map_err(io::Error::from);
    let part = folder.join("manifest.part");
    write(&part, &text.map_err(disk("write", &part))?)?;
    std::fs::rename(&part, folder.join(MANIFEST)).map_err(disk("write", folder))?;
    File::open(folder).and_then(|folder| folder.sync_all()).map_err(disk("write", folder))?;
    Ok(manifest)
}

fn create(path: &Path) -> io::Result<File> {
    OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)
}

fn write(path: &Path, bytes: &[u8]) -> Result<(), MoveError> {
    let written = create(path).and_then(|mut file| {
        file.write_all(bytes)?;
        file.sync_all()
    });
    written.map_err(disk("write", path))
}

/// A file a table.
struct Files {
    folder: PathBuf,
    open: Option<(TableShape, BufWriter<File>, TableDigest)>,
    written: BTreeMap<String, TableManifest>,
}

impl Files {
    fn close(&mut self) -> io::Result<()> {
        let Some((table, writer, digest)) = self.open.take() else { return Ok(()) };
        writer.into_inner().map_err(io::IntoInnerError::into_error)?.sync_all()?;
        let about = TableManifest { columns: table.columns, rows: digest.rows, sha256_sum: digest.sum() };
        self.written.insert(table.name, about);
        Ok(())
    }
}

impl TableSink for Files {
    fn begin(&mut self, table: &TableShape) -> io::Result<()> {
        self.close()?;
        let file = create(&self.folder.join(format!("{}.jsonl", table.name)))?;
        self.open = Some((table.clone(), BufWriter::new(file), TableDigest::default()));
        Ok(())
    }

    fn row(&mut self, cells: Vec<Cell>) -> io::Result<()> {
        let Some((_, writer, digest)) = &mut self.open else {
            return Err(io::Error::other("a row before its table"));
        };
        let text = row_text(&cells)?;
        digest.add(text.as_bytes());
        writer.write_all(text.as_bytes())?;
        writer.write_all(b"\n")
    }
}
