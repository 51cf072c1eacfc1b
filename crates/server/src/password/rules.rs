//! Which passwords are refused: too short, too long, or among those that are guessed first.
//!
//! No list is shipped. A guessable password of 12 characters or more is put together from few pieces: a common word,
//! a year, a row of keys, a repeated character. So a password is taken apart into such pieces, and refused where they
//! cover it and at most two of them are different words. That rules out tens of thousands of texts
//! (`password1234`, `Qwertyuiop2024!`, `letmeinletmein`), while a phrase of three or more words passes.

use super::LONGEST;

const SHORTEST: usize = 12;

/// Rows of keys and other sequences that fingers and minds run along, forwards and backwards.
const ROWS: [&str; 8] = [
    "1234567890",
    "qwertyuiop",
    "asdfghjkl",
    "zxcvbnm",
    "qwertzuiop",
    "azertyuiop",
    "abcdefghijklmnopqrstuvwxyz",
    "1qaz2wsx3edc4rfv5tgb6yhn7ujm8ik9ol0p",
];

/// Words that common passwords are made of.
const WORDS: &str = "aa abc access account admin administrator adobe alexander alexandra amanda andrea andrew angel \
    angela anthony apple april arsenal ashley august austin autumn baby badboy bailey banana barcelona baseball basket \
    basketball batman beautiful beauty bella benjamin berlin best black blink blue booking boston boys brandon \
    brooklyn buddy butterfly calendar california calvin camaro casino change changeme changeit charles charlie cheese \
    chelsea chester chicago chicken chocolate chris christian christina christopher computer cookie corvette cowboy \
    crystal dakota dallas daniel danielle database david daybook december default demo denver diamond dragon \
    eagles edward elizabeth eminem england enter family february ferrari fire first flower football forever freedom \
    friday friend friends garden george ginger girls gold golden good google guest guitar hammer hannah \
    happy harley heather hello helpme hockey home honda hottie house hunter iceman iloveyou internet ireland jackson \
    jaguar james january jasmine jason jasper jennifer jessica jesus jonathan jordan joseph joshua july june junior \
    justin killer king kitten knight lakers lauren letmein liverpool login london lord love lovely lover loveme lucky \
    maggie manager marina marley martin master matrix matthew maverick melissa mercedes merlin metallica michael \
    michelle mickey midnight miller monday money monkey monster morgan mother mountain music mustang my mynoob natasha \
    nathan naruto new newyork nicholas nicole nothing november october office orange packers paris parola pass passion \
    passw0rd passwort password patrick peanut pepper phoenix player please pokemon police porsche power prince princess \
    private purple qwerty rabbit rachel raiders rainbow ranger red richard robert rocket root samantha samsung \
    saturday scooter secret secure september server service shadow silver simple slipknot smile snoopy soccer \
    sophie spider spiderman spring star starwars steelers steven summer sunday sunshine super superman sweet system \
    taylor tennis test tester testing the thomas thunder thursday tiger tigger timekit toyota trustno tuesday \
    user valentina victoria video viking virginia wednesday welcome william wilson windows winner winter wizard \
    wonderful xbox yamaha yankees yellow you your zaq";

/// Why a password is refused; the text goes behind the field's name in the answer.
///
/// `own` are texts that belong to the account (e-mail, name, name of the app): they count as common words.
pub fn check(password: &str, own: &[&str]) -> Result<(), String> {
    let length = password.chars().count();
    if length < SHORTEST {
        return Err(format!("password must have at least {SHORTEST} characters"));
    }
    if length > LONGEST {
        return Err(format!(
            "password may not be longer than {LONGEST} characters"
        ));
    }
    if is_guessable(password, own) {
        return Err("password is too easy to guess, use several unrelated words".to_owned());
    }
    Ok(())
}

fn is_guessable(password: &str, own: &[&str]) -> bool {
    let plain: Vec<char> = password
        .chars()
        .flat_map(char::to_lowercase)
        .filter(|c| !is_filler(*c))
        .collect();
    let own: Vec<Vec<char>> = own.iter().flat_map(|text| own_words(text)).collect();
    covered(&plain, &own)
}

/// Marks between and behind words add nothing.
fn is_filler(c: char) -> bool {
    c.is_whitespace() || (c.is_ascii_punctuation() && !matches!(c, '@' | '$'))
}

fn unleet(c: char) -> char {
    match c {
        '0' => 'o',
        '1' => 'i',
        '3' => 'e',
        '4' | '@' => 'a',
        '5' | '$' => 's',
        '7' => 't',
        other => other,
    }
}

/// The words of an account: the whole text, and each of its parts of four characters or more.
fn own_words(text: &str) -> Vec<Vec<char>> {
    let lower = text.to_lowercase();
    let whole: Vec<char> = lower.chars().filter(|c| !is_filler(*c)).collect();
    let joined: Vec<char> = lower.chars().filter(|c| c.is_alphanumeric()).collect();
    let mut words = vec![whole, joined];
    words.extend(
        lower
            .split(|c: char| !c.is_alphanumeric())
            .map(|part| part.chars().collect()),
    );
    words.retain(|word: &Vec<char>| word.len() >= 4);
    words
}

/// Whether pieces cover the text with at most two different words. Works from the end: `cost[i]` is the smallest
/// number of different words that cover the text from `i` on, where a word that repeats itself costs nothing again.
fn covered(text: &[char], own: &[Vec<char>]) -> bool {
    const NEVER: usize = usize::MAX;
    let common: Vec<Vec<char>> = WORDS
        .split_whitespace()
        .map(|word| word.chars().collect())
        .collect();
    let mut cost = vec![NEVER; text.len() + 1];
    cost[text.len()] = 0;
    for start in (0..text.len()).rev() {
        let rest = &text[start..];
        let mut best = NEVER;
        let mut take = |length: usize, words: usize| {
            if let Some(more) = cost.get(start + length).filter(|more| **more != NEVER) {
                best = best.min(more + words);
            }
        };
        for length in free_pieces(rest) {
            take(length, 0);
        }
        for word in common
            .iter()
            .chain(own)
            .filter(|word| begins_with(rest, word))
        {
            let mut length = word.len();
            take(length, 1);
            while begins_with(&rest[length..], word) {
                length += word.len();
                take(length, 1);
            }
        }
        cost[start] = best;
    }
    cost[0] <= 2
}

/// Whether a text begins with a word, also where digits stand for letters.
fn begins_with(text: &[char], word: &[char]) -> bool {
    text.len() >= word.len()
        && text
            .iter()
            .zip(word)
            .all(|(a, b)| a == b || unleet(*a) == *b)
}

/// Lengths of pieces that cost no word: numbers up to four digits, repeats, rows.
fn free_pieces(rest: &[char]) -> Vec<usize> {
    let mut lengths: Vec<usize> = (1..=4.min(rest.len()))
        .take_while(|n| rest[n - 1].is_ascii_digit())
        .collect();
    let repeats = rest.iter().take_while(|c| **c == rest[0]).count();
    lengths.extend(3..=repeats);
    // A short piece that is repeated: `abab`, `xyzxyz`.
    for size in 2..=3 {
        let times = rest
            .chunks(size)
            .take_while(|chunk| *chunk == &rest[..size.min(rest.len())])
            .count();
        if times >= 3 {
            lengths.push(times * size);
        }
    }
    for row in ROWS {
        let forwards: Vec<char> = row.chars().collect();
        let backwards: Vec<char> = row.chars().rev().collect();
        for row in [forwards, backwards] {
            let run = longest_run(rest, &row);
            lengths.extend(3..=run);
        }
    }
    lengths
}

/// How far the text runs along a row, from wherever it enters it; a row begins anew at its end.
fn longest_run(text: &[char], row: &[char]) -> usize {
    let Some(start) = row.iter().position(|c| *c == text[0]) else {
        return 0;
    };
    text.iter()
        .zip(row.iter().cycle().skip(start))
        .take_while(|(a, b)| a == b)
        .count()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(password: &str) -> bool {
        check(
            password,
            &["ada.byron@example.org", "Ada Byron", "North Dental"],
        )
        .is_err()
    }

    #[test]
    fn guessable_passwords_are_refused() {
        for password in [
            "password1234",
            "Password123!",
            "PASSWORDPASSWORD",
            "p@ssw0rd2024",
            "qwertyuiop12",
            "1qaz2wsx3edc",
            "123456789012",
            "aaaaaaaaaaaaaaaa",
            "abababababab",
            "abcdefghijkl",
            "iloveyou1234",
            "Welcome2025!!",
            "letmein-letmein",
            "changeme12345",
            "summer2026summer",
            "monkey dragon",
            "9876543210987",
            "northdental1",
            "North-Dental-2031",
            "ada.byron@example.org",
            "AdaByron1815",
        ] {
            assert!(refused(password), "{password}");
        }
    }

    #[test]
    fn length_is_told() {
        assert!(check("kJ7#mq2", &[]).is_err_and(|text| text.contains("at least 12")));
        assert!(
            check(&"kJ7#mq2x".repeat(33), &[]).is_err_and(|text| text.contains("longer than 256"))
        );
    }

    #[test]
    fn phrases_and_random_texts_pass() {
        for password in [
            "correct horse battery staple",
            "tulip engine harbor 9",
            "kJ7#mq2xVw9!",
            "sunshine dragon monkey football",
            "blaue Kühe fliegen leise",
            "ばななはきいろいくだものです",
        ] {
            assert!(!refused(password), "{password}");
        }
    }

    #[test]
    fn more_than_three_thousand_common_texts_are_refused() {
        let words: Vec<&str> = WORDS
            .split_whitespace()
            .filter(|word| word.len() >= 6)
            .collect();

        let texts = words.iter().flat_map(|word| {
            [
                "123456",
                "2024!2024",
                "20252025",
                "!!1234567",
                "abc123456",
                "111111",
            ]
            .map(|end| format!("{word}{end}"))
        });
        let twice = words.iter().map(|word| format!("{word}{word}"));
        let pairs = words
            .iter()
            .flat_map(|a| words.iter().take(20).map(move |b| format!("{a}{b}")));
        let all: Vec<String> = texts
            .chain(twice)
            .chain(pairs)
            .filter(|text| text.chars().count() >= SHORTEST)
            .collect();

        assert!(all.len() > 3_000, "{}", all.len());
        for text in all {
            assert!(check(&text, &[]).is_err(), "{text}");
        }
    }
}
