//! Whatever happens to a file, reading it ends in an experiment or in a report, never in a panic.

use fivenines::experiment::{Experiment, Style};
use proptest::prelude::*;

/// One thing that happens to a file. Places are shares of its length.
#[derive(Clone, Debug)]
enum Mutation {
    FlipBit(u16, u8),
    Insert(u16, String),
    DeleteLine(u16),
    DuplicateLine(u16),
    SwapLines(u16, u16),
    SwapTokens(u16, u16),
    Truncate(u16),
}

fn mutation() -> impl Strategy<Value = Mutation> {
    prop_oneof![
        (any::<u16>(), 0u8..8).prop_map(|(at, bit)| Mutation::FlipBit(at, bit)),
        (any::<u16>(), "[\\[\\]{}.,\"'=# \\n0-9eü-]{1,4}").prop_map(|(at, text)| Mutation::Insert(at, text)),
        any::<u16>().prop_map(Mutation::DeleteLine),
        any::<u16>().prop_map(Mutation::DuplicateLine),
        any::<(u16, u16)>().prop_map(|(a, b)| Mutation::SwapLines(a, b)),
        any::<(u16, u16)>().prop_map(|(a, b)| Mutation::SwapTokens(a, b)),
        any::<u16>().prop_map(Mutation::Truncate),
    ]
}

/// The place in `length` things that a share of 65,536 stands for.
fn at(share: u16, length: usize) -> usize {
    length * usize::from(share) / 65_536
}

fn mutate(text: String, mutation: &Mutation) -> String {
    let mut lines: Vec<&str> = text.split_inclusive('\n').collect();
    let count = lines.len();
    match mutation {
        Mutation::FlipBit(share, bit) => {
            let mut bytes = text.into_bytes();
            if !bytes.is_empty() {
                let place = at(*share, bytes.len());
                bytes[place] ^= 1 << bit;
            }
            return String::from_utf8_lossy(&bytes).into_owned();
        }
        Mutation::Insert(share, insert) => {
            let place = text.floor_char_boundary(at(*share, text.len()));
            return format!("{}{insert}{}", &text[..place], &text[place..]);
        }
        Mutation::Truncate(share) => {
            return text[..text.floor_char_boundary(at(*share, text.len()))].to_owned();
        }
        Mutation::SwapTokens(a, b) => {
            let mut tokens: Vec<&str> = text.split_inclusive([' ', '"', '.', '=', '\n']).collect();
            if !tokens.is_empty() {
                let count = tokens.len();
                tokens.swap(at(*a, count), at(*b, count));
            }
            return tokens.concat();
        }
        _ if lines.is_empty() => {}
        Mutation::DeleteLine(share) => drop(lines.remove(at(*share, count))),
        Mutation::DuplicateLine(share) => lines.insert(at(*share, count), lines[at(*share, count)]),
        Mutation::SwapLines(a, b) => lines.swap(at(*a, count), at(*b, count)),
    }
    lines.concat()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    #[test]
    fn a_mutated_file_is_read_or_reported(mutations in prop::collection::vec(mutation(), 1..6)) {
        let sound = include_str!("sound.toml").to_owned();
        let text = mutations.iter().fold(sound, mutate);
        if let Err(report) = Experiment::parse("mutated.toml", &text) {
            let inside = |span: &std::ops::Range<usize>| span.start <= span.end && span.end <= text.len();
            prop_assert!(report.diagnostics().iter().any(|found| found.span.as_ref().is_some_and(inside)));
            let style = Style { width: 80, unicode: true, color: true };
            prop_assert!(!report.render(style).is_empty());
        }
    }

    #[test]
    fn any_text_is_reported(text in "(?s).{0,200}") {
        prop_assert!(Experiment::parse("any.toml", &text).is_err());
    }
}
