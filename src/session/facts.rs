//! What the window knows of a table: a line for each column, warnings with a way to mend them.

use std::collections::BTreeMap;
use std::path::PathBuf;

use super::notice::sentence;
use crate::data::{ColumnSpec, Inferred, Profile, Role, Table};
use crate::data::{infer, profile, resolve, warnings};
use crate::error::Problem;
use crate::experiment::DataDraft;
use crate::lab::Prepared;

/// A table with what was found out about it.
#[derive(Debug)]
pub struct LoadedData {
    /// The files.
    pub paths: Vec<PathBuf>,
    /// The table, and how many of its rows come from separate test files.
    pub prepared: Prepared,
    /// What each column holds, in file order.
    pub profiles: Vec<Profile>,
    /// A line for each column, in file order.
    pub columns: Vec<ColumnFacts>,
}

impl LoadedData {
    /// The facts of a column.
    pub fn column(&self, name: &str) -> Option<&ColumnFacts> {
        self.columns.iter().find(|column| column.name == name)
    }
}

/// What is known of one column.
#[derive(Clone, Debug, Default)]
pub struct ColumnFacts {
    /// The name.
    pub name: String,
    /// `integer`, `real`, `text` or `list`.
    pub type_name: &'static str,
    /// The share of rows without a value.
    pub missing: f64,
    /// The number of distinct values.
    pub distinct: usize,
    /// What the data suggest.
    pub inferred: ColumnSpec,
    /// Why they suggest it.
    pub reason: String,
    /// The distribution.
    pub bars: Vec<Bar>,
    /// Mean, range and the like, in words.
    pub summary: String,
}

/// One bar of a distribution.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Bar {
    /// The value or range.
    pub label: String,
    /// The number of rows.
    pub count: usize,
}

/// One thing that looks wrong.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct WarningFacts {
    /// The column, if it is one's.
    pub column: Option<String>,
    /// In words.
    pub message: String,
    /// How to mend it, if that is known.
    pub fix: Option<Fix>,
}

/// A change that mends a warning.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Fix {
    /// The words on the button.
    pub label: String,
    /// The column that changes.
    pub column: String,
    /// Its settings afterwards.
    pub spec: ColumnSpec,
}

impl LoadedData {
    /// Looks at a table that was just read; this takes a while on big ones.
    pub fn gather(paths: Vec<PathBuf>, prepared: Prepared) -> Self {
        let profiles = profile(&prepared.table);
        let inferred = infer(&prepared.table, &profiles, None);
        let columns = profiles.iter().zip(inferred);
        let columns = columns
            .map(|(profile, inferred)| facts_of(profile, inferred))
            .collect();
        Self {
            paths,
            prepared,
            profiles,
            columns,
        }
    }

    /// The table.
    pub fn table(&self) -> &Table {
        &self.prepared.table
    }

    /// What every column is for, all roles filled in, as training will see them.
    pub fn resolve(&self, draft: &DataDraft) -> BTreeMap<String, ColumnSpec> {
        resolve(self.table(), &self.profiles, &draft.columns, &draft.split)
    }

    /// What looks wrong with these roles.
    pub fn warn(&self, columns: &BTreeMap<String, ColumnSpec>) -> Vec<WarningFacts> {
        let note = |problem: &Problem| WarningFacts {
            column: None,
            message: sentence(&problem.to_string()),
            fix: None,
        };
        let mut list: Vec<WarningFacts> = self.prepared.warnings.iter().map(note).collect();
        for warning in warnings(self.table(), &self.profiles, columns) {
            let column = warning.column.clone();
            let fix = warning.fix.map(|fix| Fix {
                label: fix.label,
                column,
                spec: fix.spec,
            });
            let message = format!("{}: {}", warning.column, warning.message);
            list.push(WarningFacts {
                column: Some(warning.column),
                message,
                fix,
            });
        }
        list
    }
}

fn facts_of(profile: &Profile, inferred: Inferred) -> ColumnFacts {
    let rows = profile.rows.max(1) as f64;
    ColumnFacts {
        name: profile.name.clone(),
        type_name: profile.type_name,
        missing: profile.missing as f64 / rows,
        distinct: profile.distinct,
        inferred: ColumnSpec {
            role: Some(inferred.role),
            task: inferred.task,
            group: inferred.group,
            ..ColumnSpec::default()
        },
        reason: inferred.reason,
        bars: bars_of(profile),
        summary: summary_of(profile),
    }
}

/// Numbers have bins, everything else its commonest values.
fn bars_of(profile: &Profile) -> Vec<Bar> {
    if profile.histogram.is_empty() || profile.distinct <= 2 {
        let top = profile.top.iter();
        return top
            .map(|(value, count)| Bar {
                label: value.clone(),
                count: *count,
            })
            .collect();
    }
    let bins = profile.histogram.iter();
    bins.map(|bin| Bar {
        label: format!("{} to {}", short(bin.from), short(bin.to)),
        count: bin.count,
    })
    .collect()
}

fn summary_of(profile: &Profile) -> String {
    let more = if profile.distinct_exact {
        ""
    } else {
        "at least "
    };
    let distinct = format!("{more}{} distinct values", profile.distinct);
    match &profile.numbers {
        Some(numbers) => format!(
            "{distinct}, from {} to {}, mean {}, deviation {}",
            short(numbers.min),
            short(numbers.max),
            short(numbers.mean),
            short(numbers.deviation)
        ),
        None => distinct,
    }
}

/// A number in few digits.
fn short(value: f64) -> String {
    if value == 0.0 {
        "0".to_owned()
    } else if value.abs() >= 1e7 || value.abs() < 1e-3 {
        format!("{value:.2e}")
    } else if value.fract() == 0.0 {
        format!("{value:.0}")
    } else {
        format!("{value:.3}")
    }
}

/// The role of a column among the resolved ones.
pub fn role_of(columns: &BTreeMap<String, ColumnSpec>, name: &str) -> Role {
    columns
        .get(name)
        .and_then(|spec| spec.role)
        .unwrap_or(Role::Ignore)
}
