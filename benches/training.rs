//! Training beside a peer: `cargo bench --bench training -- [--peer "PYTHON torch_mtl.py"] [--threads N]
//! [--batch 256,1024] [--vocabulary 2000,200000] [--structure shared_bottom,separate,mmoe] [--rounds N] [--seeds N]`.
//!
//! Every line is one experiment file on one made-up table, which both programs read as a user would have them: theirs is
//! `mtl-lab run`, the peer is any program that takes the file, `--variant` and `--threads` and ends with a line of JSON that
//! has `samples_per_second`. They take turns, so that a slower minute of the machine falls on both; the ratio is the median
//! over rounds of the ratios within a round. Beside it the share of the machine's own rate of single-precision
//! matrix products that a step of the dense layers would need, measured in the same minute.
//!
//! With `--seeds N` every line tells of so many runs of one experiment instead: theirs all together, the peer's one after
//! another. How long they train is the time that two more epochs take, so that reading the table does not count.

#![expect(clippy::print_stdout, reason = "a benchmark prints its figures")]

use std::error::Error;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::Instant;

use burn::tensor::{Device, Distribution, Tensor};

#[path = "shared/list.rs"]
mod list;
#[path = "shared/made_up.rs"]
mod made_up;
#[path = "shared/median.rs"]
mod median;
#[path = "shared/options.rs"]
mod options;

use list::list;
use made_up::{ROWS, Setting, description, flops, number_after, theirs};
use median::median;
use options::options;

type Failure = Box<dyn Error>;

/// Epochs by which a longer run is longer.
const MORE: usize = 2;

/// What the command line asks for.
struct Arguments {
    peer: Option<Vec<String>>,
    threads: usize,
    batches: Vec<usize>,
    vocabularies: Vec<usize>,
    structures: Vec<String>,
    rounds: usize,
    epochs: usize,
    seeds: usize,
}

fn main() -> Result<(), Failure> {
    let arguments = arguments()?;
    let folder = tempfile::tempdir()?;
    println!(
        "{}, {} threads, {} rounds, {} seeds",
        description(),
        arguments.threads,
        arguments.rounds,
        arguments.seeds
    );
    println!(
        "{:<14} {:>10} {:>6} {:>12} {:>12} {:>7} {:>9} {:>7}",
        "structure", "vocabulary", "batch", "samples/s", "peer", "ratio", "GFLOP/s", "share"
    );
    for &vocabulary in &arguments.vocabularies {
        let table = folder.path().join(format!("table_{vocabulary}.csv"));
        fs::write(&table, made_up::rows(vocabulary)?)?;
        for structure in &arguments.structures {
            for &batch in &arguments.batches {
                let experiment = folder
                    .path()
                    .join(format!("{structure}_{vocabulary}_{batch}.toml"));
                let text = |epochs| {
                    let setting = Setting {
                        structure,
                        strategies: &["equal"],
                        batch,
                        epochs,
                        seeds: arguments.seeds,
                    };
                    made_up::experiment(&table, setting)
                };
                fs::write(&experiment, text(arguments.epochs)?)?;
                let longer = experiment.with_extension("longer.toml");
                fs::write(&longer, text(arguments.epochs + MORE)?)?;
                println!(
                    "{structure:<14} {vocabulary:>10} {batch:>6} {}",
                    compare(&experiment, structure, &arguments)?
                );
            }
        }
        fs::remove_file(&table)?;
    }
    Ok(())
}

fn arguments() -> Result<Arguments, Failure> {
    let mut found = Arguments {
        peer: None,
        threads: std::thread::available_parallelism()?.get(),
        batches: vec![256, 1024, 4096, 16384],
        vocabularies: vec![2_000, 200_000, 5_000_000],
        structures: ["shared_bottom", "separate", "mmoe"]
            .map(str::to_owned)
            .into(),
        rounds: 3,
        epochs: 1,
        seeds: 1,
    };
    for (word, value) in options()?.0 {
        match word.as_str() {
            "--peer" => found.peer = Some(value.split_whitespace().map(str::to_owned).collect()),
            "--threads" => found.threads = value.parse()?,
            "--batch" => found.batches = list(&value)?,
            "--vocabulary" => found.vocabularies = list(&value)?,
            "--structure" => found.structures = list(&value)?,
            "--rounds" => found.rounds = value.parse()?,
            "--epochs" => found.epochs = value.parse()?,
            "--seeds" => found.seeds = value.parse()?,
            _ => return Err(format!("unknown option {word}").into()),
        }
    }
    Ok(found)
}

/// One line of figures.
fn compare(experiment: &Path, structure: &str, arguments: &Arguments) -> Result<String, Failure> {
    let (mut own, mut peers, mut ratios, mut rates) = (vec![], vec![], vec![], vec![]);
    for _ in 0..arguments.rounds {
        let speed = if arguments.seeds > 1 {
            together(experiment, structure, arguments)?
        } else {
            ours(experiment, arguments.threads)?
        };
        own.push(speed);
        rates.push(matrix_rate());
        if let Some(peer) = &arguments.peer {
            let threads = arguments.threads.to_string();
            let theirs = theirs(peer, experiment, &["--threads", &threads])?;
            ratios.push(speed / theirs);
            peers.push(theirs);
        }
    }
    let speed = median(&mut own);
    let reached = speed * flops(structure) / 1e9;
    let mut line = format!("{speed:>12.0}");
    if peers.is_empty() {
        write!(line, " {:>12} {:>7}", "-", "-")?;
    } else {
        write!(
            line,
            " {:>12.0} {:>7.2}",
            median(&mut peers),
            median(&mut ratios)
        )?;
    }
    write!(
        line,
        " {reached:>9.1} {:>7.2}",
        reached / median(&mut rates)
    )?;
    Ok(line)
}

/// Samples of all runs a second.
fn together(experiment: &Path, structure: &str, arguments: &Arguments) -> Result<f64, Failure> {
    let seconds = |experiment: &Path| {
        let began = Instant::now();
        ours(experiment, arguments.threads)?;
        Ok::<f64, Failure>(began.elapsed().as_secs_f64())
    };
    let more = seconds(&experiment.with_extension("longer.toml"))? - seconds(experiment)?;
    // The peer counts a row once for each network, and so does a single run.
    let networks = if structure == "separate" { 2 } else { 1 };
    Ok((arguments.seeds * MORE * ROWS * networks) as f64 / more)
}

fn ours(experiment: &Path, threads: usize) -> Result<f64, Failure> {
    let out = experiment.with_extension("results");
    let output = Command::new(env!("CARGO_BIN_EXE_mtl-lab"))
        .args(["run", "--device", "cpu", "--out"])
        .arg(&out)
        .arg(experiment)
        .env("RAYON_NUM_THREADS", threads.to_string())
        .output()?;
    if !output.status.success() {
        return Err(String::from_utf8_lossy(&output.stderr).into_owned().into());
    }
    let text = fs::read_to_string(out.join("results.json"))?;
    fs::remove_dir_all(&out)?;
    number_after(&text, "\"samples_per_second\"")
}

/// Billions of operations a second in a product so large that all cores take part and nothing else counts, the best of
/// several.
fn matrix_rate() -> f64 {
    const SIZE: usize = 2048;
    let device = Device::flex();
    let random = || Tensor::<2>::random([SIZE, SIZE], Distribution::Uniform(-1.0, 1.0), &device);
    let (a, b) = (random(), random());
    let once = || {
        let began = Instant::now();
        std::hint::black_box(a.clone().matmul(b.clone()));
        (2 * SIZE * SIZE * SIZE) as f64 / began.elapsed().as_secs_f64() / 1e9
    };
    (0..4).map(|_| once()).fold(0.0, f64::max)
}
