//! Reading the summaries of test runners.

use std::ops::AddAssign;

/// How many checks passed, failed and were left out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    pub passed: u64,
    pub failed: u64,
    pub skipped: u64,
}

impl Counts {
    pub const PASSED: Self = Self {
        passed: 1,
        failed: 0,
        skipped: 0,
    };
    pub const FAILED: Self = Self {
        passed: 0,
        failed: 1,
        skipped: 0,
    };
    pub const SKIPPED: Self = Self {
        passed: 0,
        failed: 0,
        skipped: 1,
    };

    pub fn is_empty(self) -> bool {
        self == Self::default()
    }
}

impl AddAssign for Counts {
    fn add_assign(&mut self, other: Self) {
        self.passed += other.passed;
        self.failed += other.failed;
        self.skipped += other.skipped;
    }
}

/// Whose summary a text holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Runner {
    Nextest,
    CargoTest,
    /// `node --test`, in either of its reporters.
    Node,
    Unittest,
    /// The JUnit file that schemathesis wrote.
    Junit,
}

/// Adds up every summary in the text; none at all gives empty counts.
pub fn read(runner: Runner, text: &str) -> Counts {
    let mut counts = Counts::default();
    for line in plain(text).lines() {
        counts += match runner {
            Runner::Nextest => nextest(line),
            Runner::CargoTest => cargo_test(line),
            Runner::Node => node(line),
            Runner::Unittest => unittest(line),
            Runner::Junit => junit(line),
        };
    }
    if runner == Runner::Unittest {
        // "Ran N tests" counts the failed and the skipped ones too.
        counts.passed = counts.passed.saturating_sub(counts.failed + counts.skipped);
    }
    counts
}

/// `     Summary [   5.1s] 120 tests run: 117 passed (1 slow), 2 failed, 1 timed out, 3 skipped`
fn nextest(line: &str) -> Counts {
    let line = line.trim_start();
    if !line.starts_with("Summary [") {
        return Counts::default();
    }
    Counts {
        passed: before(line, "passed"),
        failed: before(line, "failed") + before(line, "exec failed") + before(line, "timed out"),
        skipped: before(line, "skipped"),
    }
}

/// `test result: ok. 12 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.01s`
fn cargo_test(line: &str) -> Counts {
    if !line.starts_with("test result:") {
        return Counts::default();
    }
    Counts {
        passed: before(line, "passed"),
        failed: before(line, "failed"),
        skipped: before(line, "ignored"),
    }
}

/// `# pass 12` or `ℹ pass 12`, one number a line
fn node(line: &str) -> Counts {
    let mut words = line.split_whitespace();
    let (Some("#" | "ℹ"), Some(what), Some(Ok(number)), None) = (
        words.next(),
        words.next(),
        words.next().map(str::parse),
        words.next(),
    ) else {
        return Counts::default();
    };
    match what {
        "pass" => Counts {
            passed: number,
            ..Counts::default()
        },
        "fail" | "cancelled" => Counts {
            failed: number,
            ..Counts::default()
        },
        "skipped" | "todo" => Counts {
            skipped: number,
            ..Counts::default()
        },
        _ => Counts::default(),
    }
}

/// `Ran 12 tests in 3.2s`, later `OK (skipped=1)` or `FAILED (failures=1, errors=2, skipped=1)`
fn unittest(line: &str) -> Counts {
    if let Some(rest) = line.strip_prefix("Ran ") {
        return Counts {
            passed: first_number(rest),
            ..Counts::default()
        };
    }
    if !line.starts_with("OK (") && !line.starts_with("FAILED (") {
        return Counts::default();
    }
    Counts {
        passed: 0,
        failed: after(line, "failures=") + after(line, "errors="),
        skipped: after(line, "skipped="),
    }
}

/// `<testsuite … tests="30" failures="1" errors="0" skipped="2">`: the suite, not the root that repeats its sums
fn junit(line: &str) -> Counts {
    let Some(start) = line.find("<testsuite ") else {
        return Counts::default();
    };
    let line = line[start..].split('>').next().unwrap_or_default();
    let failed = after(line, " failures=\"") + after(line, " errors=\"");
    let skipped = after(line, " skipped=\"");
    let tests = after(line, " tests=\"");
    Counts {
        passed: tests.saturating_sub(failed + skipped),
        failed,
        skipped,
    }
}

/// The number in front of `word`, as in `12 passed`.
fn before(line: &str, word: &str) -> u64 {
    let cut = |character: char| matches!(character, ',' | ';' | ':' | '|' | '.' | '(' | ')');
    line.split(cut)
        .find_map(|part| {
            part.trim()
                .strip_suffix(word)?
                .trim()
                .rsplit(' ')
                .next()?
                .parse()
                .ok()
        })
        .unwrap_or(0)
}

/// The number behind `label`, as in `skipped=1`.
fn after(line: &str, label: &str) -> u64 {
    line.find(label)
        .map_or(0, |start| first_number(&line[start + label.len()..]))
}

fn first_number(text: &str) -> u64 {
    let end = text
        .find(|character: char| !character.is_ascii_digit())
        .unwrap_or(text.len());
    text[..end].parse().unwrap_or(0)
}

/// The text without colors.
fn plain(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut parts = text.split("\u{1b}[");
    out.push_str(parts.next().unwrap_or_default());
    for part in parts {
        out.push_str(
            part.split_once(|character: char| character.is_ascii_alphabetic())
                .map_or("", |(_, rest)| rest),
        );
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_runners_summary_is_read() {
        let cases: [(Runner, &str, (u64, u64, u64)); 9] = [
            (
                Runner::Nextest,
                "     Summary [   5.123s] 9 tests run: 7 passed (1 slow), 1 failed, 1 timed out, 3 skipped\n",
                (7, 2, 3),
            ),
            (
                Runner::Nextest,
                "     Summary [   0.005s] 1 test run: 1 passed, 0 skipped\n",
                (1, 0, 0),
            ),
            (
                Runner::CargoTest,
                "test result: ok. 12 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.01s\n\
                                 test result: FAILED. 2 passed; 1 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.01s\n",
                (14, 1, 1),
            ),
            (
                Runner::Node,
                "# tests 14\n# pass 12\n# fail 1\n# cancelled 0\n# skipped 1\n# todo 0\n",
                (12, 1, 1),
            ),
            (
                Runner::Node,
                "ℹ pass 3\nℹ fail 0\nℹ cancelled 1\n# pass by value\n",
                (3, 1, 0),
            ),
            (Runner::Unittest, "Ran 12 tests in 3.2s\n\nOK\n", (12, 0, 0)),
            (
                Runner::Unittest,
                "Ran 12 tests in 3.2s\n\nFAILED (failures=1, errors=2, skipped=1)\n",
                (8, 3, 1),
            ),
            (
                Runner::Junit,
                "<testsuites tests=\"30\" failures=\"1\" errors=\"1\"><testsuite name=\"x\" tests=\"30\" failures=\"1\" errors=\"1\" skipped=\"2\">\n",
                (26, 2, 2),
            ),
            (Runner::Nextest, "error: could not compile `x`\n", (0, 0, 0)),
        ];

        for (runner, text, (passed, failed, skipped)) in cases {
            assert_eq!(
                read(runner, text),
                Counts {
                    passed,
                    failed,
                    skipped
                },
                "{runner:?}: {text}"
            );
        }
    }
}
