//! Opaque cursors of listings.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::Timestamp;
use podlinnik_pipeline::record::{Page, Position};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::problem::Problem;

const DEFAULT_LIMIT: u32 = 20;
const LARGEST_LIMIT: u32 = 100;

/// Which page of a listing.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(crate) struct PageQuery {
    /// `next` of the page before; left out for the first page.
    #[param(example = "MTc2MzgzNTYwMDAwMDAwMDowMTk5YzdhMi02YTM0LTdjYzAtOWIwZS0zZjZkNWExYzJiNGQ")]
    after: Option<String>,
    /// Entries per page, 1 to 100; 20 if left out.
    #[param(minimum = 1, maximum = 100, example = 20)]
    limit: Option<u32>,
}

impl PageQuery {
    /// The same, out of parameters that a listing has beside others.
    pub(crate) const fn of(after: Option<String>, limit: Option<u32>) -> Self {
        Self { after, limit }
    }

    /// Where to start and how many.
    pub(crate) fn parse(&self) -> Result<(Option<Position>, u32), Problem> {
        let limit = self.limit.unwrap_or(DEFAULT_LIMIT);
        if !(1..=LARGEST_LIMIT).contains(&limit) {
            return Err(Problem::field("limit", "1 to 100"));
        }
        let after = match &self.after {
            None => None,
            Some(text) => {
                Some(read(text).ok_or_else(|| Problem::field("after", "`next` of an earlier page"))?)
            }
        };
        Ok((after, limit))
    }
}

/// One page of a listing, newest entry first.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct Listing<T> {
    /// The entries.
    items: Vec<T>,
    /// Cursor of the next page; none at the end.
    next: Option<String>,
}

impl<T> Listing<T> {
    /// A whole list that has no pages.
    pub(crate) const fn whole(items: Vec<T>) -> Self {
        Self { items, next: None }
    }

    /// A page whose entries are shown through `view`.
    pub(crate) fn page<R>(page: Page<R>, view: impl FnMut(R) -> T) -> Self {
        Self { next: page.next.map(write), items: page.items.into_iter().map(view).collect() }
    }
}

/// A position as it stands in addresses.
pub(crate) fn write(position: Position) -> String {
    URL_SAFE_NO_PAD.encode(format!("{}:{}", position.at.as_microsecond(), position.id))
}

/// The position that such a text names.
pub(crate) fn read(text: &str) -> Option<Position> {
    if text.len() > 128 {
        return None;
    }
    let plain = String::from_utf8(URL_SAFE_NO_PAD.decode(text).ok()?).ok()?;
    let (at, id) = plain.split_once(':')?;
    Some(Position { at: Timestamp::from_microsecond(at.parse().ok()?).ok()?, id: Uuid::parse_str(id).ok()? })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn survives_its_text_and_refuses_others() {
        let position =
            Position { at: Timestamp::from_microsecond(1_763_835_600_000_001).unwrap(), id: Uuid::max() };
        assert_eq!(read(&write(position)), Some(position));
        for wrong in ["", "x", "MTIz", &"A".repeat(129), &URL_SAFE_NO_PAD.encode("9223372036854775807:x")] {
            assert_eq!(read(wrong), None, "{wrong}");
        }
    }
}
