//! `podlinnik retention`: lists, and with `--apply` removes, what the retention rules let go.

use podlinnik_pipeline::record::Removable;
use serde_json::json;

use crate::arguments::Retention;
use crate::exit::{DONE, Exit, Failure};
use crate::output::{self, printable};
use crate::settings::{FileSettings, RetentionSettings};

/// Schema of the object that stands for a file.
const FILE: &str = "podlinnik-retention-file/1";

pub(super) async fn run(arguments: Retention, file: &FileSettings) -> Result<Exit, Failure> {
    let Some(days) = RetentionSettings::new(arguments.derived_days, file).derived_days else {
        return Err(Failure::usage("no retention rule is set")
            .hint("name one with --derived-days, or as `derived_days` under `[retention]` in the settings"));
    };
    let service = super::office(&arguments.store, file).await?;
    let mut written = Ok(());
    let mut tell = |removable: &Removable| {
        let line = if arguments.json { as_json(removable) } else { as_text(removable) };
        if written.is_ok() {
            written = output::data(&line);
        }
    };
    let tally = service.retain(days, arguments.apply, &mut tell).await?;
    written?;
    let done = if arguments.apply {
        format!("{} removed", tally.removed)
    } else {
        "nothing was removed (--apply does)".to_owned()
    };
    output::talk(&format!(
        "{} previews, {} bytes, of cases that ended over {days} days ago; {done}",
        tally.files, tally.bytes
    ));
    Ok(DONE)
}

fn as_json(file: &Removable) -> String {
    json!({
        "schema": FILE, "case": file.case, "changed_at": file.changed_at, "analysis": file.analysis, "name": file.name,
        "sha256": file.sha256, "size_bytes": file.size_bytes,
    })
    .to_string()
}

fn as_text(file: &Removable) -> String {
    format!("case {}  {:>12}  {}  {}", file.case, file.size_bytes, file.sha256, printable(&file.name))
}
