//! Slugs: names for addresses, in kebab case (spec 00 §2, 20).
//!
//! A slug is 1 to 60 characters of `a-z`, `0-9` and single hyphens between them.

const LONGEST: usize = 60;

/// Latin letters beside ASCII and what they become; other letters are left out.
const FOLDS: &[(&str, &str)] = &[
    ("àáâãåāăą", "a"),
    ("äæ", "ae"),
    ("çćĉċč", "c"),
    ("ďđð", "d"),
    ("èéêëēĕėęě", "e"),
    ("ĝğġģ", "g"),
    ("ĥħ", "h"),
    ("ìíîïĩīĭįı", "i"),
    ("ĵ", "j"),
    ("ķ", "k"),
    ("ĺļľŀł", "l"),
    ("ñńņňŋ", "n"),
    ("òóôõōŏő", "o"),
    ("öøœ", "oe"),
    ("ŕŗř", "r"),
    ("śŝşšș", "s"),
    ("ß", "ss"),
    ("ţťŧț", "t"),
    ("þ", "th"),
    ("ùúûũūŭůűų", "u"),
    ("ü", "ue"),
    ("ŵ", "w"),
    ("ýÿŷ", "y"),
    ("źżž", "z"),
];

/// Makes a slug of a name; one without usable letters becomes `app`.
///
/// ```
/// use domain::slug::slugify;
///
/// assert_eq!(slugify("North Dental"), "north-dental");
/// assert_eq!(slugify("  Frisør & Café, nº 1! "), "frisoer-cafe-n-1");
/// assert_eq!(slugify("日本"), "app");
/// ```
pub fn slugify(name: &str) -> String {
    let mut slug = String::new();
    // A name has 255 characters at most; what a longer text has behind them is not looked at.
    for letter in name.chars().take(255).flat_map(char::to_lowercase) {
        if slug.len() > LONGEST {
            break;
        }
        if letter.is_ascii_alphanumeric() {
            slug.push(letter);
        } else if let Some((_, fold)) = FOLDS.iter().find(|(letters, _)| letters.contains(letter)) {
            slug.push_str(fold);
        } else if is_break(letter) && !slug.is_empty() && !slug.ends_with('-') {
            slug.push('-');
        }
    }
    cut(&mut slug, LONGEST);
    if slug.is_empty() {
        slug.push_str("app");
    }
    slug
}

/// The same slug with a number behind it, for when it is taken; still within 60 characters.
///
/// ```
/// assert_eq!(domain::slug::with_suffix("north-dental", 2), "north-dental-2");
/// ```
pub fn with_suffix(slug: &str, number: u32) -> String {
    let suffix = format!("-{number}");
    let mut slug = slug.to_owned();
    cut(&mut slug, LONGEST - suffix.len());
    slug + &suffix
}

/// Whether a text is a slug.
pub fn is_slug(text: &str) -> bool {
    let fits = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    (1..=LONGEST).contains(&text.len())
        && text.bytes().all(fits)
        && !text.starts_with('-')
        && !text.ends_with('-')
        && !text.contains("--")
}

/// An apostrophe joins (`Joe's` → `joes`), combining marks belong to their letter; everything else separates.
fn is_break(letter: char) -> bool {
    !matches!(letter, '\'' | '’' | '\u{300}'..='\u{36f}')
}

fn cut(slug: &mut String, length: usize) {
    // A slug is ASCII, so every length is a boundary; a foreign text is left alone.
    if slug.len() > length && slug.is_char_boundary(length) {
        slug.truncate(length);
    }
    while slug.ends_with('-') {
        slug.pop();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_become_slugs() {
        for (name, slug) in [
            ("North Dental", "north-dental"),
            ("Ærø Bådudlejning", "aeroe-badudlejning"),
            ("Straße 7", "strasse-7"),
            ("ŁÓDŹ", "lodz"),
            ("Joe's Garage", "joes-garage"),
            ("e\u{301}te\u{301}", "ete"),
            ("a -- b", "a-b"),
            ("--x--", "x"),
            ("İstanbul", "istanbul"),
            ("", "app"),
            ("\0", "app"),
            ("***", "app"),
        ] {
            assert_eq!(slugify(name), slug, "{name}");
        }
    }

    #[test]
    fn long_names_are_cut_and_stay_slugs() {
        let long = slugify(&"ab ".repeat(4_000_000));

        assert!(is_slug(&long), "{long}");
        assert!(is_slug(&with_suffix(&long, u32::MAX)));
        assert_eq!(with_suffix(&"a".repeat(60), 12).len(), 60);
    }
}
