//! Regions as data: ISO 3166-2:RU is the standard list, an installation can put another in its place.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use crate::language::Language;

/// The list that ships: see its head for where it comes from.
const STANDARD: &str = include_str!("../data/regions.tsv");
/// Longest list that is read.
const MOST_REGIONS: usize = 10_000;

/// A region.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Region {
    /// Code: `RU-TAM`.
    pub code: String,
    /// Russian name.
    pub name_ru: String,
    /// English name.
    pub name_en: String,
    /// Hashtag as the network writes it, with `#`: `#Тамбовская_область`.
    pub hashtag: String,
}

impl Region {
    /// The name in `language`.
    pub fn name(&self, language: Language) -> &str {
        match language {
            Language::Russian => &self.name_ru,
            Language::English => &self.name_en,
        }
    }
}

/// A list of regions that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line} of the list of regions: {what}")]
pub struct RegionsError {
    /// Line, from 1.
    pub line: usize,
    /// What is wrong with it.
    pub what: &'static str,
}

/// A list of regions.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Regions {
    by_code: BTreeMap<String, Region>,
    /// Folded hashtag to code.
    by_hashtag: BTreeMap<String, String>,
}

/// The list that an installation put in place of the standard one.
static INSTALLED: OnceLock<Regions> = OnceLock::new();

/// Another list was installed before.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a list of regions is already installed")]
pub struct AlreadyInstalled;

impl Regions {
    /// The list in force: the one that was installed, else the standard one.
    pub fn current() -> &'static Self {
        INSTALLED.get().unwrap_or_else(Self::standard)
    }

    /// Puts a list in place of the standard one, once, at the start of the program.
    ///
    /// # Errors
    /// [`AlreadyInstalled`].
    pub fn install(list: Self) -> Result<(), AlreadyInstalled> {
        INSTALLED.set(list).map_err(|_| AlreadyInstalled)
    }

    /// ISO 3166-2:RU.
    pub fn standard() -> &'static Self {
        static LIST: OnceLock<Regions> = OnceLock::new();
        // A test reads the list that ships.
        LIST.get_or_init(|| Self::parse(STANDARD).unwrap_or_default())
    }

    /// Reads a list: one region a line (code, Russian name, English name, hashtag, separated by tabulators); empty lines and lines that begin
    /// with `# ` do not count.
    ///
    /// # Errors
    /// The first line that is not of that form, or repeats a code or a hashtag.
    pub fn parse(text: &str) -> Result<Self, RegionsError> {
        let mut list = Self::default();
        for (index, line) in text.trim_start_matches('\u{feff}').lines().enumerate() {
            let error = |what| RegionsError { line: index + 1, what };
            if line.trim().is_empty() || line == "#" || line.starts_with("# ") {
                continue;
            }
            let fields: Vec<&str> = line.split('\t').map(str::trim).collect();
            let [code, name_ru, name_en, hashtag] = fields.as_slice() else {
                return Err(error("four fields, separated by tabulators, are needed"));
            };
            if !is_code(code) {
                return Err(error("a code has 2 to 16 capital Latin letters, digits and hyphens"));
            }
            if [name_ru, name_en].iter().any(|name| name.is_empty() || name.chars().count() > 200) {
                return Err(error("a name has 1 to 200 characters"));
            }
            if !is_hashtag(hashtag) {
                return Err(error("a hashtag is `#` and up to 100 letters, digits and underscores"));
            }
            let region = Region {
                code: (*code).to_owned(),
                name_ru: (*name_ru).to_owned(),
                name_en: (*name_en).to_owned(),
                hashtag: (*hashtag).to_owned(),
            };
            if list.by_hashtag.insert(folded(hashtag), region.code.clone()).is_some() {
                return Err(error("the hashtag is taken"));
            }
            if list.by_code.insert(region.code.clone(), region).is_some() {
                return Err(error("the code is taken"));
            }
            if list.by_code.len() > MOST_REGIONS {
                return Err(error("too many regions"));
            }
        }
        Ok(list)
    }

    /// The region with this code.
    pub fn get(&self, code: &str) -> Option<&Region> {
        self.by_code.get(code)
    }

    /// The region with this hashtag; neither the case, nor `ё`, nor the leading `#` makes a difference.
    pub fn by_hashtag(&self, hashtag: &str) -> Option<&Region> {
        self.by_hashtag.get(&folded(hashtag)).and_then(|code| self.get(code))
    }

    /// All, by code.
    pub fn iter(&self) -> impl Iterator<Item = &Region> {
        self.by_code.values()
    }

    /// How many.
    pub fn len(&self) -> usize {
        self.by_code.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.by_code.is_empty()
    }
}

/// Whether `text` has the form of a region's code.
pub fn is_code(text: &str) -> bool {
    (2..=16).contains(&text.len())
        && text.bytes().all(|letter| letter.is_ascii_uppercase() || letter.is_ascii_digit() || letter == b'-')
}

fn is_hashtag(text: &str) -> bool {
    text.strip_prefix('#').is_some_and(|name| {
        (1..=100).contains(&name.chars().count())
            && name.chars().all(|letter| letter.is_alphanumeric() || letter == '_')
    })
}

fn folded(hashtag: &str) -> String {
    hashtag.trim().trim_start_matches('#').to_lowercase().replace('ё', "е")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_standard_list_is_whole() {
        let regions = Regions::parse(STANDARD).unwrap();
        assert_eq!(regions.len(), 83, "entries of ISO 3166-2:RU");
        assert!(regions.iter().all(|region| region.code.starts_with("RU-")));
        let latin = |region: &&Region| {
            region.name_ru.chars().any(|letter| letter.is_ascii_alphabetic())
                || region.hashtag.chars().any(|letter| letter.is_ascii_alphabetic())
                || region.name_en.chars().any(|letter| ('а'..='я').contains(&letter))
        };
        assert_eq!(regions.iter().find(latin), None, "letters of the other alphabet");
        assert_eq!(Regions::standard(), &regions);
    }

    #[test]
    fn found_by_code_and_by_hashtag() {
        let regions = Regions::standard();
        let tambov = regions.get("RU-TAM").unwrap();
        assert_eq!(tambov.name(Language::Russian), "Тамбовская область");
        assert_eq!(tambov.name(Language::English), "Tambov Oblast");
        for hashtag in ["#Тамбовская_область", "тамбовская_ОБЛАСТЬ", " #тамбовская_область "]
        {
            assert_eq!(regions.by_hashtag(hashtag), Some(tambov), "{hashtag}");
        }
        assert_eq!(regions.get("RU-XXX"), None);
        assert_eq!(regions.by_hashtag("#Тамбов"), None);
    }

    #[test]
    fn another_list_may_take_its_place_and_mistakes_are_named() {
        let list = Regions::parse("# ours\nKZ-ALA\tАлматы\tAlmaty\t#Алматы\n\n").unwrap();
        assert_eq!(list.by_hashtag("алматы").map(|region| region.code.as_str()), Some("KZ-ALA"));
        let line = "KZ-ALA\tАлматы\tAlmaty\t#Алматы";
        for (text, at) in [
            ("KZ-ALA\tАлматы\t#Алматы", 1),
            ("kz\tА\tA\t#А", 1),
            ("KZ\tА\tA\tА", 1),
            ("KZ\tА\tA\t#А Б", 1),
            ("KZ\t\tA\t#А", 1),
            (&format!("{line}\n{line}"), 2),
            (&format!("{line}\nKZ\tА\tA\t#АЛМАТЫ"), 2),
        ] {
            assert_eq!(Regions::parse(text).unwrap_err().line, at, "{text}");
        }
    }
}
