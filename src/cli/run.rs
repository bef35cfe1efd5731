//! `mtl-lab run`

use std::path::{Path, PathBuf};

use clap::Args;
use indicatif::{MultiProgress, ProgressBar, ProgressStyle};

use super::output;
use crate::data::read::Quiet;
use crate::error::{Problem, Report};
use crate::experiment;
use crate::lab::{self, StartOptions};
use crate::train::{DeviceChoice, Event, Outcome, Status, Update, devices};

/// Arguments of `run`.
#[derive(Args, Debug)]
pub struct Arguments {
    /// The experiment file.
    experiment: PathBuf,
    /// The results folder (default: the experiment's name with `-results`).
    #[arg(long)]
    out: Option<PathBuf>,
    /// Where to train: auto, cpu, gpu or gpu:N.
    #[arg(long, default_value = "auto")]
    device: String,
    /// Go on where an earlier training into the same folder ended.
    #[arg(long)]
    resume: bool,
    /// Keep the scores of the test rows.
    #[arg(long)]
    predictions: bool,
}

pub(super) fn run(arguments: &Arguments) -> Result<(), Report> {
    let mut wrong = Vec::new();
    let device = device(&arguments.device).unwrap_or_else(|problem| {
        wrong.push(*problem);
        DeviceChoice::Cpu
    });
    let loaded = experiment::load(&arguments.experiment);
    let (draft, problems) = with_problems(loaded, &mut wrong)?;
    wrong.extend(problems);
    let base = lab::base_folder(&arguments.experiment);
    let prepared = lab::read_tables(&draft.data, &base, &Quiet);
    let plan = match prepared {
        Ok(prepared) => {
            let warnings = prepared.warnings.clone();
            lab::plan(&draft, prepared).inspect_err(|_| {
                // Such as the line where a label turns from number to text.
                for warning in &warnings {
                    output::tell(&format!("warning: {warning}"));
                }
            })
        }
        Err(report) => Err(lab::with_draft(report, &draft)),
    };
    let plan = with_problems(plan, &mut wrong)?;
    if !wrong.is_empty() {
        return Err(Report::input(SUMMARY, wrong));
    }
    for warning in &plan.dataset().card.warnings {
        output::tell(&format!("warning: {warning}"));
    }
    let out = arguments
        .out
        .clone()
        .unwrap_or_else(|| default_out(&arguments.experiment));
    let options = StartOptions {
        device,
        out: out.clone(),
        base,
        predictions: arguments.predictions,
        resume: arguments.resume,
    };
    let names: Vec<String> = plan
        .runs()
        .iter()
        .map(|&(variant, seed)| format!("{} · seed {seed}", plan.variants()[variant].name))
        .collect();
    let worker = lab::start(plan, &options, || {})?;
    let mut bars = Bars::new(&names);
    let mut failure = None;
    while let Ok(update) = worker.updates.recv() {
        match update {
            Update::Event(event) => bars.show(&event),
            Update::Failed(report) => failure = Some(report),
        }
    }
    // A thread that still gives back what the driver holds must not meet the driver's own end at exit.
    worker.finish();
    bars.finish();
    if let Some(report) = failure {
        return Err(report);
    }
    if !bars.failed.is_empty() {
        let problems = bars
            .failed
            .into_iter()
            .map(|(run, reason)| Problem::new(run, reason));
        let mut report = Report::failure("some runs did not finish; what finished is kept");
        report.problems = problems.collect();
        return Err(report);
    }
    output::tell(&format!("results are in {}", out.display()));
    Ok(())
}

const SUMMARY: &str = "the experiment cannot be run as it is";

/// The device of a word; a numbered adapter must be there, so that nothing is begun without it.
fn device(word: &str) -> Result<DeviceChoice, Box<Problem>> {
    let unknown = |expected: String| {
        let problem = Problem::new("--device", "there is no such device");
        Box::new(problem.expected(expected).found(word))
    };
    let choice = DeviceChoice::parse(word)
        .ok_or_else(|| unknown("auto, cpu, gpu or gpu:N, see `mtl-lab devices`".to_owned()))?;
    if !matches!(choice, DeviceChoice::Gpu(Some(_))) {
        return Ok(choice);
    }
    let there = devices();
    if there.iter().any(|entry| entry.choice == choice) {
        return Ok(choice);
    }
    let mut words = vec!["auto".to_owned(), "cpu".to_owned()];
    words.extend(there.iter().filter_map(|entry| match entry.choice {
        DeviceChoice::Gpu(Some(index)) => Some(format!("gpu:{index}")),
        _ => None,
    }));
    Err(unknown(words.join(", ")))
}

/// The problems known before come first; the first error takes them all along.
fn with_problems<T>(outcome: Result<T, Report>, known: &mut Vec<Problem>) -> Result<T, Report> {
    outcome.map_err(|later| {
        if known.is_empty() {
            return later;
        }
        let mut report = Report::input(SUMMARY, std::mem::take(known));
        report.problems.extend(later.problems);
        report.cause = later.cause;
        report
    })
}

fn default_out(experiment: &Path) -> PathBuf {
    let stem = experiment.file_stem().unwrap_or_default().to_string_lossy();
    experiment.with_file_name(format!("{stem}-results"))
}

/// A progress bar for each run that has started.
struct Bars {
    names: Vec<String>,
    all: MultiProgress,
    bars: Vec<Option<ProgressBar>>,
    /// Runs that broke or diverged, with the reason.
    failed: Vec<(String, String)>,
}

impl Bars {
    fn new(names: &[String]) -> Self {
        let bars = names.iter().map(|_| None).collect();
        Self {
            names: names.to_vec(),
            all: MultiProgress::new(),
            bars,
            failed: Vec::new(),
        }
    }

    fn show(&mut self, event: &Event) {
        match event {
            Event::Started { device, .. } => {
                self.line(&format!("training on {} ({})", device.name, device.backend));
            }
            Event::Progress {
                run,
                epoch,
                epochs,
                step,
                steps,
                ..
            } => {
                let bar = self.bar(*run, *steps);
                bar.set_position(*step);
                bar.set_message(format!("epoch {epoch}/{epochs}"));
            }
            Event::Warning { message, .. } => self.line(&format!("warning: {message}")),
            Event::RunFinished { run, outcome } => self.finished(*run, outcome),
            Event::RunStarted { .. } | Event::Point(_) | Event::Finished => {}
        }
    }

    fn finished(&mut self, run: usize, outcome: &Outcome) {
        let name = self.names.get(run).cloned().unwrap_or_default();
        if let Some(bar) = self.bars.get_mut(run).and_then(Option::take) {
            bar.finish_and_clear();
        }
        let scores: Vec<String> = outcome
            .test
            .iter()
            .map(|(task, scores)| {
                let first = scores
                    .get("auc")
                    .or_else(|| scores.get("rmse"))
                    .copied()
                    .flatten();
                first.map_or_else(|| format!("{task} –"), |score| format!("{task} {score:.4}"))
            })
            .collect();
        let status = match outcome.status {
            Status::Failed | Status::Diverged => {
                let reason = outcome.reason.clone().unwrap_or_default();
                self.failed.push((name.clone(), reason));
                "did not finish".to_owned()
            }
            Status::Stopped => "stopped".to_owned(),
            _ => format!("{:.0} samples/s", outcome.samples_per_second),
        };
        self.line(&format!("{name}: {status}; test {}", scores.join(", ")));
    }

    fn bar(&mut self, run: usize, steps: u64) -> ProgressBar {
        let name = self.names.get(run).cloned().unwrap_or_default();
        let all = &self.all;
        let make = || {
            let style =
                ProgressStyle::with_template("{prefix:32!} {bar:24} {percent:>3}% {msg} ETA {eta}");
            let bar = all.add(ProgressBar::new(steps));
            bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
            bar.with_prefix(name)
        };
        match self.bars.get_mut(run) {
            Some(slot) => slot.get_or_insert_with(make).clone(),
            None => make(),
        }
    }

    fn line(&self, line: &str) {
        self.all.suspend(|| output::tell(line));
    }

    fn finish(&self) {
        for bar in self.bars.iter().flatten() {
            bar.finish_and_clear();
        }
    }
}
