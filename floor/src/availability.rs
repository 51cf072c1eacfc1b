//! Free half hours of four weeks, from a bitmap of five-minute ticks for each resource, straight into the answer.

/// Ticks of four weeks, in whole words.
const TICKS: usize = 28 * DAY_TICKS;
const DAY_TICKS: usize = 288;
const WORDS: usize = TICKS / 64;
/// Ticks of a slot.
const SLOT: usize = 6;

/// The busy times of all resources, and the texts that answers are made of.
pub struct Weeks {
    free: Vec<[u64; WORDS]>,
    shown: Vec<String>,
    /// Date and midnight's hour of each day, as Copenhagen writes it in winter.
    days: Vec<String>,
}

impl Weeks {
    /// The rule of the bookings is that of `xtask/src/bench/data.rs`; `monday` is the 09:00 of the first.
    pub fn new(bookings: i64, resources: i64, monday: i64) -> Self {
        let mut free = vec![[u64::MAX; WORDS]; usize::try_from(resources).unwrap_or_default()];
        for number in 0..bookings {
            let (resource, turn) = (number % resources, number / resources);
            let (week, slot) = (turn / 20, turn % 20);
            let tick = (week * 7 + slot % 5) * 288 + (9 + slot / 5) * 12;
            let (Ok(resource), Ok(tick)) = (usize::try_from(resource), usize::try_from(tick))
            else {
                continue;
            };
            for tick in (tick..tick + SLOT).filter(|tick| *tick < TICKS) {
                free[resource][tick / 64] &= !(1 << (tick % 64));
            }
        }
        let shown = (0..resources)
            .map(|number| {
                format!(
                    r#"{{"id":"01900000-0000-7000-8000-{number:012}","name":"Room {number}","timezone":"Europe/Copenhagen"}}"#
                )
            })
            .collect();
        let midnight = monday / 86_400;
        let days = (0..30).map(|day| date(midnight + day)).collect();
        Self { free, shown, days }
    }

    /// The answer to a request as the server under test gets it; the ids are found by their last digits.
    pub fn answer(&self, body: &[u8]) -> Option<String> {
        let text = str::from_utf8(body).ok()?;
        let (head, list) = text.split_once("\"resources\":[")?;
        let mutual = head.contains("\"mutual\"");
        let numbers: Vec<usize> = list
            .split(',')
            .map(|id| id.get(25..37)?.parse().ok())
            .collect::<Option<_>>()?;
        let mut any = if mutual {
            [u64::MAX; WORDS]
        } else {
            [0; WORDS]
        };
        let starts: Vec<[u64; WORDS]> = numbers
            .iter()
            .map(|number| runs(&self.free[*number % self.free.len()]))
            .collect();
        for starts in &starts {
            for (all, own) in any.iter_mut().zip(starts) {
                *all = if mutual { *all & own } else { *all | own };
            }
        }
        let mut out = String::with_capacity(256 * 1024);
        out.push_str("{\"data\":[");
        for tick in (0..TICKS).step_by(SLOT) {
            let has = |starts: &[u64; WORDS]| starts[tick / 64] >> (tick % 64) & 1 == 1;
            if !has(&any) {
                continue;
            }
            if !out.ends_with('[') {
                out.push(',');
            }
            out.push_str("{\"start\":\"");
            self.time(&mut out, tick);
            out.push_str("\",\"end\":\"");
            self.time(&mut out, tick + SLOT);
            out.push_str("\",\"resources\":[");
            let mut first = true;
            for (number, starts) in numbers.iter().zip(&starts) {
                if !has(starts) {
                    continue;
                }
                if !first {
                    out.push(',');
                }
                first = false;
                out.push_str(&self.shown[*number % self.shown.len()]);
                if !mutual {
                    break;
                }
            }
            out.push_str("]}");
        }
        out.push_str("]}");
        Some(out)
    }

    fn time(&self, out: &mut String, tick: usize) {
        let tick = tick + 12;
        let minutes = tick % DAY_TICKS * 5;
        out.push_str(&self.days[tick / DAY_TICKS]);
        for (number, mark) in [(minutes / 60, ':'), (minutes % 60, ':')] {
            for digit in [number / 10, number % 10] {
                out.push(char::from(b'0' + u8::try_from(digit).unwrap_or_default()));
            }
            out.push(mark);
        }
        out.push_str("00+01:00");
    }
}

/// The ticks at which a slot's ticks are all free.
fn runs(free: &[u64; WORDS]) -> [u64; WORDS] {
    let mut starts = *free;
    for shift in 1..SLOT {
        for word in 0..WORDS {
            let next = free.get(word + 1).copied().unwrap_or_default();
            starts[word] &= free[word] >> shift | next << (64 - shift);
        }
    }
    starts
}

/// `2031-01-06T`, by counting days in eras of 400 years.
fn date(days: i64) -> String {
    let shifted = days + 719_468;
    let (era, day_of_era) = (shifted / 146_097, shifted % 146_097);
    let year_of_era =
        (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = (month_from_march + 2) % 12 + 1;
    let year = era * 400 + year_of_era + i64::from(month <= 2);
    format!("{year:04}-{month:02}-{day:02}T")
}
