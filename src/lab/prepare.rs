//! From a draft to a plan: read the tables, settle the roles, encode, check everything at once.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::data::read::{ReadOptions, Watch, read};
use crate::data::{self, Table};
use crate::error::{Kind, Problem, Report};
use crate::experiment::{DataDraft, Draft, Plan, check_draft, roles};
use crate::train::registries;

/// The tables of an experiment.
#[derive(Clone, Debug)]
pub struct Prepared {
    /// All rows, those of separate test files last.
    pub table: Arc<Table>,
    /// How many rows at the end come from separate test files.
    pub num_test_rows: usize,
    /// What was found while reading, in words.
    pub warnings: Vec<Problem>,
}

/// The folder that the paths in an experiment file start from.
pub fn base_folder(experiment: &Path) -> PathBuf {
    match experiment.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent.to_path_buf(),
        _ => PathBuf::from("."),
    }
}

/// Reads the tables that a draft names.
///
/// # Errors
/// What is wrong with the files, all of it at once.
pub fn read_tables(draft: &DataDraft, base: &Path, watch: &dyn Watch) -> Result<Prepared, Report> {
    let absolute = |paths: &[String]| paths.iter().map(|path| base.join(path)).collect::<Vec<_>>();
    let list_separators = draft
        .columns
        .iter()
        .filter_map(|(name, spec)| Some((name.clone(), spec.separator.clone()?)))
        .collect();
    let options = ReadOptions {
        header: draft.header,
        list_separators,
        ..ReadOptions::default()
    };
    let test_paths = absolute(&draft.test_paths);
    let mut paths = absolute(&draft.paths);
    if test_paths.is_empty() {
        let loaded = read(&paths, &options, watch)?;
        let table = Arc::new(loaded.table);
        return Ok(Prepared {
            table,
            num_test_rows: 0,
            warnings: loaded.warnings,
        });
    }
    let num_train_rows = read(&paths, &options, watch)?.table.num_rows;
    // Read together, so that a column has one type and one dictionary.
    paths.extend(test_paths);
    let loaded = read(&paths, &options, watch)?;
    let num_test_rows = loaded.table.num_rows.saturating_sub(num_train_rows);
    Ok(Prepared {
        table: Arc::new(loaded.table),
        num_test_rows,
        warnings: loaded.warnings,
    })
}

/// Settles the roles, encodes the table and checks the experiment, with all problems of both at once.
///
/// The tables are given away, so that they need no memory beside the encoded data if nobody else holds them.
///
/// # Errors
/// What is wrong with the draft or does not fit the table.
pub fn plan(draft: &Draft, prepared: Prepared) -> Result<Plan, Report> {
    let Prepared {
        table,
        num_test_rows,
        warnings: told,
    } = prepared;
    let profiles = data::profile(&table);
    let mut resolved = draft.clone();
    resolved.data.columns =
        data::resolve(&table, &profiles, &draft.data.columns, &draft.data.split);
    let registries = registries();
    let found = data::warnings(&table, &profiles, &resolved.data.columns);
    let encoded = data::encode(
        Arc::unwrap_or_clone(table),
        &resolved.data.columns,
        draft.data.missing,
        &draft.data.split,
        num_test_rows,
    );
    match encoded {
        Ok(mut dataset) => {
            dataset
                .card
                .warnings
                .extend(told.iter().map(ToString::to_string));
            dataset.card.warnings.extend(
                found
                    .into_iter()
                    .map(|warning| format!("{}: {}", warning.column, warning.message)),
            );
            Plan::new(&resolved, Arc::new(dataset), &registries)
        }
        Err(mut report) => {
            let known = roles(&resolved.data.columns);
            let has_label = known.values().any(|role| *role == data::Role::Label);
            let known = has_label.then_some(&known);
            add_new(&mut report, check_draft(draft, &registries, known));
            report.kind = Kind::Input;
            Err(report)
        }
    }
}

/// Adds what is wrong with a draft to the report of data that could not be read.
pub fn with_draft(mut report: Report, draft: &Draft) -> Report {
    add_new(&mut report, check_draft(draft, &registries(), None));
    report
}

/// A key that is told of already is not told of twice.
fn add_new(report: &mut Report, found: Vec<Problem>) {
    let told: Vec<String> = report
        .problems
        .iter()
        .map(|problem| problem.place.clone())
        .collect();
    let new = found
        .into_iter()
        .filter(|problem| !told.contains(&problem.place));
    report.problems.extend(new);
}
