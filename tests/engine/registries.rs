//! Every structure, bottom, strategy, activation, optimizer and schedule trains a few finite steps.

use std::thread;

use mtl_lab::model::{ACTIVATIONS, BOTTOMS, STRUCTURES};
use mtl_lab::strategy::{Family, STRATEGIES, StrategyEntry};
use mtl_lab::train::{OPTIMIZERS, SCHEDULES, cpu};

use crate::fixture::{plan_on, structure_setting, train};

/// Rows of a made-up table with six labels, click to save binary, watch a number.
fn table() -> String {
    use std::fmt::Write as _;
    let mut text =
        "user_id,video_id,history,duration_secs,click,finish,like,share,save,watch\n".to_owned();
    for row in 0_u32..240 {
        let history: Vec<String> = (0..row % 4)
            .map(|item| format!("v{}", (row + item) % 6))
            .collect();
        let bit = |step: u32| u32::from(row * step % 7 < 3);
        writeln!(
            text,
            "u{},v{},{},{},{},{},{},{},{},{}",
            row % 9,
            row % 5,
            history.join("|"),
            f64::from(row % 31) / 3.0,
            bit(1),
            bit(2),
            bit(3),
            bit(5),
            bit(6),
            f64::from(row % 17) * 1.5
        )
        .unwrap();
    }
    text
}

/// What is trained: a variant for each of the strategies.
#[derive(Clone)]
struct Names {
    structure: &'static str,
    bottom: &'static str,
    /// As the experiment file has them.
    strategies: Vec<String>,
    activation: &'static str,
    optimizer: &'static str,
    schedule: &'static str,
}

fn names() -> Names {
    Names {
        structure: STRUCTURES[0].spec().id,
        bottom: BOTTOMS[0].spec().id,
        strategies: vec![setting(STRATEGIES[0].spec().id, "")],
        activation: ACTIVATIONS[0].spec().id,
        optimizer: OPTIMIZERS[0].spec().id,
        schedule: SCHEDULES[0].spec().id,
    }
}

fn setting(strategy: &str, parameters: &str) -> String {
    format!(r#"{{ name = "{strategy}"{parameters} }}"#)
}

/// Trains with these names on so many tasks and looks at every number told.
fn trains(names: &Names, num_tasks: usize) {
    let labels = if wants_binary(names.structure) {
        ["click", "finish", "like", "share", "save", "watch"]
    } else {
        ["click", "watch", "finish", "like", "share", "save"]
    };
    let columns = labels.iter().enumerate().map(|(index, name)| {
        let role = match (index < num_tasks, *name) {
            (false, _) => r#"{ role = "ignore" }"#,
            (true, "watch") => r#"{ role = "label", task = "regression" }"#,
            (true, _) => r#"{ role = "label", task = "binary" }"#,
        };
        format!("{name} = {role}\n")
    });
    let Names {
        structure,
        bottom,
        strategies,
        activation,
        optimizer,
        schedule,
    } = names;
    let structure = structure_setting(structure);
    let variants = strategies.iter().enumerate().map(|(index, strategy)| {
        format!(
            r#"
            [[variants]]
            name = "{index}"
            structure = {structure}
            bottom = {{ kind = "{bottom}", units = [8, 6] }}
            towers = {{ default = [4] }}
            strategy = {strategy}
            "#
        )
    });
    let text = format!(
        r#"
        seeds = [1]
        [data]
        path = "table.csv"
        [data.columns]
        history = {{ role = "sequence", separator = "|", attends_to = "video_id" }}
        {columns}
        [training]
        epochs = 1
        batch_size = 64
        activation = "{activation}"
        optimizer = {{ name = "{optimizer}" }}
        schedule = {{ name = "{schedule}" }}
        {variants}
        "#,
        columns = columns.collect::<String>(),
        variants = variants.collect::<String>(),
    );
    let told = train(&plan_on(&table(), &text), &cpu());
    for (run, strategy) in strategies.iter().enumerate() {
        // What makes one target of two labels tells no loss of theirs; its log loss is that of the click.
        let (metric, least) = if is_fusion(strategy) {
            ("log_loss", 1)
        } else {
            ("loss", num_tasks)
        };
        let own = told.series.iter().filter(|(key, _)| {
            key.0 == run && key.3 == metric && (metric == "loss" || key.2 == "click")
        });
        let values: Vec<Option<f64>> = own.flat_map(|(_, values)| values.clone()).collect();
        let finite = values.iter().flatten().filter(|value| value.is_finite());
        assert_eq!(finite.count(), values.len(), "{strategy} in {text}");
        assert!(values.len() >= least, "{strategy} in {text}");
    }
}

/// Whether a structure is for binary labels alone.
fn wants_binary(structure: &str) -> bool {
    ["esmm", "aitm"].contains(&structure)
}

/// Whether a structure and a strategy can do with so many of the labels.
fn suits(structure: &str, strategy: &str, num_tasks: usize) -> bool {
    let one_output = is_fusion(strategy);
    let needs_two = one_output || structure == "esmm";
    let agree = !(one_output && wants_binary(structure));
    agree && (num_tasks > 1 || !needs_two)
}

fn is_fusion(strategy: &str) -> bool {
    let is_named = |entry: &&&dyn StrategyEntry| {
        let id = entry.spec().id;
        strategy == id || strategy.starts_with(&format!(r#"{{ name = "{id}""#))
    };
    let entry = STRATEGIES.iter().find(is_named).unwrap();
    entry.family() == Family::Fusion
}

/// Every strategy that suits, those that have the choice in both places.
fn strategies(structure: &str, num_tasks: usize) -> Vec<String> {
    let of_entry = |entry: &&dyn StrategyEntry| {
        let spec = entry.spec();
        let has_choice = spec.params.iter().any(|param| param.name == "on");
        let elsewhere = has_choice.then(|| setting(spec.id, r#", on = "representation""#));
        [Some(setting(spec.id, "")), elsewhere]
            .into_iter()
            .flatten()
            .filter(|_| suits(structure, spec.id, num_tasks))
            .collect::<Vec<String>>()
    };
    STRATEGIES.iter().flat_map(of_entry).collect()
}

#[test]
fn every_structure_bottom_and_strategy_trains_on_1_2_and_5_tasks() {
    let mut all: Vec<(Names, usize)> = Vec::new();
    for structure in STRUCTURES {
        let structure = structure.spec().id;
        for num_tasks in [1, 2, 5] {
            for bottom in BOTTOMS {
                // A bottom and a strategy know nothing of each other.
                let bottom = bottom.spec().id;
                let mut strategies = strategies(structure, num_tasks);
                if bottom != names().bottom {
                    strategies.truncate(1);
                }
                let own = Names {
                    structure,
                    bottom,
                    strategies,
                    ..names()
                };
                if !own.strategies.is_empty() {
                    all.push((own, num_tasks));
                }
            }
        }
    }
    // Threads of their own: a training waits for the pool's.
    let cores = thread::available_parallelism().map_or(1, usize::from);
    thread::scope(|scope| {
        for own in all.chunks(all.len().div_ceil(cores)) {
            scope.spawn(move || {
                for (names, num_tasks) in own {
                    trains(names, *num_tasks);
                }
            });
        }
    });
}

#[test]
fn every_activation_optimizer_and_schedule_trains() {
    for activation in ACTIVATIONS {
        let activation = activation.spec().id;
        trains(
            &Names {
                activation,
                ..names()
            },
            2,
        );
    }
    for optimizer in OPTIMIZERS {
        let optimizer = optimizer.spec().id;
        trains(
            &Names {
                optimizer,
                ..names()
            },
            2,
        );
    }
    for schedule in SCHEDULES {
        let schedule = schedule.spec().id;
        trains(
            &Names {
                schedule,
                ..names()
            },
            2,
        );
    }
}
