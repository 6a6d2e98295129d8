//! Feeds: lists of recordings with what is said of them, as CSV (RFC 4180, with a header) or JSON lines.
//!
//! Columns or keys: `path` (relative to the feed), `title`, `source`, `date`, `link`, `vouched_by`. Others are not looked at.

use podlinnik_domain::original::{Attribution, PartialDate};
use serde_json::Value;

/// Longest feed in bytes.
pub const LONGEST: u64 = 64 << 20;

/// Endings of the names of feeds.
const FEEDS: &[&str] = &["csv", "jsonl", "ndjson"];

/// One recording of a feed, or why its line says nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// Where it stands in the feed, from 1.
    pub line: usize,
    /// The recording's path as written, and what is said of it.
    pub said: Result<(String, Attribution), String>,
}

/// Whether a file of this name is a feed.
pub fn is_feed(extension: &str) -> bool {
    FEEDS.contains(&extension.to_ascii_lowercase().as_str())
}

/// Reads a feed. What a row leaves out is taken from `defaults`.
///
/// # Errors
/// A sentence if the feed as a whole cannot be read; a row that cannot be read is told in its place.
pub fn parse(extension: &str, text: &str, defaults: &Attribution) -> Result<Vec<Row>, String> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    if extension.eq_ignore_ascii_case("csv") { csv(text, defaults) } else { Ok(json_lines(text, defaults)) }
}

fn json_lines(text: &str, defaults: &Attribution) -> Vec<Row> {
    let lines = text.lines().zip(1..).filter(|(line, _)| !line.trim().is_empty());
    lines
        .map(|(text, line)| {
            let read = serde_json::from_str::<Value>(text).map_err(|error| error.to_string());
            let said = read.and_then(|value| {
                let field = |name: &str| match value.get(name) {
                    None | Some(Value::Null) => Ok(String::new()),
                    Some(Value::String(text)) => Ok(text.clone()),
                    Some(Value::Number(number)) => Ok(number.to_string()),
                    Some(_) => Err(format!("`{name}` is no text")),
                };
                if value.is_object() { said(field, defaults) } else { Err("no object".to_owned()) }
            });
            Row { line, said }
        })
        .collect()
}

fn csv(text: &str, defaults: &Attribution) -> Result<Vec<Row>, String> {
    let mut records = records(text)?.into_iter();
    let Some((_, header)) = records.next() else { return Ok(Vec::new()) };
    let header: Vec<String> = header.iter().map(|name| name.trim().to_lowercase()).collect();
    if !header.iter().any(|name| name == "path") {
        return Err("the first line has no column `path`".to_owned());
    }
    let row = |(line, cells): (usize, Vec<String>)| {
        let field = |name: &str| {
            let cell = header.iter().position(|column| column == name).and_then(|column| cells.get(column));
            Ok(cell.cloned().unwrap_or_default())
        };
        let said = if cells.len() > header.len() {
            Err(format!("{} cells under {} columns", cells.len(), header.len()))
        } else {
            said(field, defaults)
        };
        Row { line, said }
    };
    Ok(records.map(row).collect())
}

fn said(
    field: impl Fn(&str) -> Result<String, String>,
    defaults: &Attribution,
) -> Result<(String, Attribution), String> {
    let text = |name: &str| field(name).map(|text| text.trim().to_owned());
    let path = text("path")?;
    if path.is_empty() {
        return Err("no `path`".to_owned());
    }
    let or = |name: &str, default: &Option<String>| {
        text(name).map(|text| if text.is_empty() { default.clone() } else { Some(text) })
    };
    let date = text("date")?;
    let recorded = if date.is_empty() {
        defaults.recorded.clone()
    } else {
        Some(date.parse::<PartialDate>().map_err(|error| error.to_string())?)
    };
    let vouched_by = Some(defaults.vouched_by.clone());
    let attribution = Attribution {
        title: or("title", &defaults.title)?,
        source: or("source", &defaults.source)?,
        recorded,
        link: or("link", &defaults.link)?,
        vouched_by: or("vouched_by", &vouched_by)?.unwrap_or_default(),
    };
    Ok((path, attribution))
}

/// The records of a CSV text with the lines that they begin on; empty lines are passed over. The separator is a semicolon if the first line has
/// one and no comma, as spreadsheets in Russia write it.
fn records(text: &str) -> Result<Vec<(usize, Vec<String>)>, String> {
    let first = text.lines().next().unwrap_or_default();
    let separator = if first.contains(';') && !first.contains(',') { ';' } else { ',' };
    let (mut all, mut cells, mut cell) = (Vec::new(), Vec::new(), String::new());
    let (mut line, mut began, mut quoted, mut was_quoted) = (1, 1, false, false);
    let mut letters = text.chars().peekable();
    while let Some(letter) = letters.next() {
        line += usize::from(letter == '\n');
        match letter {
            '"' if quoted && letters.peek() == Some(&'"') => {
                letters.next();
                cell.push('"');
            }
            '"' if quoted => quoted = false,
            _ if quoted => cell.push(letter),
            '"' if cell.trim().is_empty() && !was_quoted => {
                cell.clear();
                (quoted, was_quoted) = (true, true);
            }
            '\r' if letters.peek() == Some(&'\n') => {}
            '\n' => {
                cells.push(std::mem::take(&mut cell));
                let done = std::mem::take(&mut cells);
                if done.iter().any(|cell| !cell.trim().is_empty()) {
                    all.push((began, done));
                }
                (began, was_quoted) = (line, false);
            }
            _ if letter == separator => {
                cells.push(std::mem::take(&mut cell));
                was_quoted = false;
            }
            _ => cell.push(letter),
        }
    }
    if quoted {
        return Err(format!("a quotation mark of the record on line {began} is never closed"));
    }
    cells.push(cell);
    if cells.iter().any(|cell| !cell.trim().is_empty()) {
        all.push((began, cells));
    }
    Ok(all)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn defaults() -> Attribution {
        Attribution {
            source: Some("пресс-служба".to_owned()),
            vouched_by: "дежурный".to_owned(),
            ..Attribution::default()
        }
    }

    #[test]
    fn a_table_is_read_with_quotes_and_defaults() {
        let text = "\u{feff}path,title,date,vouched_by,remark\r\n\
            a.mp4,\"Речь, \"\"полная\"\"\nвторая строка\",2024-05-03,Иванова,x\r\n\
            \r\n\
            b.mp4,,,,\n\
            ,no path\n\
            c.mp4,,3 May,,\n\
            d.mp4,1,2024,4,5,6\n\
            e.mp4";
        let rows = parse("CSV", text, &defaults()).unwrap();
        let lines: Vec<_> = rows.iter().map(|row| row.line).collect();
        assert_eq!(lines, [2, 5, 6, 7, 8, 9]);
        let (path, said) = rows[0].said.clone().unwrap();
        assert_eq!(path, "a.mp4");
        assert_eq!(said.title.as_deref(), Some("Речь, \"полная\"\nвторая строка"));
        assert_eq!((said.recorded.unwrap().as_str(), said.vouched_by.as_str()), ("2024-05-03", "Иванова"));
        assert_eq!(rows[1].said, Ok(("b.mp4".to_owned(), defaults())));
        for (row, why) in [(2, "no `path`"), (3, "date"), (4, "6 cells")] {
            assert!(rows[row].said.as_ref().unwrap_err().contains(why), "{:?}", rows[row]);
        }
        assert_eq!(rows[5].said, Ok(("e.mp4".to_owned(), defaults())));
    }

    #[test]
    fn semicolons_separate_where_there_are_no_commas() {
        let rows = parse("csv", "path;title\nречь, полная.mp4;Речь\n", &defaults()).unwrap();
        assert_eq!(rows[0].said.as_ref().unwrap().0, "речь, полная.mp4");
        assert_eq!(rows[0].said.as_ref().unwrap().1.title.as_deref(), Some("Речь"));
    }

    #[test]
    fn a_table_that_is_none_is_refused() {
        assert!(parse("csv", "name,title\na.mp4,x\n", &defaults()).unwrap_err().contains("`path`"));
        assert!(parse("csv", "path\n\"a.mp4\n", &defaults()).unwrap_err().contains("never closed"));
        assert_eq!(parse("csv", "", &defaults()), Ok(Vec::new()));
    }

    #[test]
    fn lines_of_json_are_read_one_by_one() {
        let text = "{\"path\":\"a.mp4\",\"date\":2024,\"link\":null}\n\n{\"path\":7}\n[1]\n{\"path\":\n{\"path\":\"b\",\"title\":[]}";
        let rows = parse("jsonl", text, &defaults()).unwrap();
        assert_eq!(rows.iter().map(|row| row.line).collect::<Vec<_>>(), [1, 3, 4, 5, 6]);
        let (path, said) = rows[0].said.clone().unwrap();
        assert_eq!((path.as_str(), said.recorded.unwrap().as_str()), ("a.mp4", "2024"));
        assert_eq!(rows[1].said.as_ref().unwrap().0, "7");
        assert!(rows[2..].iter().all(|row| row.said.is_err()), "{rows:?}");
    }
}
