//! E-mail addresses: what we accept as one, and the form in which two are compared.
//!
//! An accepted address is safe in a mail header: it holds no control character, no space, no delimiter.

use thiserror::Error;

/// RFC 5321 §4.5.3.1.3 allows 256 octets with the angle brackets.
const LONGEST: usize = 254;
/// RFC 5321 §4.5.3.1.1.
const LONGEST_LOCAL: usize = 64;

/// Why a text is no address; the message goes behind the name of a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum EmailError {
    /// Not `name@domain`.
    #[error("must be a valid email address")]
    Malformed,
    /// More than 254 bytes.
    #[error("may not be longer than 254 characters")]
    TooLong,
}

/// Checks an address: 254 bytes at most, one `@`, a dotted name on either side, nothing that could end a header line.
///
/// Quoted names and address literals are refused: RFC 5321 §4.1.2 knows them, customers do not have them.
///
/// ```
/// use domain::email;
///
/// assert!(email::check("marty+1@example.com").is_ok());
/// assert!(email::check("marty@example.com\r\nBcc: doc@example.com").is_err());
/// ```
pub fn check(text: &str) -> Result<(), EmailError> {
    if text.len() > LONGEST {
        return Err(EmailError::TooLong);
    }
    let (local, domain) = text.split_once('@').ok_or(EmailError::Malformed)?;
    let local_is_good = local.len() <= LONGEST_LOCAL && is_dotted(local, is_atom);
    let domain_is_good = is_dotted(domain, |letter| {
        letter.is_ascii_alphanumeric() || letter == '-' || is_foreign(letter)
    });
    if local_is_good && domain_is_good {
        Ok(())
    } else {
        Err(EmailError::Malformed)
    }
}

/// The form in which addresses are stored and compared: without spaces around, in lower case (spec 00 §7).
///
/// ```
/// assert_eq!(domain::email::fold(" Doc@Example.COM "), "doc@example.com");
/// ```
pub fn fold(text: &str) -> String {
    text.trim().to_lowercase()
}

fn is_dotted(text: &str, fits: impl Fn(char) -> bool) -> bool {
    text.split('.')
        .all(|part| !part.is_empty() && part.chars().all(&fits))
}

/// `atext` of RFC 5322 §3.2.3, and letters of other scripts (RFC 6531 §3.3).
fn is_atom(letter: char) -> bool {
    letter.is_ascii_alphanumeric() || "!#$%&'*+-/=?^_`{|}~".contains(letter) || is_foreign(letter)
}

fn is_foreign(letter: char) -> bool {
    !letter.is_ascii() && letter.is_alphanumeric()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn usual_addresses_are_accepted() {
        for text in [
            "doc@example.com",
            "marty+1@example.com",
            "o'brien@example.co.uk",
            "a@b",
            "jörg@müller.example",
            "用户@例子.广告",
            "x_y-z@1-2.example",
        ] {
            assert_eq!(check(text), Ok(()), "{text}");
        }
    }

    #[test]
    fn what_is_no_address_or_unsafe_in_a_header_is_refused() {
        for text in [
            "",
            "@",
            "a@",
            "@b",
            "ab",
            "a@b@c",
            "a b@c.example",
            " a@c.example",
            "a@c.example\n",
            "a@c.example\r\nBcc: x@y.example",
            "a\0@c.example",
            "a@c\u{85}.example",
            "a@c\u{2028}.example",
            "a@[127.0.0.1]",
            "\"a b\"@c.example",
            "<a@c.example>",
            "A <a@c.example>",
            "a@c.example,b@c.example",
            ".a@c.example",
            "a..b@c.example",
            "a@c..example",
            "a@.example",
            "a@example.",
        ] {
            assert_eq!(check(text), Err(EmailError::Malformed), "{text:?}");
        }
        assert!(check(&format!("{}@c.example", "a".repeat(65))).is_err());
        assert_eq!(check(&"a@".repeat(5_000_000)), Err(EmailError::TooLong));
        assert_eq!(
            check(&format!("a@{}.example", "b".repeat(246))),
            Err(EmailError::TooLong)
        );
    }
}
