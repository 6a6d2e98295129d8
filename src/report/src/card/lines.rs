//! Where lines break: as few as possible, about equally long; words are broken only where nothing else helps.

use super::lettering::{Face, Pen};
use crate::ReportError;

/// Text that fits.
#[derive(Debug, Clone)]
pub(crate) struct Lines {
    pub(crate) pen: Pen,
    pub(crate) lines: Vec<String>,
}

/// Room for a text, in pixels.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Room {
    pub(crate) width: f32,
    pub(crate) height: f32,
    pub(crate) most_lines: usize,
}

impl Room {
    /// A single line.
    pub(crate) fn line(width: f32) -> Self {
        Self { width, height: f32::INFINITY, most_lines: 1 }
    }

    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "saturates, which is meant")]
    fn lines(self, pen: &Pen) -> usize {
        self.most_lines.min((self.height / pen.line_height()).floor() as usize).max(1)
    }
}

/// The text at the largest of `sizes` (descending) at which it fits without breaking a word. At the last size words are broken, and what is still
/// too much ends in `…`.
pub(crate) fn fit(text: &str, face: Face, sizes: &[f32], room: Room) -> Result<Lines, ReportError> {
    let last = sizes.last().copied().unwrap_or(24.0);
    let width = room.width;
    for size in sizes {
        let pen = Pen::new(face, *size)?;
        let most = room.lines(&pen);
        if let Some(lines) = wrapped(text, &pen, width).filter(|lines| lines.len() <= most) {
            return Ok(Lines { pen, lines: balanced(text, &pen, width, lines) });
        }
    }
    let pen = Pen::new(face, last)?;
    let most = room.lines(&pen);
    let mut lines = wrapped(&broken(text, &pen, width), &pen, width).unwrap_or_default();
    if lines.len() > most {
        lines.truncate(most);
        if let Some(end) = lines.last_mut() {
            while !end.is_empty() && pen.width(&format!("{end}…")) > width {
                let cut = end.rfind(' ').unwrap_or(0);
                end.truncate(cut);
            }
            end.push('…');
        }
    }
    Ok(Lines { pen, lines })
}

/// Greedy lines; none if a word is wider than the line.
fn wrapped(text: &str, pen: &Pen, width: f32) -> Option<Vec<String>> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split(' ').filter(|word| !word.is_empty()) {
        if pen.width(word) > width {
            return None;
        }
        match lines.last_mut() {
            Some(line) if pen.width(&format!("{line} {word}")) <= width => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    Some(lines)
}

/// The narrowest lines that are no more than `lines`.
fn balanced(text: &str, pen: &Pen, width: f32, lines: Vec<String>) -> Vec<String> {
    let (mut narrow, mut wide, mut best) = (width * 0.4, width, lines);
    for _ in 0..10 {
        let middle = (narrow + wide) / 2.0;
        match wrapped(text, pen, middle) {
            Some(found) if found.len() <= best.len() => {
                best = found;
                wide = middle;
            }
            _ => narrow = middle,
        }
    }
    best
}

/// With every word that is too wide broken into parts that are not.
fn broken(text: &str, pen: &Pen, width: f32) -> String {
    let words = text.split(' ').map(|word| {
        let mut parts: Vec<String> = Vec::new();
        let mut rest: Vec<char> = word.chars().collect();
        while pen.width(&rest.iter().collect::<String>()) > width && rest.len() > 1 {
            let fitting = (1..rest.len()).rev().find(|at| {
                let part: String = rest.iter().take(*at).chain(['-'].iter()).collect();
                pen.width(&part) <= width
            });
            let most = fitting.unwrap_or(1);
            let at = (2..=most).rev().find(|at| may_break(&rest, *at)).unwrap_or(most);
            let tail = rest.split_off(at);
            let part: String = rest.iter().collect();
            parts.push(if part.ends_with('-') { part } else { format!("{part}-") });
            rest = tail;
        }
        parts.push(rest.into_iter().collect());
        parts.join(" ")
    });
    words.collect::<Vec<_>>().join(" ")
}

/// Whether a word may be broken before its letter `at`: after a vowel, before a consonant with a vowel, at least two letters on both sides.
fn may_break(word: &[char], at: usize) -> bool {
    let vowel = |letter: Option<&char>| {
        letter.is_some_and(|letter| "аеёиоуыэюяaeiouy".contains(letter.to_lowercase().next().unwrap_or(' ')))
    };
    let sign = |letter: Option<&char>| {
        letter.is_some_and(|letter| "ьъй".contains(letter.to_lowercase().next().unwrap_or(' ')))
    };
    let hyphen = at.checked_sub(1).and_then(|before| word.get(before)) == Some(&'-');
    let syllable = vowel(at.checked_sub(1).and_then(|before| word.get(before)))
        && !vowel(word.get(at))
        && !sign(word.get(at))
        && vowel(word.get(at + 1));
    at >= 2 && word.len() - at >= 2 && (hyphen || syllable)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fitted(text: &str, width: f32, most: usize) -> Lines {
        fit(text, Face::Bold, &[60.0, 48.0, 36.0], Room { width, height: 400.0, most_lines: most }).unwrap()
    }

    #[test]
    fn lines_fit_and_are_balanced() {
        let lines = fitted("Губернатор не объявлял эвакуацию в связи с аварией", 560.0, 4);
        let widths: Vec<f32> = lines.lines.iter().map(|line| lines.pen.width(line)).collect();
        assert!(widths.iter().all(|width| *width <= 560.0), "{widths:?}");
        assert!(widths.iter().all(|width| *width > 200.0), "no widow: {:?}", lines.lines);
    }

    #[test]
    fn long_words_shrink_then_break_at_syllables() {
        let lines = fitted("Рентгеноэлектрокардиографического достопримечательностями", 420.0, 6);
        assert_eq!(
            lines.lines.concat().replace('-', ""),
            "Рентгеноэлектрокардиографическогодостопримечательностями"
        );
        for line in &lines.lines {
            assert!(lines.pen.width(line) <= 420.0);
            let letters: Vec<char> = line.trim_end_matches('-').chars().collect();
            assert!(letters.len() >= 2, "{line}");
        }
    }

    #[test]
    fn too_much_ends_in_an_ellipsis_after_a_word() {
        let lines = fitted(&"длинные слова ".repeat(60), 500.0, 3);
        assert_eq!(lines.lines.len(), 3);
        assert!(
            lines.lines[2].ends_with("слова…") || lines.lines[2].ends_with("длинные…"),
            "{:?}",
            lines.lines
        );
    }
}
