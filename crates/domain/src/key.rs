//! The shape of API keys: `live_api_key_` and 32 base-62 characters, of which six check the rest (reliability §7).
//!
//! A typing mistake is told without a look-up; whether a key is *valid* only the database knows.

/// Random characters of a key: about 154 bits.
const RANDOM: usize = 26;
/// Checksum characters: 62⁶ > 2³², so each CRC-32 has exactly one text.
const CHECK: usize = 6;
const ALPHABET: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// What a key may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum KeyKind {
    /// The whole app; kept on servers.
    App,
    /// What a public booking page needs; stands in its source.
    Widget,
}

impl KeyKind {
    /// Its name in the database and in the panel.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::App => "app",
            Self::Widget => "widget",
        }
    }

    /// The kind of that name.
    pub fn parse(text: &str) -> Option<Self> {
        [Self::App, Self::Widget]
            .into_iter()
            .find(|kind| kind.as_str() == text)
    }
}

/// Whether an app does real work; a test app sends no mail and writes to no calendar (spec 10).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Mode {
    /// For real.
    Live,
    /// For trying out.
    Test,
}

impl Mode {
    /// The mode of an app by its `test_mode` flag.
    pub fn of(test_mode: bool) -> Self {
        if test_mode { Self::Test } else { Self::Live }
    }

    /// The `test_mode` flag.
    pub fn is_test(self) -> bool {
        self == Self::Test
    }

    /// `live` or `test`, as keys begin.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Live => "live",
            Self::Test => "test",
        }
    }
}

/// What stands before the 32 characters (spec 10).
pub fn key_prefix(kind: KeyKind, mode: Mode) -> &'static str {
    match (mode, kind) {
        (Mode::Live, KeyKind::App) => "live_api_key_",
        (Mode::Test, KeyKind::App) => "test_api_key_",
        (Mode::Live, KeyKind::Widget) => "live_widget_key_",
        (Mode::Test, KeyKind::Widget) => "test_widget_key_",
    }
}

/// Makes a key of random bytes.
///
/// ```
/// use domain::key::{KeyKind, Mode, check_key, format_key};
///
/// let key = format_key(KeyKind::App, Mode::Live, [7; 32]);
/// assert!(key.starts_with("live_api_key_"));
/// assert_eq!(key.len(), "live_api_key_".len() + 32);
/// assert_eq!(check_key(&key), Some((KeyKind::App, Mode::Live)));
/// ```
pub fn format_key(kind: KeyKind, mode: Mode, random: [u8; 32]) -> String {
    with_checksum(key_prefix(kind, mode), random)
}

/// Tells kind and mode of a text that has the shape and the checksum of a key.
pub fn check_key(text: &str) -> Option<(KeyKind, Mode)> {
    [Mode::Live, Mode::Test]
        .into_iter()
        .flat_map(|mode| [(KeyKind::App, mode), (KeyKind::Widget, mode)])
        .find(|(kind, mode)| text.starts_with(key_prefix(*kind, *mode)))
        .filter(|(kind, mode)| has_checksum(key_prefix(*kind, *mode), text))
}

/// Makes a resource's own key: the same 32 characters without a prefix (spec 10).
pub fn format_token(random: [u8; 32]) -> String {
    with_checksum("", random)
}

/// Whether a text has the shape and the checksum of a resource's own key.
pub fn check_token(text: &str) -> bool {
    has_checksum("", text)
}

fn with_checksum(prefix: &str, random: [u8; 32]) -> String {
    let mut text = String::with_capacity(prefix.len() + RANDOM + CHECK);
    text.push_str(prefix);
    let (first, second) = random.split_at(16);
    for half in [first, second] {
        // 128 bits over 62¹³ ≈ 2⁷⁷ values: the remainder is as good as even.
        let mut number = half
            .iter()
            .fold(0_u128, |number, byte| number << 8 | u128::from(*byte));
        for _ in 0..RANDOM / 2 {
            text.push(digit(number % 62));
            number /= 62;
        }
    }
    for character in checksum(text.as_bytes()) {
        text.push(character);
    }
    text
}

fn has_checksum(prefix: &str, text: &str) -> bool {
    let bytes = text.as_bytes();
    if bytes.len() != prefix.len() + RANDOM + CHECK {
        return false;
    }
    let (body, check) = bytes.split_at(bytes.len() - CHECK);
    body[prefix.len()..].iter().all(u8::is_ascii_alphanumeric)
        && checksum(body)
            .into_iter()
            .eq(check.iter().map(|byte| char::from(*byte)))
}

/// CRC-32 of the text before it, in base 62, most significant first.
fn checksum(text: &[u8]) -> [char; CHECK] {
    let mut number = u128::from(crc32fast::hash(text));
    let mut characters = ['0'; CHECK];
    for character in characters.iter_mut().rev() {
        *character = digit(number % 62);
        number /= 62;
    }
    characters
}

fn digit(value: u128) -> char {
    let index = usize::try_from(value % 62).unwrap_or_default();
    char::from(ALPHABET[index])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_have_the_published_form() {
        for (kind, mode, prefix) in [
            (KeyKind::App, Mode::Live, "live_api_key_"),
            (KeyKind::App, Mode::Test, "test_api_key_"),
            (KeyKind::Widget, Mode::Live, "live_widget_key_"),
            (KeyKind::Widget, Mode::Test, "test_widget_key_"),
        ] {
            let key = format_key(kind, mode, [0xff; 32]);
            assert_eq!(key.len(), prefix.len() + 32);
            assert!(
                key[prefix.len()..]
                    .bytes()
                    .all(|byte| byte.is_ascii_alphanumeric())
            );
            assert_eq!(check_key(&key), Some((kind, mode)), "{key}");
        }
    }

    #[test]
    fn what_is_no_key_is_refused() {
        let key = format_key(KeyKind::App, Mode::Live, [1; 32]);

        for wrong in [
            String::new(),
            "live_api_key_".into(),
            key[..key.len() - 1].into(),
            format!("{key}0"),
            format!(" {key}"),
            key.replace("live_", "test_"),
            key.replace("api", "widget"),
            key.to_ascii_lowercase(),
            "live_api_key_".to_owned() + &"é".repeat(16),
            "live_api_key_".to_owned() + &"0".repeat(32),
            "x".repeat(10_000_000),
        ] {
            assert_eq!(check_key(&wrong), None, "{wrong:.60}");
        }
        assert!(!check_token(&key));
        assert!(check_token(&format_token([1; 32])));
    }
}
