//! The engine through its public interface: textbook processes, promises of order, and solvers that agree.

mod agreement;
mod choices;
mod exploring;
mod hold;
mod ordering;
mod paths;
mod repeats;
mod script;
mod speeds;
mod textbook;
