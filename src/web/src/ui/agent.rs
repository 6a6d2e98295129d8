//! What a browser says it is, in words: enough to tell one's own devices apart.

use podlinnik_domain::language::{Language, Text};

/// Names in the order in which they are looked for: what is built on another browser says its own name beside the other's.
const BROWSERS: [(&str, Text); 9] = [
    ("YaBrowser/", Text { ru: "Яндекс Браузер", en: "Yandex Browser" }),
    ("Edg", Text { ru: "Edge", en: "Edge" }),
    ("OPR/", Text { ru: "Opera", en: "Opera" }),
    ("SamsungBrowser/", Text { ru: "Samsung Internet", en: "Samsung Internet" }),
    ("Firefox/", Text { ru: "Firefox", en: "Firefox" }),
    ("Chromium/", Text { ru: "Chromium", en: "Chromium" }),
    ("HeadlessChrome/", Text { ru: "Chrome без окна", en: "Chrome without a window" }),
    ("Chrome/", Text { ru: "Chrome", en: "Chrome" }),
    ("Safari/", Text { ru: "Safari", en: "Safari" }),
];
/// The same for systems.
const SYSTEMS: [(&str, Text); 7] = [
    ("Android", Text { ru: "Android", en: "Android" }),
    ("iPhone", Text { ru: "iPhone", en: "iPhone" }),
    ("iPad", Text { ru: "iPad", en: "iPad" }),
    ("Windows", Text { ru: "Windows", en: "Windows" }),
    ("Mac OS X", Text { ru: "macOS", en: "macOS" }),
    ("CrOS", Text { ru: "ChromeOS", en: "ChromeOS" }),
    ("Linux", Text { ru: "Linux", en: "Linux" }),
];

/// `Firefox, Windows`; the browser's own words where it is none of the known ones.
pub(super) fn words(agent: &str, language: Language) -> String {
    let of = |names: &[(&str, Text)]| {
        names.iter().find(|(mark, _)| agent.contains(mark)).map(|(_, name)| name.in_language(language))
    };
    match (of(&BROWSERS), of(&SYSTEMS)) {
        (Some(browser), Some(system)) => format!("{browser}, {system}"),
        (Some(name), None) | (None, Some(name)) => name.to_owned(),
        (None, None) if agent.trim().is_empty() => {
            Text { ru: "неизвестный браузер", en: "unknown browser" }.in_language(language).to_owned()
        }
        (None, None) => agent.chars().take(60).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn common_browsers_have_names() {
        let cases = [
            (
                "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0.0.0 YaBrowser/24.10 Safari/537.36",
                "Яндекс Браузер, Windows",
            ),
            ("Mozilla/5.0 (X11; Linux x86_64; rv:131.0) Gecko/20100101 Firefox/131.0", "Firefox, Linux"),
            (
                "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 Version/18.0 Mobile/15E148 Safari/604.1",
                "Safari, iPhone",
            ),
            (
                "Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36 Chrome/130.0.0.0 Mobile Safari/537.36",
                "Chrome, Android",
            ),
            ("curl/8.5", "curl/8.5"),
            ("", "неизвестный браузер"),
        ];
        for (agent, expected) in cases {
            assert_eq!(words(agent, Language::Russian), expected);
        }
    }
}
