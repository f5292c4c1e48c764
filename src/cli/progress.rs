//! Shows how far a run has got, on a terminal only, and hears Ctrl-C.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::screen::complain;
use crate::experiment::{RunError, Watcher};

/// A progress bar on standard error, and the flag that Ctrl-C raises.
pub struct Progress {
    bar: ProgressBar,
    interrupted: Arc<AtomicBool>,
    exploring: Arc<AtomicBool>,
}

impl Progress {
    /// Starts to listen. Into a pipe nothing is drawn.
    pub fn new() -> Progress {
        let bar = ProgressBar::with_draw_target(Some(0), ProgressDrawTarget::stderr());
        let style =
            ProgressStyle::with_template("{msg:24!} {wide_bar} {human_pos}/{human_len} trials, {eta} left");
        bar.set_style(style.expect("the template is right").progress_chars("=> "));
        let interrupted = Arc::new(AtomicBool::new(false));
        let exploring = Arc::new(AtomicBool::new(false));
        let (flag, explores, drawn) = (Arc::clone(&interrupted), Arc::clone(&exploring), bar.clone());
        // Where the signal cannot be caught, Ctrl-C ends the program at once, which leaves nothing half-written either.
        let _ = ctrlc::set_handler(move || {
            // Looking for an exact solution hears nothing until it is done, and has written nothing: it ends at once.
            let deaf = explores.load(Ordering::Relaxed);
            if flag.swap(true, Ordering::Relaxed) || deaf {
                drawn.finish_and_clear();
                complain(&RunError::Interrupted.to_string());
                std::process::exit(super::Exit::Interrupted as i32);
            }
        });
        Progress { bar, interrupted, exploring }
    }

    /// Takes the bar away. From now on Ctrl-C lets files be written to their end.
    pub fn finish(&self) {
        self.exploring.store(false, Ordering::Relaxed);
        self.bar.finish_and_clear();
    }
}

impl Watcher for Progress {
    fn progress(&self, design: &str, done: u64, at_most: u64) {
        self.exploring.store(false, Ordering::Relaxed);
        if self.bar.message() != design {
            self.bar.reset();
            self.bar.set_message(design.to_owned());
        }
        self.bar.set_length(at_most);
        self.bar.set_position(done);
    }

    fn exploring(&self, design: &str) {
        self.exploring.store(true, Ordering::Relaxed);
        self.bar.set_message(design.to_owned());
        self.bar.tick();
    }

    fn interrupt(&self) -> Option<&AtomicBool> {
        Some(&self.interrupted)
    }
}
