//! A made-up log of known laws, through everything.

use super::*;
use crate::fit::{Columns, Family, Order, Room};
use crate::random::{Law, Name, Purpose, StreamKey};

/// Two years of 60 units, of which some never fail, as text.
fn log(failure: &Law, repair: &Law) -> String {
    let mut text = "unit,start,end\n".to_owned();
    let start = Moment::parse("2024-01-01", Order::MonthFirst).unwrap().packed();
    let shown = |seconds: f64| Moment::unpacked(start + (seconds * 1000.0) as u64).to_string();
    for unit in 0..60 {
        let key = StreamKey { seed: 3, trial: unit, name: Name::new("log"), purpose: Purpose::Duration };
        let mut stream = key.open();
        let mut now = 0.0;
        loop {
            now += failure.sample(&mut stream).as_secs_f64();
            if now > 730.0 * 86_400.0 {
                break;
            }
            let end = now + repair.sample(&mut stream).as_secs_f64();
            text += &format!("u{unit},{},{}\n", shown(now), shown(end));
            now = end;
        }
    }
    text
}

fn settings() -> Settings {
    let day = |text| Moment::parse(text, Order::MonthFirst);
    Settings {
        population: Some(60),
        from: day("2024-01-01"),
        until: day("2025-12-31"),
        resamples: 60,
        ..Settings::default()
    }
}

fn read(text: &str) -> Log {
    let columns = Columns {
        start: "start".into(),
        end: Some("end".into()),
        units: vec!["unit".into()],
        ..Columns::default()
    };
    Log::read(text.as_bytes(), &columns).unwrap()
}

fn fit(log: &Log, settings: &Settings) -> GroupFit {
    fit_group(log, &log.groups()[0], settings).unwrap()
}

/// About 900 failures of Weibull gaps. The shape's standard error is 0.78 shape/sqrt(900) = 0.018 (Lawless 2003, section
/// 5.2), the lognormal's sigma's 1/sqrt(1800) = 0.024: the tolerances are four of them.
#[test]
fn a_log_gives_back_the_laws_it_was_made_of() {
    let failure = Law::weibull(0.7, Duration::days(40.0)).unwrap();
    let repair = Law::lognormal(Duration::hours(1.0), 1.0).unwrap();
    let log = read(&log(&failure, &repair));
    let found = fit(&log, &settings());
    assert!(found.by_unit && found.failures.ended > 700 && found.failures.censored >= 58);
    assert_eq!(found.failures.best().unwrap().family, Family::Weibull);
    let shape = found.failures.best().unwrap().shape.unwrap();
    assert!((shape.value - 0.7).abs() < 0.072 && shape.below(1.0), "{shape:?}");
    let repairs = found.repairs.best().unwrap();
    assert_eq!((repairs.family, found.repairs.resolution_s), (Family::LogNormal, 60.0));
    assert!((repairs.shape.unwrap().value - 1.0).abs() < 0.1);
    assert!((repairs.scale_s.unwrap().value / 3600.0 - 1.0).abs() < 0.14);
    // Left truncation leaves the law where it is, with half of the failures.
    let since = Moment::parse("2025-01-01", Order::MonthFirst);
    let late = fit(&log, &Settings { since, ..settings() });
    assert!(late.failures.truncated > 40 && late.failures.ended < found.failures.ended * 2 / 3);
    assert!((late.failures.law(Family::Weibull).unwrap().shape.unwrap().value - 0.7).abs() < 0.11);
}

#[test]
fn the_order_of_the_rows_changes_nothing() {
    let law: Law = "exponential(mean 60d)".parse().unwrap();
    let text = log(&law, &"1h".parse().unwrap());
    let mut rows: Vec<&str> = text.lines().skip(1).collect();
    rows.reverse();
    let turned = format!("unit,start,end\n{}\n", rows.join("\n"));
    assert_eq!(fit(&read(&text), &settings()), fit(&read(&turned), &settings()));
    assert!(fit(&read(&text), &settings()).repairs.laws.is_empty(), "all repairs are the same");
}

#[test]
fn memory_for_a_few_outages_gives_the_same_as_for_all() {
    let law: Law = "weibull(shape 0.7, scale 40d)".parse().unwrap();
    let text = log(&law, &"1h".parse().unwrap());
    let columns = Columns {
        start: "start".into(),
        end: Some("end".into()),
        units: vec!["unit".into()],
        ..Columns::default()
    };
    let room = Room::with_scratch(100, || Ok(std::io::Cursor::new(Vec::new())));
    let scratch = Log::read_within(text.as_bytes(), &columns, &room).unwrap();
    assert!(scratch.outages() > 700);
    for population in [None, Some(90)] {
        let since = Moment::parse("2024-06-01", Order::MonthFirst);
        let settings = Settings { population, since, ..settings() };
        assert_eq!(fit(&scratch, &settings), fit(&read(&text), &settings));
    }
    let spans = |log: &Log| log.spans(&log.groups()[0], None, None, None).unwrap();
    assert_eq!(spans(&scratch), spans(&read(&text)));
}

#[test]
fn what_cannot_be_is_turned_away() {
    let log = read("unit,start,end\na,2024-01-01,2024-01-02\nb,2024-01-03,2024-01-04\n");
    let group = &log.groups()[0];
    let error = fit_group(&log, group, &Settings { population: Some(1), ..Settings::default() }).unwrap_err();
    assert_eq!(error, GroupError::TooFewUnits { given: 1, seen: 2 });
    let since = Moment::parse("2024-02-01", Order::MonthFirst);
    let error = fit_group(&log, group, &Settings { since, ..Settings::default() }).unwrap_err();
    assert!(matches!(error, GroupError::NoTime { .. }));
}
