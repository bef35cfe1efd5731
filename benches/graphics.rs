//! Training on a graphics card beside a peer: `cargo bench --bench graphics -- [--peer "PYTHON torch_mtl.py"] [--device gpu:0]
//! [--batch 1024] [--vocabulary 2000] [--structure shared_bottom] [--rounds 3] [--steps 50] [--kernels 12]`.
//!
//! Every line is one experiment on the made-up table of `training`: one run, and a cohort of five seeds of nine strategies, which
//! take turns; the peer trains the first run's file on CUDA in the same rounds. A step's launches are counted by an observer of
//! the runtime. The roofline is the share of a step's time that its operations would take at the device's peak, or the bytes that
//! it has to move, whichever is longer; the peaks are measured by the runtime. Then follows where the time of a step goes by
//! kernel, for which every kernel is waited for, so that their sum is more than a step takes. A software driver serves to count
//! launches, not to measure a card.

#![expect(clippy::print_stdout, reason = "a benchmark prints its figures")]

use std::collections::BTreeMap;
use std::error::Error;
use std::fmt;
use std::fs;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use burn::cubecl::config::{TypeNameFormatLevel, type_name_format};
use burn::cubecl::ir::{ElemType, FloatKind};
use burn::cubecl::logging::{
    Duration, LaunchObservation, LaunchObserver, TimingMethod, TimingRequest,
};
use burn::tensor::{
    Device, MemoryAccess, ThroughputError, ThroughputKey, ThroughputMode, ThroughputValue,
};
use mtl_lab::data::read::Quiet;
use mtl_lab::experiment::{self, Plan};
use mtl_lab::lab;
use mtl_lab::train::device_data::DeviceData;
use mtl_lab::train::{DeviceChoice, OpenDevice, open};

#[path = "shared/list.rs"]
mod list;
#[path = "shared/made_up.rs"]
mod made_up;
#[path = "shared/median.rs"]
mod median;
#[path = "shared/options.rs"]
mod options;
#[path = "shared/steps.rs"]
mod steps;
#[path = "shared/traffic.rs"]
mod traffic;

use list::list;
use made_up::{Setting, description, flops, theirs};
use median::median;
use options::options;
use steps::Steps;
use traffic::bytes;

type Failure = Box<dyn Error>;

const SEEDS: usize = 5;
/// Strategies that look at losses alone, so that a cohort can hold all of them.
const STRATEGIES: [&str; 9] = [
    "equal",
    "uncertainty",
    "dwa",
    "rlw",
    "gls",
    "si",
    "imtl_l",
    "stch",
    "manual",
];
/// Steps before the first round: they compile and tune.
const WARM_UP: usize = 5;
/// Steps whose launches are counted.
const COUNTED: usize = 5;
/// Epochs of the peer.
const EPOCHS: usize = 3;

/// What the command line asks for.
struct Arguments {
    peer: Option<Vec<String>>,
    device: DeviceChoice,
    batches: Vec<usize>,
    vocabularies: Vec<usize>,
    structures: Vec<String>,
    rounds: usize,
    steps: usize,
    kernels: usize,
}

fn main() -> Result<(), Failure> {
    let arguments = arguments()?;
    let (device, _) = open(arguments.device)?;
    let peaks = Peaks::of(&device.handle);
    println!("{}: {peaks}", device.info.name);
    println!("{}, {} rounds", description(), arguments.rounds);
    println!(
        "{:<14} {:>10} {:>6} {:>12} {:>12} {:>7} {:>9} {:>8} {:>8} {:>9} {:>8} {:>11} {:>9} {:>7}",
        "structure",
        "vocabulary",
        "batch",
        "samples/s",
        "peer",
        "ratio",
        "GFLOP/s",
        "MB",
        "roofline",
        "step ms",
        "launches",
        "45 runs ms",
        "launches",
        "to one"
    );
    let folder = tempfile::tempdir()?;
    let mut slowest = Vec::new();
    for &vocabulary in &arguments.vocabularies {
        let table = folder.path().join(format!("table_{vocabulary}.csv"));
        fs::write(&table, made_up::rows(vocabulary)?)?;
        for structure in &arguments.structures {
            for &batch in &arguments.batches {
                print!("{structure:<14} {vocabulary:>10} {batch:>6} ");
                let name = format!("{structure}_{vocabulary}_{batch}");
                let setting = |strategies, seeds| Setting {
                    structure,
                    strategies,
                    batch,
                    epochs: EPOCHS,
                    seeds,
                };
                let file = folder.path().join(format!("{name}.toml"));
                fs::write(&file, made_up::experiment(&table, setting(&["equal"], 1))?)?;
                let many = folder.path().join(format!("{name}.many.toml"));
                let text = made_up::experiment(&table, setting(&STRATEGIES, SEEDS))?;
                fs::write(&many, text)?;
                let case = Case {
                    structure,
                    vocabulary,
                    batch,
                };
                let timed = measure([&file, &many], case, (&arguments, &device, &peaks))?;
                slowest.push((name, timed));
            }
        }
        fs::remove_file(&table)?;
    }
    for (name, kernels) in slowest {
        println!("\n{name}, one run: a step's kernels by their time");
        for (kernel, (times, seconds)) in kernels.into_iter().take(arguments.kernels) {
            let each = COUNTED as f64;
            println!(
                "{:>8.3} ms {:>6.1} × {kernel}",
                seconds * 1000.0 / each,
                times as f64 / each
            );
        }
    }
    Ok(())
}

fn arguments() -> Result<Arguments, Failure> {
    let mut found = Arguments {
        peer: None,
        device: DeviceChoice::Gpu(None),
        batches: vec![256, 1024, 4096, 16384],
        vocabularies: vec![2_000, 200_000],
        structures: vec!["shared_bottom".to_owned()],
        rounds: 3,
        steps: 50,
        kernels: 12,
    };
    for (word, value) in options()?.0 {
        match word.as_str() {
            "--peer" => found.peer = Some(value.split_whitespace().map(str::to_owned).collect()),
            "--device" => {
                found.device = DeviceChoice::parse(&value).ok_or("--device wants gpu or gpu:N")?;
            }
            "--batch" => found.batches = list(&value)?,
            "--vocabulary" => found.vocabularies = list(&value)?,
            "--structure" => found.structures = list(&value)?,
            "--rounds" => found.rounds = value.parse()?,
            "--steps" => found.steps = value.parse()?,
            "--kernels" => found.kernels = value.parse()?,
            _ => return Err(format!("unknown option {word}").into()),
        }
    }
    Ok(found)
}

/// One line of the table.
#[derive(Clone, Copy)]
struct Case<'a> {
    structure: &'a str,
    vocabulary: usize,
    batch: usize,
}

/// What the device does at its best, as the runtime measures it.
struct Peaks([(ThroughputKey, Result<ThroughputValue, ThroughputError>); 3]);

impl Peaks {
    fn of(device: &Device) -> Self {
        let keys = [
            ThroughputMode::ComputeDirect {
                dtype: ElemType::Float(FloatKind::F32),
            },
            ThroughputMode::memory(MemoryAccess::Copy),
            ThroughputMode::Launch,
        ]
        .map(|mode| ThroughputKey { mode });
        let measured = |key| device.performance_stats(&[key]).remove(0).value;
        Self(keys.map(|key| (key, measured(key))))
    }

    /// The seconds that so many operations or so many bytes take at least.
    fn seconds(&self, flops: f64, bytes: f64) -> f64 {
        let [(_, compute), (key, memory), _] = &self.0;
        let compute = compute.map_or(f64::NAN, |peak| flops / peak.ops_per_s());
        let memory = memory.map_or(f64::NAN, |peak| bytes / peak.bytes_per_s(key));
        compute.max(memory)
    }
}

impl fmt::Display for Peaks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let words = self.0.iter().map(|(key, value)| match value {
            Ok(value) => value.format(key),
            Err(error) => error.to_string(),
        });
        f.write_str(&words.collect::<Vec<_>>().join(", "))
    }
}

/// Kernels with how often they were launched and the seconds that they took, the slowest first.
type Kernels = Vec<(String, (usize, f64))>;

/// Prints the rest of a line; the kernels of one run.
fn measure(
    [one, many]: [&Path; 2],
    Case {
        structure,
        vocabulary,
        batch,
    }: Case<'_>,
    (arguments, device, peaks): (&Arguments, &OpenDevice, &Peaks),
) -> Result<Kernels, Failure> {
    let (plan, all) = (plan(one)?, plan(many)?);
    let data = DeviceData::new(plan.dataset(), &device.handle);
    let mut single = Steps::new(&plan, &[0], &data, device)?;
    let runs: Vec<usize> = (0..all.runs().len()).collect();
    let mut cohort = Steps::new(&all, &runs, &data, device)?;
    single.take(WARM_UP)?;
    cohort.take(WARM_UP)?;
    let (mut speeds, mut together, mut times) = (vec![], vec![], vec![]);
    let (mut peers, mut ratios) = (vec![], vec![]);
    let networks = single.cohort.network().num_networks();
    for _ in 0..arguments.rounds {
        let seconds = single.take(arguments.steps)?;
        let speed = (batch * networks) as f64 / seconds;
        speeds.push(speed);
        let seconds_together = cohort.take(arguments.steps)?;
        together.push(seconds_together * 1000.0);
        times.push(seconds_together / seconds);
        if let Some(peer) = &arguments.peer {
            let theirs = theirs(peer, one, &["--device", "cuda"])?;
            peers.push(theirs);
            ratios.push(speed / theirs);
        }
    }
    let launches = |steps: &mut Steps<'_>, timing| -> Result<Kernels, Failure> {
        let counts = Arc::new(Counts {
            timing,
            kernels: Mutex::default(),
        });
        let observer: Arc<dyn LaunchObserver> = counts.clone();
        let watching = LaunchObservation::new(observer);
        steps.take(COUNTED)?;
        drop(watching);
        Ok(counts.slowest_first())
    };
    let per_step = |kernels: &Kernels| {
        kernels.iter().map(|(_, (times, _))| times).sum::<usize>() as f64 / COUNTED as f64
    };
    let of_single = launches(&mut single, TimingRequest::None)?;
    let of_cohort = launches(&mut cohort, TimingRequest::None)?;
    let timed = launches(&mut single, TimingRequest::Resolved)?;
    let speed = median(&mut speeds);
    let (peer, ratio) = if peers.is_empty() {
        ("-".to_owned(), "-".to_owned())
    } else {
        let ratio = format!("{:.2}", median(&mut ratios));
        (format!("{:.0}", median(&mut peers)), ratio)
    };
    let rows = (batch * networks) as f64;
    let seconds = rows / speed;
    let moved = networks as f64 * bytes(structure, vocabulary, batch);
    println!(
        "{speed:>12.0} {peer:>12} {ratio:>7} {:>9.0} {:>8.1} {:>7.1}% {:>9.2} {:>8.1} {:>11.2} {:>9.1} {:>7.2}",
        speed * flops(structure) / 1e9,
        moved / 1e6,
        peaks.seconds(rows * flops(structure), moved) / seconds * 100.0,
        seconds * 1000.0,
        per_step(&of_single),
        median(&mut together),
        per_step(&of_cohort),
        median(&mut times),
    );
    Ok(timed)
}

fn plan(path: &Path) -> Result<Plan, Failure> {
    let (draft, _) = experiment::load(path).map_err(|error| error.to_string())?;
    let base = lab::base_folder(path);
    let prepared = lab::read_tables(&draft.data, &base, &Quiet)?;
    Ok(lab::plan(&draft, prepared)?)
}

/// Counts launches by kernel.
struct Counts {
    timing: TimingRequest,
    kernels: Mutex<BTreeMap<String, (usize, f64)>>,
}

impl Counts {
    fn of_kernel(&self, kernel: &'static str, change: impl FnOnce(&mut (usize, f64))) {
        let name = type_name_format(kernel, TypeNameFormatLevel::Short);
        let mut kernels = self.kernels.lock().unwrap_or_else(PoisonError::into_inner);
        change(kernels.entry(name).or_default());
    }

    fn slowest_first(&self) -> Kernels {
        let kernels = self.kernels.lock().unwrap_or_else(PoisonError::into_inner);
        let mut kernels: Kernels = kernels
            .iter()
            .map(|(name, &counts)| (name.clone(), counts))
            .collect();
        kernels.sort_by(|(_, a), (_, b)| b.1.total_cmp(&a.1).then(b.0.cmp(&a.0)));
        kernels
    }
}

impl LaunchObserver for Counts {
    fn launched(&self, kernel: &'static str) {
        self.of_kernel(kernel, |(times, _)| *times += 1);
    }

    fn timing(&self) -> TimingRequest {
        self.timing
    }

    fn timed(&self, kernel: &'static str, duration: Duration, _method: TimingMethod) {
        self.of_kernel(kernel, |(_, seconds)| *seconds += duration.as_secs_f64());
    }
}
