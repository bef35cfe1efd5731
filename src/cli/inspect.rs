//! `mtl-lab inspect`

use std::path::PathBuf;

use clap::Args;
use serde_json::json;

use super::output;
use crate::data::read::{Quiet, ReadOptions, read};
use crate::data::{self, ColumnSpec, SplitSpec};
use crate::error::Report;

/// Arguments of `inspect`.
#[derive(Args, Debug)]
pub struct Arguments {
    /// The table: CSV, TSV, gzip of these, or Parquet; several are read one after another.
    #[arg(required = true)]
    data: Vec<PathBuf>,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

pub(super) fn run(arguments: &Arguments) -> Result<(), Report> {
    let loaded = read(&arguments.data, &ReadOptions::default(), &Quiet)?;
    let table = loaded.table;
    let profiles = data::profile(&table);
    let inferred = data::infer(&table, &profiles, None);
    let columns: std::collections::BTreeMap<String, ColumnSpec> = std::collections::BTreeMap::new();
    let roles = data::resolve(&table, &profiles, &columns, &SplitSpec::default());
    let warnings = data::warnings(&table, &profiles, &roles);
    let mut notes: Vec<String> = loaded.warnings.iter().map(ToString::to_string).collect();
    notes.extend(
        warnings
            .iter()
            .map(|warning| format!("{}: {}", warning.column, warning.message)),
    );
    if arguments.json {
        let columns = profiles.iter().zip(&inferred);
        let columns: Vec<_> = columns
            .map(|(profile, guess)| json!({ "profile": profile, "inferred": guess }))
            .collect();
        return output::print_json(
            &json!({ "rows": table.num_rows, "columns": columns, "warnings": notes }),
        );
    }
    let mut rows = vec![
        ["column", "type", "role", "missing", "distinct", "why"]
            .map(str::to_owned)
            .to_vec(),
    ];
    for (profile, guess) in profiles.iter().zip(&inferred) {
        let task = guess
            .task
            .map_or_else(String::new, |task| format!(" ({})", task.id()));
        let missing = 100.0 * profile.missing as f64 / table.num_rows.max(1) as f64;
        rows.push(vec![
            profile.name.clone(),
            profile.type_name.to_owned(),
            format!("{}{task}", guess.role.id()),
            format!("{missing:.1} %"),
            profile.distinct.to_string(),
            guess.reason.clone(),
        ]);
    }
    let mut text = format!("{} rows\n\n{}", table.num_rows, output::table(&rows));
    for note in notes {
        text.push_str(&format!("\nwarning: {note}"));
    }
    output::print(&text)
}
