//! What the replica axis must not change.

use std::fmt::Write as _;

use mtl_lab::data::synth::{ShortVideoRecipe, short_video, write_csv};
use mtl_lab::experiment::Plan;
use mtl_lab::spec::Choice;
use mtl_lab::strategy::{Needs, STRATEGIES, Strategy, StrategyConfig, TaskLoss, strategy};
use mtl_lab::train::batch::Epoch;
use mtl_lab::train::checkpoint::{Reached, pack, restore, unpack};
use mtl_lab::train::cohort::{Cohort, StepAt};
use mtl_lab::train::cpu;
use mtl_lab::train::device_data::DeviceData;
use mtl_lab::train::history::History;
use mtl_lab::train::optimizer::{learning_rate, optimizer};
use mtl_lab::train::recipe::Recipe;

use crate::fixture::{plan, train};

/// An experiment on a made-up table, with these labels and seeds, hard sharing and separate models.
pub fn short_video_plan(labels: &[&str], seeds: &str, rows: usize) -> Plan {
    short_video_plan_of(r#"{ name = "shared_bottom" }"#, labels, seeds, rows)
}

/// The same with another structure in the place of hard sharing.
pub fn short_video_plan_of(structure: &str, labels: &[&str], seeds: &str, rows: usize) -> Plan {
    let variants = format!(
        r#"
        [[variants]]
        name = "shared"
        structure = {structure}
        bottom = {{ kind = "mlp", units = [32, 16] }}
        towers = {{ default = [8] }}
        [[variants]]
        name = "separate"
        structure = {{ name = "separate" }}
        "#
    );
    plan_of_variants(&variants, labels, seeds, rows)
}

/// Hard sharing with each of these strategies.
pub fn short_video_plan_with(
    strategies: &[&str],
    labels: &[&str],
    seeds: &str,
    rows: usize,
) -> Plan {
    let mut variants = String::new();
    for (index, strategy) in strategies.iter().enumerate() {
        write!(
            variants,
            r#"
            [[variants]]
            name = "{index}"
            structure = "shared_bottom"
            bottom = {{ kind = "mlp", units = [32, 16] }}
            towers = {{ default = [8] }}
            strategy = {strategy}
            "#
        )
        .unwrap();
    }
    plan_of_variants(&variants, labels, seeds, rows)
}

fn plan_of_variants(variants: &str, labels: &[&str], seeds: &str, rows: usize) -> Plan {
    let folder = tempfile::tempdir().unwrap();
    let table = short_video(&ShortVideoRecipe { rows, seed: 3 });
    write_csv(&folder.path().join("table.csv"), &table).unwrap();
    let mut columns = String::new();
    for name in ["click", "finish", "like", "share", "watch_secs"] {
        let role = match (labels.contains(&name), name) {
            (false, _) => r#"{ role = "ignore" }"#,
            (true, "watch_secs") => r#"{ role = "label", task = "regression" }"#,
            (true, _) => r#"{ role = "label", task = "binary" }"#,
        };
        writeln!(columns, "{name} = {role}").unwrap();
    }
    let text = format!(
        r#"
        seeds = {seeds}
        [data]
        path = "table.csv"
        [data.columns]
        {columns}
        [training]
        epochs = 2
        batch_size = 256
        dropout = 0.1
        {variants}
        "#
    );
    plan(&text, folder.path())
}

#[test]
fn with_one_task_sharing_is_separate_bit_for_bit() {
    let plan = short_video_plan(&["click"], "[1]", 3000);
    let told = train(&plan, &cpu());
    assert_eq!(told.best[&0], told.best[&1]);
    assert_eq!(told.outcomes[&0].test, told.outcomes[&1].test);
    assert_eq!(
        told.predictions[&0].tasks[0].scores,
        told.predictions[&1].tasks[0].scores
    );
}

#[test]
fn one_seed_gives_one_curve_and_another_seed_another() {
    let plan = short_video_plan(&["click", "watch_secs"], "[1, 2]", 3000);
    let (first, second) = (train(&plan, &cpu()), train(&plan, &cpu()));
    assert_eq!(first.series, second.series);
    assert_eq!(first.best, second.best);
    assert_ne!(first.best[&0], first.best[&1]);
}

/// How a cohort is trained.
#[derive(Clone, Copy)]
pub struct Way {
    pub needs: Needs,
    pub block: Option<usize>,
    pub strategy: fn(&StrategyConfig<'_>) -> Strategy,
}

pub fn named(id: &str, config: &StrategyConfig<'_>) -> Strategy {
    strategy(id).unwrap().build(&Choice::named(id), config)
}

pub const PLAIN: Way = Way {
    needs: Needs::Losses,
    block: None,
    strategy: |config| named("equal", config),
};

/// The parameters of a cohort of these seeds after some steps.
pub fn after_steps(plan: &Plan, seeds: &[u64], way: Way) -> Vec<Vec<f32>> {
    let mut cohort = cohort(plan, seeds, way);
    let data = DeviceData::new(plan.dataset(), &cpu().handle);
    let batches = Epoch::new(&plan.dataset().split.train, seeds, 0, 128);
    for step in 0..10 {
        let batch = batches.batch(step as usize);
        cohort
            .step(&batch, plan.dataset(), &data, place(plan, step))
            .unwrap();
    }
    weights(&cohort)
}

/// The parameters and embeddings of each run.
fn weights(cohort: &Cohort) -> Vec<Vec<f32>> {
    let snapshots = cohort.state.snapshots().unwrap();
    let weights = snapshots.into_iter().map(|it| [it.flat, it.table].concat());
    weights.collect()
}

/// The largest difference of two cohorts' parameters.
pub fn worst(a: &[Vec<f32>], b: &[Vec<f32>]) -> f32 {
    let pairs = a.iter().flatten().zip(b.iter().flatten());
    pairs.map(|(a, b)| (a - b).abs()).fold(0.0, f32::max)
}

/// A step of the first epoch.
pub fn place(plan: &Plan, step: u64) -> StepAt {
    let choice = &plan.training().optimizer;
    StepAt {
        step,
        epoch: 0,
        lr: learning_rate(optimizer(&choice.name).unwrap(), choice),
    }
}

/// A cohort of these seeds at its first step.
pub fn cohort(plan: &Plan, seeds: &[u64], way: Way) -> Cohort {
    let dataset = plan.dataset();
    let device = cpu().handle;
    let recipe = Recipe {
        clip_norm: Some(1.0),
        block: way.block,
        needs: way.needs,
        ..Recipe::new(plan, &plan.variants()[0], true).unwrap()
    };
    let num_shared = recipe.num_compared();
    let strategies = seeds
        .iter()
        .map(|seed| {
            let config = StrategyConfig {
                tasks: &dataset.tasks,
                seeds: &[*seed],
                num_shared,
                device: &device,
            };
            (1, (way.strategy)(&config))
        })
        .collect();
    let loss = TaskLoss::new(&dataset.tasks);
    Cohort::new(recipe, seeds, strategies, loss, &device)
}

#[test]
fn a_cohort_of_four_is_four_cohorts_of_one() {
    let labels = ["click", "finish", "watch_secs"];
    let seeds = [1, 2, 3, 4];
    // The second draws numbers in each step.
    for structure in [r#""shared_bottom""#, r#""ltb""#] {
        let plan = short_video_plan_of(structure, &labels, "[1]", 3000);
        let together = after_steps(&plan, &seeds, PLAIN);
        let blocks = Way {
            block: Some(20),
            ..PLAIN
        };
        let in_blocks = after_steps(&plan, &seeds, blocks);
        for ((seed, stacked), in_blocks) in seeds.iter().zip(&together).zip(&in_blocks) {
            let alone = after_steps(&plan, &[*seed], PLAIN).remove(0);
            for other in [stacked, in_blocks] {
                let worst = alone.iter().zip(other).map(|(a, b)| (a - b).abs());
                let worst = worst.fold(0.0, f32::max);
                assert!(worst < 1e-5, "{structure}, seed {seed}: {worst}");
            }
        }
        assert_ne!(together[0], together[1]);
    }
}

/// Steps of a cohort of some of the plan's runs, of which `steps` says which.
fn go_on(cohort: &mut Cohort, plan: &Plan, runs: &[usize], steps: std::ops::Range<u64>) {
    let all = plan.runs();
    let data = DeviceData::new(plan.dataset(), &cpu().handle);
    let data = data.of_variant(&plan.variants()[all[runs[0]].0], plan.dataset());
    let batches = Epoch::new(&plan.dataset().split.train, cohort.seeds(), 0, 64);
    for step in steps {
        let batch = batches.batch(step as usize);
        let place = place(plan, step);
        cohort.step(&batch, plan.dataset(), &data, place).unwrap();
    }
}

#[test]
fn a_strategy_weighs_the_seeds_of_a_variant_as_it_weighs_each_alone() {
    let mut ways = Vec::new();
    for spec in STRATEGIES.iter().map(|entry| entry.spec()) {
        match spec.words_of("on") {
            Some(places) => ways.extend(
                places
                    .iter()
                    .map(|on| format!(r#"{{ name = "{}", on = "{on}" }}"#, spec.id)),
            ),
            None => ways.push(format!(r#"{{ name = "{}" }}"#, spec.id)),
        }
    }
    let ways: Vec<&str> = ways.iter().map(String::as_str).collect();
    let labels = ["click", "finish", "watch_secs"];
    let plan = short_video_plan_with(&ways, &labels, "[1, 2]", 1000);
    for (variant, way) in ways.iter().enumerate() {
        let runs = [2 * variant, 2 * variant + 1];
        let mut both = Cohort::of_runs(&plan, &runs, &cpu()).unwrap();
        go_on(&mut both, &plan, &runs, 0..4);
        let history = History::default();
        let of_run = (&history, &[][..]);
        let kept = pack(&mut both, Reached::default(), &[of_run, of_run]).unwrap();
        go_on(&mut both, &plan, &runs, 4..7);
        for ((run, kept), expected) in runs.iter().zip(kept).zip(weights(&both)) {
            let mut alone = Cohort::of_runs(&plan, &[*run], &cpu()).unwrap();
            go_on(&mut alone, &plan, &[*run], 0..7);
            let mut resumed = Cohort::of_runs(&plan, &[*run], &cpu()).unwrap();
            restore(&mut resumed, &[unpack(&kept).unwrap()]).unwrap();
            go_on(&mut resumed, &plan, &[*run], 4..7);
            for (found, how) in [(alone, "alone"), (resumed, "resumed")] {
                let worst = worst(std::slice::from_ref(&expected), &weights(&found));
                assert!(worst < 1e-5, "{way}, run {run}, {how}: {worst}");
            }
        }
    }
}

/// As many numbers in another order are other weights.
#[test]
fn a_state_whose_parameters_lie_otherwise_is_refused() {
    let plan = short_video_plan(&["click", "finish"], "[1]", 600);
    let mut cohort = Cohort::of_runs(&plan, &[0], &cpu()).unwrap();
    let history = History::default();
    let of_run = (&history, &[][..]);
    let kept = pack(&mut cohort, Reached::default(), &[of_run]).unwrap();
    restore(&mut cohort, &[unpack(&kept[0]).unwrap()]).unwrap();
    let (mut other, mut old) = (kept[0].clone(), kept[0].clone());
    let names = other.facts.get_mut("parameters").unwrap();
    *names = names.replace("towers.click", "towers.other");
    // Before there was another order, none was told.
    old.facts.remove("parameters");
    for state in [other, old] {
        let refused = restore(&mut cohort, &[unpack(&state).unwrap()]).unwrap_err();
        assert!(refused.to_string().contains("another order"), "{refused}");
    }
}
