//! Metrics of many scores: `cargo bench --bench metrics -- [--rows 10000000] [--peer python]`.
//!
//! Each binary metric that needs no groups, the fastest of three turns; beside the AUC that of scikit-learn by the peer's
//! interpreter, on the same numbers, which must come out the same.

#![expect(clippy::print_stdout, reason = "a benchmark prints its figures")]

use std::error::Error;
use std::fs;
use std::process::Command;
use std::time::Instant;

use mtl_lab::data::TaskKind;
use mtl_lab::metrics::{Scored, metrics_for};

#[path = "shared/options.rs"]
mod options;

use options::options;

type Failure = Box<dyn Error>;

const ROUNDS: usize = 3;
const SEED: u64 = 7;

const PEER: &str = "
import sys, time, numpy as np
from sklearn.metrics import roc_auc_score
truth, score = (np.fromfile(path, '<f4') for path in sys.argv[1:3])
best = 1e9
for _ in range(3):
    began = time.perf_counter(); auc = roc_auc_score(truth, score); best = min(best, time.perf_counter() - began)
print(best, auc)
";

fn main() -> Result<(), Failure> {
    let (mut rows, mut peer) = (10_000_000, None);
    for (word, value) in options()?.0 {
        match word.as_str() {
            "--rows" => rows = value.parse()?,
            "--peer" => peer = Some(value),
            _ => return Err(format!("unknown option {word}").into()),
        }
    }
    let (truth, predicted) = scores(rows);
    println!("{rows} rows");
    for metric in metrics_for(TaskKind::Binary) {
        let Some((seconds, value)) = fastest(|| metric.score(&Scored::new(&truth, &predicted)))
        else {
            continue;
        };
        println!("{:<12} {seconds:>8.3} s  {value:.9}", metric.spec().id);
    }
    let Some(peer) = peer else { return Ok(()) };
    let folder = tempfile::tempdir()?;
    let mut command = Command::new(peer);
    command.args(["-c", PEER]);
    for (name, numbers) in [("truth", &truth), ("score", &predicted)] {
        let path = folder.path().join(name);
        let bytes: Vec<u8> = numbers
            .iter()
            .flat_map(|number| number.to_le_bytes())
            .collect();
        fs::write(&path, bytes)?;
        command.arg(path);
    }
    let output = command.output()?;
    if !output.status.success() {
        return Err(String::from_utf8_lossy(&output.stderr).into_owned().into());
    }
    let text = String::from_utf8(output.stdout)?;
    println!(
        "scikit-learn's roc_auc_score: seconds and value {}",
        text.trim()
    );
    Ok(())
}

/// Labels and scores that know something of each other, all sorts of ties among them.
fn scores(rows: usize) -> (Vec<f32>, Vec<f32>) {
    let mut state = SEED;
    let mut draw = move || {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (state >> 40) as f32 / (1 << 24) as f32
    };
    let row = |_| {
        let score = draw();
        (f32::from(draw() < 0.2 + 0.3 * score), score)
    };
    (0..rows).map(row).unzip()
}

/// The seconds of the fastest of several turns, and what it gave; `None` if it gave nothing.
fn fastest(run: impl Fn() -> Option<f64>) -> Option<(f64, f64)> {
    let turn = |_| {
        let began = Instant::now();
        let value = run()?;
        Some((began.elapsed().as_secs_f64(), value))
    };
    let turns: Option<Vec<(f64, f64)>> = (0..ROUNDS).map(turn).collect();
    turns?.into_iter().min_by(|a, b| a.0.total_cmp(&b.0))
}
