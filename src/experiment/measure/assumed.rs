//! What is around a model of which only the name was said.

use super::super::{File, Logs, Models};
use crate::process::Injected;

/// A file that measures a model with all its options as they are, in three zones, with clients that ask often; nothing where no
/// model of this name is known, or it is none without options.
///
/// ```
/// use fivenines::experiment::{Models, assumed};
/// use fivenines::process::Injected;
///
/// assert_eq!(assumed("raft", Injected::LeaderCrash, &Models::new()), None);
/// ```
pub fn assumed(model: &str, fault: Injected, models: &Models) -> Option<String> {
    // How many processes there are is only known to the model.
    let read = |text: &str| match File::parse("", text, &Logs::default(), models) {
        Ok(File::Study(study)) => Some(study.designs.first()?.staged.processes()),
        Ok(File::Experiment(_)) | Err(_) => None,
    };
    let processes = read(&format!(
        "title = \"x\"\nmodel = {model:?}\nhorizon = \"1s\"\nseed = 1\nnetwork.within.latency = \"1ms\"\n"
    ))?;
    Some(format!(
        r#"title = "How does {model} deal with a {fault}?"
model = "{model}"
seed  = 1

# Zones within some hundred kilometres; assumption.
[network]
within  = {{ latency = "uniform(50us, 250us)" }}
between = {{ latency = "uniform(250us, 1ms)" }}
sites   = {{ {} }}

# "99th percentile should be less than 10ms" (etcd documentation, disk sync).
[limits]
sync = "lognormal(median 1ms, p99 10ms)"

# Assumption: requests to any process, far more often than anything takes.
[clients.probe]
asks    = "exponential(mean 20ms)"
timeout = "100ms"
target  = "any"
retries = 2
backoff = "20ms"

[measure]
fault = "{fault}"
"#,
        zones(processes)
    ))
}

/// The processes in order, as evenly over up to three zones as can be.
fn zones(processes: usize) -> String {
    let zones = processes.clamp(1, 3);
    let of = |zone: usize| processes / zones + usize::from(zone < processes % zones);
    let named = ["a", "b", "c"].iter().take(zones).enumerate();
    named.map(|(zone, name)| format!("{name} = {}", of(zone))).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::zones;

    #[test]
    fn zones_have_as_many_as_the_others_or_one_more() {
        assert_eq!(zones(5), "a = 2, b = 2, c = 1");
        assert_eq!(zones(3), "a = 1, b = 1, c = 1");
        assert_eq!(zones(2), "a = 1, b = 1");
    }
}
