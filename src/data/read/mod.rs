//! Reading tables: CSV, TSV and their kin, gzip of these, Parquet; several files as one table.
//!
//! Nothing is guessed silently: what cannot be read is a problem with its file and line, all of them at once, and what
//! was read but looks odd comes back as a warning.

mod cell;
mod column;
mod delimited;
mod dictionary;
mod findings;
mod parquet;
mod progress;
mod records;
mod sniff;
mod source;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use self::column::Builder;
use self::findings::Findings;
use self::progress::Progress;
use crate::data::{Column, Table};
use crate::error::{Problem, Report};

/// How a file is to be read; `None` is found out from the file.
#[derive(Clone, Debug, Default)]
pub struct ReadOptions {
    /// Whether the first line names the columns.
    pub header: Option<bool>,
    /// What stands between two cells.
    pub delimiter: Option<u8>,
    /// Text columns that hold lists, with what stands between two items.
    pub list_separators: BTreeMap<String, String>,
}

/// A table that was read.
#[derive(Clone, Debug)]
pub struct Loaded {
    /// The table.
    pub table: Table,
    /// What was read but looks odd.
    pub warnings: Vec<Problem>,
}

/// Somebody who watches a long reading.
pub trait Watch: Sync {
    /// So much is read, from 0 to 1.
    fn progress(&self, fraction: f32);
    /// Whether reading should stop.
    fn cancelled(&self) -> bool;
}

/// Nobody watches.
#[derive(Clone, Copy, Debug)]
pub struct Quiet;

impl Watch for Quiet {
    fn progress(&self, _fraction: f32) {}

    fn cancelled(&self) -> bool {
        false
    }
}

/// Whether the name of a file is that of a table.
pub fn is_table_file(path: &Path) -> bool {
    let name = path
        .file_name()
        .unwrap_or_default()
        .to_string_lossy()
        .to_lowercase();
    let name = name.strip_suffix(".gz").unwrap_or(&name);
    [".csv", ".tsv", ".txt", ".tab", ".psv", ".parquet", ".pq"]
        .iter()
        .any(|ending| name.ends_with(ending))
}

/// Reads one or several files into one table.
///
/// # Errors
/// All problems of all files at once.
pub fn read(paths: &[PathBuf], options: &ReadOptions, watch: &dyn Watch) -> Result<Loaded, Report> {
    let mut findings = Findings::default();
    let mut total = 0;
    for path in paths {
        match source::check(path) {
            Ok(bytes) => total += bytes,
            Err((kind, problem)) => findings.add(&path.display().to_string(), kind, || *problem),
        }
    }
    if paths.is_empty() {
        findings.add("", "paths", || {
            Problem::new("data.path", "no file is named")
        });
    }
    if !findings.is_empty() {
        return Err(failed(findings));
    }
    let progress = Progress::new(watch, total);
    let mut whole: Option<Vec<Builder>> = None;
    let mut warnings = Findings::default();
    for path in paths {
        let outcome = if source::is_parquet(path) {
            parquet::read(path, &mut whole, &progress, &mut findings)
        } else {
            delimited::read(
                path,
                options,
                &mut whole,
                &progress,
                &mut findings,
                &mut warnings,
            )
        };
        if outcome.is_err() {
            return Err(Report::input("reading was stopped", Vec::new()));
        }
    }
    let columns = whole.unwrap_or_default();
    if !findings.is_empty() {
        return Err(failed(findings));
    }
    let num_rows = columns.first().map_or(0, Builder::len);
    let columns = columns.into_iter().map(|builder| {
        let separator = options.list_separators.get(builder.name()).cloned();
        let (name, values) = builder.finish();
        let values = match separator {
            Some(separator) => column::split_lists(values, &separator),
            None => values,
        };
        Column { name, values }
    });
    let table = Table {
        columns: columns.collect(),
        num_rows,
    };
    for column in &table.columns {
        if let crate::data::Values::Real(values) = &column.values {
            let infinite = values.iter().filter(|value| value.is_infinite()).count();
            if let Some(first) = values.iter().position(f64::is_infinite) {
                let values = findings::counted(infinite, "infinite value");
                let problem = Problem::new(column.name.clone(), values)
                    .found(format!("the first in row {}", first + 1))
                    .help("mend them, or ignore the column");
                warnings.add("", "infinities", || problem);
            }
        }
    }
    Ok(Loaded {
        table,
        warnings: warnings.into_problems(),
    })
}

/// Somebody wanted reading to stop.
struct Stopped;

fn failed(findings: Findings) -> Report {
    Report::input("the data cannot be read", findings.into_problems())
}

#[cfg(test)]
mod tests;
