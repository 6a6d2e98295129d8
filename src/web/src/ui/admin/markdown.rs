//! A card of a model as blocks: headings, paragraphs, lists, tables, code. What it does not know stays text; nothing becomes markup of the card's own.

/// A block of a card.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Block {
    Heading(usize, String),
    Paragraph(String),
    List(Vec<String>),
    Code(String),
    /// Heads and rows.
    Table(Vec<String>, Vec<Vec<String>>),
}

/// Reads the blocks of a text.
pub(super) fn blocks(text: &str) -> Vec<Block> {
    let mut blocks = Vec::new();
    let mut lines = text.lines().peekable();
    while let Some(line) = lines.next() {
        let trimmed = line.trim();
        if trimmed.is_empty() {
            continue;
        }
        if trimmed.starts_with("```") {
            let mut code = Vec::new();
            for line in lines.by_ref() {
                if line.trim().starts_with("```") {
                    break;
                }
                code.push(line);
            }
            blocks.push(Block::Code(code.join("\n")));
        } else if let Some((level, title)) = heading(trimmed) {
            blocks.push(Block::Heading(level, plain(title)));
        } else if let Some(item) = item(trimmed) {
            let mut items = vec![plain(item)];
            while let Some(next) = lines.peek().map(|next| next.trim()).filter(|next| !next.is_empty()) {
                match self::item(next) {
                    Some(item) => items.push(plain(item)),
                    None if heading(next).is_some() => break,
                    // A line that goes on.
                    None => {
                        if let Some(last) = items.last_mut() {
                            last.push(' ');
                            last.push_str(&plain(next));
                        }
                    }
                }
                lines.next();
            }
            blocks.push(Block::List(items));
        } else if trimmed.starts_with('|') {
            let mut rows = vec![cells(trimmed)];
            while let Some(next) = lines.next_if(|next| next.trim().starts_with('|')) {
                rows.push(cells(next.trim()));
            }
            let ruled =
                |row: &Vec<String>| row.iter().all(|cell| cell.chars().all(|sign| "-: ".contains(sign)));
            rows.retain(|row| !ruled(row));
            let head = if rows.is_empty() { Vec::new() } else { rows.remove(0) };
            blocks.push(Block::Table(head, rows));
        } else {
            let mut words = plain(trimmed);
            while let Some(next) = lines.next_if(|next| is_prose(next.trim())) {
                words.push(' ');
                words.push_str(&plain(next.trim()));
            }
            blocks.push(Block::Paragraph(words));
        }
    }
    blocks
}

fn is_prose(line: &str) -> bool {
    !line.is_empty()
        && heading(line).is_none()
        && item(line).is_none()
        && !line.starts_with('|')
        && !line.starts_with("```")
}

fn heading(line: &str) -> Option<(usize, &str)> {
    let level = line.chars().take_while(|sign| *sign == '#').count();
    let rest = line.get(level..)?.strip_prefix(' ')?;
    (1..=6).contains(&level).then(|| (level, rest.trim()))
}

fn item(line: &str) -> Option<&str> {
    let bullet = line.strip_prefix("- ").or_else(|| line.strip_prefix("* "));
    bullet.or_else(|| {
        let (number, rest) = line.split_once(". ")?;
        (!number.is_empty() && number.len() < 3 && number.bytes().all(|digit| digit.is_ascii_digit()))
            .then_some(rest)
    })
}

fn cells(row: &str) -> Vec<String> {
    row.trim_matches('|').split('|').map(|cell| plain(cell.trim())).collect()
}

/// Without marks of emphasis and code.
fn plain(text: &str) -> String {
    text.replace("**", "").replace('`', "")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_card_becomes_blocks() {
        let text = "# Card\n\nOne `line`\nand **another**.\n\n- a\n  goes on\n- b\n\n| x | y |\n|---|--:|\n| 1 | 2 |\n\n```\nraw <b>\n```\n1. first\n";
        let owned = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>();
        assert_eq!(
            blocks(text),
            [
                Block::Heading(1, "Card".to_owned()),
                Block::Paragraph("One line and another.".to_owned()),
                Block::List(owned(&["a goes on", "b"])),
                Block::Table(owned(&["x", "y"]), vec![owned(&["1", "2"])]),
                Block::Code("raw <b>".to_owned()),
                Block::List(owned(&["first"])),
            ]
        );
        assert!(blocks("").is_empty());
    }
}
