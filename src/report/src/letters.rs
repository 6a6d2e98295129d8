//! News for people: letters and posts that the service sends by itself, to those who asked for them.
//!
//! A published or corrected notice in its own words (as in [`crate::outlets`]); a verdict that holds no more; a question to an agency. Nothing here
//! goes out that people have not decided.

use podlinnik_domain::hash::Sha256;
use podlinnik_domain::language::Language;
use podlinnik_domain::notice::{Notice, NoticeState};
use podlinnik_domain::verdict::{Verdict, VerdictKind};

use crate::figures::moment;
use crate::notice::{NoticeContext, heading, is_withdrawn, notice_title};
use crate::outlets::{TELEGRAM_MESSAGE, clean, escape_html, outlets, shorten};
use crate::wording::pick;

/// What is told.
#[derive(Debug, Clone, Copy)]
pub enum News<'a> {
    /// A notice was published or corrected; it is told as it stands now.
    Notice {
        /// The notice.
        notice: &'a Notice,
        /// Its verdict.
        verdict: &'a Verdict,
        /// What texts need beyond them.
        context: &'a NoticeContext,
    },
    /// A verdict that the receiver has read does not hold any more.
    Verdict {
        /// What it was.
        was: VerdictKind,
        /// What took its place; none if it is in dispute.
        now: Option<VerdictKind>,
        /// The media.
        media: Sha256,
        /// Where the service is reached, without a trailing slash.
        public_url: &'a str,
    },
    /// An agency is asked, or reminded.
    Inquiry {
        /// The question.
        question: &'a str,
        /// By when an answer is needed.
        due_at: jiff::Timestamp,
        /// How often it was called to mind.
        reminders: u32,
        /// Where the service is reached, without a trailing slash.
        public_url: &'a str,
    },
}

/// A letter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Letter {
    /// One line.
    pub subject: String,
    /// The letter as plain text.
    pub text: String,
    /// The same as a self-contained HTML page.
    pub html: String,
}

/// Longest subject, in characters.
const SUBJECT: usize = 160;

impl News<'_> {
    /// The news as a letter; in Russian where there is no English.
    pub fn letter(&self, language: Language) -> Letter {
        let language = self.spoken(language);
        let (text, fragment) = match self.in_outlets(language) {
            Some(texts) => (texts.print, texts.site),
            None => {
                let paragraphs = self.paragraphs(language);
                let html: String =
                    paragraphs.iter().map(|one| format!("<p>{}</p>\n", escape_html(one))).collect();
                (format!("{}\n", paragraphs.join("\n\n")), html)
            }
        };
        let why = pick(
            language,
            "Письмо отправлено автоматически: этот адрес внесён в список получателей вашей организации. Отвечать на него не нужно.",
            "This letter was sent automatically: your organisation has put this address on its list of receivers. No answer is needed.",
        );
        let subject = self.subject(language);
        let html = format!(
            "<!doctype html>\n<html lang=\"{language}\"><head><meta charset=\"utf-8\"><title>{}</title></head>\n<body style=\"font-family:sans-serif;line-height:1.45;max-width:40em;margin:0 auto;padding:1em\">\n{fragment}<hr>\n<p style=\"color:#555\">{why}</p>\n</body></html>\n",
            escape_html(&subject)
        );
        Letter { subject, text: format!("{text}\n-- \n{why}\n"), html }
    }

    /// The news as a Telegram message, for `parse_mode=HTML`.
    pub fn post(&self, language: Language) -> String {
        let language = self.spoken(language);
        match self.in_outlets(language) {
            Some(texts) => texts.telegram.text,
            None => {
                let text = self.paragraphs(language).join("\n\n");
                escape_html(&shorten(&text, TELEGRAM_MESSAGE, |text| text.encode_utf16().count()))
            }
        }
    }

    /// The language that there are words in.
    fn spoken(&self, language: Language) -> Language {
        match self {
            Self::Notice { notice, .. } if !crate::words::is_translated(&notice.text, language) => {
                Language::Russian
            }
            _ => language,
        }
    }

    fn in_outlets(&self, language: Language) -> Option<crate::Outlets> {
        match self {
            Self::Notice { notice, verdict, context } => {
                let context = NoticeContext { language, ..(*context).clone() };
                outlets(notice, verdict, &context)
            }
            Self::Verdict { .. } | Self::Inquiry { .. } => None,
        }
    }

    fn subject(&self, language: Language) -> String {
        let subject = match self {
            Self::Notice { notice, verdict, .. } => {
                let label = match notice.state {
                    NoticeState::Superseded => pick(language, "Заменено", "Superseded"),
                    state if is_withdrawn(state) => pick(language, "Отозвано", "Retracted"),
                    NoticeState::Corrected => pick(language, "Исправлено", "Corrected"),
                    _ => heading(notice, verdict, language),
                };
                format!("{label}: {}", notice_title(notice, language))
            }
            Self::Verdict { .. } => {
                pick(language, "Вердикт больше не действует", "A verdict holds no more").to_owned()
            }
            Self::Inquiry { reminders: 0, .. } => {
                pick(language, "Просьба подтвердить или опровергнуть", "Please confirm or deny").to_owned()
            }
            Self::Inquiry { .. } => {
                pick(language, "Напоминание: ждём вашего ответа", "A reminder: your answer is awaited")
                    .to_owned()
            }
        };
        let line = clean(&subject).replace('\n', " ");
        shorten(&line, SUBJECT, |text| text.chars().count())
    }

    fn paragraphs(&self, language: Language) -> Vec<String> {
        match self {
            Self::Notice { .. } => Vec::new(),
            Self::Verdict { was, now, media, public_url } => {
                let was = was.text().in_language(language);
                let now = match now {
                    Some(kind) => format!(
                        "{} «{}».",
                        pick(language, "Его заменил вердикт", "The verdict that took its place:"),
                        kind.text().in_language(language)
                    ),
                    None => pick(
                        language,
                        "Он оспорен; нового вердикта пока нет.",
                        "It is disputed; there is no new verdict yet.",
                    )
                    .to_owned(),
                };
                vec![
                    format!(
                        "{} «{was}» {}",
                        pick(
                            language,
                            "Вы запрашивали вердикт по материалу. Вердикт",
                            "You have read a verdict. The verdict"
                        ),
                        pick(language, "больше не действует.", "does not hold any more."),
                    ),
                    now,
                    format!("SHA-256: {media}"),
                    format!(
                        "{} {public_url}/api/v1/lookup/{media}",
                        pick(language, "Как обстоит дело сейчас:", "How it stands now:")
                    ),
                    pick(
                        language,
                        "Если вы ссылались на этот вердикт, исправьте, пожалуйста, и свою публикацию.",
                        "If you have cited this verdict, please correct your publication too.",
                    )
                    .to_owned(),
                ]
            }
            Self::Inquiry { question, due_at, public_url, .. } => vec![
                clean(question),
                format!("{} {}", pick(language, "Ответ нужен до", "An answer is needed by"), moment(*due_at)),
                format!(
                    "{} {public_url}",
                    pick(
                        language,
                        "Ответить можно по ссылке, которую передал сотрудник, или через API:",
                        "Answer by the link that you were given, or through the API:"
                    )
                ),
            ],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample;

    #[test]
    fn a_notice_goes_out_in_its_own_words() {
        fn news<'a>(told: &'a (Notice, Verdict), context: &'a NoticeContext) -> News<'a> {
            News::Notice { notice: &told.0, verdict: &told.1, context }
        }
        let mut told = sample::notice();
        let context = sample::context(Language::Russian);
        let letter = news(&told, &context).letter(Language::Russian);
        assert!(letter.subject.starts_with("Опровержение: "), "{}", letter.subject);
        assert!(!letter.subject.contains('\n'));
        let link = crate::notice::notice_link(&told.0, &context.public_url);
        for text in [&letter.text, &letter.html, &news(&told, &context).post(Language::Russian)] {
            assert!(text.contains(&link), "{text}");
            assert!(!text.contains("<script"), "{text}");
        }
        told.0.state = NoticeState::Retracted;
        let letter = news(&told, &context).letter(Language::Russian);
        assert!(letter.subject.starts_with("Отозвано: "), "{}", letter.subject);
        let body = told.0.text.body.lines().next().unwrap().to_owned();
        assert!(!letter.text.contains(&body), "what no longer holds is not told again: {}", letter.text);
        told.0.text.title_en = None;
        let letter = news(&told, &context).letter(Language::English);
        assert!(letter.subject.starts_with("Отозвано: "), "Russian where there is no English");
    }

    #[test]
    fn readers_and_agencies_are_told_plainly() {
        let public_url = "https://desk.example";
        let media = Sha256::of(b"clip");
        let (was, now) = (VerdictKind::ManipulatedFace, Some(VerdictKind::Satire));
        for language in [Language::Russian, Language::English] {
            let letter = News::Verdict { was, now, media, public_url }.letter(language);
            for kind in [was, VerdictKind::Satire] {
                assert!(letter.text.contains(kind.text().in_language(language)), "{}", letter.text);
            }
            assert!(letter.html.contains(&media.to_string()));
        }
        let question = "Был ли взрыв? <script>\u{202e}";
        let due_at = jiff::Timestamp::UNIX_EPOCH;
        let asked = News::Inquiry { question, due_at, reminders: 0, public_url };
        assert!(asked.letter(Language::Russian).html.contains("&lt;script&gt;"));
        assert!(!asked.post(Language::Russian).contains('\u{202e}'));
        let reminded = News::Inquiry { question, due_at, reminders: 1, public_url };
        assert_ne!(reminded.letter(Language::Russian).subject, asked.letter(Language::Russian).subject);
    }
}
