//! The commands: one file each. Results go to the folder, progress to stderr, `--json` to stdout.

mod devices;
mod inspect;
mod list;
mod new;
mod output;
mod replay;
mod report;
mod run;
mod synth;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::error::Report;

/// Does sharing a network help or hurt your ranking tasks, and which loss weighting should you use?
///
/// Without a command the window opens, on PATH if one is given: a data file, an experiment or a results folder.
#[derive(Debug, Parser)]
#[command(name = "mtl-lab", version, args_conflicts_with_subcommands = true)]
struct Arguments {
    #[command(subcommand)]
    command: Option<Command>,
    /// A data file, an experiment or a results folder to open in the window.
    path: Option<PathBuf>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Train all runs of an experiment and fill its results folder.
    Run(run::Arguments),
    /// Infer the roles of a table's columns and write an experiment.
    New(new::Arguments),
    /// Show a table's columns, inferred roles, missing values, label balance and warnings.
    Inspect(inspect::Arguments),
    /// Write the report of a results folder.
    Report(report::Arguments),
    /// Write an experiment that trains adaptive variants once more with their mean weights held fixed.
    Replay(replay::Arguments),
    /// Write a synthetic table whose tasks are related as you choose.
    Synth(synth::Arguments),
    /// Show what can be chosen: structures, bottoms, strategies, metrics, optimizers and more.
    List(list::Arguments),
    /// Show the devices that can train and which one `auto` picks.
    Devices(devices::Arguments),
}

/// Runs the program; 0 done, 1 something failed while running, 2 the input is wrong.
pub fn main() -> ExitCode {
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => {
            // Printing fails only if nobody reads; the status says the rest.
            drop(error.print());
            return ExitCode::from(if error.use_stderr() { 2 } else { 0 });
        }
    };
    let outcome = match arguments.command {
        None => open_window(arguments.path),
        Some(Command::Run(arguments)) => run::run(&arguments),
        Some(Command::New(arguments)) => new::run(&arguments),
        Some(Command::Inspect(arguments)) => inspect::run(&arguments),
        Some(Command::Report(arguments)) => report::run(&arguments),
        Some(Command::Replay(arguments)) => replay::run(&arguments),
        Some(Command::Synth(arguments)) => synth::run(&arguments),
        Some(Command::List(arguments)) => list::run(&arguments),
        Some(Command::Devices(arguments)) => devices::run(&arguments),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(report) => {
            output::tell(&format!("error: {report}"));
            ExitCode::from(report.exit_status())
        }
    }
}

#[cfg(feature = "gui")]
fn open_window(path: Option<PathBuf>) -> Result<(), Report> {
    crate::app::run(path)
}

#[cfg(not(feature = "gui"))]
fn open_window(_path: Option<PathBuf>) -> Result<(), Report> {
    use crate::error::Problem;

    let problem = Problem::new("", "this build has no window")
        .help("use a command such as `mtl-lab run EXPERIMENT.toml`; see `mtl-lab --help`");
    Err(Report::input("no window can be opened", vec![problem]))
}
