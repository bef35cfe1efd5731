//! `mtl-lab report`

use std::path::PathBuf;

use clap::Args;

use super::output;
use crate::analysis::compare_all;
use crate::error::{Problem, Report};
use crate::report::Format;
use crate::results;

/// Arguments of `report`.
#[derive(Args, Debug)]
pub struct Arguments {
    /// The results folder.
    folder: PathBuf,
    /// What to write: html, md, csv or tensorboard.
    #[arg(long, default_value = "html")]
    format: String,
    /// The file, which must not exist yet (default: `report` in the results folder, written anew each time).
    #[arg(short, long)]
    output: Option<PathBuf>,
    /// The variant that the others are compared with (default: separate models, else the first).
    #[arg(long)]
    baseline: Option<String>,
}

pub(super) fn run(arguments: &Arguments) -> Result<(), Report> {
    let format = Format::parse(&arguments.format).ok_or_else(|| {
        let words: Vec<&str> = Format::ALL.iter().map(|format| format.id()).collect();
        let problem = Problem::new("--format", "unknown format")
            .expected(words.join(", "))
            .found(arguments.format.clone());
        Report::input("the command line is wrong", vec![problem])
    })?;
    let results = results::open(&arguments.folder)?;
    for warning in &results.warnings {
        output::tell(&format!("warning: {warning}"));
    }
    let baseline = arguments
        .baseline
        .as_deref()
        .unwrap_or_else(|| results.draft.baseline());
    if !results
        .draft
        .variants
        .iter()
        .any(|variant| variant.name == baseline)
    {
        let names: Vec<&str> = results
            .draft
            .variants
            .iter()
            .map(|variant| variant.name.as_str())
            .collect();
        let problem = Problem::new("--baseline", "there is no such variant")
            .expected(names.join(", "))
            .found(baseline.to_owned());
        return Err(Report::input("the command line is wrong", vec![problem]));
    }
    let comparisons = compare_all(&results, baseline);
    let default = || {
        arguments
            .folder
            .join(format!("report.{}", format.extension()))
    };
    let path = arguments.output.clone().unwrap_or_else(default);
    match &arguments.output {
        _ if format == Format::TensorBoard => {}
        Some(named) => output::check_new(named, "the report")?,
        None => output::check_target(&path, "the report")?,
    }
    crate::report::write(format, &results, &comparisons, &path)?;
    output::tell(&format!("wrote {}", path.display()));
    Ok(())
}
