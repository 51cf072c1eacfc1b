//! The grammar of `?search=`: `key:value` pairs joined by `;`, all of which must match (spec 00 §7, 80 §5.1).
//!
//! Reading never fails: which keys an endpoint knows is the endpoint's business.

use std::fmt;

/// One condition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Criterion {
    /// What is searched, `customer.email`; `None` for a bare value, which may stand in any text field.
    pub key: Option<String>,
    /// What it must be.
    pub value: String,
}

/// Reads a search text that has been percent-decoded once.
///
/// Split at the first colon, as values hold colons. Empty criteria and a trailing `;` are skipped; a stray `?` before a
/// key or a value is ignored; a `,` separates only where a `key:` follows.
///
/// ```
/// use domain::search::parse;
///
/// let criteria = parse("customer.name:*brown*;meta.time:16:00;Marty");
///
/// assert_eq!(criteria.len(), 3);
/// assert_eq!(criteria[1].key.as_deref(), Some("meta.time"));
/// assert_eq!(criteria[1].value, "16:00");
/// assert_eq!(criteria[2].key, None);
/// ```
pub fn parse(text: &str) -> Vec<Criterion> {
    text.split(';')
        .flat_map(split_commas)
        .map(trim)
        .filter(|criterion| !criterion.is_empty())
        .map(|criterion| match criterion.split_once(':') {
            Some((key, value)) => Criterion {
                key: Some(key.trim_end().to_owned()),
                value: value.trim_start_matches('?').to_owned(),
            },
            None => Criterion {
                key: None,
                value: criterion.to_owned(),
            },
        })
        .collect()
}

impl fmt::Display for Criterion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(key) = &self.key {
            write!(f, "{key}:")?;
        }
        f.write_str(&self.value)
    }
}

/// How a value with `*` at its ends is compared (spec 00 §7); only some fields say that they know the wildcard.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wildcard<'a> {
    /// `brown`
    Is(&'a str),
    /// `brown*`
    StartsWith(&'a str),
    /// `*brown`
    EndsWith(&'a str),
    /// `*brown*`
    Contains(&'a str),
}

impl<'a> Wildcard<'a> {
    /// Reads the stars; `*` alone matches everything, as it contains the empty text.
    ///
    /// ```
    /// use domain::search::Wildcard;
    ///
    /// assert_eq!(Wildcard::parse("*brown*"), Wildcard::Contains("brown"));
    /// assert_eq!(Wildcard::parse("em*ett"), Wildcard::Is("em*ett"));
    /// ```
    pub fn parse(value: &'a str) -> Self {
        let inner = value.trim_matches('*');
        match (value.starts_with('*'), value.ends_with('*')) {
            (true, true) => Self::Contains(inner),
            (true, false) => Self::EndsWith(inner),
            (false, true) => Self::StartsWith(inner),
            (false, false) => Self::Is(inner),
        }
    }
}

fn trim(criterion: &str) -> &str {
    trim_start(criterion).trim_end()
}

fn trim_start(criterion: &str) -> &str {
    criterion.trim_start_matches(|letter: char| letter == '?' || letter.is_whitespace())
}

/// Cuts at each comma that a `key:` follows.
fn split_commas(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = Some(text);
    std::iter::from_fn(move || {
        let text = rest?;
        let cut = text
            .match_indices(',')
            .map(|(at, _)| at)
            .find(|at| starts_with_key(&text[at + 1..]));
        let (head, tail) = match cut {
            Some(at) => (&text[..at], Some(&text[at + 1..])),
            None => (text, None),
        };
        rest = tail;
        Some(head)
    })
}

fn starts_with_key(text: &str) -> bool {
    let text = trim_start(text);
    let name = text
        .find(|letter: char| !(letter.is_ascii_alphanumeric() || matches!(letter, '_' | '.' | '-')))
        .filter(|end| *end > 0);
    name.is_some_and(|end| {
        text[end..].starts_with(':') && text.starts_with(|first: char| first.is_ascii_alphabetic())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pairs(text: &str) -> Vec<(Option<String>, String)> {
        parse(text)
            .into_iter()
            .map(|criterion| (criterion.key, criterion.value))
            .collect()
    }

    #[test]
    fn pairs_are_split_at_semicolons_and_the_first_colon() {
        for (text, expected) in [
            ("", vec![]),
            (" ; ;", vec![]),
            ("state:confirmed", vec![("state", "confirmed")]),
            (
                "state:confirmed;graph:instant;",
                vec![("state", "confirmed"), ("graph", "instant")],
            ),
            (
                "event.start:2031-04-02T09:30:00+02:00",
                vec![("event.start", "2031-04-02T09:30:00+02:00")],
            ),
            (
                "meta.a:1,state:confirmed",
                vec![("meta.a", "1"), ("state", "confirmed")],
            ),
            (
                "customer.name:Brown, Emmett",
                vec![("customer.name", "Brown, Emmett")],
            ),
            ("meta.a:1,2:3", vec![("meta.a", "1,2:3")]),
            ("resource.id:?78a4", vec![("resource.id", "78a4")]),
            ("?resource.id:78a4", vec![("resource.id", "78a4")]),
            (" a : b ; c:d", vec![("a", " b"), ("c", "d")]),
            ("meta.naïve key:é", vec![("meta.naïve key", "é")]),
            (":x", vec![("", "x")]),
            ("a:", vec![("a", "")]),
        ] {
            let expected: Vec<_> = expected
                .into_iter()
                .map(|(key, value)| (Some(key.to_owned()), value.to_owned()))
                .collect();
            assert_eq!(pairs(text), expected, "{text}");
        }
        assert_eq!(pairs("marty"), [(None, "marty".to_owned())]);
    }

    #[test]
    fn stars_stand_at_the_ends_only() {
        for (value, expected) in [
            ("brown", Wildcard::Is("brown")),
            ("brown*", Wildcard::StartsWith("brown")),
            ("*brown", Wildcard::EndsWith("brown")),
            ("*brown*", Wildcard::Contains("brown")),
            ("b*n", Wildcard::Is("b*n")),
            ("*", Wildcard::Contains("")),
            ("", Wildcard::Is("")),
        ] {
            assert_eq!(Wildcard::parse(value), expected, "{value}");
        }
    }
}
