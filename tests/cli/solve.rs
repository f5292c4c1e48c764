//! `nines solve` as its users meet it.

use super::Desk;

#[test]
fn the_answer_is_told_with_what_was_tried() {
    let desk = Desk::markov();
    let shown = desk.nines(&[
        "solve",
        "markov.toml",
        "--for",
        "component.server.mode.crash.restored",
        "--objective",
        "99.5%",
        "--design",
        "one",
        "--method",
        "exact",
        "--out",
        "found",
    ]);
    insta::assert_snapshot!(shown.exits(0).out);
    let json = std::fs::read_to_string(desk.path("found/solve.json")).unwrap();
    assert!(json.contains("\"met_already\": false"));
    let seeded =
        ["--objective", "99%", "--design", "one", "--method", "exact", "--seed", "7", "--out", "seeded"];
    let shown =
        desk.nines(&[&["solve", "markov.toml", "--for", "service.web.replicas"][..], &seeded].concat());
    assert!(shown.exits(0).out.contains("--seed 7"));
    assert!(std::fs::read_to_string(desk.path("seeded/solve.json")).unwrap().contains("\"seed\": 7"));
}

#[test]
fn what_no_value_reaches_ends_with_one() {
    let desk = Desk::markov();
    let path = "service.web.replicas";
    let run = |objective: &str| {
        let arguments =
            ["solve", "markov.toml", "--for", path, "--objective", objective, "--design", "two, or more"];
        desk.nines(&[&arguments[..], &["--method", "exact"]].concat())
    };
    run("99.99%").exits(0);
    let set = [
        "solve",
        "markov.toml",
        "--for",
        "component.server.mode.crash.fails",
        "--objective",
        "99.9999999999999%",
    ];
    desk.nines(&[&set[..], &["--design", "one", "--method", "exact"]].concat()).exits(1);
}

#[test]
fn what_is_missing_is_asked_for() {
    let desk = Desk::markov();
    let solve = |more: &[&str]| {
        desk.nines(&[&["solve", "markov.toml", "--for", "service.web.replicas"], more].concat())
    };
    solve(&["--threads", "0"]).exits(2).complains("at least one thread");
    solve(&[]).exits(2).complains("say which design with --design; the file has `one`, `two, or more`");
    solve(&["--design", "one"]).exits(2).complains("the file has no objective: say what to reach");
    solve(&["--design", "one", "--objective", "much"])
        .exits(2)
        .complains("--objective: \"much\" is no objective");
    desk.nines(&["solve", "markov.toml", "--for", "service..x"])
        .exits(2)
        .complains("a key path needs a name");
    let nothing =
        ["solve", "markov.toml", "--for", "service.web.spread", "--design", "one", "--objective", "99%"];
    desk.nines(&nothing).exits(2).complains("has no value `service.web.spread`");
}
