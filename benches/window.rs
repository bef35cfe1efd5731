//! The window while it draws: `cargo bench --bench window -- [--tasks 12] [--variants 40] [--seeds 5] [--points 5000000]
//! [--frames 600] [--size 1920x1080]`.
//!
//! A results folder's worth of points is in the session, the Compare screen is open and the pointer moves over its charts. Each
//! frame takes in new points of two variants, as a training sends them, lays the window out and turns it into triangles: all
//! that the processor does for a frame. Idle is told by what egui asks for: no repaint at all.

#![expect(clippy::print_stdout, reason = "a benchmark prints its figures")]

use std::error::Error;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use eframe::egui;
use mtl_lab::data::TaskKind;
use mtl_lab::experiment::{Draft, VariantDraft};
use mtl_lab::results::{Results, Run, TaskInfo};
use mtl_lab::session::{Message, Prefs, Session, Station};
use mtl_lab::train::{At, Event, Part, Point};
use mtl_lab::ui::{Window, theme};

#[path = "shared/frame.rs"]
mod frame;
#[path = "shared/options.rs"]
mod options;

use frame::frame;
use options::options;

type Failure = Box<dyn Error>;

/// Points that a training adds between two frames, for each task and seed of two variants.
const NEW: usize = 1;
const LIVE_VARIANTS: usize = 2;

struct Sizes {
    tasks: usize,
    variants: usize,
    seeds: usize,
    points: usize,
    frames: usize,
    size: [f32; 2],
}

fn main() -> Result<(), Failure> {
    let sizes = arguments()?;
    let began = Instant::now();
    let mut bench = Bench::new(&sizes);
    println!(
        "{} tasks, {} variants, {} seeds, {} points, taken in in {:.2} s; {} frames of {:?}",
        sizes.tasks,
        sizes.variants,
        sizes.seeds,
        bench.told,
        began.elapsed().as_secs_f64(),
        sizes.frames,
        sizes.size
    );
    let first = bench.frame(&[]).0;
    println!("the first frame took {:.1} ms", millis(first));
    println!(
        "{:<28} {:>8} {:>8} {:>8} {:>10} {:>12}",
        "milliseconds a frame", "median", "p99", "worst", "triangles", "repaints"
    );
    // What is late after the first frame is made up for.
    (0..200).for_each(|_| {
        bench.frame(&[]);
    });
    bench.series("pointer moves", sizes.frames, |_, _| {});
    bench.series("pointer moves, new points", sizes.frames, |bench, _| {
        bench.grow();
    });
    bench.idle();
    Ok(())
}

fn arguments() -> Result<Sizes, Failure> {
    let mut sizes = Sizes {
        tasks: 12,
        variants: 40,
        seeds: 5,
        points: 5_000_000,
        frames: 600,
        size: [1920.0, 1080.0],
    };
    for (word, value) in options()?.0 {
        match word.as_str() {
            "--tasks" => sizes.tasks = value.parse()?,
            "--variants" => sizes.variants = value.parse()?,
            "--seeds" => sizes.seeds = value.parse()?,
            "--points" => sizes.points = value.parse()?,
            "--frames" => sizes.frames = value.parse()?,
            "--size" => {
                let (width, height) = value.split_once('x').ok_or("--size wants WIDTHxHEIGHT")?;
                sizes.size = [width.parse()?, height.parse()?];
            }
            _ => return Err(format!("unknown option {word}").into()),
        }
    }
    Ok(sizes)
}

struct Bench {
    ctx: egui::Context,
    window: Window,
    session: Session,
    tasks: usize,
    seeds: usize,
    size: egui::Vec2,
    /// Points of each series so far.
    steps: u64,
    told: usize,
    frames: u32,
    noise: u64,
}

impl Bench {
    /// All curves in the session, none drawn yet.
    fn new(sizes: &Sizes) -> Self {
        let ctx = egui::Context::default();
        theme::install(&ctx);
        let mut session = Session::new(Prefs::default());
        session.station = Station::Compare;
        session.results = Some(results(sizes));
        session.results_folder = Some(PathBuf::from("results"));
        let mut bench = Self {
            ctx,
            window: Window::default(),
            session,
            tasks: sizes.tasks,
            seeds: sizes.seeds,
            size: egui::vec2(sizes.size[0], sizes.size[1]),
            steps: 0,
            told: 0,
            frames: 0,
            noise: 7,
        };
        let series = sizes.tasks * sizes.variants * sizes.seeds;
        for _ in 0..sizes.points.div_ceil(series.max(1)) {
            bench.step(sizes.variants);
        }
        bench
    }

    /// One more point for every task and run of the first variants.
    fn step(&mut self, variants: usize) {
        self.steps += 1;
        let at = At {
            step: self.steps * 10,
            epoch: self.steps as f64 / 400.0,
            samples: self.steps * 10_240,
            seconds: self.steps as f64 / 50.0,
        };
        for run in 0..variants * self.seeds {
            for task in 0..self.tasks {
                self.noise = self
                    .noise
                    .wrapping_mul(6_364_136_223_846_793_005)
                    .wrapping_add(1_442_695_040_888_963_407);
                let noise = (self.noise >> 40) as f64 / (1 << 24) as f64;
                let rise = 1.0 - (-at.epoch / 3.0).exp();
                let level = 0.6 + 0.2 * rise + 0.001 * (run / self.seeds) as f64;
                let point = Point {
                    run,
                    task: format!("task_{task}"),
                    split: Part::Validation,
                    metric: "auc".to_owned(),
                    other: None,
                    at,
                    value: Some(level + 0.02 * noise),
                };
                self.session.receive(Message::Training(Event::Point(point)));
                self.told += 1;
            }
        }
    }

    fn grow(&mut self) {
        (0..NEW).for_each(|_| self.step(LIVE_VARIANTS));
    }

    /// Draws a frame; its time, its triangles and whether egui wants another at once.
    fn frame(&mut self, events: &[egui::Event]) -> (Duration, usize, bool) {
        self.frames += 1;
        let parts = (&self.ctx, &mut self.window, &self.session);
        let place = (self.size, f64::from(self.frames) / 60.0);
        frame(parts, place, events.to_vec())
    }

    /// Frames without any input, once what moved has come to rest.
    fn idle(&mut self) {
        let asked = (0..60).map(|_| self.frame(&[]).2).collect::<Vec<_>>();
        let settling = asked
            .iter()
            .rposition(|&repaint| repaint)
            .map_or(0, |at| at + 1);
        println!("idle: the last repaint is asked for by frame {settling} of 60 without input");
    }

    /// Many frames under a moving pointer, and one line about them.
    fn series(&mut self, name: &str, frames: usize, mut before: impl FnMut(&mut Self, usize)) {
        let mut times = Vec::with_capacity(frames);
        let (mut triangles, mut repaints) = (0, 0);
        for frame in 0..frames {
            let began = Instant::now();
            before(self, frame);
            let taken_in = began.elapsed();
            let turn = frame as f32 / 60.0;
            let place =
                self.size * egui::vec2(0.6 + 0.2 * turn.sin(), 0.4 + 0.2 * (turn * 0.7).cos());
            let moved = egui::Event::PointerMoved(place.to_pos2());
            let (time, drawn, repaint) = self.frame(&[moved]);
            times.push(millis(time + taken_in));
            triangles = drawn;
            repaints += usize::from(repaint);
        }
        times.sort_by(f64::total_cmp);
        let at = |share: f64| times[((times.len() - 1) as f64 * share) as usize];
        println!(
            "{name:<28} {:>8.2} {:>8.2} {:>8.2} {triangles:>10} {repaints:>12}",
            at(0.5),
            at(0.99),
            at(1.0)
        );
    }
}

fn results(sizes: &Sizes) -> Results {
    let draft = Draft {
        variants: (0..sizes.variants)
            .map(|variant| VariantDraft {
                name: format!("variant_{variant}"),
                ..VariantDraft::default()
            })
            .collect(),
        ..Draft::default()
    };
    let run = |variant| {
        move |seed| Run {
            variant,
            seed: seed as u64 + 1,
            ..Run::default()
        }
    };
    let tasks = 0..sizes.tasks;
    Results {
        draft,
        tasks: tasks
            .map(|task| TaskInfo::new(format!("task_{task}"), TaskKind::Binary))
            .collect(),
        runs: (0..sizes.variants)
            .flat_map(|variant| (0..sizes.seeds).map(run(variant)))
            .collect(),
        ..Results::default()
    }
}

fn millis(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}
