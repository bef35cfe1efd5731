//! One experiment from its file to its results folder: what the window and the command line do alike.

mod prepare;
mod replay;
mod start;

pub use prepare::{Prepared, base_folder, plan, read_tables, with_draft};
pub use replay::{NoReplay, is_adaptive, replay, with_replays};
pub use start::{StartOptions, start};
