//! The evaluation report as it is committed, read for the page: no number of it stands anywhere else, so the two cannot disagree.

use std::sync::OnceLock;

use podlinnik_domain::language::{Language, Text};

/// The report; `cargo xtask eval` writes it.
const REPORT: &str = include_str!("../../../../evaluation/EVALUATION.md");

/// The report, read.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Evaluation {
    /// When it was measured, `2026-11-23`.
    pub(super) date: String,
    /// What was wanted, and what was measured.
    pub(super) targets: Vec<Target>,
    /// One per set of media.
    pub(super) sets: Vec<Set>,
}

/// A line of the table of targets.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Target {
    pub(super) measured: Text,
    pub(super) set: String,
    /// The least that had to be reached.
    pub(super) must: String,
    /// What was hoped for.
    pub(super) aim: String,
    pub(super) value: Value,
    pub(super) standing: Standing,
    /// The interval holds the limit: a set this small cannot tell.
    pub(super) undecided: bool,
}

/// How a measurement stands to what was wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Standing {
    Missed,
    MustReached,
    AimReached,
}

/// A number with its 95 % interval and what it was measured on.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Value {
    /// The number; `–` where nothing could be measured.
    pub(super) number: String,
    /// `0.884–0.912`.
    pub(super) interval: Option<String>,
    /// `800 + 800`: genuine and fake files; or one number of files.
    pub(super) files: Option<String>,
}

/// What was measured on one set of media.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Set {
    pub(super) name: String,
    pub(super) about: Text,
    pub(super) genuine: String,
    pub(super) fakes: String,
    /// The combination and each method, in the report's order; parts of the set are left to the report.
    pub(super) rows: Vec<Row>,
    /// Fakes and genuine files that got any support for manipulation, of how many: `[fakes, of, genuine, of]`.
    pub(super) support: Option<[u32; 4]>,
}

/// A method on a set.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Row {
    /// `combined`, or the method's identifier.
    pub(super) method: String,
    /// Genuine and fake files that got a score.
    pub(super) scored: String,
    /// Area under the curve: 0.5 is a coin, 1 is perfect.
    pub(super) auc: Value,
    /// Share of fakes found where one genuine file in a hundred is accused.
    pub(super) found: Value,
    /// Share of files that got an answer.
    pub(super) coverage: Value,
    /// Share of answered genuine files that were wrongly given support for manipulation.
    pub(super) wrongly_manipulated: Value,
    /// Share of answered fakes that were wrongly given support for the absence of manipulation.
    pub(super) wrongly_absent: Value,
}

impl Row {
    /// The method had something to do with the set.
    pub(super) fn is_measured(&self) -> bool {
        self.auc.number != "–"
    }
}

impl Evaluation {
    /// The report that goes with this program.
    pub(super) fn committed() -> &'static Self {
        static READ: OnceLock<Evaluation> = OnceLock::new();
        READ.get_or_init(|| Self::parse(REPORT))
    }

    /// Reads a report. What is not of its form is left out; a test reads the committed one and misses nothing.
    fn parse(report: &str) -> Self {
        let mut read = Self { date: date(report).unwrap_or_default(), ..Self::default() };
        for section in report.split("\n## ").skip(1) {
            let (title, body) = section.split_once('\n').unwrap_or((section, ""));
            match title.trim() {
                "Targets" => read.targets = cells(body).filter_map(|line| target(&line)).collect(),
                "Versions" => {}
                name => read.sets.extend(set(name, body, report)),
            }
        }
        read
    }

    /// What a method was measured on.
    pub(super) fn of_method<'a>(&'a self, method: &'a str) -> impl Iterator<Item = (&'a Set, &'a Row)> {
        self.sets.iter().flat_map(move |set| {
            let rows = set.rows.iter().filter(move |row| row.method == method && row.is_measured());
            rows.map(move |row| (set, row))
        })
    }
}

impl Value {
    /// Reads `0.898 (0.884–0.912) on 800 + 800`, `92.8 % (91.4 %–94.0 %) of 1600`, `0.5 % (0 of 772)`, `–`.
    fn parse(text: &str) -> Self {
        let (rest, files) = match text.rsplit_once(") on ").or_else(|| text.rsplit_once(") of ")) {
            Some((rest, files)) => (format!("{rest})"), Some(files.to_owned())),
            None => (text.to_owned(), None),
        };
        let (number, bracket) = match rest.split_once(" (") {
            Some((number, bracket)) => (number.to_owned(), Some(bracket.trim_end_matches(')').to_owned())),
            None => (rest, None),
        };
        match bracket {
            Some(counted) if counted.contains(" of ") => {
                Self { number, interval: None, files: Some(counted) }
            }
            interval => {
                let (number, on) = number
                    .split_once(" on ")
                    .map_or((number.clone(), None), |(number, on)| (number.to_owned(), Some(on.to_owned())));
                Self { number, interval, files: files.or(on) }
            }
        }
    }
}

/// A number as the reader's language writes it.
pub(super) fn spoken(number: &str, language: Language) -> String {
    match language {
        Language::English => number.to_owned(),
        Language::Russian => {
            number.replace('.', ",").replace(" of ", " из ").replace(" answered", " с ответом")
        }
    }
}

fn date(report: &str) -> Option<String> {
    let mut lines = report.lines().skip(1).filter(|line| !line.trim().is_empty());
    lines.next()?.split('.').next().map(str::to_owned)
}

/// The cells of the lines of a table below its head.
fn cells(body: &str) -> impl Iterator<Item = Vec<String>> {
    let lines = body.lines().filter(|line| line.starts_with("| ")).skip(1);
    lines.map(|line| line.trim_matches('|').split(" | ").map(|cell| cell.trim().to_owned()).collect())
}

fn target(line: &[String]) -> Option<Target> {
    let [measured, set, must, aim, value, standing] = line else { return None };
    Some(Target {
        measured: target_name(measured)?,
        set: set.clone(),
        must: must.clone(),
        aim: aim.clone(),
        value: Value::parse(value),
        undecided: standing.contains("the interval holds the limit"),
        standing: if standing.contains("missed**") {
            Standing::Missed
        } else if standing.starts_with("must reached") {
            Standing::MustReached
        } else {
            Standing::AimReached
        },
    })
}

fn set(name: &str, body: &str, report: &str) -> Option<Set> {
    let head = body.lines().find(|line| !line.trim().is_empty())?;
    let (_, counts) = head.split_once(". ").map(|(about, _)| (about, head)).unwrap_or(("", head));
    let number_before = |word: &str| {
        let (before, _) = counts.split_once(word)?;
        before.rsplit(' ').next().map(str::to_owned)
    };
    Some(Set {
        name: name.to_owned(),
        about: set_about(name)?,
        genuine: number_before(" genuine files")?,
        fakes: number_before(" fakes,")?,
        rows: cells(body).filter_map(|line| row(&line)).collect(),
        support: support(name, report),
    })
}

fn row(line: &[String]) -> Option<Row> {
    let [method, _, scored, auc, found, _, coverage, manipulated, absent, ..] = line else { return None };
    // Parts of a set are named `combined, vits`.
    (!method.contains(',')).then(|| Row {
        method: method.replace(' ', "_"),
        scored: scored.clone(),
        auc: Value::parse(auc),
        found: Value::parse(found),
        coverage: Value::parse(coverage),
        wrongly_manipulated: Value::parse(manipulated),
        wrongly_absent: Value::parse(absent),
    })
}

/// Reads `On NAME, 117 of 800 fakes and 0 of 800 genuine files got any support for manipulation.`
fn support(name: &str, report: &str) -> Option<[u32; 4]> {
    let (_, rest) = report.split_once(&format!("On {name}, "))?;
    let (sentence, _) = rest.split_once(" genuine files got any support")?;
    let mut numbers = sentence.split(' ').filter_map(|word| word.parse().ok());
    Some([numbers.next()?, numbers.next()?, numbers.next()?, numbers.next()?])
}

/// What a target measures, in words.
fn target_name(measured: &str) -> Option<Text> {
    Some(match measured {
        "DFDC faces (val), AUC" => Text {
            ru: "подменённые лица DFDC: различает, AUC",
            en: "swapped faces of DFDC: told apart, AUC",
        },
        "DFDC faces (val), found at 1 % false alarms" => Text {
            ru: "подменённые лица DFDC: доля найденных при 1 % ложных тревог",
            en: "swapped faces of DFDC: share found at 1 % false alarms",
        },
        "clips of generators that training never saw, AUC per clip" => Text {
            ru: "ролики программ, которых не было при обучении: различает, AUC",
            en: "clips by programs that training never saw: told apart, AUC",
        },
        "fully synthetic pictures, AUC" => Text {
            ru: "целиком созданные изображения: различает, AUC",
            en: "wholly synthetic pictures: told apart, AUC",
        },
        "… after JPEG 60 and half size, AUC" => Text {
            ru: "они же после сжатия JPEG 60 и уменьшения вдвое, AUC",
            en: "the same after JPEG 60 at half the size, AUC",
        },
        "cloned and synthetic speech, AUC" => Text {
            ru: "клонированная и синтезированная речь: различает, AUC",
            en: "cloned and synthetic speech: told apart, AUC",
        },
        "heat map, pointing game on face-swap pairs" => Text {
            ru: "карта указывает на изменённое место (пары подмены и оригинала)",
            en: "the map points at what was changed (pairs of swap and original)",
        },
        "error among answered, genuine DFDC faces (val), 95 % upper bound" => Text {
            ru: "ошибки на подлинных лицах DFDC, верхняя граница 95 %",
            en: "errors on genuine faces of DFDC, upper bound of 95 %",
        },
        "coverage at that error, DFDC faces (val)" => Text {
            ru: "доля материалов, на которые при этом дан ответ",
            en: "share of files that got an answer at that error",
        },
        "ECE, DFDC faces (val)" => Text {
            ru: "насколько обещанная надёжность расходится с настоящей (ECE)",
            en: "how far promised reliability is from the real one (ECE)",
        },
        _ => return None,
    })
}

/// What a set holds, in words.
fn set_about(name: &str) -> Option<Text> {
    Some(match name {
        "dfdc-faces-val" => Text {
            ru: "лица из роликов DFDC; те же актёры есть и в обучении",
            en: "faces of DFDC videos; the actors also occur in training",
        },
        "dfdc-faces-val-jpeg60-half" => Text {
            ru: "они же, уменьшенные вдвое и сжатые (JPEG 60)",
            en: "the same at half the size, JPEG 60",
        },
        "dfdc-faces-val-mouth-only" => Text {
            ru: "подлинные лица, где от подделки взят только рот: замена подмене губ, не она сама",
            en: "genuine faces with the mouth alone taken from the fake: a stand-in for lip-sync, not lip-sync itself",
        },
        "clips-val" => Text {
            ru: "целые ролики: подмена лица (DeepFaceLive) и «говорящие головы» (VASA-1), которых не было при обучении",
            en: "whole clips: face swaps (DeepFaceLive) and talking heads (VASA-1) that training never saw",
        },
        "clips-val-messenger-480p" => Text {
            ru: "они же после мессенджера: 480 строк, сильное сжатие",
            en: "the same after a messenger: 480 lines, heavy compression",
        },
        "ai-images" => Text {
            ru: "фотографии против изображений генеративных сетей и диффузии",
            en: "photographs against pictures by GANs and diffusion",
        },
        "ai-images-jpeg60-half" => Text {
            ru: "они же, уменьшенные вдвое и сжатые (JPEG 60)",
            en: "the same at half the size, JPEG 60",
        },
        "ffhq-stylegan-val" => Text {
            ru: "портреты FFHQ против лиц StyleGAN, 256 пикселей",
            en: "FFHQ portraits against StyleGAN faces, 256 pixels",
        },
        "ffhq-stylegan-val-jpeg60-half" => Text {
            ru: "они же, уменьшенные вдвое и сжатые (JPEG 60)",
            en: "the same at half the size, JPEG 60",
        },
        "speech-val" => Text {
            ru: "речь против копий вокодером и синтезированных голосов (HiFi-GAN, VITS)",
            en: "speech against vocoder copies and synthetic voices (HiFi-GAN, VITS)",
        },
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_of_the_committed_report_is_lost() {
        let read = Evaluation::committed();
        assert!(REPORT.contains(&format!("\n{}. Measured by", read.date)), "{}", read.date);
        let lines = |heading: &str| {
            let (_, section) = REPORT.split_once(&format!("\n## {heading}\n")).unwrap();
            let section = section.split("\n## ").next().unwrap();
            section.lines().filter(|line| line.starts_with("| ")).count() - 1
        };
        assert_eq!(read.targets.len(), lines("Targets"), "a target without words in `target_name`");
        let missed = REPORT.matches("**missed**").count();
        assert!(missed > 0, "the report has targets that were missed");
        assert_eq!(read.targets.iter().filter(|one| one.standing == Standing::Missed).count(), missed);
        for target in &read.targets {
            assert!(REPORT.contains(&target.value.number) && target.value.files.is_some(), "{target:?}");
        }
        let headings = REPORT.lines().filter(|line| line.starts_with("## ")).count();
        assert_eq!(read.sets.len(), headings - 2, "a set without words in `set_about`");
        for set in &read.sets {
            assert_eq!(set.rows.len(), 5, "the combination and four methods on {}", set.name);
            let [fakes, of_fakes, genuine, of_genuine] = set.support.unwrap_or_default();
            assert!(fakes <= of_fakes && genuine <= of_genuine, "{}", set.name);
            if set.support.is_some() {
                assert_eq!(
                    (of_genuine.to_string(), of_fakes.to_string()),
                    (set.genuine.clone(), set.fakes.clone())
                );
            }
        }
        for method in podlinnik_pipeline::DESCRIPTORS {
            assert!(read.of_method(method.id.0).count() > 0, "{} was measured nowhere", method.id.0);
        }
    }

    #[test]
    fn numbers_come_with_their_intervals() {
        let value = |text: &str| {
            let Value { number, interval, files } = Value::parse(text);
            (number, interval.unwrap_or_default(), files.unwrap_or_default())
        };
        let told = |number: &str, interval: &str, files: &str| (number.into(), interval.into(), files.into());
        assert_eq!(value("0.898 (0.884–0.912) on 800 + 800"), told("0.898", "0.884–0.912", "800 + 800"));
        assert_eq!(value("92.8 % (91.4 %–94.0 %) of 1600"), told("92.8 %", "91.4 %–94.0 %", "1600"));
        assert_eq!(value("0.5 % (0 of 772)"), told("0.5 %", "", "0 of 772"));
        assert_eq!(
            value("0.022 (0.015–0.030) on 1484 answered"),
            told("0.022", "0.015–0.030", "1484 answered")
        );
        assert_eq!(value("–"), told("–", "", ""));
        assert_eq!(spoken("0.5 % (0 of 772)", Language::Russian), "0,5 % (0 из 772)");
    }
}
