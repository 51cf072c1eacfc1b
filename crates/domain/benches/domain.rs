//! What lists do for every row and every request: render times, read times, read searches.

use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use domain::{
    key::{KeyKind, Mode, check_key, format_key},
    search,
    time::{PhpFormat, parse_instant, write_event_time, write_record_time, zone},
};
use jiff::{Timestamp, tz::TimeZone};

fn rendering(criterion: &mut Criterion) {
    let instant = Timestamp::constant(1_932_881_400, 0);
    let berlin = zone("Europe/Berlin").expect("in the list");
    let fixed = TimeZone::fixed(jiff::tz::offset(2));
    let format = PhpFormat::parse("Y-m-d h:ia").expect("short enough");
    let mut out = String::with_capacity(64);

    for (name, zone) in [
        ("utc", &TimeZone::UTC),
        ("fixed", &fixed),
        ("berlin", &berlin),
    ] {
        criterion.bench_function(&format!("write_event_time/{name}"), |bencher| {
            bencher.iter(|| {
                out.clear();
                write_event_time(&mut out, black_box(instant), black_box(zone));
                out.len()
            });
        });
    }
    criterion.bench_function("write_record_time/utc", |bencher| {
        bencher.iter(|| {
            out.clear();
            write_record_time(&mut out, black_box(instant), &TimeZone::UTC);
            out.len()
        });
    });
    criterion.bench_function("php_write/berlin", |bencher| {
        bencher.iter(|| {
            out.clear();
            format.write(&mut out, black_box(instant), &berlin);
            out.len()
        });
    });
}

fn reading(criterion: &mut Criterion) {
    let berlin = zone("Europe/Berlin");
    let key = format_key(KeyKind::App, Mode::Live, [7; 32]);

    criterion.bench_function("zone/berlin", |bencher| {
        bencher.iter(|| zone(black_box("Europe/Berlin")));
    });
    criterion.bench_function("parse_instant/offset", |bencher| {
        bencher.iter(|| parse_instant(black_box("2031-04-02T09:30:00+02:00"), None));
    });
    criterion.bench_function("parse_instant/wall", |bencher| {
        bencher.iter(|| parse_instant(black_box("2031-04-02T09:30:00"), berlin.as_ref()));
    });
    criterion.bench_function("search", |bencher| {
        bencher.iter(|| {
            search::parse(black_box(
                "state:confirmed;customer.name:*brown*;meta.room:145",
            ))
        });
    });
    criterion.bench_function("check_key", |bencher| {
        bencher.iter(|| check_key(black_box(&key)));
    });
}

criterion_group!(benches, rendering, reading);
criterion_main!(benches);
