//! The command line, without a library: this crate has to build first and fast.

use anyhow::{Context as _, Result, bail};

/// What is left of the command line.
#[derive(Debug)]
pub(crate) struct Arguments {
    rest: Vec<String>,
}

impl Arguments {
    pub(crate) fn from_process() -> Self {
        Self { rest: std::env::args().skip(1).collect() }
    }

    /// Takes the command, the first word.
    pub(crate) fn command(&mut self) -> Option<String> {
        (!self.rest.is_empty()).then(|| self.rest.remove(0))
    }

    /// Takes a switch without a value.
    pub(crate) fn flag(&mut self, name: &str) -> bool {
        let before = self.rest.len();
        self.rest.retain(|word| word != name);
        self.rest.len() != before
    }

    /// Takes a switch and the word after it.
    pub(crate) fn value(&mut self, name: &str) -> Result<Option<String>> {
        let Some(at) = self.rest.iter().position(|word| word == name) else { return Ok(None) };
        self.rest.remove(at);
        if at < self.rest.len() { Ok(Some(self.rest.remove(at))) } else { bail!("`{name}` needs a value") }
    }

    /// Takes a switch and the number after it.
    pub(crate) fn number(&mut self, name: &str, default: usize) -> Result<usize> {
        self.value(name)?.map_or(Ok(default), |text| {
            text.parse().with_context(|| format!("`{name}` needs a number, not `{text}`"))
        })
    }

    /// Takes all words that are left; none of them is a switch.
    pub(crate) fn words(self) -> Result<Vec<String>> {
        match self.rest.iter().find(|word| word.starts_with('-')) {
            Some(word) => bail!("do not know what `{word}` means here; see `cargo xtask help`"),
            None => Ok(self.rest),
        }
    }

    /// Complains about words that nobody took.
    pub(crate) fn finish(self) -> Result<()> {
        match self.rest.first() {
            Some(word) => bail!("do not know what `{word}` means here; see `cargo xtask help`"),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Arguments;

    fn arguments(words: &[&str]) -> Arguments {
        Arguments { rest: words.iter().map(ToString::to_string).collect() }
    }

    #[test]
    fn takes_flags_and_values_in_any_order_and_refuses_the_rest() {
        let mut line = arguments(&["bench", "--runs", "5", "--quick", "extra"]);
        assert_eq!(line.command().as_deref(), Some("bench"));
        assert!(line.flag("--quick"));
        assert!(!line.flag("--once"));
        assert_eq!(line.number("--runs", 3).unwrap(), 5);
        assert!(line.finish().unwrap_err().to_string().contains("extra"));
    }

    #[test]
    fn words_that_are_left_are_taken_unless_they_are_switches() {
        assert_eq!(arguments(&["one", "two"]).words().unwrap(), ["one", "two"]);
        assert!(arguments(&["one", "--two"]).words().is_err());
    }

    #[test]
    fn a_value_that_is_missing_or_no_number_is_an_error() {
        assert!(arguments(&["--runs"]).number("--runs", 3).is_err());
        assert!(arguments(&["--runs", "many"]).number("--runs", 3).is_err());
        assert_eq!(arguments(&[]).number("--runs", 3).unwrap(), 3);
    }
}
