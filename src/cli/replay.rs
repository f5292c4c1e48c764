//! `nines replay`.

use super::Exit;
use super::args::ReplayArguments;
use super::protocol;
use super::screen::{adjust, complain, complain_of, find_design, logs, read_any, say};
use crate::experiment::{self, Design, Experiment, File, Models, Replay};
use crate::report::number;

/// Plays one trial again and tells its story.
pub fn replay(arguments: &ReplayArguments, models: &Models) -> Exit {
    match attempt(arguments, models) {
        Ok(exit) | Err(exit) => exit,
    }
}

fn attempt(arguments: &ReplayArguments, models: &Models) -> Result<Exit, Exit> {
    let mut experiment = match read_any(&arguments.file, &logs(&arguments.logs(), true), models)? {
        File::Experiment(experiment) => *experiment,
        File::Study(study) => return protocol::replay(*study, arguments),
    };
    let drawn = arguments.svg.is_some() || arguments.files().next().is_some();
    if drawn || arguments.from.is_some() || arguments.until.is_some() {
        return Err(complain(
            "--trace FILE, --svg, --from and --until are for protocols: this file has no `model`",
        ));
    }
    adjust(&mut experiment, &arguments.settings)?;
    let design = match (&arguments.design, &experiment.designs[..]) {
        (Some(name), _) => find_design(&experiment, name)?,
        (None, [only]) => only,
        (None, designs) => {
            let names: Vec<String> = designs.iter().map(|design| format!("`{}`", design.name)).collect();
            return Err(complain(&format!("which design? --design with one of {}", names.join(", "))));
        }
    };
    let replay = experiment::replay(&experiment, design, arguments.trial)
        .map_err(|problems| complain_of(&problems))?;
    say(&tell(&experiment, design, arguments.trial, &replay));
    Ok(Exit::Done)
}

fn tell(experiment: &Experiment, design: &Design, trial: u64, replay: &Replay) -> String {
    let mut text = format!(
        "{}\ndesign {}, trial {trial}, seed {}, {} from an all-up start\n\n",
        experiment.title, design.name, experiment.seed, experiment.horizon
    );
    let width = replay.story.iter().map(|happening| happening.at.to_string().len()).max().unwrap_or(0);
    for happening in &replay.story {
        text.push_str(&format!("{:>width$}  {}\n", happening.at.to_string(), happening.what));
    }
    if replay.story.is_empty() {
        text.push_str("nothing failed\n");
    }
    text.push('\n');
    for (service, record) in replay.services.iter().zip(&replay.records) {
        let outages = match record.outages.len() {
            0 => "never down".to_owned(),
            1 => format!("down once, {}", number::duration(record.downtime.as_secs_f64())),
            count => {
                format!("down {count} times, {} in all", number::duration(record.downtime.as_secs_f64()))
            }
        };
        text.push_str(&format!("{service}: {outages}\n"));
    }
    text.push_str(&format!("{} events, digest {}\n", replay.summary.events, replay.summary.digest));
    text
}
