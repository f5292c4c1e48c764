//! Measured laws as the file that an experiment reads.

use super::{struck, unnoticed};
use crate::experiment::{MeasureResults, MeasuredLaw, MeasuredResult};
use crate::random::Law;
use crate::report::number::{count, duration, fixed, share};
use crate::units::Duration;

/// Columns of a law.
const WIDTH: usize = 100;

/// The laws of a measurement, for `failover = { measured = "NAME" }`; nothing where no design has any.
///
/// It says where they come from, down to the command and the digest of the trials.
pub fn measured_toml(results: &MeasureResults, name: &str) -> Option<String> {
    let designs: Vec<(&MeasuredResult, &MeasuredLaw)> =
        results.designs.iter().filter_map(|design| Some((design, design.law.as_ref()?))).collect();
    if designs.is_empty() {
        return None;
    }
    let mut out = format!(
        "# Laws that were measured, as a file in the folder measured/ beside an experiment, where\n\
         # failover = {{ measured = {name:?} }} uses them.\n\
         schema     = \"fivenines.measured/1\"\n"
    );
    for (key, value) in [
        ("version", &results.version),
        ("command", &results.command),
        ("title", &results.title),
        ("model", &results.model),
        ("digest", &results.digest.to_string()),
    ] {
        out += &format!("{key:10} = {}\n", text(value));
    }
    out += &format!("{:10} = {}\n", "seed", results.seed);
    out += &format!("{:10} = {}\n", "confidence", text(&share(results.confidence)));
    if let Some(assumed) = &results.assumed {
        out += &format!("assumed    = '''\n{assumed}'''\n");
    }
    for (design, law) in designs {
        out += &block(design, law);
    }
    Some(out)
}

fn block(design: &MeasuredResult, law: &MeasuredLaw) -> String {
    let mut out = format!("\n[[design]]\nname       = {}\n", text(&design.name));
    let mut table = |key: &str, values: &[(String, String)]| {
        if !values.is_empty() {
            let entries = values.iter().map(|(path, value)| format!("{} = {}", text(path), text(value)));
            out += &format!("{key:10} = {{ {} }}\n", entries.collect::<Vec<_>>().join(", "));
        }
    };
    table("options", &design.options);
    table("set", &design.set);
    let seconds = |seconds: f64| text(&Duration::seconds(seconds).to_string());
    for (key, value) in [
        ("fault", text(design.fault.name())),
        ("lasts", text(&design.lasts.to_string())),
        ("warm_up", seconds(design.warm_up_s)),
        ("spread", seconds(design.spread_s)),
        ("within", seconds(design.within_s)),
        ("episodes", design.episodes.to_string()),
        ("struck", struck(design).to_string()),
        ("recovered", design.recovery.seen.to_string()),
        ("digest", text(&design.digest.to_string())),
    ] {
        out += &format!("{key:10} = {value}\n");
    }
    out += &format!(
        "# Share that recovered, at least {}% at the confidence above.\nsucceeds   = {}\n",
        fixed((law.succeeds_at_least.value() * 10_000.0).floor() / 100.0, 2),
        text(&law.succeeds.to_string())
    );
    let kept = |law: &Law| match law {
        Law::Empirical(law) if (law.observed().count() as u64) < design.recovery.seen => {
            format!(", each the mean of a {}th of what was seen", law.observed().count())
        }
        _ => String::new(),
    };
    if let Some(note) = unnoticed(design) {
        out += &format!("# {note}\n");
    }
    for (key, what, of) in [
        ("detect", "From the fault to somebody having noticed", &law.detect),
        ("switch", "From there to the first answer", &law.switch),
    ] {
        let mean = of.mean().map_or(f64::INFINITY, Duration::secs);
        out += &format!("# {what}: {} on average{}.\n", duration(mean), kept(of));
        out += &format!("{key:10} = \"\"\"\n{}\"\"\"\n", wrapped(&in_micros(of)));
    }
    if let Some(correlation) = law.correlation {
        out += &format!(
            "# Both are of the {} episodes that recovered; drawn apart, though they went together like this.\n\
             correlation = {:.3}\n",
            count(law.episodes),
            correlation
        );
    }
    out
}

/// A law as it is written, but observed times in the unit in which they were counted.
fn in_micros(law: &Law) -> String {
    let Law::Empirical(law) = law else { return law.to_string() };
    let times: Vec<String> = law.observed().map(|time| format!("{}us", time.span().as_micros())).collect();
    format!("empirical({})", times.join(", "))
}

/// A law in lines, broken behind commas.
fn wrapped(law: &str) -> String {
    let (mut out, mut used) = (String::new(), 0);
    for word in law.split_inclusive(' ') {
        if used + word.trim_end().len() > WIDTH {
            out.truncate(out.trim_end().len());
            out.push('\n');
            used = 0;
        }
        out += word;
        used += word.len();
    }
    out
}

/// A text of one line as TOML has it.
fn text(text: &str) -> String {
    let mut out = String::from('"');
    for c in text.chars() {
        match c {
            '"' | '\\' => out.extend(['\\', c]),
            c if c.is_control() => out += &format!("\\u{:04X}", u32::from(c)),
            c => out.push(c),
        }
    }
    out.push('"');
    out
}
