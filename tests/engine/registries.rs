//! Every structure, bottom, strategy, activation, optimizer and schedule trains a few finite steps.

use std::thread;

use mtl_lab::model::{ACTIVATIONS, BOTTOMS, STRUCTURES};
use mtl_lab::strategy::{Family, STRATEGIES};
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

#[derive(Clone, Copy)]
struct Names {
    structure: &'static str,
    bottom: &'static str,
    strategy: &'static str,
    activation: &'static str,
    optimizer: &'static str,
    schedule: &'static str,
}

fn names() -> Names {
    Names {
        structure: STRUCTURES[0].spec().id,
        bottom: BOTTOMS[0].spec().id,
        strategy: STRATEGIES[0].spec().id,
        activation: ACTIVATIONS[0].spec().id,
        optimizer: OPTIMIZERS[0].spec().id,
        schedule: SCHEDULES[0].spec().id,
    }
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
        strategy,
        activation,
        optimizer,
        schedule,
    } = names;
    let text = format!(
        r#"
        [data]
        path = "table.csv"
        [data.columns]
        history = {{ role = "sequence", separator = "|", attends_to = "video_id" }}
        {columns}
        [training]
        epochs = 2
        batch_size = 64
        activation = "{activation}"
        optimizer = {{ name = "{optimizer}" }}
        schedule = {{ name = "{schedule}" }}
        [[variants]]
        name = "one"
        structure = {structure}
        bottom = {{ kind = "{bottom}", units = [8, 6] }}
        towers = {{ default = [4] }}
        strategy = {{ name = "{strategy}" }}
        "#,
        columns = columns.collect::<String>(),
        structure = structure_setting(structure),
    );
    let told = train(&plan_on(&table(), &text), &cpu());
    // What makes one target of two labels tells no loss of theirs; its log loss is that of the click.
    let (metric, least) = if is_fusion(strategy) {
        ("log_loss", 2)
    } else {
        ("loss", 2 * num_tasks)
    };
    let told = told.series.iter().filter(|(key, _)| key.3 == metric);
    let mut seen = 0;
    for (key, values) in told.filter(|(key, _)| metric == "loss" || key.2 == "click") {
        for value in values {
            assert!(value.is_some_and(f64::is_finite), "{text}\n{key:?}");
            seen += 1;
        }
    }
    assert!(seen >= least, "{text}");
}

/// Whether a structure is for binary labels alone.
fn wants_binary(structure: &str) -> bool {
    ["esmm", "aitm"].contains(&structure)
}

/// Whether a structure and a strategy can do with so many of the labels.
fn suits(names: &Names, num_tasks: usize) -> bool {
    let one_output = is_fusion(names.strategy);
    let needs_two = one_output || names.structure == "esmm";
    let agree = !(one_output && wants_binary(names.structure));
    agree && (num_tasks > 1 || !needs_two)
}

fn is_fusion(strategy: &str) -> bool {
    mtl_lab::strategy::strategy(strategy).unwrap().family() == Family::Fusion
}

#[test]
fn every_structure_bottom_and_strategy_trains_on_1_2_and_5_tasks() {
    let mut all: Vec<(Names, usize)> = Vec::new();
    for structure in STRUCTURES {
        for bottom in BOTTOMS {
            for strategy in STRATEGIES {
                let own = Names {
                    structure: structure.spec().id,
                    bottom: bottom.spec().id,
                    strategy: strategy.spec().id,
                    ..names()
                };
                // A bottom and a strategy know nothing of each other.
                if own.bottom != names().bottom && own.strategy != names().strategy {
                    continue;
                }
                let fitting = [1, 2, 5]
                    .into_iter()
                    .filter(|&num_tasks| suits(&own, num_tasks));
                all.extend(fitting.map(|num_tasks| (own, num_tasks)));
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
