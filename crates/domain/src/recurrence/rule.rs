//! A recurrence rule: which wall times it names (RFC 5545 §3.3.10).
//!
//! A rule is walked period by period (year, month, week, day or hour): the days of a period that pass the day filters,
//! each with its times of day, of which `BYSETPOS` picks some. Without `COUNT` the walk starts near the window that is
//! asked for, so that a rule from long ago costs nothing.

use jiff::{
    Span, Timestamp,
    civil::{Date, DateTime, Time, Weekday},
};

/// Most periods that one walk looks at.
const MAX_STEPS: u32 = 300_000;

/// How long a period is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Frequency {
    /// `HOURLY`
    Hourly,
    /// `DAILY`
    Daily,
    /// `WEEKLY`
    Weekly,
    /// `MONTHLY`
    Monthly,
    /// `YEARLY`
    Yearly,
}

/// Where a rule ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// Not at all.
    Never,
    /// After so many instances, the first one included.
    Count(u32),
    /// With the last instance that starts at this instant or before.
    Until(Timestamp),
}

/// A weekday, each one of a period or the nth (from the end where negative).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NthWeekday {
    /// Which one; `None` is each.
    pub nth: Option<i16>,
    /// The day.
    pub weekday: Weekday,
}

/// A checked rule; empty lists say nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rule {
    pub(super) frequency: Frequency,
    pub(super) interval: i32,
    pub(super) end: End,
    pub(super) months: Vec<i16>,
    pub(super) weeks: Vec<i16>,
    pub(super) year_days: Vec<i16>,
    pub(super) month_days: Vec<i16>,
    pub(super) weekdays: Vec<NthWeekday>,
    pub(super) hours: Vec<i16>,
    pub(super) minutes: Vec<i16>,
    pub(super) seconds: Vec<i16>,
    pub(super) positions: Vec<i16>,
    pub(super) week_start: Weekday,
}

/// What a walk found.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Walk {
    /// Wall times in order, each once.
    pub walls: Vec<DateTime>,
    /// Whether the walk was given up before its end, as there was too much to find or to look at.
    pub is_cut: bool,
}

/// Most instances of a rule with `COUNT` (reliability §6).
pub(super) const MAX_COUNT: u32 = 10_000;

impl Rule {
    /// The same with what the start says in place of what the rule leaves open.
    fn completed(&self, first: DateTime) -> Self {
        let mut rule = self.clone();
        let says_day = |rule: &Self| {
            !(rule.year_days.is_empty() && rule.month_days.is_empty() && rule.weekdays.is_empty())
        };
        let weekday = NthWeekday {
            nth: None,
            weekday: first.weekday(),
        };
        if !says_day(&rule) {
            match rule.frequency {
                Frequency::Yearly if !rule.weeks.is_empty() => rule.weekdays.push(weekday),
                Frequency::Yearly => {
                    if rule.months.is_empty() {
                        rule.months.push(first.month().into());
                    }
                    rule.month_days.push(first.day().into());
                }
                Frequency::Monthly => rule.month_days.push(first.day().into()),
                Frequency::Weekly => rule.weekdays.push(weekday),
                Frequency::Daily | Frequency::Hourly => {}
            }
        }
        if rule.hours.is_empty() && rule.frequency != Frequency::Hourly {
            rule.hours.push(first.hour().into());
        }
        if rule.minutes.is_empty() {
            rule.minutes.push(first.minute().into());
        }
        if rule.seconds.is_empty() {
            rule.seconds.push(first.second().into());
        }
        rule
    }

    /// How many times of one day the rule can name.
    pub(super) fn times_a_day(&self) -> usize {
        let hours = match self.frequency {
            Frequency::Hourly if self.hours.is_empty() => 24,
            _ => self.hours.len().max(1),
        };
        hours * self.minutes.len().max(1) * self.seconds.len().max(1)
    }

    /// The wall times of the rule from `from` up to but without `to`, at most `limit` of them, for a series that starts
    /// at `first`. The start itself is always among them, as it is the first instance whatever the rule says
    /// (RFC 5545 §3.8.5.3). `UNTIL` is left to the caller, who knows the zone.
    pub(super) fn walk(&self, first: DateTime, from: DateTime, to: DateTime, limit: usize) -> Walk {
        let rule = self.completed(first);
        let mut walk = Walk::default();
        let mut left = match rule.end {
            End::Count(count) => count,
            End::Never | End::Until(_) => u32::MAX,
        };
        let mut take = |wall: DateTime, left: &mut u32| {
            if wall >= from && wall < to {
                walk.walls.push(wall);
            }
            *left = left.saturating_sub(1);
            *left == 0 || wall >= to || walk.walls.len() >= limit
        };
        if take(first, &mut left) && left != 0 && first < to {
            walk.is_cut = true;
            return walk;
        }
        if left == 0 || first >= to {
            return walk;
        }

        let mut index = match rule.end {
            End::Count(_) => 0,
            End::Never | End::Until(_) => rule.index_before(first, from),
        };
        let mut set = Vec::new();
        for _ in 0..MAX_STEPS {
            let Some(period) = rule.period(first, index) else {
                return walk;
            };
            if period >= to {
                return walk;
            }
            index += rule.skip(first, index, period).unwrap_or_else(|| {
                rule.fill(&mut set, period);
                1
            });
            for wall in set.drain(..).filter(|wall| *wall > first) {
                if take(wall, &mut left) {
                    walk.is_cut = left != 0 && wall < to;
                    return walk;
                }
            }
        }
        walk.is_cut = true;
        walk
    }

    /// The number of a period that is not after `from`, though maybe some before it.
    fn index_before(&self, first: DateTime, from: DateTime) -> i32 {
        let days = (from.date() - first.date()).get_days();
        let periods = match self.frequency {
            Frequency::Hourly => i64::from(days - 1) * 24,
            Frequency::Daily => i64::from(days - 1),
            Frequency::Weekly => i64::from(days / 7 - 1),
            Frequency::Monthly => i64::from(days / 31 - 1),
            Frequency::Yearly => i64::from(days / 366 - 1),
        };
        i32::try_from((periods / i64::from(self.interval)).max(0)).unwrap_or(i32::MAX)
    }

    /// The first wall time of a period; `None` beyond the calendar.
    fn period(&self, first: DateTime, index: i32) -> Option<DateTime> {
        let steps = index.checked_mul(self.interval)?;
        let date = first.date();
        let start = match self.frequency {
            Frequency::Hourly => {
                let hour = date.at(first.hour(), 0, 0, 0);
                return hour.checked_add(Span::new().try_hours(steps).ok()?).ok();
            }
            Frequency::Daily => date.checked_add(Span::new().try_days(steps).ok()?),
            Frequency::Weekly => {
                let back = first.weekday().since(self.week_start);
                let monday = date.checked_sub(Span::new().days(back)).ok()?;
                monday.checked_add(Span::new().try_weeks(steps).ok()?)
            }
            Frequency::Monthly => date
                .first_of_month()
                .checked_add(Span::new().try_months(steps).ok()?),
            Frequency::Yearly => date
                .first_of_year()
                .checked_add(Span::new().try_years(steps).ok()?),
        };
        Some(start.ok()?.to_datetime(Time::midnight()))
    }

    /// How many hours to go on at once, where the day of this hour is none of the rule's.
    fn skip(&self, first: DateTime, index: i32, period: DateTime) -> Option<i32> {
        if self.frequency != Frequency::Hourly || self.has_day(period.date()) {
            return None;
        }
        let left = 24 - i32::from(period.hour());
        let steps = (left + self.interval - 1) / self.interval;
        // The next period must exist, else the walk ends by itself.
        self.period(first, index.checked_add(steps)?).map(|_| steps)
    }

    /// The wall times of a period, in order.
    fn fill(&self, set: &mut Vec<DateTime>, period: DateTime) {
        let start = period.date();
        let days = match self.frequency {
            Frequency::Hourly | Frequency::Daily => 1,
            Frequency::Weekly => 7,
            Frequency::Monthly => start.days_in_month().into(),
            Frequency::Yearly => start.days_in_year(),
        };
        let own_hour = [i16::from(period.hour())];
        let hours: &[i16] = if self.frequency == Frequency::Hourly {
            if !self.hours.is_empty() && !self.hours.contains(&own_hour[0]) {
                return;
            }
            &own_hour
        } else {
            &self.hours
        };
        for date in std::iter::successors(Some(start), |date| date.tomorrow().ok())
            .take(usize::try_from(days).unwrap_or_default())
            .filter(|date| self.has_day(*date))
        {
            for hour in hours {
                for minute in &self.minutes {
                    for second in &self.seconds {
                        let [hour, minute, second] =
                            [*hour, *minute, *second].map(|part| i8::try_from(part).unwrap_or(0));
                        set.push(date.at(hour, minute, second, 0));
                    }
                }
            }
        }
        if !self.positions.is_empty() {
            let length = i64::try_from(set.len()).unwrap_or(i64::MAX);
            let mut place = 0;
            set.retain(|_| {
                place += 1;
                self.positions.iter().any(|position| {
                    let position = i64::from(*position);
                    position == place || position + length + 1 == place
                })
            });
        }
    }

    /// Whether a day passes all the day filters.
    fn has_day(&self, date: Date) -> bool {
        let says = |list: &[i16], number: i16, length: i16| {
            list.is_empty()
                || list
                    .iter()
                    .any(|given| *given == number || *given + length + 1 == number)
        };
        (self.months.is_empty() || self.months.contains(&date.month().into()))
            && says(
                &self.month_days,
                date.day().into(),
                date.days_in_month().into(),
            )
            && says(&self.year_days, date.day_of_year(), date.days_in_year())
            && (self.weeks.is_empty() || {
                let (week, weeks) = week_of_year(date, self.week_start);
                says(&self.weeks, week, weeks)
            })
            && (self.weekdays.is_empty() || self.weekdays.iter().any(|day| self.is_nth(*day, date)))
    }

    /// Whether a date is this weekday, counted within the month or the year (RFC 5545 §3.3.10, note 2 of the table).
    fn is_nth(&self, day: NthWeekday, date: Date) -> bool {
        if date.weekday() != day.weekday {
            return false;
        }
        let Some(nth) = day.nth else {
            return true;
        };
        let (place, length) = if self.frequency == Frequency::Yearly && self.months.is_empty() {
            (date.day_of_year(), date.days_in_year())
        } else {
            (date.day().into(), i16::from(date.days_in_month()))
        };
        let from_start = (place - 1) / 7 + 1;
        let from_end = (length - place) / 7 + 1;
        nth == from_start || -nth == from_end
    }
}

/// The number of the week that holds a date, and how many weeks its year has. Week 1 is the first with at least four
/// days in its year (RFC 5545 §3.3.10), weeks starting as the rule says.
fn week_of_year(date: Date, week_start: Weekday) -> (i16, i16) {
    // The year of a week is that of its fourth day.
    let back = date.weekday().since(week_start);
    let Ok(middle) = date.checked_add(Span::new().days(3 - back)) else {
        return (0, 0);
    };
    let week = (middle.day_of_year() - 1) / 7 + 1;
    let weeks =
        (middle.day_of_year() - 1 + (middle.days_in_year() - middle.day_of_year()) / 7 * 7) / 7 + 1;
    (week, weeks)
}
