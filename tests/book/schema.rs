//! The page about `results.json` is made from the types that are written there.

use std::fmt::Write;

use super::{root, updating};

/// What stands before the part that is made.
const MARK: &str = "<!-- made from src/experiment/results.rs -->\n";

/// A type of the schema: its name, what it is, and its keys with types and meanings.
struct Object {
    name: String,
    what: String,
    keys: Vec<[String; 3]>,
}

/// Holds the page against the types, or makes it anew.
pub fn check() {
    let file = |name: &str| {
        std::fs::read_to_string(root().join("src/experiment").join(name)).expect("the schema's types")
    };
    let files = [
        "results.rs",
        "course_results.rs",
        "redundancy.rs",
        "data_results.rs",
        "traces.rs",
        "study/results.rs",
    ];
    let source = files.map(file).concat();
    let path = root().join("book/src/results.md");
    let page = std::fs::read_to_string(&path).expect("the page about results");
    let (text, made) = page.split_once(MARK).expect("the page has a part that is made");
    let objects = objects(&source);
    assert!(objects.len() > 15, "the types of the schema are not found");
    let new = markdown(&objects);
    if updating() {
        std::fs::write(&path, format!("{text}{MARK}{new}")).expect("the page can be written");
    } else {
        assert_eq!(made, new, "book/src/results.md differs from src/experiment/results.rs: set UPDATE_BOOK");
    }
}

fn objects(source: &str) -> Vec<Object> {
    let mut objects: Vec<Object> = Vec::new();
    let mut said = Vec::new();
    let (mut inside, mut written) = (false, false);
    for line in source.lines() {
        let line = line.trim();
        if let Some(comment) = line.strip_prefix("///") {
            said.push(comment.trim().to_owned());
        } else if line.starts_with("#[derive(") {
            // What is never read back from a file is not of the schema.
            written = line.contains("Deserialize");
        } else if let (true, Some(name)) =
            (written, line.strip_prefix("pub struct ").and_then(|rest| rest.strip_suffix(" {")))
        {
            let what = first_paragraph(&said);
            objects.push(Object { name: name.to_owned(), what, keys: Vec::new() });
            inside = true;
        } else if line == "}" {
            inside = false;
        } else if let (true, Some((key, kind))) =
            (inside, line.strip_prefix("pub ").and_then(|it| it.split_once(": ")))
        {
            let keys = &mut objects.last_mut().expect("a key is inside a type").keys;
            keys.push([key.to_owned(), kind.trim_end_matches(',').to_owned(), first_paragraph(&said)]);
        }
        if !line.starts_with("///") && !line.starts_with("#[") {
            said.clear();
        }
    }
    objects
}

fn first_paragraph(said: &[String]) -> String {
    let lines: Vec<&str> = said.iter().map(String::as_str).take_while(|line| !line.is_empty()).collect();
    lines.join(" ")
}

fn markdown(objects: &[Object]) -> String {
    let mut text = String::new();
    let links = |meaning: &str| meaning.replace("[`DesignResult::service`]", "`service`");
    for Object { name, what, keys } in objects {
        write!(text, "\n## {name}\n\n{what}\n\n| key | is | means |\n| --- | --- | --- |\n").expect("a text");
        for [key, kind, meaning] in keys {
            writeln!(text, "| `{key}` | {} | {} |", in_words(kind, objects), links(meaning)).expect("a text");
        }
    }
    text
}

/// A type in words, with a link where it is one of the schema.
fn in_words(kind: &str, objects: &[Object]) -> String {
    let inside = |of: &str| kind.strip_prefix(of).and_then(|rest| rest.strip_prefix('<')?.strip_suffix('>'));
    if let Some(inner) = inside("Option") {
        return format!("{}, or null", in_words(inner, objects));
    }
    if let Some(inner) = inside("Vec") {
        return format!("list of {}", in_words(inner, objects));
    }
    match kind {
        "f64" => "number".into(),
        "u64" | "u32" => "whole number".into(),
        "bool" => "true or false".into(),
        "String" => "text".into(),
        "Digest" => "16 hex digits".into(),
        "(String, String)" => "pair of texts".into(),
        "[String; 3]" => "three texts".into(),
        "(String, f64)" => "pair of text and number".into(),
        "(f64, f64)" => "pair of numbers".into(),
        "(u64, String)" => "pair of whole number and text".into(),
        "(String, Figure)" => "pair of text and [Figure](#figure)".into(),
        "(String, u64)" | "(String, u32)" => "pair of text and whole number".into(),
        _ if objects.iter().any(|object| object.name == kind) => {
            format!("[{kind}](#{})", kind.to_lowercase())
        }
        _ => panic!("the schema has a type without words: {kind}"),
    }
}
