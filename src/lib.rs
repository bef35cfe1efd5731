//! MTL Lab: for my tasks, on my data, does sharing a network help or hurt, and which loss weighting should I use?
//!
//! The order of the modules is the order of the layers: a module names only modules above it, and a test holds that.

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
