//! The catalog as text: a list, and one entry in full with who is cited.

use super::grid::{Style, Tone};
use super::text::{cut, width, wrap};
use crate::catalog::{Entry, Kind, Quantity};

/// A line for each entry: key and title; with `figures` their typical values and sources below it.
pub fn catalog_list(entries: &[&Entry], figures: bool, style: Style) -> String {
    let style = Style { width: style.width.max(40), ..style };
    let column = entries.iter().map(|entry| width(&entry.key)).max().unwrap_or(0).min(style.width / 2);
    let mut out = String::new();
    for entry in entries {
        let room = style.width - column - 2;
        let title = style.tint(Tone::Plain, &cut(&entry.title, room));
        out += &format!("{}  {title}\n", style.tint(Tone::Bold, &format!("{:column$}", entry.key)));
        for (name, quantity) in entry.quantities().into_iter().filter(|_| figures) {
            let name = if name.is_empty() { quantity.kind.to_string() } else { name };
            let text = format!("{name} {}; {}", quantity.typical, quantity.cited_in_short());
            out += &indented("  ", &text, 6, Tone::Dim, style);
        }
    }
    out
}

/// A text behind a lead on its first line, the further ones indented by `hang`.
fn indented(lead: &str, text: &str, hang: usize, tone: Tone, style: Style) -> String {
    // Words of the lead stay where they are: only the text is wrapped, as if the lead were one long word before it.
    let marker = "x".repeat(width(lead).saturating_sub(hang));
    let lines = wrap(&format!("{marker}{}", style.signs(text)), style.width - hang);
    let mut out = String::new();
    for (at, line) in lines.iter().enumerate() {
        let line = match at {
            0 => format!("{lead}{}", &line[marker.len()..]),
            _ => format!("{}{line}", " ".repeat(hang)),
        };
        out += &format!("{}\n", style.tint(tone, &line));
    }
    out
}

/// One entry in full.
pub fn catalog_entry(entry: &Entry, style: Style) -> String {
    let style = Style { width: style.width.max(40), ..style };
    let mut out = style.paragraph(&format!("{}: {}", entry.key, entry.title), 2, Tone::Bold);
    if let Some(about) = &entry.about {
        out += &indented("  measured: ", about, 4, Tone::Plain, style);
    }
    for mind in &entry.mind {
        out += &indented("  mind: ", mind, 4, Tone::Warn, style);
    }
    for (name, quantity) in entry.quantities() {
        let name = if name.is_empty() { quantity.kind.to_string() } else { name };
        out += &format!("\n{}\n", style.tint(Tone::Bold, &name));
        let line = |what: &str, text: &str| indented(&format!("  {what:<8}  "), text, 12, Tone::Plain, style);
        out += &figures(quantity, line);
    }
    out + &usage(entry, style)
}

/// The values of a quantity and all that is known of where they come from.
fn figures(quantity: &Quantity, line: impl Fn(&str, &str) -> String) -> String {
    let mut out = String::new();
    if quantity.is_uncertain() {
        out += &line("low", &quantity.low.to_string());
    }
    out += &line("typical", &quantity.typical.to_string());
    if quantity.is_uncertain() {
        out += &line("high", &quantity.high.to_string());
    }
    if quantity.sources.is_empty() {
        return out + &line("assumed", &quantity.basis) + &optional("range", quantity.range.as_ref(), line);
    }
    out += &line("says", &quantity.basis);
    out += &optional("formula", quantity.formula.as_ref(), &line);
    out += &optional("range", quantity.range.as_ref(), &line);
    for source in &quantity.sources {
        out += &line("source", &source.cite);
    }
    out + &line("evidence", &quantity.evidence.to_string())
}

fn optional(what: &str, text: Option<&String>, line: impl Fn(&str, &str) -> String) -> String {
    text.map_or(String::new(), |text| line(what, text))
}

/// How an experiment uses it.
fn usage(entry: &Entry, style: Style) -> String {
    let key = &entry.key;
    let text = match entry.figure.as_ref().map(|figure| figure.kind) {
        None => format!("in a file: [component.NAME] from = \"catalog:{key}\""),
        Some(Kind::Failure) => format!("in a file: fails = \"catalog:{key}\""),
        Some(Kind::Duration) => {
            format!("in a file: restored, detect, switch or manual = \"catalog:{key}\"")
        }
        Some(Kind::Success) => format!("in a file: succeeds or starts = \"catalog:{key}\""),
        Some(Kind::Share) => {
            format!("in a file, where it is such a chance: bad or error = \"catalog:{key}\"")
        }
    };
    format!("\n{}", style.paragraph(&text, 2, Tone::Dim))
}

/// Entries as JSON, indented.
pub fn catalog_json(entries: &[&Entry]) -> String {
    serde_json::to_string_pretty(entries).expect("entries are texts and lists of them") + "\n"
}
