//! MTL Lab: for my tasks, on my data, does sharing a network help or hurt, and which loss weighting should I use?
//!
//! The order of the modules is the order of the layers: a module names only modules above it, and a test holds that.

pub mod analysis;
#[cfg(feature = "gui")]
pub mod app;
pub mod cli;
pub mod data;
pub mod error;
pub mod experiment;
pub mod lab;
pub mod metrics;
pub mod model;
pub mod report;
pub mod results;
pub mod session;
pub mod spec;
pub mod strategy;
pub mod train;
#[cfg(feature = "gui")]
pub mod ui;
