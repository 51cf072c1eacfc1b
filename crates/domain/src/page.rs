//! Pages of a list, in the numbers of the public API (spec 00 §4).
//!
//! Odd numbers are made to fit and never refused.

/// The most rows on a page.
const MOST: u32 = 1000;

/// Which page is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Page {
    number: u32,
    limit: u32,
}

impl Page {
    /// Reads the query's `page` and `limit`.
    ///
    /// Only leading digits count: a published client sends `page=1include=attributes` (clients §1.4).
    ///
    /// ```
    /// use domain::Page;
    ///
    /// let page = Page::read(Some("2include="), Some("5000"), 50);
    /// assert_eq!((page.number(), page.limit(), page.offset()), (2, 1000, 1000));
    /// ```
    pub fn read(page: Option<&str>, limit: Option<&str>, default_limit: u32) -> Self {
        let number = page.and_then(leading_number).unwrap_or(1);
        let limit = limit.and_then(leading_number).unwrap_or(default_limit);
        Self {
            number: number.max(1),
            limit: limit.clamp(1, MOST),
        }
    }

    /// Its number, from 1.
    pub fn number(&self) -> u32 {
        self.number
    }

    /// The most rows it may hold, 1 to 1000.
    pub fn limit(&self) -> u32 {
        self.limit
    }

    /// How many rows stand before it.
    pub fn offset(&self) -> i64 {
        i64::from(self.number - 1) * i64::from(self.limit)
    }
}

/// The numbers beside the rows of a page, as the public API names them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PageInfo {
    /// Rows on all pages.
    pub total: u64,
    /// The limit in effect.
    pub per_page: u32,
    /// This page.
    pub current_page: u32,
    /// The last page with rows; 1 for an empty list.
    pub last_page: u64,
    /// Place of the first row of this page among all, from 1; `None` if it has none.
    pub from: Option<u64>,
    /// Place of the last row.
    pub to: Option<u64>,
}

impl PageInfo {
    /// Counts for `page` of a list of `total` rows.
    ///
    /// ```
    /// use domain::{Page, PageInfo};
    ///
    /// let info = PageInfo::new(Page::read(Some("2"), Some("2"), 50), 5);
    /// assert_eq!((info.last_page, info.from, info.to), (3, Some(3), Some(4)));
    /// assert_eq!((info.next_page(), info.previous_page()), (Some(3), Some(1)));
    /// ```
    pub fn new(page: Page, total: u64) -> Self {
        let limit = u64::from(page.limit);
        let before = u64::from(page.number - 1) * limit;
        let has_rows = before < total;
        Self {
            total,
            per_page: page.limit,
            current_page: page.number,
            last_page: total.div_ceil(limit).max(1),
            from: has_rows.then_some(before + 1),
            to: has_rows.then_some(total.min(before + limit)),
        }
    }

    /// The number of the next page, if there is one.
    pub fn next_page(&self) -> Option<u32> {
        let has_next = u64::from(self.current_page) < self.last_page;
        self.current_page.checked_add(1).filter(|_| has_next)
    }

    /// The number of the page before, if there is one.
    pub fn previous_page(&self) -> Option<u32> {
        (self.current_page > 1).then(|| self.current_page - 1)
    }
}

/// The number that a text begins with; too large ones saturate.
fn leading_number(text: &str) -> Option<u32> {
    let text = text.trim_start();
    let digits = text.bytes().take_while(u8::is_ascii_digit);
    let digits = digits.count();
    if digits == 0 {
        return None;
    }
    Some(text[..digits].parse().unwrap_or(u32::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn odd_numbers_are_made_to_fit() {
        for (page, limit, expected) in [
            (None, None, (1, 50)),
            (Some(""), Some(""), (1, 50)),
            (Some("3"), Some("10"), (3, 10)),
            (Some("0"), Some("0"), (1, 1)),
            (Some("-1"), Some("-1"), (1, 50)),
            (Some("1include="), Some("10abc"), (1, 10)),
            (Some("x"), Some("1001"), (1, 1000)),
            (
                Some("99999999999999999999"),
                Some("99999999999999999999"),
                (u32::MAX, 1000),
            ),
        ] {
            let page = Page::read(page, limit, 50);
            assert_eq!((page.number(), page.limit()), expected);
        }
    }

    #[test]
    fn counts_follow_the_documented_paginator() {
        for (number, limit, total, last, from, to, next) in [
            ("1", "50", 0, 1, None, None, None),
            ("1", "2", 5, 3, Some(1), Some(2), Some(2)),
            ("3", "2", 5, 3, Some(5), Some(5), None),
            ("4", "2", 5, 3, None, None, None),
            ("1", "5", 5, 1, Some(1), Some(5), None),
        ] {
            let info = PageInfo::new(Page::read(Some(number), Some(limit), 50), total);
            assert_eq!(
                (info.last_page, info.from, info.to, info.next_page()),
                (last, from, to, next),
                "page {number} of {total}"
            );
        }
        let beyond = PageInfo::new(Page::read(Some("4294967295"), None, 1000), u64::MAX);
        assert_eq!(beyond.next_page(), None);
    }
}
