//! From Run to the first point, and what evaluation takes of an epoch: `cargo bench --bench epoch -- [EXPERIMENT]
//! [--device cpu,gpu] [--rounds 3]`.
//!
//! Each measurement is a process of its own that has read the table, as the window has, before the clock starts. On a graphics
//! adapter the first round has an empty cache of kernels and the others what the first one left. Without an experiment it is the
//! one of the window's first screen. One run, the first variant with
//! the first seed. Evaluation is all that a training does between its steps: points of curves, scores of the validation
//! rows and of a sample of training rows, gradients compared, the checkpoint. What comes once at the end, the scores of the
//! test rows and the best weights put back, is told by itself.

#![expect(clippy::print_stdout, reason = "a benchmark prints its figures")]

use std::error::Error;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

use mtl_lab::data::read::Quiet;
use mtl_lab::lab::{self, StartOptions};
use mtl_lab::train::{DeviceChoice, Event, Update};

#[path = "shared/options.rs"]
mod options;

use options::options;

type Failure = Box<dyn Error>;

fn main() -> Result<(), Failure> {
    let (options, paths) = options()?;
    if let ([(flag, device)], [experiment]) = (options.as_slice(), paths.as_slice())
        && flag == "--measure"
    {
        return measure(Path::new(experiment), device);
    }
    let sample = Path::new(env!("CARGO_MANIFEST_DIR")).join("sample_data/short_video.toml");
    let (mut experiment, mut devices, mut rounds) = (sample, "cpu".to_owned(), 3);
    if let Some(path) = paths.first() {
        experiment = PathBuf::from(path);
    }
    for (word, value) in options {
        match word.as_str() {
            "--device" => devices = value,
            "--rounds" => rounds = value.parse()?,
            _ => return Err(format!("unknown option {word}").into()),
        }
    }
    println!("{}", experiment.display());
    println!(
        "{:<8} {:>6} {:>12} {:>12} {:>12} {:>12} {:>12}",
        "device", "round", "first point", "all steps", "evaluation", "its share", "at the end"
    );
    for device in devices.split(',') {
        let cache = tempfile::tempdir()?;
        for round in 1..=rounds {
            let output = Command::new(std::env::current_exe()?)
                .args(["--measure", device])
                .arg(&experiment)
                .env("XDG_CACHE_HOME", cache.path())
                .output()?;
            if !output.status.success() {
                return Err(String::from_utf8_lossy(&output.stderr).into_owned().into());
            }
            let text = String::from_utf8(output.stdout)?;
            println!("{device:<8} {round:>6} {}", text.trim_end());
        }
    }
    Ok(())
}

/// Trains once and prints one line.
fn measure(experiment: &Path, device: &str) -> Result<(), Failure> {
    let device = DeviceChoice::parse(device).ok_or("--device wants cpu, gpu or gpu:N")?;
    let (mut draft, _) = mtl_lab::experiment::load(experiment).map_err(|it| it.to_string())?;
    // One run alone, or what another does beside it would be taken for evaluation.
    draft.variants.truncate(1);
    draft.seeds.truncate(1);
    let base = lab::base_folder(experiment);
    let prepared = lab::read_tables(&draft.data, &base, &Quiet).map_err(|it| it.to_string())?;
    let folder = tempfile::tempdir()?;
    let options = StartOptions {
        device,
        out: folder.path().join("results"),
        base,
        predictions: false,
        resume: false,
    };
    let pressed = Instant::now();
    let plan = lab::plan(&draft, prepared).map_err(|report| report.to_string())?;
    let worker = lab::start(plan, &options, || {}).map_err(|report| report.to_string())?;
    let mut first_point = None;
    let mut first_step = None;
    let mut steps = 0.0;
    let (mut last_point, mut ended) = (pressed, pressed);
    for update in &worker.updates {
        match update {
            Update::Event(Event::RunStarted { .. }) => {
                first_step.get_or_insert_with(Instant::now);
            }
            Update::Event(Event::Point(_)) => {
                last_point = Instant::now();
                first_point.get_or_insert_with(|| pressed.elapsed());
            }
            Update::Event(Event::RunFinished { outcome, .. }) => {
                steps += outcome.seconds;
                ended = Instant::now();
            }
            Update::Event(_) => {}
            Update::Failed(report) => return Err(report.to_string().into()),
        }
    }
    worker.finish();
    let (Some(first_point), Some(began)) = (first_point, first_step) else {
        return Err("the training ended without a point".into());
    };
    let all = last_point.duration_since(began).as_secs_f64();
    println!(
        "{:>10.2} s {:>10.2} s {:>10.3} s {:>10.1} % {:>10.3} s",
        first_point.as_secs_f64(),
        steps,
        all - steps,
        (all - steps) / all * 100.0,
        ended.duration_since(last_point).as_secs_f64()
    );
    Ok(())
}
