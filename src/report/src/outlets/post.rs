//! What posts consist of, and what gives way where there is not enough room.

use podlinnik_domain::language::Language;
use podlinnik_domain::notice::{Notice, NoticeState, SUPERSEDED};
use podlinnik_domain::verdict::Verdict;

use super::clean;
use super::shorten::{sentences_within, shorten};
use super::typography::set;
use crate::notice::{NoticeContext, heading, is_withdrawn, notice_link};
use crate::wording::{pick, state_of_notice};
use crate::words::{self, Words};

/// What posts are made from.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Source<'a> {
    pub(crate) notice: &'a Notice,
    pub(crate) verdict: &'a Verdict,
    pub(crate) context: &'a NoticeContext,
}

/// A run of text; only `strong` and addresses are marked up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Run {
    pub(crate) text: String,
    pub(crate) strong: bool,
}

/// A paragraph.
pub(crate) type Paragraph = Vec<Run>;

/// A post that fits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Post {
    pub(crate) paragraphs: Vec<Paragraph>,
    pub(crate) shortened: bool,
}

impl Post {
    /// As plain text.
    pub(crate) fn plain(&self) -> String {
        let paragraph = |runs: &Paragraph| runs.iter().map(|run| run.text.as_str()).collect::<String>();
        self.paragraphs.iter().map(paragraph).collect::<Vec<_>>().join("\n\n")
    }
}

pub(crate) fn plain(text: impl Into<String>) -> Run {
    Run { text: text.into(), strong: false }
}

pub(crate) fn strong(text: impl Into<String>) -> Run {
    Run { text: text.into(), strong: true }
}

impl<'a> Source<'a> {
    pub(crate) fn language(&self) -> Language {
        self.context.language
    }

    pub(crate) fn t(&self, ru: &'static str, en: &'static str) -> &'static str {
        pick(self.language(), ru, en)
    }

    pub(crate) fn link(&self) -> String {
        notice_link(self.notice, &self.context.public_url)
    }

    /// Words in the reader's typography.
    pub(crate) fn words(&self, words: Words<'_>) -> String {
        set(&clean(words.text), words.language)
    }

    pub(crate) fn title(&self) -> String {
        self.words(words::title(&self.notice.text, self.language()))
    }

    pub(crate) fn claim(&self) -> Option<String> {
        words::claim(&self.notice.text, self.language()).map(|claim| self.words(claim))
    }

    pub(crate) fn body(&self) -> String {
        self.words(words::body(&self.notice.text, self.language()))
    }

    pub(crate) fn spread(&self) -> Option<String> {
        words::spread(&self.notice.text, self.language()).map(|spread| self.words(spread))
    }

    pub(crate) fn truth(&self) -> String {
        self.words(words::truth(&self.notice.text, self.language()))
    }

    pub(crate) fn rating(&self) -> Option<&'static str> {
        self.notice.text.rating.map(|rating| rating.text().in_language(self.language()))
    }

    pub(crate) fn verdict(&self) -> &'static str {
        self.verdict.proposal.kind.text().in_language(self.language())
    }

    pub(crate) fn heading(&self) -> &'static str {
        heading(self.notice, self.verdict, self.language())
    }

    pub(crate) fn is_withdrawn(&self) -> bool {
        is_withdrawn(self.notice.state)
    }

    /// The state, where a reader has to know it: capitalised words.
    pub(crate) fn state(&self) -> Option<String> {
        let state = self.notice.state;
        let told = !matches!(state, NoticeState::Published | NoticeState::Upheld);
        told.then(|| capitalised(state_of_notice(state).in_language(self.language())))
    }

    /// What was told when the notice last changed.
    pub(crate) fn last_statement(&self) -> Option<String> {
        let settled = words::settled(self.notice, &self.context.corrections);
        let statement =
            settled.last().map(|(_, settled)| self.words(words::statement(settled, self.language())));
        match self.notice.state {
            NoticeState::Superseded => {
                statement.or_else(|| Some(SUPERSEDED.in_language(self.language()).to_owned()))
            }
            NoticeState::Corrected | NoticeState::Clarified | NoticeState::Retracted => statement,
            _ => None,
        }
    }

    /// Hashtags: the region's and ours.
    pub(crate) fn hashtags(&self) -> String {
        let ours = self.t("#Подлинник", "#Podlinnik");
        match &self.context.region {
            Some(region) => format!("{} {ours}", region.hashtag),
            None => ours.to_owned(),
        }
    }

    /// The post in at most `most` units of `measure`, which has to be additive. Room is given to the claim (a quarter at most), then to the truth,
    /// then to the rest; what is not needed appears in whole sentences or not at all.
    pub(crate) fn post(&self, most: usize, measure: fn(&str) -> usize) -> Post {
        if self.is_withdrawn() {
            return self.withdrawal(most, measure);
        }
        let head = self.head();
        let verdict =
            vec![plain(self.t("Вердикт о материале: ", "Verdict on the media: ")), strong(self.verdict())];
        let rating = self
            .rating()
            .map(|words| vec![plain(self.t("Оценка утверждения: ", "Rating of the claim: ")), strong(words)]);
        let tail = self.tail();
        let truth_label = self.t("Как на самом деле: ", "What is true: ");
        let fixed: usize =
            head.iter().chain([&verdict]).chain(&rating).chain(&tail).map(|it| weight(it, measure)).sum();
        let mut room = Room { left: most.saturating_sub(fixed), measure, shortened: false };
        // The truth's own paragraph.
        room.take(&plain(truth_label).text);
        let claim = self.claim().and_then(|claim| {
            let label = self.t("Что утверждают: ", "The claim: ");
            let share = (room.left / 4).saturating_sub(measure(label) + 2);
            let shown = room.cut(&claim, share);
            (!shown.is_empty()).then(|| {
                room.take(label);
                room.take(&shown);
                vec![strong(label), plain(shown)]
            })
        });
        let truth = room.cut(&self.truth(), room.left);
        room.spend(measure(&truth));
        let untrue = self.optional(&mut room, self.t("Что неверно: ", "What is untrue: "), &self.body());
        let spread = self.spread().and_then(|text| {
            self.optional(&mut room, self.t("Как распространялось: ", "How it spread: "), &text)
        });
        let sources = self.sources(&mut room);
        let mut paragraphs = head;
        paragraphs.extend(claim);
        paragraphs.extend(rating);
        paragraphs.push(vec![strong(truth_label), plain(truth)]);
        paragraphs.extend(untrue);
        paragraphs.extend(spread);
        paragraphs.push(verdict);
        paragraphs.extend(sources);
        paragraphs.extend(tail);
        Post { paragraphs, shortened: room.shortened }
    }

    /// Heading, headline, state.
    fn head(&self) -> Vec<Paragraph> {
        let mut head = vec![vec![plain(self.heading())], vec![strong(self.title())]];
        if let Some(state) = self.state() {
            let statement =
                self.last_statement().map(|text| shorten(&text, 200, |text| text.chars().count()));
            let mut runs = vec![strong(state)];
            runs.extend(statement.map(|text| plain(format!(". {text}"))));
            head.push(runs);
        }
        head
    }

    fn tail(&self) -> Vec<Paragraph> {
        vec![
            vec![plain(format!("{}: {}", self.t("Полностью", "In full"), self.link()))],
            vec![plain(self.hashtags())],
        ]
    }

    fn withdrawal(&self, most: usize, measure: fn(&str) -> usize) -> Post {
        let title = match self.language() {
            Language::Russian => format!("Публикация «{}» больше не действует.", self.title()),
            Language::English => format!("The publication “{}” no longer holds.", self.title()),
        };
        let mut paragraphs = vec![vec![strong(self.state().unwrap_or_default())], vec![plain(title)]];
        let tail = self.tail();
        let fixed: usize = paragraphs.iter().chain(&tail).map(|it| weight(it, measure)).sum();
        let mut room = Room { left: most.saturating_sub(fixed + 2), measure, shortened: false };
        if let Some(statement) = self.last_statement() {
            let shown = room.cut(&statement, room.left);
            paragraphs.push(vec![plain(shown)]);
        }
        paragraphs.extend(tail);
        Post { paragraphs, shortened: room.shortened }
    }

    fn optional(&self, room: &mut Room, label: &'static str, text: &str) -> Option<Paragraph> {
        let share = room.left.saturating_sub((room.measure)(label) + 2);
        let Some(shown) = sentences_within(text, share, room.measure).filter(|shown| !shown.is_empty())
        else {
            room.shortened = true;
            return None;
        };
        room.shortened |= shown.len() < text.trim().len();
        room.spend((room.measure)(label) + (room.measure)(shown) + 2);
        Some(vec![strong(label), plain(shown)])
    }

    /// As many sources as fit.
    fn sources(&self, room: &mut Room) -> Option<Paragraph> {
        let mut text = self.t("Источники:", "Sources:").to_owned();
        let empty = text.len();
        for source in &self.notice.text.sources {
            let title = source_title(source);
            let line = match &source.url {
                Some(url) => format!("\n— {title}: {url}"),
                None => format!("\n— {title}"),
            };
            if (room.measure)(&text) + (room.measure)(&line) + 2 > room.left {
                room.shortened = true;
                break;
            }
            text.push_str(&line);
        }
        (text.len() > empty).then(|| {
            room.spend((room.measure)(&text) + 2);
            vec![plain(text)]
        })
    }
}

/// What a paragraph and the empty line after it take.
fn weight(paragraph: &Paragraph, measure: fn(&str) -> usize) -> usize {
    paragraph.iter().map(|run| measure(&run.text)).sum::<usize>() + 2
}

/// Room that is left.
struct Room {
    left: usize,
    measure: fn(&str) -> usize,
    shortened: bool,
}

impl Room {
    fn spend(&mut self, units: usize) {
        self.left = self.left.saturating_sub(units);
    }

    /// Room for a text and the empty line after its paragraph.
    fn take(&mut self, text: &str) {
        self.spend((self.measure)(text) + 2);
    }

    fn cut(&mut self, text: &str, most: usize) -> String {
        let shown = shorten(text, most, self.measure);
        self.shortened |= shown != text.trim();
        shown
    }
}

/// A source's name in the typography of the language that it is written in.
pub(crate) fn source_title(source: &podlinnik_domain::notice::Source) -> String {
    let title = clean(&source.title);
    let cyrillic = title.chars().any(|letter| matches!(letter, 'А'..='я' | 'ё' | 'Ё'));
    set(&title, if cyrillic { Language::Russian } else { Language::English })
}

pub(crate) fn capitalised(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}
