//! `mtl-lab replay`

use std::path::{Path, PathBuf};

use clap::Args;

use super::output;
use crate::error::{Problem, Report};
use crate::experiment::write;
use crate::lab::with_replays;
use crate::results;

/// Arguments of `replay`.
#[derive(Args, Debug)]
pub struct Arguments {
    /// The results folder.
    folder: PathBuf,
    /// The experiment file (default: the folder's name with `-replay.toml`); an existing file is never overwritten.
    #[arg(short, long)]
    output: Option<PathBuf>,
}

pub(super) fn run(arguments: &Arguments) -> Result<(), Report> {
    let folder = &arguments.folder;
    let results = results::open(folder)?;
    for warning in &results.warnings {
        output::tell(&format!("warning: {warning}"));
    }
    let (mut draft, without) = with_replays(&results);
    if draft.variants.len() == results.draft.variants.len() {
        return Err(nothing_to_replay(folder, &without));
    }
    for (variant, reason) in &without {
        output::tell(&format!("warning: {variant} is not replayed: {reason}"));
    }
    let output = arguments
        .output
        .clone()
        .unwrap_or_else(|| default_output(folder));
    let beside = output
        .parent()
        .filter(|parent| !parent.as_os_str().is_empty())
        .unwrap_or_else(|| Path::new("."));
    for path in draft
        .data
        .paths
        .iter_mut()
        .chain(&mut draft.data.test_paths)
    {
        *path = results::seen_from(beside, folder, path);
    }
    draft.name = format!("{}, replayed", draft.name);
    output::write_new(&output, &write(&draft), "the experiment")?;
    output::tell(&format!("wrote {}", output.display()));
    output::tell(&format!("next: mtl-lab run {}", output.display()));
    Ok(())
}

fn nothing_to_replay(folder: &Path, without: &[(String, &str)]) -> Report {
    let problems = if without.is_empty() {
        let place = folder.display().to_string();
        let problem = Problem::new(place, "no variant adapts its weights");
        vec![
            problem.expected(
                "a variant whose tasks share something, with a strategy that is not fixed",
            ),
        ]
    } else {
        let problem = |(variant, reason): &(String, &str)| Problem::new(variant.clone(), *reason);
        without.iter().map(problem).collect()
    };
    Report::input("there is nothing to replay", problems)
}

/// The folder's own name, as good as it can be told.
fn default_output(folder: &Path) -> PathBuf {
    let full = folder.canonicalize();
    let full = full.as_deref().unwrap_or(folder);
    let name = full.file_name().unwrap_or_default().to_string_lossy();
    let stem = name.strip_suffix("-results").unwrap_or(&name);
    PathBuf::from(format!("{stem}-replay.toml"))
}
