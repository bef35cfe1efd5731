//! What each strategy costs beside `equal`: `cargo bench --bench strategies -- [--device gpu] [-o FILE]`.
//!
//! Every entry of the registry trains the same network on the same made-up table, with two tasks and with five, and
//! where it has the choice both on the parameters and on the representation. All of them take turns in one process, so
//! that a slower minute of the machine falls on all alike; the ratio is the median over rounds of the ratio to `equal`
//! in the same round.

#![expect(clippy::print_stdout, reason = "a benchmark prints its figures")]

use std::error::Error;
use std::fmt::Write as _;
use std::fs;
use std::sync::Arc;

use mtl_lab::data::synth::{ShortVideoRecipe, short_video};
use mtl_lab::experiment::{self, Plan};
use mtl_lab::lab::{self, Prepared};
use mtl_lab::strategy::STRATEGIES;
use mtl_lab::train::device_data::DeviceData;
use mtl_lab::train::{DeviceChoice, OpenDevice, open};

#[path = "shared/median.rs"]
mod median;
#[path = "shared/options.rs"]
mod options;
#[path = "shared/steps.rs"]
mod steps;

use median::median;
use options::options;
use steps::Steps;

type Failure = Box<dyn Error>;

const ROWS: usize = 25_000;
const SEED: u64 = 7;
const BATCH: usize = 1024;
/// Steps of a turn, and before the first one.
const STEPS: usize = 10;
const ROUNDS: usize = 7;
/// The tasks, those of the smaller experiment first.
const TASKS: [&str; 5] = ["click", "watch_secs", "finish", "like", "share"];
const COUNTS: [usize; 2] = [2, 5];

fn main() -> Result<(), Failure> {
    let (choice, output) = arguments()?;
    let (device, _) = open(choice)?;
    let plans: Vec<Plan> = COUNTS
        .iter()
        .map(|&count| plan(count))
        .collect::<Result<_, _>>()?;
    let costs: Vec<Vec<Cost>> = plans
        .iter()
        .map(|plan| measure(plan, &device))
        .collect::<Result<_, _>>()?;
    let text = format!("{}\n{}", head(&device, choice), table(&plans, &costs));
    print!("{text}");
    if let Some(path) = output {
        fs::write(path, text)?;
    }
    Ok(())
}

/// The device and the file of the command line.
fn arguments() -> Result<(DeviceChoice, Option<String>), Failure> {
    let (mut choice, mut output) = (DeviceChoice::Cpu, None);
    for (word, value) in options()?.0 {
        match word.as_str() {
            "--device" => {
                let parsed = DeviceChoice::parse(&value);
                choice = parsed
                    .ok_or_else(|| format!("--device: expected cpu or gpu, found {value}"))?;
            }
            "-o" => output = Some(value),
            _ => return Err(format!("expected --device or -o, found {word}").into()),
        }
    }
    Ok((choice, output))
}

/// An experiment with a variant for each strategy and place of its gradients.
fn plan(num_tasks: usize) -> Result<Plan, Failure> {
    let mut text = String::from("seeds = [1]\n[data]\npath = \"made-up\"\n[data.columns]\n");
    for (index, task) in TASKS.iter().enumerate() {
        let role = match (index < num_tasks, *task) {
            (false, _) => r#"{ role = "ignore" }"#,
            (true, "watch_secs") => r#"{ role = "label", task = "regression" }"#,
            (true, _) => r#"{ role = "label", task = "binary" }"#,
        };
        writeln!(text, "{task} = {role}")?;
    }
    writeln!(text, "[training]\nbatch_size = {BATCH}")?;
    for spec in STRATEGIES.iter().map(|entry| entry.spec()) {
        for place in spec.words_of("on").unwrap_or(&[""]) {
            let on = if place.is_empty() {
                String::new()
            } else {
                format!(", on = \"{place}\"")
            };
            let id = spec.id;
            writeln!(
                text,
                "[[variants]]\nname = \"{id} {place}\"\nstructure = \"shared_bottom\"\nstrategy = {{ name = \"{id}\"{on} }}"
            )?;
        }
    }
    let (draft, problems) = experiment::parse(&text, "strategies.toml");
    if let Some(problem) = problems.first() {
        return Err(problem.to_string().into());
    }
    let recipe = ShortVideoRecipe {
        rows: ROWS,
        seed: SEED,
    };
    let prepared = Prepared {
        table: Arc::new(short_video(&recipe)),
        num_test_rows: 0,
        warnings: Vec::new(),
    };
    Ok(lab::plan(&draft, prepared)?)
}

/// What a variant costs.
struct Cost {
    /// Seconds of a step, round by round.
    seconds: Vec<f64>,
    /// Steps at which no solution was found.
    unsolved: u64,
}

/// Trains all variants of a plan in turns.
fn measure(plan: &Plan, device: &OpenDevice) -> Result<Vec<Cost>, Failure> {
    let data = DeviceData::new(plan.dataset(), &device.handle);
    let mut runs: Vec<Steps<'_>> = (0..plan.variants().len())
        .map(|variant| Steps::new(plan, &[variant], &data, device))
        .collect::<Result<_, _>>()?;
    let mut seconds = vec![Vec::new(); runs.len()];
    for round in 0..=ROUNDS {
        for (run, seconds) in runs.iter_mut().zip(&mut seconds) {
            let taken = run.take(STEPS)?;
            // The first round compiles, tunes and fills caches.
            if round > 0 {
                seconds.push(taken);
            }
        }
    }
    let costs = runs.iter().zip(seconds).map(|(run, seconds)| Cost {
        seconds,
        unsolved: run.cohort.unsolved(0),
    });
    Ok(costs.collect())
}

fn head(device: &OpenDevice, choice: DeviceChoice) -> String {
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let (name, option) = match choice {
        DeviceChoice::Cpu => (format!("{}, {threads} threads", device.info.name), ""),
        _ => (device.info.name.clone(), "--device gpu "),
    };
    format!(
        "# What a step costs\n\n\
         By `cargo bench --bench strategies -- {option}-o FILE` on {name}. The short-video table of {ROWS} rows (seed {SEED}), \
         shared bottom 128-128, towers 64-32, embeddings of 8, Adam, batch {BATCH}; {STEPS} steps in each of {ROUNDS} rounds, \
         in which all strategies take turns. Milliseconds of a step are the median over the rounds, the ratio is the median of \
         the ratios to `equal` in the same round. Unsolved: steps at which a solver found no solution and the gradients were \
         summed as they are.\n"
    )
}

fn table(plans: &[Plan], costs: &[Vec<Cost>]) -> String {
    let mut text = String::from("| strategy | on |");
    let mut line = String::from("| --- | --- |");
    for count in COUNTS {
        text += &format!(" {count} tasks, ms | to equal |");
        line += " ---: | ---: |";
    }
    text += &format!(" unsolved |\n{line} ---: |\n");
    let Some(variants) = plans.first().map(Plan::variants) else {
        return text;
    };
    let total = (ROUNDS + 1) * STEPS * COUNTS.len();
    for (index, variant) in variants.iter().enumerate() {
        let (id, place) = variant.name.split_once(' ').unwrap_or((&variant.name, ""));
        text += &format!("| `{id}` | {place} |");
        let mut unsolved = 0;
        for costs in costs {
            let (own, equal) = (&costs[index], &costs[0]);
            unsolved += own.unsolved;
            let pairs = own.seconds.iter().zip(&equal.seconds);
            let ratio = median(&mut pairs.map(|(own, equal)| own / equal).collect::<Vec<f64>>());
            let milliseconds = 1000.0 * median(&mut own.seconds.clone());
            text += &format!(" {milliseconds:.2} | {ratio:.2} |");
        }
        let unsolved = if unsolved == 0 {
            "0".to_owned()
        } else {
            format!("{unsolved} of {total}")
        };
        text += &format!(" {unsolved} |\n");
    }
    text
}
