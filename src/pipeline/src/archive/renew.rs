//! Reads originals again that have no signature of the present version: what is recognised by changes with the program.

use std::io::Seek as _;
use std::path::PathBuf;
use std::sync::Arc;

use podlinnik_blobs::digest_reader;
use podlinnik_domain::error_code::ErrorCode;
use podlinnik_domain::original::ArchiveItem;

use super::add::{blocking, changed, not_recognised, unreadable};
use super::outcome::{Added, FileOutcome, FileResult};
use super::{Archive, PORTION};
use crate::service::Answer;

impl Archive {
    /// Reads every original that has no signature of the present version, and stores one. The bytes have to be those that were registered. One that cannot
    /// be read is told and does not stop the others. Safe to repeat: stopped at any point, a further run goes on where this one was.
    ///
    /// # Errors
    /// What the store and the blob store answer; what was renewed so far stays.
    pub async fn renew(&self, tell: &mut (dyn FnMut(&FileOutcome) + Send)) -> Answer<Added> {
        let (kind, version) = self.recogniser.signature();
        let (mut done, mut after) = (Added::default(), 0);
        loop {
            let items = self.store.archive_list(false, after, PORTION).await?;
            let Some(last) = items.last() else { return Ok(done) };
            after = last.sequence;
            for item in items {
                if self.store.signature_get(item.sha256, kind, version).await?.is_some() {
                    done.unchanged += 1;
                    continue;
                }
                let path = PathBuf::from(&item.path);
                let result = self.read_again(item).await?;
                done.count(&result);
                tell(&FileOutcome { path, result });
            }
        }
    }

    async fn read_again(&self, item: ArchiveItem) -> Answer<FileResult> {
        let Some(mut file) = self.open(&item).await? else {
            return Ok(FileResult::refused(ErrorCode::MediaNotFound, "the bytes are not where they were"));
        };
        let sha256 = item.sha256;
        let recogniser = Arc::clone(&self.recogniser);
        let read = blocking(move || {
            let info = digest_reader(&mut file).map_err(|error| unreadable(&error))?;
            if info.sha256 != sha256 {
                return Err(changed());
            }
            file.rewind().map_err(|error| unreadable(&error))?;
            recogniser.recognise(file, &mut |_| true).map_err(|error| not_recognised(&error))
        });
        match read.await? {
            Ok(recognised) => {
                self.store.signature_put(sha256, &recognised.signature, self.clock.now()).await?;
                Ok(FileResult::Renewed(Box::new(item)))
            }
            Err(result) => Ok(result),
        }
    }
}
