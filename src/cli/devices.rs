//! `mtl-lab devices`

use clap::Args;

use super::output;
use crate::error::Report;
use crate::train::{DeviceChoice, devices};

/// Arguments of `devices`.
#[derive(Args, Debug)]
pub struct Arguments {
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

pub(super) fn run(arguments: &Arguments) -> Result<(), Report> {
    let entries = devices();
    if arguments.json {
        return output::print_json(&entries);
    }
    let mut rows = vec![
        ["", "choice", "name", "backend", "kind"]
            .map(str::to_owned)
            .to_vec(),
    ];
    for entry in entries {
        let choice = match entry.choice {
            DeviceChoice::Gpu(Some(index)) => format!("gpu:{index}"),
            _ => "cpu".to_owned(),
        };
        let mark = if entry.picked { "auto →" } else { "" };
        rows.push(vec![
            mark.to_owned(),
            choice,
            entry.name,
            entry.backend,
            entry.kind,
        ]);
    }
    output::print(&output::table(&rows))
}
