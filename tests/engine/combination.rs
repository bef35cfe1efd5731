//! Small experiments of every structure, bottom and strategy, a variant for each of the strategies.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use mtl_lab::experiment::Plan;
use mtl_lab::model::{ACTIVATIONS, BOTTOMS, STRUCTURES};
use mtl_lab::strategy::{Family, STRATEGIES, StrategyEntry};
use mtl_lab::train::{OPTIMIZERS, SCHEDULES};

use crate::fixture::{plan_on, structure_setting};

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

/// A strategy and what else its setting has.
#[derive(Clone, Copy)]
pub struct Strategy {
    pub entry: &'static dyn StrategyEntry,
    parameters: &'static str,
}

impl Strategy {
    /// As the experiment file has it.
    fn setting(self) -> String {
        let (id, parameters) = (self.entry.spec().id, self.parameters);
        format!(r#"{{ name = "{id}"{parameters} }}"#)
    }
}

/// What is trained, on how many tasks, by its names in the experiment file.
#[derive(Clone)]
pub struct Combination {
    pub structure: &'static str,
    pub bottom: &'static str,
    pub strategies: Vec<Strategy>,
    pub activation: &'static str,
    pub optimizer: &'static str,
    pub schedule: &'static str,
    pub num_tasks: usize,
    pub batch_size: usize,
}

impl Combination {
    /// The first of each registry.
    pub fn first(num_tasks: usize) -> Self {
        Self {
            structure: STRUCTURES[0].spec().id,
            bottom: BOTTOMS[0].spec().id,
            strategies: vec![Strategy {
                entry: STRATEGIES[0],
                parameters: "",
            }],
            activation: ACTIVATIONS[0].spec().id,
            optimizer: OPTIMIZERS[0].spec().id,
            schedule: SCHEDULES[0].spec().id,
            num_tasks,
            batch_size: 64,
        }
    }

    /// Every structure with every bottom and every strategy that suits.
    pub fn all(num_tasks: &[usize]) -> Vec<Self> {
        let mut all = Vec::new();
        for structure in STRUCTURES {
            let structure = structure.spec().id;
            for &num_tasks in num_tasks {
                for bottom in BOTTOMS {
                    all.push(Self {
                        structure,
                        bottom: bottom.spec().id,
                        strategies: strategies(structure, num_tasks),
                        ..Self::first(num_tasks)
                    });
                }
            }
        }
        all.retain(|combination| !combination.strategies.is_empty());
        all
    }

    /// Every structure with every bottom, and with every strategy: a bottom and a strategy know nothing of each other.
    pub fn pairs(num_tasks: &[usize]) -> Vec<Self> {
        let mut pairs = Self::all(num_tasks);
        for pair in &mut pairs {
            if pair.bottom != BOTTOMS[0].spec().id {
                pair.strategies.truncate(1);
            }
        }
        pairs
    }

    /// The first of each registry with each optimizer, and with each schedule.
    pub fn of_optimizers_and_schedules() -> Vec<Self> {
        let first = Self::first(2);
        let optimizers = OPTIMIZERS.iter().map(|optimizer| Self {
            optimizer: optimizer.spec().id,
            ..first.clone()
        });
        let schedules = SCHEDULES.iter().map(|schedule| Self {
            schedule: schedule.spec().id,
            ..first.clone()
        });
        optimizers.chain(schedules).collect()
    }

    /// What one of its runs trains, to be told where that fails.
    pub fn title(&self, run: usize) -> String {
        let strategy = self.strategies[run].setting();
        format!("{strategy} with {} on {}", self.structure, self.bottom)
    }

    pub fn plan(&self, epochs: usize) -> Plan {
        let labels = if wants_binary(self.structure) {
            ["click", "finish", "like", "share", "save", "watch"]
        } else {
            ["click", "watch", "finish", "like", "share", "save"]
        };
        let columns = labels.iter().enumerate().map(|(index, name)| {
            let role = match (index < self.num_tasks, *name) {
                (false, _) => r#"{ role = "ignore" }"#,
                (true, "watch") => r#"{ role = "label", task = "regression" }"#,
                (true, _) => r#"{ role = "label", task = "binary" }"#,
            };
            format!("{name} = {role}\n")
        });
        let Self {
            bottom,
            activation,
            optimizer,
            schedule,
            batch_size,
            ..
        } = self;
        let structure = structure_setting(self.structure);
        let variants = self.strategies.iter().enumerate().map(|(index, strategy)| {
            format!(
                r#"
                [[variants]]
                name = "{index}"
                structure = {structure}
                bottom = {{ kind = "{bottom}", units = [8, 6] }}
                towers = {{ default = [4] }}
                strategy = {strategy}
                "#,
                strategy = strategy.setting(),
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
            epochs = {epochs}
            batch_size = {batch_size}
            dropout = 0.1
            activation = "{activation}"
            optimizer = {{ name = "{optimizer}" }}
            schedule = {{ name = "{schedule}" }}
            {variants}
            "#,
            columns = columns.collect::<String>(),
            variants = variants.collect::<String>(),
        );
        plan_on(&table(), &text)
    }
}

/// Tries each of them, on threads of their own: a training waits for the pool's.
pub fn each(all: &[Combination], tried: impl Fn(&Combination) + Sync) {
    let cores = thread::available_parallelism().map_or(1, usize::from);
    let next = AtomicUsize::new(0);
    thread::scope(|scope| {
        for _ in 0..cores {
            scope.spawn(|| {
                while let Some(one) = all.get(next.fetch_add(1, Ordering::Relaxed)) {
                    tried(one);
                }
            });
        }
    });
}

/// Whether a structure is for binary labels alone.
fn wants_binary(structure: &str) -> bool {
    ["esmm", "aitm"].contains(&structure)
}

/// Whether a structure and a strategy can do with so many of the labels.
fn suits(structure: &str, strategy: &dyn StrategyEntry, num_tasks: usize) -> bool {
    let one_output = strategy.family() == Family::Fusion;
    let needs_two = one_output || structure == "esmm";
    let agree = !(one_output && wants_binary(structure));
    agree && (num_tasks > 1 || !needs_two)
}

/// Every strategy that suits, those that have the choice in both places.
fn strategies(structure: &str, num_tasks: usize) -> Vec<Strategy> {
    let fitting = STRATEGIES
        .iter()
        .filter(|entry| suits(structure, **entry, num_tasks));
    let of_entry = |&entry: &&'static dyn StrategyEntry| {
        let has_choice = entry.spec().words_of("on").is_some();
        let elsewhere = has_choice.then_some(r#", on = "representation""#);
        let places = [Some(""), elsewhere].into_iter().flatten();
        places.map(move |parameters| Strategy { entry, parameters })
    };
    fitting.flat_map(of_entry).collect()
}
