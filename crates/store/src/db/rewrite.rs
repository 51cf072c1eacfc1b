//! Brings one SQL text into SQLite's spelling, once for each text and connection.
//!
//! SQLite numbers `$n` by first appearance, not by its number, and has no arrays.

use std::collections::HashMap;

/// Texts already rewritten, by where the original lies: static texts never move.
#[derive(Default)]
pub(super) struct Rewritten(HashMap<(usize, usize), Box<str>>);

impl Rewritten {
    /// The text for SQLite.
    pub(super) fn of(&mut self, sql: &'static str) -> &str {
        self.0
            .entry((sql.as_ptr() as usize, sql.len()))
            .or_insert_with(|| rewrite(sql).into())
    }
}

/// Writes `$n` as `?n`, `= ANY($n)` as `IN rarray(?n)`, and leaves out `::type`, but not inside quotes.
pub(super) fn rewrite(sql: &str) -> String {
    let mut out = String::with_capacity(sql.len() + 16);
    let mut rest = sql;
    while let Some(at) = rest.find(['\'', '"', '$', '=', ':']) {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        let taken = match rest.as_bytes()[0] {
            quote @ (b'\'' | b'"') => {
                let end = rest[1..]
                    .find(quote as char)
                    .map_or(rest.len(), |it| it + 2);
                out.push_str(&rest[..end]);
                end
            }
            b'$' if rest[1..].starts_with(|c: char| c.is_ascii_digit()) => {
                out.push('?');
                1
            }
            // PostgreSQL must be told the type of a value that is only selected; SQLite has no such types.
            b':' if rest.starts_with("::") => rest[2..]
                .find(|c: char| !c.is_ascii_alphanumeric())
                .map_or(rest.len(), |it| it + 2),
            b'=' if rest.starts_with("= ANY($") => {
                out.push_str("IN rarray(?");
                "= ANY($".len()
            }
            _ => {
                out.push_str(&rest[..1]);
                1
            }
        };
        rest = &rest[taken..];
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn placeholders_and_lists_take_the_spelling_of_sqlite() {
        for (sql, expected) in [
            ("SELECT $2, $1, $12", "SELECT ?2, ?1, ?12"),
            (
                "WHERE id = ANY($3) AND a = $1",
                "WHERE id IN rarray(?3) AND a = ?1",
            ),
            (
                "SELECT '$1 = ANY($2)', \"$1\" , $1",
                "SELECT '$1 = ANY($2)', \"$1\" , ?1",
            ),
            ("SELECT 'it''s $1' || $1", "SELECT 'it''s $1' || ?1"),
            ("SELECT $1::uuid, '::x', $2::bigint", "SELECT ?1, '::x', ?2"),
            ("data ->> '$.a' = $1", "data ->> '$.a' = ?1"),
            ("SELECT 'ä' = $1, 'open", "SELECT 'ä' = ?1, 'open"),
            ("SELECT 1", "SELECT 1"),
        ] {
            assert_eq!(rewrite(sql), expected);
        }
    }

    #[test]
    fn a_text_is_rewritten_once() {
        static SQL: &str = "SELECT $1";
        let mut texts = Rewritten::default();

        let first = texts.of(SQL).as_ptr();

        assert_eq!(texts.of(SQL).as_ptr(), first);
    }
}
