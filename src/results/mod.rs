//! Runs and their series, live or from a folder on disk, and the folder itself.
//!
//! The folder can be moved: no path in it is absolute, and opening it needs nothing outside it. A fault of the disk is a
//! [`Report`](crate::error::Report), never the end of a training.

mod atomic;
mod checkpoint;
mod event_log;
#[cfg(test)]
mod fixtures;
mod folder;
mod live;
mod open;
mod predictions;
mod recorder;
mod relative;
mod run_names;
mod start;
mod summary;

pub use folder::Folder;
pub use live::{Progress, Results, Run, Sample, SeriesKey, TaskInfo};
pub use open::open;
pub use recorder::{Compare, Faults, Recorder};
pub use relative::seen_from;
pub use start::primary_metric;
