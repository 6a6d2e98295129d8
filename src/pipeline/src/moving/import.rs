use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, BufRead as _, BufReader};
use std::path::{Path, PathBuf};

use podlinnik_domain::hash::Sha256;
use podlinnik_storage::transfer::{Cell, TableDigest, TableShape, TableSink, TableSource, row_text};
use podlinnik_storage::{Store, StoreError};

use super::{KEYS, Manifest, MoveError, TABLES, disk};
use crate::archive::key::keep;

/// Reads an export into an empty database and puts its keys into `data`. Afterwards every table is read back and held against the manifest.
///
/// # Errors
/// [`MoveError`]; whatever fails before the end of the import leaves the database as it was.
pub async fn import(store: &dyn Store, data: &Path, folder: &Path) -> Result<Manifest, MoveError> {
    let manifest = Manifest::read(folder)?;
    let (version, tables) = store.transfer_shape().await?;
    if version != manifest.database_version {
        return Err(MoveError::Unusable(format!(
            "the export is of database version {}, this program makes {version}; export again with this program",
            manifest.database_version
        )));
    }
    let here: BTreeMap<_, _> = tables.iter().map(|table| (&table.name, &table.columns)).collect();
    let there: BTreeMap<_, _> = manifest.tables.iter().map(|(name, table)| (name, &table.columns)).collect();
    if here != there {
        return Err(MoveError::Unusable("the export has other tables or columns".to_owned()));
    }
    let keys = keys(&manifest, data, folder)?;
    // The keys first: a database without them would begin a log of its own.
    for (path, bytes) in &keys {
        if !keep(path, bytes).map_err(disk("write", path))? {
            return Err(MoveError::Unusable(format!("`{}` came into being just now", path.display())));
        }
    }
    let mut files = Files { folder: folder.join(TABLES), manifest: &manifest, open: None, ended: 0 };
    if let Err(error) = store.transfer_in(&mut files).await {
        // Once all was handed over the database may hold it in spite of a failure (a connection that is lost while it commits): then the keys are needed,
        // and a repeat takes them as they are.
        if files.ended < manifest.tables.len() {
            for (path, _) in &keys {
                std::fs::remove_file(path).map_err(disk("remove", path))?;
            }
        }
        return Err(match error {
            StoreError::WrongState { .. } => MoveError::NotEmpty,
            other => other.into(),
        });
    }
    let mut read_back = ReadBack::default();
    store.transfer_out(&mut read_back).await?;
    for (name, table) in &manifest.tables {
        let found = read_back.0.get(name).copied().unwrap_or_default();
        if (found.rows, found.sum().as_str()) != (table.rows, table.sha256_sum.as_str()) {
            return Err(MoveError::Differs(format!(
                "table {name} has {} rows with the digest {}, the export {} with {}",
                found.rows,
                found.sum(),
                table.rows,
                table.sha256_sum
            )));
        }
    }
    Ok(manifest)
}

/// The keys that are not here yet.
fn keys(manifest: &Manifest, data: &Path, folder: &Path) -> Result<Vec<(PathBuf, Vec<u8>)>, MoveError> {
    let mut missing = Vec::new();
    for (name, sha256) in &manifest.keys {
        let from = folder.join(KEYS).join(name);
        let plain = !name.contains('/') && name.ends_with("-key.pem");
        let bytes = std::fs::read(&from).map_err(disk("read", &from))?;
        if !plain || Sha256::of(&bytes).to_string() != *sha256 {
            return Err(MoveError::Differs(format!("`{}` is not what the manifest says", from.display())));
        }
        let to = data.join(name);
        match std::fs::read(&to) {
            Ok(same) if same == bytes => {}
            Ok(_) => {
                let shown = to.display();
                return Err(MoveError::Unusable(format!("`{shown}` is another key than the export's")));
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => missing.push((to, bytes)),
            Err(error) => return Err(disk("read", &to)(error)),
        }
    }
    Ok(missing)
}

/// The files of an export; each has to hold what the manifest says.
struct Files<'m> {
    folder: PathBuf,
    manifest: &'m Manifest,
    open: Option<(TableShape, io::Lines<BufReader<File>>, TableDigest)>,
    /// Tables that were read to their end.
    ended: usize,
}

impl TableSource for Files<'_> {
    fn begin(&mut self, table: &TableShape) -> io::Result<()> {
        let file = File::open(self.folder.join(format!("{}.jsonl", table.name)))?;
        self.open = Some((table.clone(), BufReader::new(file).lines(), TableDigest::default()));
        Ok(())
    }

    fn row(&mut self) -> io::Result<Option<Vec<Cell>>> {
        let Some((table, lines, digest)) = &mut self.open else {
            return Err(io::Error::other("a row before its table"));
        };
        let wrong = |what: &str| io::Error::other(format!("table {}: {what}", table.name));
        let Some(line) = lines.next().transpose()? else {
            let said = self.manifest.tables.get(&table.name);
            let same = said.is_some_and(|said| said.rows == digest.rows && said.sha256_sum == digest.sum());
            if !same {
                return Err(wrong("its rows are not what the manifest says"));
            }
            self.ended += 1;
            return Ok(None);
        };
        digest.add(line.as_bytes());
        let cells: Vec<Cell> = serde_json::from_str(&line)?;
        if cells.len() == table.columns.len() {
            Ok(Some(cells))
        } else {
            Err(wrong("a row of another length"))
        }
    }
}

/// Digests of what is there.
#[derive(Default)]
struct ReadBack(BTreeMap<String, TableDigest>, String);

impl TableSink for ReadBack {
    fn begin(&mut self, table: &TableShape) -> io::Result<()> {
        self.1.clone_from(&table.name);
        self.0.insert(table.name.clone(), TableDigest::default());
        Ok(())
    }

    fn row(&mut self, cells: Vec<Cell>) -> io::Result<()> {
        let text = row_text(&cells)?;
        if let Some(digest) = self.0.get_mut(&self.1) {
            digest.add(text.as_bytes());
        }
        Ok(())
    }
}
