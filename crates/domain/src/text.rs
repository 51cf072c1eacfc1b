//! Free text: how long it may be and which characters it may hold (reliability §6).
//!
//! Messages name the field as the API does, `_` as a space (spec 00 §6).

use crate::email;

/// The most characters of a name or another single line.
pub const NAME: usize = 255;
/// The most bytes of a longer text.
pub const TEXT: usize = 8 * 1024;
/// The most bytes of an address of the web.
const URL: usize = 2048;

/// What is wrong with one field of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldError {
    /// The request's key, dotted where nested.
    pub field: String,
    /// A sentence for people.
    pub message: String,
}

impl FieldError {
    /// A message about a field: `problem` goes behind its name.
    ///
    /// ```
    /// let error = domain::FieldError::new("calendar_id", "must be a valid UUID");
    /// assert_eq!(error.message, "the calendar id must be a valid UUID");
    /// ```
    pub fn new(field: &str, problem: impl std::fmt::Display) -> Self {
        Self {
            field: field.to_owned(),
            message: format!("the {} {problem}", field.replace('_', " ")),
        }
    }
}

/// Checks a name: one line of 1 to 255 characters.
///
/// ```
/// use domain::text;
///
/// assert!(text::name("name", "Dr. Emmett Brown").is_ok());
/// let error = text::name("first_name", &"x".repeat(256)).expect_err("too long");
/// assert_eq!(error.message, "the first name may not be longer than 255 characters");
/// ```
pub fn name(field: &str, text: &str) -> Result<(), FieldError> {
    if text.trim().is_empty() {
        return Err(FieldError::new(field, "may not be empty"));
    }
    line(field, text)
}

/// Checks one line that may be empty.
pub fn line(field: &str, text: &str) -> Result<(), FieldError> {
    // A character has four bytes at most: a text of many megabytes is refused without counting.
    if text.len() > 4 * NAME || text.chars().count() > NAME {
        return Err(FieldError::new(
            field,
            "may not be longer than 255 characters",
        ));
    }
    if text.chars().any(char::is_control) {
        return Err(FieldError::new(field, "may not contain control characters"));
    }
    Ok(())
}

/// Checks a longer text: 8 KiB, with line breaks and tabs but no other control characters.
pub fn text(field: &str, text: &str) -> Result<(), FieldError> {
    if text.len() > TEXT {
        return Err(FieldError::new(field, "may not be longer than 8 KiB"));
    }
    if text
        .chars()
        .any(|letter| letter.is_control() && !matches!(letter, '\n' | '\r' | '\t'))
    {
        return Err(FieldError::new(field, "may not contain control characters"));
    }
    Ok(())
}

/// Checks an e-mail address.
pub fn email(field: &str, text: &str) -> Result<(), FieldError> {
    email::check(text).map_err(|error| FieldError::new(field, error))
}

/// Checks the address of a page: `http` or `https`, a host, no spaces.
pub fn url(field: &str, text: &str) -> Result<(), FieldError> {
    let rest = ["https://", "http://"].iter().find_map(|scheme| {
        let (head, rest) = text.split_at_checked(scheme.len())?;
        head.eq_ignore_ascii_case(scheme).then_some(rest)
    });
    let is_good = text.len() <= URL
        && rest.is_some_and(|rest| !rest.is_empty() && !rest.starts_with(['/', '?', '#', ':']))
        && !text
            .chars()
            .any(|letter| letter.is_control() || letter.is_whitespace());
    if is_good {
        Ok(())
    } else {
        Err(FieldError::new(
            field,
            "must be a valid URL like https://example.org/page",
        ))
    }
}

/// The first 255 characters: as much as the search tables keep of a value.
pub fn cap(text: &str) -> &str {
    match text.char_indices().nth(NAME) {
        Some((end, _)) => &text[..end],
        None => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn caps_count_what_they_say() {
        assert!(name("name", &"é".repeat(255)).is_ok());
        assert!(name("name", &"é".repeat(256)).is_err());
        assert!(name("name", &"x".repeat(10_000_000)).is_err());
        assert!(name("name", " \u{a0} ").is_err());
        assert!(line("where", "").is_ok());
        assert!(text("description", &"x".repeat(8 * 1024)).is_ok());
        assert!(text("description", &"x".repeat(8 * 1024 + 1)).is_err());
        assert_eq!(cap(&"é".repeat(300)).chars().count(), 255);
        assert_eq!(cap("short"), "short");
    }

    #[test]
    fn control_characters_are_refused_but_line_breaks_in_texts() {
        for wrong in ["a\0b", "a\u{7}b", "a\u{7f}b", "a\u{85}b"] {
            assert!(line("where", wrong).is_err(), "{wrong:?}");
            assert!(text("description", wrong).is_err(), "{wrong:?}");
        }
        assert!(line("where", "a\nb").is_err());
        assert!(text("description", "a\r\n\tb").is_ok());
    }

    #[test]
    fn urls_lead_to_a_host() {
        for good in [
            "https://north.example.org/cb",
            "http://localhost:3000",
            "HTTPS://x?y=1",
            "https://[::1]/",
        ] {
            assert!(url("callback", good).is_ok(), "{good}");
        }
        for wrong in [
            "",
            "https://",
            "https:///x",
            "north.example.org",
            "javascript:alert(1)",
            "ftp://x",
            "https://a b",
            "https://a\r\nX: y",
            "https://a\0",
            "éééééééé",
        ] {
            assert!(url("callback", wrong).is_err(), "{wrong:?}");
        }
    }
}
