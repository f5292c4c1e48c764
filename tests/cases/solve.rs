//! What it would take, against closed forms.

use fivenines::experiment::{Draft, Objective, Options, Quest, SolveError, SolveResult, Unwatched, solve};
use fivenines::random::Law;
use fivenines::units::Duration;

fn draft(settings: &str, fails: &str, restored: &str, service: &str) -> Draft {
    let text = format!(
        "title = \"T\"\nhorizon = \"200y\"\nseed = 1\n{settings}\n[component.server.mode.crash]\nfails = \"{fails}\"\n\
         restored = \"{restored}\"\n[service.web]\nruns_on = \"server\"\n{service}\n"
    );
    Draft::parse("x.toml", &text).expect("a file")
}

fn found(draft: &Draft, path: &str, asked: &str) -> Result<SolveResult, SolveError> {
    let quest = Quest {
        draft,
        design: "as written",
        path: &path.parse().expect("a path"),
        objective: Objective::new("web", asked).expect("an objective"),
        adjust: &|_| {},
    };
    solve(&quest, &Options::default(), &Unwatched)
}

const EXACT: &str = "method = \"exact\"";
const RESTORED: &str = "component.server.mode.crash.restored";

/// A/(A + R) = 99.5% at R = A * 0.005 / 0.995, which is 29.85 minutes for 99 hours.
#[test]
fn a_repair_has_to_be_as_fast_as_the_closed_form_says() {
    let draft = draft(EXACT, "exponential(mean 99h)", "exponential(mean 1h)", "");
    let found = found(&draft, RESTORED, "99.5%").expect("it is solved");
    assert!(!found.met_already);
    let mean = found.answer.expect("it can be reached").parse::<Law>().unwrap().mean().unwrap();
    // The answer is on the safe side of the crossing, and within the two digits of what people write.
    assert!(mean <= Duration::minutes(29.85) && mean >= Duration::minutes(28.9), "{mean}");
    assert!(found.tried.iter().all(|tried| tried.objective != "undecided"), "exact values are certain");
}

/// Of a law only the times are turned: the same crossing from the failures' side, 199 hours for repairs of one.
#[test]
fn failures_have_to_be_as_rare_as_the_closed_form_says() {
    let draft = draft(EXACT, "exponential(rate 1/99h)", "exponential(mean 1h)", "");
    let found = found(&draft, "component.server.mode.crash.fails", "99.5%");
    let answer = found.expect("it is solved").answer.expect("it can be reached");
    let mean = answer.parse::<Law>().unwrap().mean().unwrap();
    assert!(mean >= Duration::hours(199.0) && mean <= Duration::hours(206.0), "{mean}");
}

/// Two of two are worse than one, and three are the next that is better (A of 99%: 99%, 98.01%, 99.97%).
#[test]
fn a_majority_that_needs_more_replicas_does_not_stop_at_an_even_number() {
    let service = "replicas = 1\nneeds = \"majority\"";
    let draft = draft(EXACT, "exponential(mean 99h)", "exponential(mean 1h)", service);
    let found = found(&draft, "service.web.replicas", "99.9%").expect("it is solved");
    assert_eq!(found.answer.as_deref(), Some("3"));
    let tried: Vec<&str> = found.tried.iter().map(|tried| tried.value.as_str()).collect();
    assert_eq!(tried, ["1", "2", "3"], "none is tried that is no system, or further away than the answer");
}

/// Where it is met already, how slow a repair may be: R = 99 h / 9 is 11 hours for 90%.
#[test]
fn what_is_met_already_says_how_far_it_may_go() {
    let draft = draft(EXACT, "exponential(mean 99h)", "exponential(mean 1h)", "");
    let found = found(&draft, RESTORED, "90%").expect("it is solved");
    assert!(found.met_already);
    let mean = found.answer.expect("there is room").parse::<Law>().unwrap().mean().unwrap();
    assert!(mean <= Duration::hours(11.001) && mean >= Duration::hours(10.7), "{mean}");
}

/// Fixed times: down for 1 hour of every 100, whatever the seed, so that simulation crosses where the closed form does.
#[test]
fn simulation_finds_the_same_crossing() {
    let draft = draft("method = \"simulate\"\ntrials = 200", "99h", "1h", "");
    let found = found(&draft, RESTORED, "99.5%").expect("it is solved");
    let time: Duration = found.answer.expect("it can be reached").parse().unwrap();
    assert!(time <= Duration::minutes(29.85) && time >= Duration::minutes(28.9), "{time}");
}

/// Of three with 99.97% together, two have 98.01%: nothing to spare, and the answer says so and not that nothing fails.
#[test]
fn what_has_nothing_to_spare_says_what_would_be_too_little() {
    let service = "replicas = 3\nneeds = \"majority\"";
    let draft = draft(EXACT, "exponential(mean 99h)", "exponential(mean 1h)", service);
    let found = found(&draft, "service.web.replicas", "99.9%").expect("it is solved");
    assert!(found.met_already && found.answer.is_none());
    assert_eq!(found.best.as_ref().map(|next| next.value.as_str()), Some("2"));
    let answer = fivenines::report::solve_answer(&found);
    assert!(answer.contains("With 2 it would not be enough: 98.010%."), "{answer}");
}

#[test]
fn what_cannot_be_turned_is_said() {
    let draft =
        draft(EXACT, "exponential(mean 99h)", "exponential(mean 1h)", "replicas = 2\nneeds = \"any\"");
    let error = |path: &str| found(&draft, path, "99.9%").unwrap_err().to_string();
    assert!(error("service.web.needs").contains("is \"any\", which is no number, time, share or law"));
    assert!(error("service.web.failover.detect").contains("has no value `service.web.failover.detect`"));
}
