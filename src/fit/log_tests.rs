//! Tests of reading a log.

use super::*;

fn columns() -> Columns {
    Columns {
        start: "start".into(),
        end: Some("end".into()),
        units: vec!["unit".into()],
        ..Columns::default()
    }
}

fn counts(log: &Log) -> Vec<(Mess, u64)> {
    log.ledger().seen().collect()
}

#[test]
fn every_kind_of_messy_row_is_counted() {
    let text = "unit,start,end\n\
                a,2024-01-01 00:00,2024-01-01 01:00\n\
                a,2024-01-01 00:00,2024-01-01 01:00\n\
                a,2024-01-01 01:00,2024-01-01 02:00\n\
                a,2024-01-02 00:00,\n\
                a,2024-01-03 00:00,soon\n\
                a,2024-01-04 00:00,2024-01-03 00:00\n\
                a,2024-01-05 00:00,2024-01-05 00:00\n\
                ,2024-01-05 00:00,2024-01-05 00:00\n\
                a,,2024-01-05 00:00\n\
                a,yesterday,2024-01-05 00:00\n\
                a\n";
    let log = Log::read(text.as_bytes(), &columns()).unwrap();
    let want = [
        (Mess::Short, 1),
        (Mess::NoStart, 1),
        (Mess::BadStart, 1),
        (Mess::NoUnit, 1),
        (Mess::NoEnd, 1),
        (Mess::BadEnd, 1),
        (Mess::Backwards, 1),
        (Mess::Zero, 1),
        (Mess::Duplicate, 1),
        (Mess::Merged, 1),
    ];
    assert_eq!(counts(&log), want);
    assert_eq!((log.rows(), log.outages()), (11, 5));
    assert_eq!(log.ledger().first(Mess::BadEnd), Some(6));
}

#[test]
fn groups_are_numbers_in_order_and_do_not_depend_on_the_rows() {
    let rows = ["18,x,2024-01-01,2024-01-02,7", "2,y,2024-01-01,2024-01-02,3", "b,x,2024-01-01,2024-01-02,1"];
    let columns = Columns { groups: vec!["system".into()], population: Some("nodes".into()), ..columns() };
    for order in [[0, 1, 2], [2, 1, 0]] {
        let text = order.map(|at| rows[at]).join("\n");
        let log = Log::read(format!("system,unit,start,end,nodes\n{text}").as_bytes(), &columns).unwrap();
        let groups: Vec<_> = log.groups().iter().map(|group| (group.name(), group.population())).collect();
        assert_eq!(groups, [("2", Some(3)), ("18", Some(7)), ("b", Some(1))]);
        assert_eq!(log.outages_of(&log.groups()[1]).next().unwrap().unwrap().unit(), 1);
    }
}

#[test]
fn the_time_down_is_taken_before_the_end() {
    let text = "unit,start,end,down\na,2024-01-01 00:00,2024-01-01 01:00,30\nb,2024-01-01 00:00,,90s\n\
                c,2024-01-01 00:00,2024-01-01 01:00,\n";
    let log = Log::read(text.as_bytes(), &Columns { down: Some("down".into()), ..columns() }).unwrap();
    let mut lengths = Vec::new();
    log.outages.cursor(0..3).each(|outage| lengths.push(outage.length())).unwrap();
    assert_eq!(lengths, [Some(1_800_000), Some(90_000), Some(3_600_000)]);
    assert_eq!(counts(&log), [(Mess::Disagrees, 1)]);
}

#[test]
fn a_log_of_replacements_has_no_ends_and_is_not_messy() {
    let text = "unit,start\na,2024-01-01T10:00:00-0500\na,2024-03-01\n";
    let log = Log::read(text.as_bytes(), &Columns { end: None, ..columns() }).unwrap();
    let mut outages = Vec::new();
    log.outages
        .cursor(0..2)
        .each(|outage| outages.push((outage.began().to_string(), outage.length())))
        .unwrap();
    assert_eq!(outages, [("2024-01-01 15:00".to_owned(), None), ("2024-03-01".to_owned(), None)]);
    assert_eq!(counts(&log), []);
}

#[test]
fn the_order_of_day_and_month_is_found_or_guessed() {
    let read = |row: &str| {
        Log::read(format!("unit,start,end\na,1/2/2024,\na,{row},\n").as_bytes(), &columns()).unwrap()
    };
    let log = read("31/12/2024");
    assert_eq!((log.order(), log.order_is_a_guess()), (Order::DayFirst, false));
    let log = read("12/31/2024");
    assert_eq!((log.order(), log.order_is_a_guess()), (Order::MonthFirst, false));
    assert!(read("3/4/2024").order_is_a_guess());
}

#[test]
fn a_log_that_is_none_says_why() {
    let error = |text: &str| Log::read(text.as_bytes(), &columns()).unwrap_err().to_string();
    assert!(
        error("unit,start,end\na,x,y\n").contains("1 of 1 starts are no dates"),
        "{}",
        error("unit,start,end\na,x,y\n")
    );
    assert_eq!(error("unit,start,end\n"), "the log has no rows that can be used");
    assert!(error("unit,begin,end\n").starts_with("the log has no column \"start\""));
}
