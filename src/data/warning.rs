//! What is doubtful about a table before anything is trained, each with a way to mend it where there is one.
//!
//! Warnings never stop anything; what cannot work at all is a problem of [`encode`](super::encode()).

use std::collections::BTreeMap;

use serde::Serialize;

use super::column_spec::{ColumnSpec, Role, Scale, TaskKind};
use super::figure::{percent, short};
use super::leak::leaks;
use super::profile::Profile;
use super::table::Table;

/// Fewer positives than this make a score a matter of luck.
const FEW_POSITIVES: usize = 30;
/// A larger share of missing values makes a feature doubtful.
const MOSTLY_MISSING: f64 = 0.5;
/// With more distinct values a row than this, a column is an id of the row.
const ID_SHARE: f64 = 0.95;
const ID_MIN_ROWS: usize = 100;
/// A squared error on a label with a larger third moment is ruled by few rows.
const LONG_TAIL: f64 = 3.0;

/// How much a warning matters.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// Worth knowing.
    Info,
    /// Results may mislead.
    Warning,
    /// Training will refuse.
    Error,
}

/// One doubt about one column.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub struct DataWarning {
    /// The column.
    pub column: String,
    /// How much it matters.
    pub severity: Severity,
    /// In words, lower case, without a full stop.
    pub message: String,
    /// A way to mend it, if there is one.
    pub fix: Option<Fix>,
}

/// New settings of a column that mend a doubt.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub struct Fix {
    /// The words on the button.
    pub label: String,
    /// The settings that the column gets instead of its present ones.
    #[serde(skip)]
    pub spec: ColumnSpec,
}

impl DataWarning {
    fn new(profile: &Profile, severity: Severity, message: impl Into<String>) -> Self {
        Self {
            column: profile.name.clone(),
            severity,
            message: message.into(),
            fix: None,
        }
    }

    fn fix(mut self, label: &str, spec: ColumnSpec) -> Self {
        self.fix = Some(Fix {
            label: label.to_owned(),
            spec,
        });
        self
    }

    /// Offers to ignore the column; its part in GAUC is kept.
    fn or_ignore(self, spec: &ColumnSpec) -> Self {
        let ignored = ColumnSpec {
            role: Some(Role::Ignore),
            group: spec.group,
            ..ColumnSpec::default()
        };
        self.fix("Ignore the column", ignored)
    }
}

/// All doubts, in table order; `roles` holds every column with its role filled in.
pub fn warnings(
    table: &Table,
    profiles: &[Profile],
    roles: &BTreeMap<String, ColumnSpec>,
) -> Vec<DataWarning> {
    let mut leaks = leaks(table, roles);
    let mut warnings = Vec::new();
    for profile in profiles {
        let Some(spec) = roles.get(&profile.name) else {
            continue;
        };
        match spec.role {
            Some(Role::Label) => label_warnings(profile, spec, &mut warnings),
            Some(Role::Sparse | Role::Dense) => {
                feature_warnings(profile, spec, &mut warnings);
                if let Some(leak) = leaks.remove(&profile.name) {
                    warnings
                        .push(DataWarning::new(profile, Severity::Warning, leak).or_ignore(spec));
                }
            }
            Some(Role::Sequence | Role::Ignore) | None => {}
        }
    }
    warnings
}

fn label_warnings(profile: &Profile, spec: &ColumnSpec, warnings: &mut Vec<DataWarning>) {
    let present = profile.rows - profile.missing;
    if present == 0 {
        let warning = DataWarning::new(
            profile,
            Severity::Error,
            "the label is missing in every row",
        );
        warnings.push(warning.or_ignore(spec));
        return;
    }
    if profile.infinite > 0 && spec.task == Some(TaskKind::Regression) {
        let message = infinite_words(profile.infinite);
        warnings.push(DataWarning::new(profile, Severity::Error, message).or_ignore(spec));
    }
    if profile.distinct == 1 {
        let message = "the label has one value only, so there is nothing to predict";
        warnings.push(DataWarning::new(profile, Severity::Error, message).or_ignore(spec));
    } else if spec.task == Some(TaskKind::Binary) {
        let rarer = profile.top.last().filter(|_| profile.distinct == 2);
        if let Some((value, count)) = rarer.filter(|(_, count)| *count < FEW_POSITIVES) {
            let plural = if *count == 1 { "" } else { "s" };
            let message = format!(
                "only {count} row{plural} with the value {value}, scores will vary by luck"
            );
            warnings.push(DataWarning::new(profile, Severity::Warning, message));
        }
    } else if let Some(numbers) = profile.numbers {
        let scaled = matches!(spec.scale, Some(Scale::LogStandard | Scale::Quantile));
        if numbers.skewness > LONG_TAIL && !scaled {
            let message = format!(
                "a long tail: the mean is {}, the greatest value {}; few rows will rule the squared error",
                short(numbers.mean),
                short(numbers.max)
            );
            let on_log = ColumnSpec {
                scale: Some(Scale::LogStandard),
                ..spec.clone()
            };
            warnings.push(
                DataWarning::new(profile, Severity::Warning, message)
                    .fix("Use the log scale", on_log),
            );
        }
    }
    if profile.missing > 0 {
        let message = format!(
            "{} of the rows have no label; they are left out of this task's loss and scores",
            percent(profile.missing, profile.rows)
        );
        warnings.push(DataWarning::new(profile, Severity::Info, message));
    }
}

fn feature_warnings(profile: &Profile, spec: &ColumnSpec, warnings: &mut Vec<DataWarning>) {
    let present = profile.rows - profile.missing;
    let mut add = |severity, message: String| {
        warnings.push(DataWarning::new(profile, severity, message).or_ignore(spec));
    };
    if profile.infinite > 0 && spec.role == Some(Role::Dense) {
        add(Severity::Error, infinite_words(profile.infinite));
    }
    if profile.distinct <= 1 && (profile.distinct == 0 || profile.missing == 0) {
        add(
            Severity::Warning,
            "the same value in every row tells nothing".to_owned(),
        );
    } else if profile.missing as f64 > MOSTLY_MISSING * profile.rows as f64 {
        add(
            Severity::Warning,
            format!("{} missing", percent(profile.missing, profile.rows)),
        );
    }
    let one_a_row = profile.distinct as f64 > ID_SHARE * present as f64 && present >= ID_MIN_ROWS;
    if spec.role == Some(Role::Sparse) && one_a_row {
        let distinct = profile.distinct;
        add(
            Severity::Warning,
            format!(
                "{distinct} distinct values in {present} rows: an id of the row teaches nothing"
            ),
        );
    }
}

fn infinite_words(count: usize) -> String {
    if count == 1 {
        "1 row is infinite".to_owned()
    } else {
        format!("{count} rows are infinite")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::column_spec::SplitSpec;
    use crate::data::profile::profile;
    use crate::data::resolve::resolve;
    use crate::data::table::Column;
    use crate::data::test_columns::{gappy, integers, reals, table, text};

    /// Column, message and whether there is a fix.
    fn told(columns: Vec<Column>) -> Vec<(String, String, Option<ColumnSpec>)> {
        let table = table(columns);
        let profiles = profile(&table);
        let roles = resolve(&table, &profiles, &BTreeMap::new(), &SplitSpec::default());
        let found = warnings(&table, &profiles, &roles);
        found
            .into_iter()
            .map(|warning| {
                (
                    warning.column,
                    warning.message,
                    warning.fix.map(|fix| fix.spec),
                )
            })
            .collect()
    }

    /// A number without a pattern.
    fn noise(row: i64) -> i64 {
        (row * 7919 + 13) * (row + 31) % 1009
    }

    fn click() -> Column {
        integers("click", (0..1000).map(|row| noise(row) % 2))
    }

    #[test]
    fn plain_data_have_no_warnings() {
        let hour = integers("hour", (0..1000).map(|row| noise(row + 5) % 24));
        let price = reals("price", (0..1000).map(|row| noise(row + 9) as f64 + 0.5));
        assert_eq!(told(vec![hour, price, click()]), []);
    }

    #[test]
    fn features_that_give_a_label_away_are_suspects() {
        let words: Vec<&str> = (0..1000)
            .map(|row| if noise(row) % 2 == 1 { "a" } else { "b" })
            .collect();
        let nearly = (0..1000).map(|row| noise(row) % 2 * 10 + row % 7);
        let secs = reals("watch_secs", (0..1000).map(|row| noise(row) as f64));
        let millis = reals(
            "millis",
            (0..1000).map(|row| noise(row) as f64 * 1000.0 + 0.25),
        );
        let found = told(vec![
            text("renamed", &words),
            integers("nearly", nearly),
            millis,
            click(),
            secs,
        ]);
        let columns: Vec<&str> = found.iter().map(|(column, ..)| column.as_str()).collect();
        assert_eq!(columns, ["renamed", "nearly", "millis"]);
        assert_eq!(found[0].1, "gives click away: alone it tells every row");
        assert_eq!(
            found[2].1,
            "gives watch_secs away: their correlation is 1.00000"
        );
        assert_eq!(
            found[0].2.as_ref().and_then(|spec| spec.role),
            Some(Role::Ignore)
        );
    }

    #[test]
    fn doubtful_features_are_named() {
        let rows = integers("row_id", 0..1000);
        let sparse = gappy(
            "coupon",
            (0..1000).map(|row| (row % 5 == 0).then_some(noise(row) % 3)),
        );
        let ratio = reals(
            "ratio",
            (0..1000).map(|row| {
                if row == 3 {
                    f64::INFINITY
                } else {
                    noise(row + 2) as f64 / 3.0
                }
            }),
        );
        let found = told(vec![rows, sparse, ratio, click()]);
        let messages: Vec<&str> = found
            .iter()
            .map(|(_, message, _)| message.as_str())
            .collect();
        assert_eq!(
            messages,
            [
                "1000 distinct values in 1000 rows: an id of the row teaches nothing",
                "80.0 % missing",
                "1 row is infinite"
            ]
        );
    }

    #[test]
    fn doubtful_labels_are_named_and_a_long_tail_can_be_mended() {
        let x = integers("x", (0..1000).map(|row| noise(row + 2) % 30));
        let follow = integers("follow", (0..1000).map(|row| i64::from(row % 100 == 7)));
        let secs = reals(
            "watch_secs",
            (0..1000).map(|row| {
                if row % 50 == 0 {
                    f64::NAN
                } else {
                    (noise(row) as f64 / 50.0).exp()
                }
            }),
        );
        let found = told(vec![x, follow, secs]);
        assert_eq!(
            found[0].1,
            "only 10 rows with the value 1, scores will vary by luck"
        );
        assert!(
            found[1].1.starts_with("a long tail: the mean is "),
            "{}",
            found[1].1
        );
        assert_eq!(
            found[1].2.as_ref().and_then(|spec| spec.scale),
            Some(Scale::LogStandard)
        );
        assert_eq!(
            found[2].1,
            "2.0 % of the rows have no label; they are left out of this task's loss and scores"
        );
    }

    #[test]
    fn a_label_without_two_values_is_an_error() {
        let table = table(vec![
            integers("x", 0..50),
            integers("click", vec![0; 50]),
            reals("like", vec![f64::NAN; 50]),
        ]);
        let label = |task| ColumnSpec {
            role: Some(Role::Label),
            task: Some(task),
            ..ColumnSpec::default()
        };
        let roles = BTreeMap::from([
            ("click".to_owned(), label(TaskKind::Binary)),
            ("like".to_owned(), label(TaskKind::Binary)),
        ]);
        let found = warnings(&table, &profile(&table), &roles);
        assert_eq!(
            found
                .iter()
                .map(|warning| warning.severity)
                .collect::<Vec<_>>(),
            [Severity::Error; 2]
        );
    }
}
