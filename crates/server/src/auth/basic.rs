//! The `Authorization: Basic` header (spec 10): a key with an empty user name, or a resource's e-mail and token.

use axum::http::HeaderValue;
use base64::{
    Engine,
    alphabet::STANDARD,
    engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig},
};
use domain::key;

/// Room for the longest e-mail and token.
const LONGEST: usize = 512;

/// Clients that forget the padding are understood.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// Credentials that have the shape of real ones.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Credentials<'a> {
    /// An app or widget key.
    Key(&'a str),
    /// A resource's own key.
    Token {
        /// The user name.
        email: &'a str,
        /// The password.
        token: &'a str,
    },
}

/// Hands the credentials of a header to `then`; `None` stands for a header that holds none.
///
/// They are decoded on the stack, since this is done for every request.
pub(super) fn read<T>(header: &HeaderValue, then: impl FnOnce(Option<Credentials<'_>>) -> T) -> T {
    let mut buffer = [0; LONGEST];
    then(decode(header, &mut buffer).and_then(classify))
}

fn decode<'a>(header: &HeaderValue, buffer: &'a mut [u8; LONGEST]) -> Option<(&'a str, &'a str)> {
    let (scheme, encoded) = header.to_str().ok()?.trim().split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let length = BASE64.decode_slice(encoded.trim(), buffer).ok()?;
    std::str::from_utf8(&buffer[..length]).ok()?.split_once(':')
}

/// A key as the user name, or beside one, is refused; the checksum of keys and tokens spares a look-up for typos.
fn classify<'a>((user, password): (&'a str, &'a str)) -> Option<Credentials<'a>> {
    if user.is_empty() {
        return key::check_key(password).map(|_| Credentials::Key(password));
    }
    key::check_token(password).then_some(Credentials::Token {
        email: user,
        token: password,
    })
}

#[cfg(test)]
mod tests {
    use domain::{KeyKind, Mode};

    use super::*;

    fn verdict(header: &str) -> Option<String> {
        let header = HeaderValue::from_str(header).expect("a legal header");
        read(&header, |credentials| {
            credentials.map(|credentials| match credentials {
                Credentials::Key(key) => key.to_owned(),
                Credentials::Token { email, token } => format!("{email} {token}"),
            })
        })
    }

    fn basic(text: &str) -> String {
        format!("Basic {}", BASE64.encode(text))
    }

    #[test]
    fn keys_come_with_an_empty_user_name() {
        let key = key::format_key(KeyKind::App, Mode::Live, [7; 32]);
        let mut typo = key.clone().into_bytes();
        typo[20] = if typo[20] == b'x' { b'y' } else { b'x' };
        let typo = String::from_utf8(typo).expect("ASCII");

        assert_eq!(verdict(&basic(&format!(":{key}"))), Some(key.clone()));
        assert_eq!(
            verdict(&basic(&format!(":{key}")).replace("Basic", "basic")),
            Some(key.clone())
        );
        assert_eq!(
            verdict(basic(&format!(":{key}")).trim_end_matches('=')),
            Some(key.clone())
        );
        for wrong in [
            format!("{key}:"),
            format!("ada@example.org:{key}"),
            key.clone(),
            format!(":{typo}"),
            ":".to_owned(),
        ] {
            assert_eq!(verdict(&basic(&wrong)), None, "{wrong}");
        }
    }

    #[test]
    fn tokens_come_with_an_email() {
        let token = key::format_token([7; 32]);

        assert_eq!(
            verdict(&basic(&format!("ada@example.org:{token}"))),
            Some(format!("ada@example.org {token}"))
        );
        assert_eq!(verdict(&basic(&format!(":{token}"))), None);
        assert_eq!(verdict(&basic("ada@example.org:wrong")), None);
    }

    #[test]
    fn what_is_not_basic_is_no_credential() {
        for header in [
            "",
            "Basic",
            "Basic ",
            "Basic !!!",
            "Bearer abc",
            "Basic //79",
            &format!("Basic {}", "A".repeat(2_000)),
        ] {
            assert_eq!(verdict(header), None, "{header}");
        }
    }
}
