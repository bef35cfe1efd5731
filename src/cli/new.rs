//! `mtl-lab new`

use std::path::{Path, PathBuf};

use clap::Args;

use super::output;
use crate::data;
use crate::data::read::{Quiet, ReadOptions, read};
use crate::error::{Problem, Report};
use crate::experiment::{InferredColumn, nearest, template, write};

/// Arguments of `new`.
#[derive(Args, Debug)]
pub struct Arguments {
    /// The table.
    data: PathBuf,
    /// The labels, separated by commas (default: guessed).
    #[arg(long, value_delimiter = ',')]
    labels: Vec<String>,
    /// The experiment file (default: the table's name with `.toml`); an existing file is never overwritten.
    #[arg(short, long)]
    output: Option<PathBuf>,
}

pub(super) fn run(arguments: &Arguments) -> Result<(), Report> {
    let loaded = read(
        std::slice::from_ref(&arguments.data),
        &ReadOptions::default(),
        &Quiet,
    )?;
    let table = loaded.table;
    // A comma too many is no label.
    let wanted: Vec<String> = arguments
        .labels
        .iter()
        .map(|label| label.trim().to_owned())
        .filter(|label| !label.is_empty())
        .collect();
    let unknown: Vec<Problem> = wanted
        .iter()
        .filter(|label| table.column(label).is_none())
        .map(|label| {
            let names = table.columns.iter().map(|column| column.name.as_str());
            let problem =
                Problem::new("--labels", "there is no such column").found(format!("`{label}`"));
            match nearest(label, names) {
                Some(near) => problem.help(format!("did you mean `{near}`?")),
                None => problem,
            }
        })
        .collect();
    if !unknown.is_empty() {
        return Err(Report::input("the labels are wrong", unknown));
    }
    let profiles = data::profile(&table);
    let labels = (!wanted.is_empty()).then_some(wanted.as_slice());
    let inferred = data::infer(&table, &profiles, labels);
    let output = arguments
        .output
        .clone()
        .unwrap_or_else(|| default_output(&arguments.data));
    let path = relative(&arguments.data, &output);
    let columns: Vec<InferredColumn> = profiles
        .iter()
        .zip(inferred)
        .map(|(profile, guess)| (profile.name.clone(), guess.role, guess.task, guess.group))
        .collect();
    let draft = template(&path, &columns, &wanted, None);
    let text = write(&draft);
    output::write_new(&output, &text, "the experiment")?;
    output::tell(&format!("wrote {}", output.display()));
    output::tell(&format!("next: mtl-lab run {}", output.display()));
    Ok(())
}

fn default_output(data: &Path) -> PathBuf {
    let name = data.file_name().unwrap_or_default().to_string_lossy();
    let stem = name.split('.').next().unwrap_or("experiment");
    PathBuf::from(format!("{stem}.toml"))
}

/// The data's path as seen from the experiment file's folder.
fn relative(data: &Path, output: &Path) -> String {
    let full = |path: &Path| std::path::absolute(path).unwrap_or_else(|_| path.to_path_buf());
    let data_full = full(data);
    let folder = full(output)
        .parent()
        .map(Path::to_path_buf)
        .unwrap_or_default();
    let below = data_full.strip_prefix(&folder).map(Path::to_path_buf);
    below.unwrap_or(data_full).to_string_lossy().into_owned()
}
