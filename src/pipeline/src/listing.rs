//! Listings over several organisations: each organisation's page, merged.

use podlinnik_storage::record::{Page, Position};

/// The longest page.
pub(crate) const MOST_ENTRIES: u32 = 100;

/// Merges pages that all start from the same position, newest first, into one of at most `limit` entries.
pub(crate) fn merged<T>(pages: Vec<Page<T>>, limit: u32, position: impl Fn(&T) -> Position) -> Page<T> {
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    let mut more = pages.iter().any(|page| page.next.is_some());
    let mut items: Vec<T> = pages.into_iter().flat_map(|page| page.items).collect();
    items.sort_by_key(|item| {
        let Position { at, id } = position(item);
        std::cmp::Reverse((at, id))
    });
    more |= items.len() > limit;
    items.truncate(limit);
    let next = items.last().filter(|_| more).map(&position);
    Page { items, next }
}

#[cfg(test)]
mod tests {
    use podlinnik_domain::clock::Timestamp;
    use uuid::Uuid;

    use super::*;

    fn at(entry: &(i64, u128)) -> Position {
        Position { at: Timestamp::from_second(entry.0).unwrap_or_default(), id: Uuid::from_u128(entry.1) }
    }

    fn page(items: Vec<(i64, u128)>, more: bool) -> Page<(i64, u128)> {
        let next = items.last().filter(|_| more).map(at);
        Page { items, next }
    }

    #[test]
    fn the_newest_of_all_pages_come_first_and_the_rest_waits() {
        let merged = merged(vec![page(vec![(9, 1), (5, 2)], true), page(vec![(7, 3), (5, 4)], false)], 3, at);
        assert_eq!(merged.items, [(9, 1), (7, 3), (5, 4)]);
        assert_eq!(merged.next, Some(at(&(5, 4))));
    }

    #[test]
    fn the_last_page_has_no_next() {
        let merged = merged(vec![page(vec![(9, 1)], false), page(vec![], false)], 1, at);
        assert_eq!((merged.items.len(), merged.next), (1, None));
    }
}
