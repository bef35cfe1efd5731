//! The report of an experiment: a page that opens offline, Markdown, a table of everything, event files.
//!
//! It says what the results and the comparisons say and computes no verdict of its own.
//! Names come from users' files: every one is escaped for the format it stands in.

mod chart;
mod conflicts;
mod csv;
mod curves;
mod facets;
mod facts;
#[cfg(test)]
mod fixtures;
mod format;
mod gates;
mod group;
mod numbers;
mod page;
mod palette;
mod strategies;
mod svg;
mod task_facts;
mod tensorboard;
mod ticks;
mod tradeoffs;
mod verdicts;
mod weighting;
mod write;

pub use chart::{Band, Chart, ChartLine};
pub use format::Format;
pub use palette::{ChartColors, VARIANTS_DARK, VARIANTS_LIGHT};
pub use write::{render, write};
