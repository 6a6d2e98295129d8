//! A verdict with its notice, and for the desk with its reasoning and the machine's findings, as PDF: for printing, filing and courts.
//!
//! ✅ A4, page numbers, embedded fonts, text that can be searched and copied, language and title in the file. ❌ pictures (they are in the HTML report),
//! tags for screen readers, scripts other than Cyrillic, Latin and Greek signs: a question mark stands for what the fonts lack.
//!
//! - [`situation()`]: the situation for leadership
//! - `paper`: lines on pages; `file`: pages → bytes

mod file;
mod paper;
mod situation;
#[cfg(test)]
mod tests;

use podlinnik_domain::analysis::Report;
use podlinnik_domain::hash::Sha256;
use podlinnik_domain::language::Language;
use podlinnik_domain::notice::Notice;
use podlinnik_domain::verdict::Verdict;

use crate::ReportError;
use crate::figures::moment;
use crate::notice::{NoticeContext, heading, notice_link};
use crate::view::{Measured, MethodView, faces_sentence, facts, headline, quality_sentence};
use crate::wording::{evidence_kind, pick, state_of_notice, warning};
use crate::words;
use paper::{Paper, Style};
pub use situation::situation;

/// What the document is made from.
#[derive(Debug, Clone, Copy)]
pub struct Contents<'a> {
    /// The verdict.
    pub verdict: &'a Verdict,
    /// SHA-256 of the media.
    pub media: Option<Sha256>,
    /// The notice that was made of it.
    pub notice: Option<(&'a Notice, &'a NoticeContext)>,
    /// For the desk only: the reasoning of the verdict, and the machine's report.
    pub desk: bool,
    /// The report; shown only with `desk`.
    pub report: Option<&'a Report>,
    /// Language of the document.
    pub language: Language,
}

/// The document. Equal contents make equal bytes.
///
/// # Errors
/// `Pdf`, `Card` if the fonts that ship cannot be read.
pub fn document(contents: &Contents<'_>) -> Result<Vec<u8>, ReportError> {
    let language = contents.language;
    let t = |ru: &'static str, en: &'static str| pick(language, ru, en);
    let mut paper = Paper::new()?;
    let verdict_words = contents.verdict.proposal.kind.text().in_language(language);
    let title = match contents.notice {
        Some((notice, context)) => {
            masthead(&mut paper, contents, notice, context);
            words::title(&notice.text, language).text.to_owned()
        }
        None => {
            paper.paragraph(t("Вердикт о материале", "Verdict on the media"), Style::SMALL, 0.0);
            paper.paragraph(&crate::view::capitalised(verdict_words), Style::TITLE, 0.0);
            paper.rule();
            t("Вердикт о материале", "Verdict on the media").to_owned()
        }
    };
    verdict(&mut paper, contents, verdict_words);
    if contents.desk {
        reasoning(&mut paper, contents);
        if let Some(report) = contents.report {
            findings(&mut paper, report, language);
        }
    }
    if let Some((notice, context)) = contents.notice {
        changes(&mut paper, notice, context, language);
    }
    paper.heading(t("Как это проверить", "How to check this"));
    paper.paragraph(
        t(
            "Вердикт и публикация записаны в журнал прозрачности. Пакет доказательств (ZIP) проверяется без сети: podlinnik verify ПАКЕТ.zip --key КЛЮЧ; ключ журнала лежит у службы по адресу /log/key. Эта страница составлена из тех же данных для чтения; журнал подтверждает данные, а не страницу.",
            "Verdict and notice stand in the transparency log. The bundle of evidence (ZIP) is checked without a network: podlinnik verify BUNDLE.zip --key KEY; the service has the log's key at /log/key. This document is made of the same data for reading; the log vouches for the data, not for the document.",
        ),
        Style::SMALL,
        0.0,
    );
    let link = match contents.notice {
        Some((notice, context)) => notice_link(notice, &context.public_url),
        None => format!("{} {}", t("Вердикт", "Verdict"), contents.verdict.id),
    };
    let about = file::About { title: &title, language };
    file::write(&mut paper, &about, |number, count| {
        let page = match language {
            Language::Russian => format!("стр. {number} из {count}"),
            Language::English => format!("page {number} of {count}"),
        };
        (format!("Podlinnik · {link}"), page)
    })
}

/// The notice's own words.
fn masthead(paper: &mut Paper, contents: &Contents<'_>, notice: &Notice, context: &NoticeContext) {
    let language = contents.language;
    let t = |ru: &'static str, en: &'static str| pick(language, ru, en);
    let region = context.region.as_ref().map(|region| region.name(language));
    let head =
        [Some(heading(notice, contents.verdict, language)), Some(context.organisation.as_str()), region];
    let head: Vec<_> = head.into_iter().flatten().filter(|part| !part.is_empty()).collect();
    paper.paragraph(&head.join(" · "), Style::SMALL, 0.0);
    paper.paragraph(words::title(&notice.text, language).text, Style::TITLE, 0.0);
    let published = moment(notice.published_at.unwrap_or(notice.created_at));
    let dates = format!(
        "{} {published} · {} {} · {} {}",
        t("Опубликовано", "Published"),
        t("версия", "version"),
        notice.version,
        t("состояние на", "as of"),
        moment(notice.updated_at)
    );
    paper.paragraph(&dates, Style::SMALL, 0.0);
    let state = state_of_notice(notice.state).in_language(language);
    paper.paragraph(&crate::view::capitalised(state), Style::STRONG, 0.0);
    paper.rule();
    if !words::is_translated(&notice.text, language) {
        paper.paragraph("This notice has not been translated; the Russian text follows.", Style::SMALL, 0.0);
    }
    if let Some(claim) = words::claim(&notice.text, language) {
        paper.heading(t("Что утверждают", "The claim"));
        paper.paragraph(claim.text, Style::BODY, 12.0);
    }
    if let Some(rating) = notice.text.rating {
        let rating = rating.text().in_language(language);
        let line =
            format!("{} {rating}", t("Оценка утверждения редакцией:", "The editors’ rating of the claim:"));
        paper.paragraph(&line, Style::STRONG, 0.0);
    }
    let truth = words::truth(&notice.text, language);
    section(paper, t("Как на самом деле", "What is true"), &truth.paragraphs());
    for source in &notice.text.sources {
        match &source.url {
            Some(url) => paper.item(&format!("{}, {url}", source.title)),
            None => paper.item(&source.title),
        }
    }
    section(paper, t("Подробности", "Details"), &words::body(&notice.text, language).paragraphs());
    if let Some(spread) = words::spread(&notice.text, language) {
        section(paper, t("Как это распространялось", "How it spread"), &spread.paragraphs());
    }
}

fn section(paper: &mut Paper, title: &str, paragraphs: &[&str]) {
    if paragraphs.is_empty() {
        return;
    }
    paper.heading(title);
    for paragraph in paragraphs {
        paper.paragraph(paragraph, Style::BODY, 0.0);
    }
}

fn verdict(paper: &mut Paper, contents: &Contents<'_>, verdict_words: &str) {
    let (verdict, language) = (contents.verdict, contents.language);
    let t = |ru: &'static str, en: &'static str| pick(language, ru, en);
    paper.heading(t("Вердикт о материале", "Verdict on the media"));
    paper.paragraph(&crate::view::capitalised(verdict_words), Style::STRONG, 0.0);
    let decided = if verdict.approved_at.is_none() && verdict.release.is_some() {
        t(
            "Выпущен в срочном порядке до независимой проверки; она проводится в течение суток.",
            "Released in urgency before the independent check, which follows within a day.",
        )
    } else {
        t(
            "Вердикт вынесли люди: его предложил один аналитик, независимо проверил второй и утвердил третий человек. Он говорит только о материале; оценка утверждения стоит отдельно.",
            "People gave this verdict: one analyst proposed it, a second checked it independently, a third person approved it. It speaks only of the media; the rating of the claim stands apart.",
        )
    };
    paper.paragraph(decided, Style::BODY, 0.0);
    let mut kinds: Vec<_> = verdict.proposal.basis.iter().map(|piece| piece.kind).collect();
    kinds.sort_unstable();
    kinds.dedup();
    if !kinds.is_empty() {
        paper.paragraph(t("Основания:", "It rests on:"), Style::BODY, 0.0);
        for kind in kinds {
            paper.item(evidence_kind(kind).in_language(language));
        }
    }
    paper.gap(6.0);
    paper.fact(
        t("Вердикт", "Verdict"),
        &format!("{}, {} {}", verdict.id, t("редакция", "revision"), verdict.revision),
    );
    if let Some(at) = verdict.approved_at.or(verdict.release.as_ref().map(|release| release.released_at)) {
        paper.fact(t("Утверждён", "Approved"), &moment(at));
    }
    if let Some(media) = contents.media {
        paper.fact(t("SHA-256 материала", "SHA-256 of the media"), &media.to_string());
    }
    paper.fact(t("SHA-256 доказательств", "SHA-256 of the evidence"), &verdict.evidence_sha256.to_string());
}

fn reasoning(paper: &mut Paper, contents: &Contents<'_>) {
    let (proposal, language) = (&contents.verdict.proposal, contents.language);
    let t = |ru: &'static str, en: &'static str| pick(language, ru, en);
    paper.heading(t("Обоснование (для редакции)", "Reasoning (for the desk)"));
    for paragraph in proposal.rationale.split("\n\n").map(str::trim).filter(|text| !text.is_empty()) {
        paper.paragraph(paragraph, Style::BODY, 0.0);
    }
    for piece in &proposal.basis {
        let kind = evidence_kind(piece.kind).in_language(language);
        let link = piece.link.as_ref().map_or_else(String::new, |link| format!(" ({link})"));
        paper.item(&format!("{}: {}{link}", crate::view::capitalised(kind), piece.statement));
    }
    if let Some(would) = &proposal.would_resolve {
        paper.paragraph(
            &format!("{} {would}", t("Что помогло бы решить вопрос:", "What would resolve it:")),
            Style::BODY,
            0.0,
        );
    }
}

fn findings(paper: &mut Paper, report: &Report, language: Language) {
    let t = |ru: &'static str, en: &'static str| pick(language, ru, en);
    paper.heading(t("Что показал машинный анализ", "What the machine analysis found"));
    paper.paragraph(&headline(&report.combined, language), Style::STRONG, 0.0);
    if let (Some(ratio), Some(word)) = (report.combined.llr10, report.combined.word) {
        let measured = Measured::new(ratio, word, report.combined.llr10_ceiling, language);
        paper.paragraph(&measured.meaning, Style::BODY, 0.0);
        if let Some(ceiling) = &measured.ceiling {
            paper.paragraph(ceiling, Style::BODY, 0.0);
        }
    }
    paper.paragraph(
        t(
            "Это результат машинного анализа, а не вердикт: решают люди.",
            "This is a finding, not a verdict: people decide.",
        ),
        Style::BODY,
        0.0,
    );
    let known: Vec<_> = facts(report, language).into_iter().map(|(_, value)| value).collect();
    paper.paragraph(&known.join(", "), Style::SMALL, 0.0);
    let seen = format!("{} {}", quality_sentence(report, language), faces_sentence(report, language));
    paper.paragraph(&seen, Style::SMALL, 0.0);
    for finding in &report.findings {
        let view = MethodView::new(finding, language);
        paper.need(44.0);
        paper.gap(4.0);
        paper.text(&format!("{}: {}", view.name, view.state), Style { size: 10.5, ..Style::STRONG }, 0.0);
        let measured = view.measured.as_ref();
        let silence = view.silence.as_ref();
        let lines = [
            measured.map(|measured| measured.meaning.as_str()),
            measured.and_then(|measured| measured.ceiling.as_deref()),
            view.false_positives.as_deref(),
            silence.map(|silence| silence.why),
            silence.map(|silence| silence.remedy),
            view.error,
        ];
        for line in lines.into_iter().flatten() {
            paper.text(line, Style { size: 9.5, ..Style::BODY }, 12.0);
        }
    }
    paper.gap(8.0);
    for entry in &report.warnings {
        paper.paragraph(&format!("! {}", warning(entry.code).in_language(language)), Style::SMALL, 0.0);
    }
}

fn changes(paper: &mut Paper, notice: &Notice, context: &NoticeContext, language: Language) {
    let settled = words::settled(notice, &context.corrections);
    if settled.is_empty() {
        return;
    }
    paper.heading(pick(language, "Что менялось", "What has changed"));
    for (_, settled) in settled.iter().rev() {
        let kind = settled.kind.text().in_language(language);
        let statement = words::statement(settled, language).text;
        paper.item(&format!("{} · {kind}: {statement}", moment(settled.settled_at)));
    }
}
