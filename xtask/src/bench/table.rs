//! What a bench found, against its bars, as Markdown.

use std::fmt;

/// The result as Markdown.
#[derive(Default)]
pub struct Table {
    rows: Vec<String>,
}

impl Table {
    /// The smaller the better.
    pub fn ratio(&mut self, row: &str, work: &str, floor: f64, daybook: f64, must: f64, aim: f64) {
        let ratio = daybook / floor;
        let sides = format!("{floor:.0} µs | {daybook:.0} µs");
        self.push(row, work, &sides, ratio, "", ("≤", must, aim));
    }

    /// The larger the better.
    pub fn at_least(
        &mut self,
        row: &str,
        work: &str,
        floor: f64,
        daybook: f64,
        must: f64,
        aim: f64,
    ) {
        let ratio = daybook / floor;
        let sides = format!("{floor:.0}/s | {daybook:.0}/s");
        self.push(row, work, &sides, ratio, "", ("≥", must, aim));
    }

    /// A value with a bar of its own.
    pub fn limit(&mut self, row: &str, work: &str, value: f64, unit: &str, must: f64, aim: f64) {
        self.push(row, work, " | ", value, unit, ("≤", must, aim));
    }

    fn push(
        &mut self,
        row: &str,
        work: &str,
        sides: &str,
        value: f64,
        unit: &str,
        bar: (&str, f64, f64),
    ) {
        let (sign, must, aim) = bar;
        let holds = |limit: f64| {
            if sign == "≤" {
                value <= limit
            } else {
                value >= limit
            }
        };
        let verdict = match (holds(must), holds(aim)) {
            (true, true) => "aim",
            (true, false) => "must",
            _ => "missed",
        };
        let (value, must, aim) = (short(value), short(must), short(aim));
        self.rows.push(format!(
            "| {row} | {work} | {sides} | {value} {unit} | {sign} {must} {unit} | {sign} {aim} {unit} | {verdict} |"
        ));
    }
}

impl fmt::Display for Table {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            out,
            "| row | work | floor | daybook | value | must | aim | reached |"
        )?;
        writeln!(out, "| --- | --- | --- | --- | --- | --- | --- | --- |")?;
        self.rows.iter().try_for_each(|row| writeln!(out, "{row}"))
    }
}

fn short(value: f64) -> String {
    if value >= 10.0 {
        format!("{value:.0}")
    } else {
        format!("{value:.2}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_judged_by_its_bar() {
        let mut table = Table::default();
        table.ratio("1", "create", 10.0, 25.0, 3.0, 2.0);
        table.at_least("2", "create", 100.0, 30.0, 0.35, 0.6);
        table.limit("9", "memory", 80.0, "MB", 200.0, 100.0);

        let verdicts: Vec<&str> = table
            .rows
            .iter()
            .filter_map(|row| row.rsplit(" | ").next())
            .collect();

        assert_eq!(verdicts, ["must |", "missed |", "aim |"]);
    }
}
