//! What the window costs a training: `cargo bench --bench beside -- [EXPERIMENT] [--device cpu] [--epochs 20] [--rounds 3]`.
//!
//! One run trains twice in turn: alone, its events thrown away, and with the Compare screen laid out and turned into triangles
//! whenever the training wakes the window, ten times a second at the most, as the app does. What a graphics card does with the
//! triangles is not part of it.

#![expect(clippy::print_stdout, reason = "a benchmark prints its figures")]

use std::error::Error;
use std::path::{Path, PathBuf};
use std::sync::mpsc::sync_channel;
use std::time::{Duration, Instant};

use eframe::egui;
use mtl_lab::data::read::Quiet;
use mtl_lab::lab::{self, StartOptions};
use mtl_lab::results::Results;
use mtl_lab::session::{Message, Prefs, Session, Station};
use mtl_lab::train::{DeviceChoice, Event, Update};
use mtl_lab::ui::{Window, theme};

#[path = "shared/frame.rs"]
mod frame;
#[path = "shared/options.rs"]
mod options;

use frame::frame;
use options::options;

type Failure = Box<dyn Error>;

/// How long a window is behind a training at the most.
const SOON: Duration = Duration::from_millis(100);

fn main() -> Result<(), Failure> {
    let sample = Path::new(env!("CARGO_MANIFEST_DIR")).join("sample_data/short_video.toml");
    let (mut experiment, mut device, mut epochs, mut rounds) =
        (sample, "cpu".to_owned(), 20, 3_usize);
    let (options, paths) = options()?;
    if let Some(path) = paths.first() {
        experiment = PathBuf::from(path);
    }
    for (word, value) in options {
        match word.as_str() {
            "--device" => device = value,
            "--epochs" => epochs = value.parse()?,
            "--rounds" => rounds = value.parse()?,
            _ => return Err(format!("unknown option {word}").into()),
        }
    }
    println!(
        "{:>6} {:>16} {:>16} {:>8} {:>8} {:>14}",
        "round", "alone, rows/s", "drawn, rows/s", "slower", "frames", "ms a frame"
    );
    for round in 1..=rounds {
        let (alone, ..) = train(&experiment, &device, epochs, false)?;
        let (drawn, frames, seconds) = train(&experiment, &device, epochs, true)?;
        println!(
            "{round:>6} {alone:>16.0} {drawn:>16.0} {:>6.1} % {frames:>8} {:>14.2}",
            (1.0 - drawn / alone) * 100.0,
            seconds * 1e3 / f64::from(frames.max(1))
        );
    }
    Ok(())
}

/// Rows a second of one run, frames drawn meanwhile and their seconds.
fn train(
    experiment: &Path,
    device: &str,
    epochs: u32,
    draw: bool,
) -> Result<(f64, u32, f64), Failure> {
    let (mut draft, _) = mtl_lab::experiment::load(experiment).map_err(|it| it.to_string())?;
    draft.variants.truncate(1);
    draft.seeds.truncate(1);
    draft.training.epochs = epochs;
    let base = lab::base_folder(experiment);
    let prepared = lab::read_tables(&draft.data, &base, &Quiet).map_err(|it| it.to_string())?;
    let plan = lab::plan(&draft, prepared).map_err(|report| report.to_string())?;
    let folder = tempfile::tempdir()?;
    let options = StartOptions {
        device: DeviceChoice::parse(device).ok_or("--device wants cpu, gpu or gpu:N")?,
        out: folder.path().join("results"),
        base,
        predictions: false,
        resume: false,
    };
    let mut session = Session::new(Prefs::default());
    session.station = Station::Compare;
    session.results = Some(Results::for_plan(&plan));
    let (waker, woken) = sync_channel(1);
    let worker = lab::start(plan, &options, move || {
        // A full channel has woken the window already.
        let _woken = waker.try_send(()).is_ok();
    })
    .map_err(|report| report.to_string())?;
    let ctx = egui::Context::default();
    theme::install(&ctx);
    let mut window = Window::default();
    let (mut frames, mut seconds, mut speed) = (0, 0.0, 0.0);
    let began = Instant::now();
    while woken.recv().is_ok() {
        std::thread::sleep(SOON);
        while woken.try_recv().is_ok() {}
        let woken_at = Instant::now();
        for update in worker.updates.try_iter() {
            match update {
                Update::Event(Event::RunFinished { outcome, .. }) => {
                    speed = outcome.samples_per_second;
                }
                Update::Event(event) if draw => {
                    session.receive(Message::Training(event));
                }
                Update::Event(_) => {}
                Update::Failed(report) => return Err(report.to_string().into()),
            }
        }
        if draw {
            let place = (egui::vec2(1920.0, 1080.0), began.elapsed().as_secs_f64());
            frame((&ctx, &mut window, &session), place, Vec::new());
            frames += 1;
            seconds += woken_at.elapsed().as_secs_f64();
        }
    }
    worker.finish();
    Ok((speed, frames, seconds))
}
