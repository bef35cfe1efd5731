//! MTL Lab: for my tasks, on my data, does sharing a network help or hurt, and which loss weighting should I use?
//!
//! # Layers
//!
//! The order of the modules below is the order of the layers: a module names only modules above it, and
//! `tests/layers.rs` holds that. A table becomes a [`data::Dataset`], a draft becomes an [`experiment::Plan`],
//! [`train::fit()`] turns both into events, [`results`] keeps them, [`analysis`] judges, and [`report`], the window
//! ([`session`], `ui`, `app`) and the commands ([`cli`]) show the same numbers.
//!
//! # The replica axis
//!
//! A *run* is one variant of the experiment with one seed; a *cohort* is a set of runs whose networks have equal
//! shapes. Their parameters lie stacked along a first axis, so that one launch on a GPU serves all of them. Every
//! tensor in [`model`], [`strategy`] and [`train`] has that axis, also where it is one long.
//!
//! # Where things are added
//!
//! A structure or a bottom is one file in [`model`], a loss strategy one in [`strategy`], a metric one in
//! [`metrics`], an optimizer or a schedule one in [`train`], each with a line in its registry. Form, file format,
//! help, report and tests follow from the entry.

/// Training and drawing take and give back memory thousands of times a second, in pieces for which the system's own allocator
/// asks the kernel each time.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

pub mod error;
pub mod spec;
pub mod data;
pub mod metrics;
pub mod model;
pub mod strategy;
pub mod experiment;
pub mod train;
pub mod results;
pub mod analysis;
pub mod report;
pub mod lab;
pub mod session;
#[cfg(feature = "gui")]
pub mod ui;
#[cfg(feature = "gui")]
pub mod app;
pub mod cli;
