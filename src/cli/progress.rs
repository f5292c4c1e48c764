//! Shows how far a run has got, on a terminal only, and hears Ctrl-C.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::screen::complain;
use crate::experiment::{RunError, Watcher};

/// A progress bar on standard error, and the flag that Ctrl-C raises.
pub struct Progress {
    bar: ProgressBar,
    /// What each design has done, of about so many.
    designs: Mutex<BTreeMap<String, (u64, u64)>>,
    /// Nothing has been written yet.
    running: Arc<AtomicBool>,
}

impl Progress {
    /// Starts to listen. Into a pipe nothing is drawn.
    pub fn new() -> Progress {
        let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr());
        bar.set_style(style("{msg:24!} {elapsed}"));
        let running = Arc::new(AtomicBool::new(true));
        let (runs, drawn) = (Arc::clone(&running), bar.clone());
        // Where the signal cannot be caught, Ctrl-C ends the program at once, which leaves nothing half-written either.
        let _ = ctrlc::set_handler(move || {
            // While files are written, the first Ctrl-C is not heard and the second is.
            if runs.swap(true, Ordering::Relaxed) {
                drawn.finish_and_clear();
                complain(&RunError::Interrupted.to_string());
                std::process::exit(super::Exit::Interrupted as i32);
            }
        });
        Progress { bar, designs: Mutex::default(), running }
    }

    /// Takes the bar away. From now on Ctrl-C lets files be written to their end.
    pub fn finish(&self) {
        self.running.store(false, Ordering::Relaxed);
        self.bar.finish_and_clear();
    }
}

impl Watcher for Progress {
    fn progress(&self, design: &str, done: u64, expected: u64) {
        let mut designs = self.designs.lock().unwrap_or_else(PoisonError::into_inner);
        if designs.is_empty() {
            self.bar.set_style(style("{msg:24!} {wide_bar} {human_pos} of ~{human_len} trials, ~{eta} left"));
        }
        designs.insert(design.to_owned(), (done, expected));
        self.bar.set_message(design.to_owned());
        self.bar.set_length(designs.values().map(|design| design.1).sum());
        self.bar.set_position(designs.values().map(|design| design.0).sum());
    }

    fn exploring(&self, design: &str) {
        self.bar.set_message(format!("solving {design}"));
        self.bar.tick();
    }
}

fn style(template: &str) -> ProgressStyle {
    ProgressStyle::with_template(template).expect("the template is right").progress_chars("=> ")
}
