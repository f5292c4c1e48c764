//! The page.

use fivenines::report::html;

use super::{fixture, xml};

#[test]
fn the_page_runs_nothing_and_fetches_nothing() {
    for (name, results) in fixture::all() {
        let page = html(&results);
        for forbidden in
            ["<script", "<link", "<img", "<iframe", "src=\"", "url(http", "@import", "javascript:", "onload"]
        {
            assert!(!page.contains(forbidden), "{name}: {forbidden}");
        }
    }
}

#[test]
fn names_are_escaped_wherever_they_stand() {
    let page = html(&fixture::nasty());
    assert!(page.contains("&lt;script&gt;alert("));
    assert!(!page.contains('\u{1b}') && !page.contains('\0'));
}

#[test]
fn the_page_says_what_was_assumed_and_how_to_compute_it_again() {
    let page = html(&fixture::checkout());
    for part in [
        "cannot be told apart at 95% confidence",
        "99.999 08%",
        "17× more",
        "<span class=\"assumption\">assumption</span>",
        "<a href=\"https://www.backblaze.com/b2/hard-drive-test-data.html\"",
        "Hall transformed t",
        "nines run experiments/checkout.toml --seed 1",
        "6983d997cbbc4876",
        "not Markovian",
    ] {
        assert!(page.contains(part), "{part}");
    }
    assert_eq!(page.matches("<svg ").count(), 5);
    assert_eq!(page, html(&fixture::checkout()));
}

#[test]
fn the_body_of_the_page_is_well_formed() {
    for (name, results) in fixture::all() {
        let page = html(&results);
        let body = &page[page.find("<body>").expect("a body")..page.find("</html>").expect("an end")];
        xml::check(body).unwrap_or_else(|error| panic!("{name}: {error}"));
    }
}
