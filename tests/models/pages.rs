//! The pages of the models in the book: there is one for each, and its tables have the options and the mistakes that the model has.

use fivenines::experiment::{File, Models, Style};

use crate::book::page::Page;
use crate::book::root;

use super::shipped;

/// What a file with these options for a model is told, each message in one line; nothing where it is sound.
fn told(models: &Models, name: &str, options: &str) -> Option<String> {
    let file = format!(
        "title = \"T\"\nmodel = \"{name}\"\nhorizon = \"1s\"\nseed = 1\n[network]\nwithin = {{ latency = \"1ms\" }}\n[options]\n{options}\n"
    );
    let report = File::parse("x.toml", &file, &Default::default(), models).err()?;
    Some(report.render(Style { width: 2_000, unicode: true, color: false }))
}

/// The first column of a page's table, without its backquotes.
fn names(rows: &[Vec<String>]) -> Vec<String> {
    rows.iter().map(|cells| cells[0].trim_matches('`').to_owned()).collect()
}

#[test]
fn every_model_has_a_page_with_its_options_and_its_mistakes() {
    let models = shipped::all();
    for name in models.names() {
        let page = Page::read(&root().join(format!("book/src/models/{name}.md")));
        let options = page.table_after("<!-- options -->");
        let said = told(&models, name, "zzzzzzzzzzzz = 1").expect("there is no such option");
        let known = said.split_once("the options are ").expect("it lists them").1;
        let known: Vec<&str> = known.lines().next().unwrap().split(", ").map(str::trim).collect();
        assert_eq!(names(&options), known, "{}", page.name());

        let mistakes = page.table_after("<!-- mistakes -->");
        let said = told(&models, name, "mistake = \"zzzzzzzzzzzz\"").expect("there is no such mistake");
        let line = said.lines().next().expect("it says something");
        let known: Vec<&str> = line.split('`').skip(3).step_by(2).collect();
        assert_eq!(names(&mistakes), known, "{}", page.name());

        // Each default is one that the option takes.
        for cells in options.iter().filter(|cells| cells[1] != "none") {
            let line = format!("{} = {}", cells[0].trim_matches('`'), cells[1].trim_matches('`'));
            assert_eq!(told(&models, name, &line), None, "{}", page.name());
        }
    }
}
