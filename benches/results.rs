//! A results folder of many runs: `cargo bench --bench results -- [--runs 1000] [--epochs 10]`.
//!
//! The folder is written by the recorder that a training writes with; then it is opened as the window and `mtl-lab report` open
//! it, and the verdicts on all variants are worked out. Filtering and sorting are what the Runs screen does at a key stroke, and
//! include the frame that shows them.

#![expect(clippy::print_stdout, reason = "a benchmark prints its figures")]

use std::collections::BTreeMap;
use std::error::Error;
use std::fs;
use std::path::Path;
use std::time::Instant;

use eframe::egui;
use mtl_lab::analysis::compare_all;
use mtl_lab::data::read::Quiet;
use mtl_lab::results::{Folder, Recorder, open};
use mtl_lab::session::{Prefs, Session, Station};
use mtl_lab::train::{At, Event, Outcome, Part, Point, Scores, Sink as _, Status};
use mtl_lab::ui::runs_screen::filter_id;
use mtl_lab::ui::{Window, theme};
use mtl_lab::{experiment, lab};

#[path = "shared/frame.rs"]
mod frame;
#[path = "shared/options.rs"]
mod options;

use frame::frame;
use options::options;

type Failure = Box<dyn Error>;

const SEEDS: usize = 25;
const TASKS: [&str; 3] = ["click", "finish", "like"];
const METRICS: [&str; 4] = ["auc", "pr_auc", "log_loss", "calibration"];
/// Points of the training loss for each epoch.
const LOSSES: usize = 20;
const ROUNDS: usize = 5;

fn main() -> Result<(), Failure> {
    let (mut runs, mut epochs) = (1000, 10);
    for (word, value) in options()?.0 {
        match word.as_str() {
            "--runs" => runs = value.parse()?,
            "--epochs" => epochs = value.parse()?,
            _ => return Err(format!("unknown option {word}").into()),
        }
    }
    let folder = tempfile::tempdir()?;
    let out = folder.path().join("results");
    let seconds = timed(|| write(folder.path(), &out, runs, epochs))?.1;
    let bytes = fs::metadata(out.join("events.jsonl"))?.len();
    println!(
        "{runs} runs, {epochs} epochs, {:.1} MB of events, written in {seconds:.2} s",
        bytes as f64 / 1e6
    );
    let mut opened = None;
    for round in 0..ROUNDS {
        let (results, seconds) = timed(|| open(&out).map_err(|report| report.to_string().into()))?;
        println!("round {round}: opened in {seconds:.3} s");
        opened = Some(results);
    }
    let results = opened.ok_or("nothing was opened")?;
    let (comparisons, seconds) = timed(|| Ok(compare_all(&results, results.draft.baseline())))?;
    println!("{} verdicts in {seconds:.3} s", comparisons.len());

    let ctx = egui::Context::default();
    theme::install(&ctx);
    let mut session = Session::new(Prefs::default());
    session.comparisons = comparisons;
    session.results = Some(results);
    let mut window = Window::default();
    let mut time = 0.0;
    let mut shown = |session: &Session, window: &mut Window, events: Vec<egui::Event>| {
        time += 1.0 / 60.0;
        let place = (egui::vec2(1920.0, 1080.0), time);
        frame((&ctx, window, session), place, events)
            .0
            .as_secs_f64()
            * 1e3
    };
    for (station, name) in [(Station::Compare, "Compare"), (Station::Runs, "Runs")] {
        session.station = station;
        let first = shown(&session, &mut window, vec![]);
        for _ in 0..50 {
            shown(&session, &mut window, vec![]);
        }
        println!(
            "{name}: first frame {first:.1} ms, later ones {:.1} ms",
            shown(&session, &mut window, vec![])
        );
    }
    let mut slowest: f64 = 0.0;
    ctx.memory_mut(|memory| memory.request_focus(filter_id()));
    shown(&session, &mut window, vec![]);
    for text in ["v", "a", "r", "1", " ", "f", "i", "n"] {
        let typed = egui::Event::Text(text.to_owned());
        slowest = slowest.max(shown(&session, &mut window, vec![typed]));
    }
    println!("the slowest frame while a filter is typed: {slowest:.1} ms");
    Ok(())
}

/// Fills a folder as a training of so many runs does.
fn write(folder: &Path, out: &Path, runs: usize, epochs: usize) -> Result<(), Failure> {
    let table = folder.join("table.csv");
    let mut text = String::from("user,price,click,finish,like\n");
    for row in 0..400 {
        text += &format!(
            "u{},{}.5,{},{},{}\n",
            row % 37,
            row % 11,
            row % 2,
            (row / 2) % 2,
            (row / 3) % 2
        );
    }
    fs::write(&table, text)?;
    let file = folder.join("experiment.toml");
    let seeds: Vec<usize> = (1..=SEEDS.min(runs)).collect();
    let mut text = format!(
        "name = \"many\"\nseeds = {seeds:?}\n[data]\npath = \"table.csv\"\n[data.columns]\nuser = {{ role = \"sparse\" }}\n\
         price = {{ role = \"dense\" }}\n[training]\nepochs = {epochs}\n"
    );
    for task in TASKS {
        let label = format!("[data.columns.{task}]\nrole = \"label\"\ntask = \"binary\"\n");
        text = text.replace("[training]", &format!("{label}[training]"));
    }
    for variant in 0..runs.div_ceil(SEEDS) {
        text += &format!(
            "[[variants]]\nname = \"variant {variant}\"\nstructure = {{ name = \"shared_bottom\" }}\nstrategy = {{ name = \"equal\" }}\n"
        );
    }
    fs::write(&file, text)?;
    let (draft, _) = experiment::load(&file).map_err(|report| report.to_string())?;
    let prepared = lab::read_tables(&draft.data, folder, &Quiet).map_err(|it| it.to_string())?;
    let plan = lab::plan(&draft, prepared).map_err(|report| report.to_string())?;
    let created = Folder::create(out).map_err(|report| report.to_string())?;
    let none = Box::new(|_: &_| Vec::new());
    let mut recorder =
        Recorder::start(created, &plan, folder, none).map_err(|report| report.to_string())?;
    for run in 0..runs {
        recorder.event(Event::RunStarted {
            run,
            parameters: 12_345,
        });
        for step in 0..epochs * LOSSES {
            let at = At {
                step: step as u64 + 1,
                epoch: (step + 1) as f64 / LOSSES as f64,
                samples: step as u64 * 1024,
                seconds: step as f64 * 0.1,
            };
            for task in TASKS {
                let mut tell = |metric: &str, split| {
                    let value = Some(0.5 + 0.4 / (1.0 + at.epoch) + 1e-4 * run as f64);
                    recorder.event(Event::Point(Point {
                        run,
                        task: task.to_owned(),
                        split,
                        metric: metric.to_owned(),
                        other: None,
                        at,
                        value,
                    }));
                };
                tell("loss", Part::Train);
                if (step + 1) % LOSSES == 0 {
                    for metric in METRICS {
                        tell(metric, Part::Validation);
                        tell(metric, Part::Train);
                    }
                }
            }
        }
        let scores: Scores = TASKS
            .map(|task| {
                let of_task =
                    METRICS.map(|metric| (metric.to_owned(), Some(0.7 + 1e-4 * run as f64)));
                (task.to_owned(), BTreeMap::from(of_task))
            })
            .into();
        recorder.event(Event::RunFinished {
            run,
            outcome: Box::new(Outcome {
                status: Status::Finished,
                best_epoch: Some(epochs as u32),
                seconds: 12.5,
                samples_per_second: 1e5,
                validation: scores.clone(),
                test: scores,
                ..Outcome::default()
            }),
        });
    }
    recorder.event(Event::Finished);
    Ok(())
}

fn timed<T>(work: impl FnOnce() -> Result<T, Failure>) -> Result<(T, f64), Failure> {
    let began = Instant::now();
    let result = work()?;
    Ok((result, began.elapsed().as_secs_f64()))
}
