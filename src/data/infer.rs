//! Guessing what each column is for, with the reason in words.
//!
//! A guess is never an error: what the user says in the experiment always wins, see [`resolve`](super::resolve()).

use serde::Serialize;

use super::column_spec::{Role, TaskKind};
use super::division::split_word;
use super::figure::{percent, short};
use super::name_words::NameWords;
use super::profile::Profile;
use super::table::{Table, Values};

/// Whole numbers with more distinct values than this are dense.
const MAX_CATEGORIES: usize = 1000;
/// How many trailing two-valued columns are taken for labels when no name says so.
const MAX_TRAILING_LABELS: usize = 4;
const YES_AND_NO: [(&str, &str); 4] = [("0", "1"), ("false", "true"), ("no", "yes"), ("n", "y")];

/// What a column seems to be for.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub struct Inferred {
    /// The role.
    pub role: Role,
    /// The kind of task, for a label.
    pub task: Option<TaskKind>,
    /// Whether GAUC should group by it.
    pub group: bool,
    /// Why, in words.
    pub reason: String,
}

impl Inferred {
    fn new(role: Role, reason: impl Into<String>) -> Self {
        Self {
            role,
            task: None,
            group: false,
            reason: reason.into(),
        }
    }

    fn label(task: TaskKind, reason: impl Into<String>) -> Self {
        Self {
            role: Role::Label,
            task: Some(task),
            group: false,
            reason: reason.into(),
        }
    }

    fn ignored(self) -> Self {
        let reason = format!("{}; ignored, since other labels are named", self.reason);
        Self::new(Role::Ignore, reason)
    }
}

/// Guesses the role of each column, in table order; if `labels` is given, exactly those columns are labels.
///
/// What then still looks like a label is ignored: among the features it would give the labels away.
pub fn infer(table: &Table, profiles: &[Profile], labels: Option<&[String]>) -> Vec<Inferred> {
    let names: Vec<NameWords> = profiles
        .iter()
        .map(|profile| NameWords::of(&profile.name))
        .collect();
    let columns = table.columns.iter().zip(profiles).zip(&names);
    let mut inferred: Vec<Inferred> = columns
        .map(|((column, profile), name)| match labels {
            Some(labels) if labels.contains(&profile.name) => {
                let task = task_of(profile);
                Inferred::label(task, format!("named as a label; {}", facts(profile, task)))
            }
            Some(_) => match named_label(profile, &column.values, name) {
                Some(label) => label.ignored(),
                None => feature(profile, &column.values, name),
            },
            None => named_label(profile, &column.values, name)
                .unwrap_or_else(|| feature(profile, &column.values, name)),
        })
        .collect();
    if labels.is_none() && inferred.iter().all(|guess| guess.role != Role::Label) {
        trailing_labels(profiles, &mut inferred);
    }
    let user =
        (0..names.len()).find(|&at| names[at].is_user_id() && inferred[at].role == Role::Sparse);
    if let Some(guess) = user.and_then(|at| inferred.get_mut(at)) {
        guess.group = true;
        guess.reason.push_str("; groups rows for GAUC");
    }
    inferred
}

/// A label by its name, if its values can be one.
fn named_label(profile: &Profile, values: &Values, name: &NameWords) -> Option<Inferred> {
    if name.is_action() && is_yes_no(profile) {
        let reason = format!("named like an action; {}", facts(profile, TaskKind::Binary));
        return Some(Inferred::label(TaskKind::Binary, reason));
    }
    let is_number = matches!(values, Values::Integer(_) | Values::Real(_));
    (name.is_amount() && is_number && profile.distinct > 2).then(|| {
        let reason = format!(
            "named like an outcome; {}",
            facts(profile, TaskKind::Regression)
        );
        Inferred::label(TaskKind::Regression, reason)
    })
}

/// Without a telling name, the two-valued columns at the end are taken for labels.
fn trailing_labels(profiles: &[Profile], inferred: &mut [Inferred]) {
    let at_end = profiles
        .iter()
        .zip(inferred)
        .rev()
        .filter(|(_, guess)| guess.role != Role::Ignore)
        .take_while(|(profile, _)| is_yes_no(profile));
    for (profile, guess) in at_end.take(MAX_TRAILING_LABELS) {
        let reason = format!(
            "two values, at the end; {}",
            facts(profile, TaskKind::Binary)
        );
        *guess = Inferred::label(TaskKind::Binary, reason);
    }
}

/// The role of a column that is no label.
fn feature(profile: &Profile, values: &Values, name: &NameWords) -> Inferred {
    let distinct = distinct_words(profile);
    let is_text = matches!(values, Values::Text { .. });
    if matches!(values, Values::List { .. }) {
        return Inferred::new(Role::Sequence, format!("lists of {distinct}"));
    }
    if profile.distinct == 0 {
        return Inferred::new(Role::Ignore, "no values");
    }
    if profile.distinct == 1 && profile.missing == 0 {
        let value = profile.examples.first().map_or("", String::as_str);
        return Inferred::new(Role::Ignore, format!("constant: always {value}"));
    }
    if is_text && says_parts(profile) {
        return Inferred::new(Role::Ignore, "looks like a split");
    }
    let like_epoch = is_text || profile.numbers.is_some_and(|numbers| numbers.min > 1e8);
    if name.is_time() || (name.ends_in_time() && like_epoch) {
        return Inferred::new(Role::Ignore, "a time; can be the split's column");
    }
    match values {
        _ if name.is_id() => Inferred::new(Role::Sparse, format!("named like an id; {distinct}")),
        Values::Text { .. } => Inferred::new(Role::Sparse, format!("text with {distinct}")),
        Values::Integer(_) if profile.distinct <= MAX_CATEGORIES => {
            Inferred::new(Role::Sparse, format!("whole numbers with {distinct}"))
        }
        Values::Integer(_) => Inferred::new(Role::Dense, format!("whole numbers with {distinct}")),
        _ => Inferred::new(
            Role::Dense,
            format!("real numbers; {}", range_words(profile)),
        ),
    }
}

/// The kind of task that a label's values ask for.
pub(super) fn task_of(profile: &Profile) -> TaskKind {
    if profile.numbers.is_none() || profile.distinct <= 2 {
        TaskKind::Binary
    } else {
        TaskKind::Regression
    }
}

/// Whether the values are 0 and 1, or a pair of words for no and yes.
fn is_yes_no(profile: &Profile) -> bool {
    yes_count(profile).is_some()
}

/// Rows with yes, if the values are a pair for no and yes.
fn yes_count(profile: &Profile) -> Option<usize> {
    let [(a, count_a), (b, count_b)] = profile.top.as_slice() else {
        return None;
    };
    let (a, b) = (a.to_lowercase(), b.to_lowercase());
    YES_AND_NO
        .iter()
        .find_map(|&(no, yes)| match (a.as_str(), b.as_str()) {
            pair if pair == (no, yes) => Some(*count_b),
            pair if pair == (yes, no) => Some(*count_a),
            _ => None,
        })
}

/// Whether all values are words for the parts of a split.
fn says_parts(profile: &Profile) -> bool {
    profile.distinct >= 2
        && profile.distinct == profile.top.len()
        && profile
            .top
            .iter()
            .all(|(value, _)| split_word(value).is_some())
}

fn facts(profile: &Profile, task: TaskKind) -> String {
    let present = profile.rows - profile.missing;
    let mut words = match (task, yes_count(profile)) {
        (TaskKind::Binary, Some(yes)) => {
            let values: Vec<&str> = profile
                .top
                .iter()
                .map(|(value, _)| value.as_str())
                .collect();
            let mut values = values;
            values.sort_unstable();
            format!("{}, {} positive", values.join("/"), percent(yes, present))
        }
        (TaskKind::Binary, None) => distinct_words(profile),
        (TaskKind::Regression, _) => range_words(profile),
    };
    if profile.missing > 0 {
        let share = percent(profile.missing, profile.rows);
        words = format!("{words}, {share} missing");
    }
    words
}

fn distinct_words(profile: &Profile) -> String {
    let least = if profile.distinct_exact {
        ""
    } else {
        "at least "
    };
    let plural = if profile.distinct == 1 { "" } else { "s" };
    format!("{least}{} distinct value{plural}", profile.distinct)
}

fn range_words(profile: &Profile) -> String {
    profile.numbers.map_or_else(
        || "no finite values".to_owned(),
        |numbers| {
            format!(
                "{} to {}, mean {}",
                short(numbers.min),
                short(numbers.max),
                short(numbers.mean)
            )
        },
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::profile::profile;
    use crate::data::table::Column;
    use crate::data::test_columns::{gappy, integers, reals, table, text};

    fn guess(columns: Vec<Column>, labels: Option<&[String]>) -> Vec<Inferred> {
        let table = table(columns);
        infer(&table, &profile(&table), labels)
    }

    fn impressions() -> Vec<Column> {
        let rows = || 0..2000_i64;
        let parts: Vec<&str> = rows()
            .map(|row| ["train", "valid", "test"][row as usize % 3])
            .collect();
        vec![
            integers("user_id", rows()),
            integers("video_id", rows().map(|row| row * 1_000_003)),
            integers("hour", rows().map(|row| row % 24)),
            integers("plays", rows().map(|row| row % 1001)),
            reals("price", rows().map(|row| row as f64 / 7.0)),
            text(
                "device",
                &parts.iter().map(|part| &part[..2]).collect::<Vec<_>>(),
            ),
            text("part", &parts),
            integers("ts", rows().map(|row| 1_700_000_000 + row)),
            integers("version", rows().map(|_| 3)),
            integers("click_count", rows().map(|row| row % 2)),
            integers("click", rows().map(|row| i64::from(row % 32 == 0))),
            gappy(
                "watch_secs",
                rows().map(|row| (row % 4 > 0).then_some(row % 90)),
            ),
        ]
    }

    #[test]
    fn roles_come_from_types_names_and_values_with_reasons() {
        let guesses = guess(impressions(), None);
        let roles: Vec<Role> = guesses.iter().map(|guess| guess.role).collect();
        use Role::{Dense, Ignore, Label, Sparse};
        assert_eq!(
            roles,
            [
                Sparse, Sparse, Sparse, Dense, Dense, Sparse, Ignore, Ignore, Ignore, Sparse,
                Label, Label
            ]
        );
        let reasons: Vec<&str> = guesses.iter().map(|guess| guess.reason.as_str()).collect();
        assert_eq!(
            reasons[0],
            "named like an id; 2000 distinct values; groups rows for GAUC"
        );
        assert_eq!(reasons[3], "whole numbers with 1001 distinct values");
        assert_eq!(
            reasons[6..9],
            [
                "looks like a split",
                "a time; can be the split's column",
                "constant: always 3"
            ]
        );
        assert_eq!(reasons[10], "named like an action; 0/1, 3.1 % positive");
        assert_eq!(
            reasons[11],
            "named like an outcome; 0 to 89, mean 44.32, 25.0 % missing"
        );
        assert_eq!(
            (guesses[10].task, guesses[11].task),
            (Some(TaskKind::Binary), Some(TaskKind::Regression))
        );
        let groups: Vec<bool> = guesses.iter().map(|guess| guess.group).collect();
        assert_eq!(groups.iter().position(|&group| group), Some(0));
        assert_eq!(groups.iter().filter(|&&group| group).count(), 1);
    }

    #[test]
    fn named_labels_are_the_only_ones() {
        let labels = ["hour".to_owned(), "click_count".to_owned()];
        let guesses = guess(impressions(), Some(&labels));
        assert_eq!(
            (guesses[2].role, guesses[2].task),
            (Role::Label, Some(TaskKind::Regression))
        );
        assert_eq!(
            (guesses[9].role, guesses[9].task),
            (Role::Label, Some(TaskKind::Binary))
        );
        assert_eq!(
            (guesses[10].role, guesses[11].role),
            (Role::Ignore, Role::Ignore)
        );
    }

    #[test]
    fn without_telling_names_the_two_valued_columns_at_the_end_are_labels() {
        let columns = vec![
            integers("sex", [0, 1, 0, 1]),
            integers("age", [30, 40, 50, 60]),
            text("income_50k", &["no", "yes", "no", "no"]),
            text("split", &["train", "test", "train", "validation"]),
            integers("never_married", [1, 0, 1, 1]),
        ];
        let guesses = guess(columns, None);
        let roles: Vec<Role> = guesses.iter().map(|guess| guess.role).collect();
        assert_eq!(
            roles,
            [
                Role::Sparse,
                Role::Sparse,
                Role::Label,
                Role::Ignore,
                Role::Label
            ]
        );
        assert_eq!(
            guesses[2].reason,
            "two values, at the end; no/yes, 25.0 % positive"
        );
    }
}
