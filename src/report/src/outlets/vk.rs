//! VK: a post without markup. `[id1|name]`, `@name` and `*name` would become mentions; an invisible joiner keeps them text.

use super::post::Source;
use super::{Measured, VK_POST};

/// Keeps two characters together and shows nothing.
const JOINER: char = '\u{2060}';

/// A post.
pub(crate) fn post(source: &Source<'_>) -> Measured {
    let post = source.post(VK_POST, length);
    let text = harmless(&post.plain());
    let length = text.chars().count();
    Measured { text, length, limit: VK_POST, shortened: post.shortened }
}

/// Characters, and the joiners that will be added.
fn length(text: &str) -> usize {
    text.chars().count() + text.matches(['[', '@', '*']).count()
}

fn harmless(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for letter in text.chars() {
        safe.push(letter);
        if matches!(letter, '[' | '@' | '*') {
            safe.push(JOINER);
        }
    }
    safe
}
