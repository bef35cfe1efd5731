//! All facts of the running app, and what may be done with them; no window in it.
//!
//! The [`Session`] is the truth. The window reads it and sends [`Command`]s; [`Session::apply`] answers with
//! [`Effect`]s that the app carries out in the background; what comes of them returns as a [`Message`].

mod apply;
mod checks;
mod columns;
mod command;
mod effect;
mod facts;
mod folder;
mod message;
mod notice;
mod picture;
mod prefs;
mod progress;
mod receive;
mod replay;
mod starter;
mod state;
mod sweep;
mod variants;

pub use command::{Command, ReportFormat, Shortcut, Station};
pub use effect::{Effect, LoadRequest, Picking, TrainRequest};
pub use facts::{Bar, ColumnFacts, Fix, LoadedData, WarningFacts, role_of};
pub use folder::next_results_folder;
pub use message::{DeviceFacts, Message, Started};
pub use notice::{Level, Notice, Notices};
pub use picture::{Picture, towers_of};
pub use prefs::{Prefs, ThemeChoice};
pub use progress::Overall;
pub use starter::{Preset, starter_draft};
pub use state::{DataState, Light, Session, TrainingPhase, TrainingState};
pub use sweep::Sweep;
pub use variants::{add_strategy, add_structure, remove_strategy, remove_structure};
pub use variants::{add_variant, remove_variant, strategies_of, structures_of};

#[cfg(test)]
mod tests;
