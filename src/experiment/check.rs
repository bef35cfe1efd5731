//! The check of a draft: all problems at once, each at its key path (`variants[1].strategy.name`), so that a form can mark the field.
//!
//! List entries count from 0, in the order of the file.

use std::collections::BTreeMap;
use std::fmt::Display;

use super::draft::{DataDraft, Draft, TowersDraft, TrainingDraft, VariantDraft};
use super::params::{ChoiceCheck, MAX_WIDTH, check_task, check_widths};
use super::registries::Registries;
use crate::data::{ColumnSpec, Role, SplitMethod, stated_role};
use crate::error::Problem;

/// The role of each column of the data.
pub type Roles = BTreeMap<String, Role>;

/// The roles of columns that have one.
pub fn roles(columns: &BTreeMap<String, ColumnSpec>) -> Roles {
    let role = |(name, spec): (&String, &ColumnSpec)| Some((name.clone(), spec.role?));
    columns.iter().filter_map(role).collect()
}

/// What a draft's choices may name.
#[derive(Clone, Copy)]
struct Names<'a> {
    tasks: Option<&'a [String]>,
    columns: Option<&'a Roles>,
}

/// All that is wrong with a draft; `columns` are those of the data once these were read.
pub fn check_draft(
    draft: &Draft,
    registries: &Registries<'_>,
    columns: Option<&Roles>,
) -> Vec<Problem> {
    // Before the data were read, the labels that the file declares are all that can be known.
    let tasks = columns.map_or_else(|| declared_labels(&draft.data), labels);
    let names = Names {
        tasks: (columns.is_some() || !tasks.is_empty()).then_some(tasks.as_slice()),
        columns,
    };
    let mut problems = Vec::new();
    if draft.name.trim().is_empty() {
        problems.push(Problem::new("name", "the experiment has no name"));
    }
    check_seeds(&draft.seeds, &mut problems);
    check_data(&draft.data, &mut problems);
    check_training(&draft.training, registries, &mut problems);
    if draft.variants.is_empty() {
        let problem = Problem::new("variants", "there is nothing to train");
        problems.push(problem.expected("at least one variant"));
    }
    let mut taken = BTreeMap::new();
    for (index, variant) in draft.variants.iter().enumerate() {
        let place = format!("variants[{index}]");
        let name = variant.name.trim();
        if name.is_empty() {
            problems.push(Problem::new(
                format!("{place}.name"),
                "the variant has no name",
            ));
        } else if let Some(first) = taken.get(name) {
            let message = format!("the name `{name}` is taken by variants[{first}]");
            let problem = Problem::new(format!("{place}.name"), message);
            problems.push(problem.expected("a name of its own"));
        } else {
            taken.insert(name, index);
        }
        check_variant(variant, &place, registries, names, &mut problems);
    }
    problems
}

fn labels(columns: &Roles) -> Vec<String> {
    let labels = columns.iter().filter(|(_, role)| **role == Role::Label);
    labels.map(|(name, _)| name.clone()).collect()
}

fn declared_labels(data: &DataDraft) -> Vec<String> {
    let is_label = |spec| stated_role(spec) == Some(Role::Label);
    let labels = data.columns.iter().filter(|(_, spec)| is_label(spec));
    labels.map(|(name, _)| name.clone()).collect()
}

fn check_seeds(seeds: &[u64], problems: &mut Vec<Problem>) {
    if seeds.is_empty() {
        problems.push(Problem::new("seeds", "there is no seed").expected("at least one"));
    }
    for (index, seed) in seeds.iter().enumerate() {
        if seeds.iter().take(index).any(|earlier| earlier == seed) {
            let place = format!("seeds[{index}]");
            problems.push(Problem::new(place, format!("the seed {seed} occurs twice")));
        }
    }
}

fn check_data(data: &DataDraft, problems: &mut Vec<Problem>) {
    if data.paths.is_empty() {
        problems.push(Problem::new("data.path", "no data file is named"));
    }
    for (key, paths) in [
        ("data.path", &data.paths),
        ("data.test_path", &data.test_paths),
    ] {
        if paths.iter().any(|path| path.trim().is_empty()) {
            problems.push(Problem::new(key, "a path is empty"));
        }
    }
    let split = &data.split;
    let column = split
        .column
        .as_deref()
        .is_some_and(|column| !column.is_empty());
    if split.method != SplitMethod::Random && !column {
        let message = format!("the split `{}` needs a column", split.method.id());
        problems.push(Problem::new("data.split.column", message));
    }
    if split.method == SplitMethod::Column {
        return;
    }
    // A separate test file takes the place of the test share.
    let test = if data.test_paths.is_empty() {
        Some(split.test)
    } else {
        None
    };
    let mut shares_good = true;
    for (key, share) in [("validation", Some(split.validation)), ("test", test)] {
        if let Some(share) = share
            && !(share > 0.0 && share < 1.0)
        {
            shares_good = false;
            let problem = Problem::new(format!("data.split.{key}"), "out of range");
            problems.push(
                problem
                    .expected("a share above 0 and below 1")
                    .found(share.to_string()),
            );
        }
    }
    let sum = split.validation + test.unwrap_or(0.0);
    if shares_good && sum >= 1.0 {
        let message = "validation and test leave no rows to train on";
        let problem = Problem::new("data.split", message).expected("a sum below 1");
        problems.push(problem.found(sum.to_string()));
    }
}

fn check_training(
    training: &TrainingDraft,
    registries: &Registries<'_>,
    problems: &mut Vec<Problem>,
) {
    within("training.epochs", training.epochs, (1, 10_000), problems);
    within(
        "training.batch_size",
        training.batch_size,
        (1, 1_048_576),
        problems,
    );
    within(
        "training.embedding_dim",
        training.embedding_dim,
        (1, 1024),
        problems,
    );
    within(
        "training.gradient_rows",
        training.gradient_rows,
        (0, 1_048_576),
        problems,
    );
    let rules = [
        (
            "l2_embedding",
            training.l2_embedding,
            at_least_zero as Rule,
            "a finite number from 0",
        ),
        (
            "l2_dnn",
            training.l2_dnn,
            at_least_zero,
            "a finite number from 0",
        ),
        (
            "dropout",
            training.dropout,
            share_below_one,
            "a share from 0 to below 1",
        ),
        (
            "clip_norm",
            training.clip_norm.unwrap_or(1.0),
            above_zero,
            "a finite number above 0",
        ),
    ];
    for (key, value, rule, expected) in rules {
        if !rule(value) {
            let problem = Problem::new(format!("training.{key}"), "out of range");
            problems.push(problem.expected(expected).found(value.to_string()));
        }
    }
    if training.early_stop == Some(0) {
        let problem = Problem::new("training.early_stop.patience", "out of range");
        problems.push(problem.expected("at least 1").found("0"));
    }
    let activation = crate::spec::Choice::named(&training.activation);
    let choices = [
        (
            "optimizer",
            "training.optimizer",
            &registries.optimizers,
            &training.optimizer,
        ),
        (
            "schedule",
            "training.schedule",
            &registries.schedules,
            &training.schedule,
        ),
    ];
    for (what, place, specs, choice) in choices {
        let place = place.to_owned();
        ChoiceCheck {
            what,
            place,
            name_key: "name",
            specs,
            tasks: None,
            columns: None,
        }
        .check(choice, problems);
    }
    ChoiceCheck {
        what: "activation",
        place: "training".to_owned(),
        name_key: "activation",
        specs: &registries.activations,
        tasks: None,
        columns: None,
    }
    .check(&activation, problems);
}

fn check_variant(
    variant: &VariantDraft,
    place: &str,
    registries: &Registries<'_>,
    names: Names<'_>,
    problems: &mut Vec<Problem>,
) {
    let Names { tasks, columns } = names;
    let choices = [
        (
            "structure",
            "name",
            &registries.structures,
            Some(&variant.structure),
        ),
        (
            "bottom",
            "kind",
            &registries.bottoms,
            variant.bottom.as_ref(),
        ),
        (
            "strategy",
            "name",
            &registries.strategies,
            Some(&variant.strategy),
        ),
    ];
    for (what, name_key, specs, choice) in choices {
        if let Some(choice) = choice {
            let place = format!("{place}.{what}");
            ChoiceCheck {
                what,
                place,
                name_key,
                specs,
                tasks,
                columns,
            }
            .check(choice, problems);
        }
    }
    if let Some(towers) = &variant.towers {
        check_towers(towers, &format!("{place}.towers"), tasks, problems);
    }
    if let Some(trained) = &variant.tasks {
        check_trained(trained, &format!("{place}.tasks"), tasks, problems);
    }
}

fn check_trained(
    trained: &[String],
    place: &str,
    tasks: Option<&[String]>,
    problems: &mut Vec<Problem>,
) {
    if trained.is_empty() {
        let problem = Problem::new(place, "there is nothing to train on");
        problems.push(
            problem
                .expected("at least one label")
                .found("an empty list"),
        );
    }
    for (index, task) in trained.iter().enumerate() {
        let place = format!("{place}[{index}]");
        check_task(task, &place, tasks, problems);
        if trained[..index].contains(task) {
            problems.push(Problem::new(place, format!("`{task}` is there twice")));
        }
    }
}

fn check_towers(
    towers: &TowersDraft,
    place: &str,
    tasks: Option<&[String]>,
    problems: &mut Vec<Problem>,
) {
    let range = (1, MAX_WIDTH);
    check_widths(
        &towers.default,
        &format!("{place}.default"),
        range,
        problems,
    );
    for (task, widths) in &towers.per_task {
        let place = format!("{place}.{task}");
        check_task(task, &place, tasks, problems);
        check_widths(widths, &place, range, problems);
    }
}

type Rule = fn(f64) -> bool;

fn at_least_zero(value: f64) -> bool {
    value.is_finite() && value >= 0.0
}

fn share_below_one(value: f64) -> bool {
    value >= 0.0 && value < 1.0
}

fn above_zero(value: f64) -> bool {
    value.is_finite() && value > 0.0
}

fn within<T: Copy + Display + PartialOrd>(
    place: &str,
    value: T,
    (min, max): (T, T),
    problems: &mut Vec<Problem>,
) {
    if value < min || value > max {
        let expected = format!("a whole number from {min} to {max}");
        let problem = Problem::new(place, "out of range").expected(expected);
        problems.push(problem.found(value.to_string()));
    }
}

#[cfg(test)]
mod tests;
