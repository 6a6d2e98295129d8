//! How the file of a hand-in was fetched from a link, ready to print: part of the evidence.

use std::collections::BTreeMap;

use podlinnik_domain::fetch::FetchEvidence;
use podlinnik_domain::id::SubmissionId;
use podlinnik_pipeline::record::FetchRecord;

use crate::ui::shell::Shell;
use crate::ui::size::bytes;
use crate::ui::wording::moment;

/// Rows by hand-in: what, and what was seen.
#[derive(Debug, Default)]
pub(super) struct Fetched(BTreeMap<SubmissionId, Vec<(&'static str, String)>>);

impl Fetched {
    pub(super) fn new(fetches: &[FetchRecord], shell: &Shell) -> Self {
        let pairs = fetches
            .iter()
            .filter_map(|fetch| Some((fetch.submission?, rows(&fetch.url, fetch.evidence.as_ref()?, shell))));
        Self(pairs.collect())
    }

    /// What was seen while the file of this hand-in was fetched; none for a file that was sent.
    pub(super) fn of(&self, submission: &SubmissionId) -> &[(&'static str, String)] {
        self.0.get(submission).map(Vec::as_slice).unwrap_or_default()
    }
}

fn rows(asked: &str, evidence: &FetchEvidence, shell: &Shell) -> Vec<(&'static str, String)> {
    let say = |russian: &'static str, english: &'static str| match shell.language {
        podlinnik_domain::language::Language::Russian => russian,
        podlinnik_domain::language::Language::English => english,
    };
    let mut rows = vec![(say("Ссылка", "Link"), asked.to_owned())];
    for hop in &evidence.hops {
        let ip = hop.ip.map(|ip| format!(", {ip}")).unwrap_or_default();
        rows.push((say("Ответил", "Answered"), format!("{} ({}{ip})", hop.url, hop.status)));
    }
    let mut add = |name, value: Option<String>| rows.extend(value.map(|value| (name, value)));
    add(say("Получено с адреса", "Came from"), Some(evidence.final_url.clone()));
    add(say("Когда", "When"), Some(moment(evidence.fetched_at, shell.reading())));
    add(say("Чем", "By"), Some(evidence.tool.clone()));
    add("SHA-256", Some(evidence.sha256.to_string()));
    add(say("Размер", "Size"), Some(bytes(evidence.size_bytes, shell.language)));
    add("Content-Type", evidence.content_type.clone());
    add("Content-Length", evidence.content_length.map(|length| length.to_string()));
    add("Last-Modified", evidence.last_modified.clone());
    add("ETag", evidence.etag.clone());
    add(
        say("Обрывов связи", "Connections lost"),
        (evidence.resumed > 0).then(|| evidence.resumed.to_string()),
    );
    let post = evidence.post.clone().unwrap_or_default();
    add(say("Заголовок поста", "Title of the post"), post.title);
    add(say("Кто выложил", "Posted by"), post.uploader);
    add(say("Дата поста", "Date of the post"), post.uploaded_on);
    rows
}
