//! Large tables: `cargo bench --bench data -- [--rows 10000000] [--format csv,parquet] [--peer python] [--rounds 1]`.
//!
//! A made-up table of 40 columns (13 whole ids, 13 words, 10 decimals, 4 labels) is written once as CSV and as Parquet. Reading
//! and encoding it, as `mtl-lab run` does before its first step, is measured in a process of its own, so that its peak memory is
//! its own; the peer's interpreter reads the same file with polars and encodes it with pandas: a code for each value, scaled
//! numbers, labels. Beside it stands what is told while reading, and how soon reading ends once it is cancelled.

#![expect(clippy::print_stdout, reason = "a benchmark prints its figures")]

use std::error::Error;
use std::fs::{self, File};
use std::io::{BufWriter, Write as _};
use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use arrow_array::{ArrayRef, Float64Array, Int64Array, RecordBatch, StringArray};
use mtl_lab::data::read::{Quiet, Watch};
use mtl_lab::{experiment, lab};
use parquet::arrow::ArrowWriter;
use parquet::basic::Compression;
use parquet::file::properties::WriterProperties;

#[path = "shared/memory.rs"]
mod memory;
#[path = "shared/options.rs"]
mod options;

use memory::peak_kilobytes;
use options::options;

type Failure = Box<dyn Error>;

/// Different values of the ids, and of the words.
const VALUES: [u64; 13] = [
    4, 10, 24, 50, 100, 300, 1_000, 3_000, 10_000, 30_000, 100_000, 300_000, 1_000_000,
];
const DECIMALS: usize = 10;
const LABELS: [&str; 4] = ["click", "finish", "like", "watch_secs"];
/// Rows that are written at a time.
const BLOCK: usize = 65_536;

const PEER: &str = "
import sys, time
began = time.perf_counter()
import numpy as np, pandas as pd, polars as pl
path = sys.argv[1]
table = pl.read_parquet(path) if path.endswith('parquet') else pl.read_csv(path)
table = table.to_pandas()
sparse = [name for name in table.columns if name[0] in 'iw' and name != 'watch_secs']
ids = np.empty((len(table), len(sparse)), 'i4')
for place, name in enumerate(sparse):
    ids[:, place] = pd.factorize(table[name])[0]
dense = np.empty((len(table), 10), 'f4')
for place in range(10):
    column = table[f'd{place}']
    dense[:, place] = (column - column.mean()) / column.std()
labels = table[['click', 'finish', 'like', 'watch_secs']].to_numpy('f4')
seconds = time.perf_counter() - began
peak = next(line for line in open('/proc/self/status') if line.startswith('VmHWM'))
print(seconds, peak.split()[1])
";

fn main() -> Result<(), Failure> {
    let (options, _) = options()?;
    if let [(flag, experiment)] = options.as_slice()
        && flag == "--measure"
    {
        return measure(Path::new(experiment));
    }
    let (mut rows, mut formats, mut peer, mut rounds) =
        (10_000_000, "csv,parquet".to_owned(), None, 1);
    for (word, value) in options {
        match word.as_str() {
            "--rows" => rows = value.parse()?,
            "--format" => formats = value,
            "--peer" => peer = Some(value),
            "--rounds" => rounds = value.parse()?,
            _ => return Err(format!("unknown option {word}").into()),
        }
    }
    let folder = tempfile::tempdir_in(std::env::current_dir()?)?;
    let encoded = rows * (2 * VALUES.len() + DECIMALS + LABELS.len()) * 4;
    println!(
        "{rows} rows, {} columns, {:.0} MB encoded",
        encoded / rows.max(1) / 4,
        encoded as f64 / 1e6
    );
    println!(
        "{:<8} {:>8} {:>22} {:>10} {:>12} {:>14}",
        "format", "MB", "who", "seconds", "peak MB", "peak/encoded"
    );
    for format in formats.split(',') {
        let table = folder.path().join(format!("table.{format}"));
        if format == "csv" {
            write_csv(&table, rows)?;
        } else {
            write_parquet(&table, rows)?;
        }
        let experiment = folder.path().join("experiment.toml");
        fs::write(&experiment, experiment_text(&table))?;
        let size = fs::metadata(&table)?.len() as f64 / 1e6;
        let own = || {
            let mut command = Command::new(std::env::current_exe()?);
            command.arg("--measure").arg(&experiment);
            Ok::<Command, Failure>(command)
        };
        for _ in 0..rounds {
            let line = |who: &str, mut command: Command| -> Result<(), Failure> {
                let output = command.output()?;
                if !output.status.success() {
                    return Err(String::from_utf8_lossy(&output.stderr).into_owned().into());
                }
                let text = String::from_utf8(output.stdout)?;
                let mut fields = text.split_whitespace();
                let mut next = || fields.next().ok_or("the measurement printed nothing");
                let (seconds, kilobytes): (f64, f64) = (next()?.parse()?, next()?.parse()?);
                let peak = kilobytes * 1024.0;
                println!(
                    "{format:<8} {size:>8.0} {who:>22} {seconds:>10.2} {:>12.0} {:>14.2}  {}",
                    peak / 1e6,
                    peak / encoded as f64,
                    fields.collect::<Vec<_>>().join(" ")
                );
                Ok(())
            };
            line("MTL Lab", own()?)?;
            if let Some(peer) = &peer {
                let mut command = Command::new(peer);
                command.args(["-c", PEER]).arg(&table);
                line("polars and pandas", command)?;
            }
        }
        println!("{}", watched(&experiment)?);
        fs::remove_file(&table)?;
    }
    Ok(())
}

/// Reads and encodes, and prints seconds, the peak memory of this process, the seconds of reading alone and the fingerprint.
fn measure(experiment: &Path) -> Result<(), Failure> {
    let began = Instant::now();
    let told = |report: mtl_lab::error::Report| report.to_string();
    let (draft, _) = experiment::load(experiment).map_err(told)?;
    let base = lab::base_folder(experiment);
    let prepared = lab::read_tables(&draft.data, &base, &Quiet).map_err(told)?;
    let read = format!(
        "read in {:.2} s and {:.0} MB",
        began.elapsed().as_secs_f64(),
        peak_kilobytes()? as f64 * 1024.0 / 1e6
    );
    let plan = lab::plan(&draft, prepared).map_err(told)?;
    let seconds = began.elapsed().as_secs_f64();
    println!(
        "{seconds} {} {read}, data {}",
        peak_kilobytes()?,
        plan.dataset().card.fingerprint
    );
    Ok(())
}

/// Counts what it is told and gives up at a share of the whole.
struct GiveUp {
    told: AtomicU32,
    /// When the share was reached, in milliseconds; 0 before.
    at: AtomicU64,
    began: Instant,
}

impl Watch for GiveUp {
    fn progress(&self, fraction: f32) {
        self.told.fetch_add(1, Ordering::Relaxed);
        if fraction > 0.3 && self.at.load(Ordering::Relaxed) == 0 {
            let millis = self.began.elapsed().as_millis() as u64;
            self.at.store(millis.max(1), Ordering::Relaxed);
        }
    }

    fn cancelled(&self) -> bool {
        self.at.load(Ordering::Relaxed) > 0
    }
}

/// How often progress is told and how soon reading ends once it is cancelled, in words.
fn watched(experiment: &Path) -> Result<String, Failure> {
    let (draft, _) = experiment::load(experiment).map_err(|report| report.to_string())?;
    let watch = GiveUp {
        told: AtomicU32::new(0),
        at: AtomicU64::new(0),
        began: Instant::now(),
    };
    let outcome = lab::read_tables(&draft.data, &lab::base_folder(experiment), &watch);
    let elapsed = watch.began.elapsed();
    let asked = Duration::from_millis(watch.at.load(Ordering::Relaxed));
    if outcome.is_ok() {
        return Err("reading did not end when it was cancelled".into());
    }
    let told = watch.told.load(Ordering::Relaxed).max(1);
    Ok(format!(
        "progress told every {:.1} ms; cancelled at 30 %, ended after {:.1} ms",
        elapsed.as_secs_f64() * 1e3 / f64::from(told),
        elapsed.saturating_sub(asked).as_secs_f64() * 1e3
    ))
}

/// A number that only row and column decide.
fn draw(row: usize, column: usize) -> u64 {
    let mut word = (row as u64) << 8 | column as u64;
    for factor in [0xbf58_476d_1ce4_e5b9_u64, 0x94d0_49bb_1331_11eb] {
        word = (word ^ word >> 30).wrapping_mul(factor);
    }
    word ^ word >> 31
}

fn id(row: usize, column: usize) -> i64 {
    (draw(row, column) % VALUES[column]) as i64
}

fn word(row: usize, column: usize) -> String {
    let value = draw(row, 20 + column) % VALUES[column];
    format!("{:08x}", value.wrapping_mul(0x9e37_79b9) & 0xffff_ffff)
}

fn decimal(row: usize, column: usize) -> f64 {
    (draw(row, 40 + column) % 100_000) as f64 / 10_000.0
}

fn label(row: usize, column: usize) -> f64 {
    let noise = draw(row, 60 + column);
    if column == 3 {
        (noise % 6_000) as f64 / 10.0
    } else {
        f64::from(u8::from(noise % 10 < 3))
    }
}

fn names() -> Vec<String> {
    let numbered = |letter: char, count: usize| (0..count).map(move |at| format!("{letter}{at}"));
    numbered('i', VALUES.len())
        .chain(numbered('w', VALUES.len()))
        .chain(numbered('d', DECIMALS))
        .chain(LABELS.map(str::to_owned))
        .collect()
}

fn write_csv(path: &Path, rows: usize) -> Result<(), Failure> {
    let mut file = BufWriter::with_capacity(1 << 20, File::create(path)?);
    writeln!(file, "{}", names().join(","))?;
    for row in 0..rows {
        for column in 0..VALUES.len() {
            write!(file, "{},", id(row, column))?;
        }
        for column in 0..VALUES.len() {
            write!(file, "{},", word(row, column))?;
        }
        for column in 0..DECIMALS {
            write!(file, "{:.4},", decimal(row, column))?;
        }
        let [click, finish, like, watch] = [0, 1, 2, 3].map(|column| label(row, column));
        writeln!(file, "{click},{finish},{like},{watch:.1}")?;
    }
    file.flush()?;
    Ok(())
}

fn write_parquet(path: &Path, rows: usize) -> Result<(), Failure> {
    let properties = WriterProperties::builder()
        .set_compression(Compression::SNAPPY)
        .build();
    let mut writer = None;
    for start in (0..rows).step_by(BLOCK) {
        let block = start..(start + BLOCK).min(rows);
        let ids = |column| -> ArrayRef {
            Arc::new(Int64Array::from_iter_values(
                block.clone().map(|row| id(row, column)),
            ))
        };
        let words = |column| -> ArrayRef {
            Arc::new(StringArray::from_iter_values(
                block.clone().map(|row| word(row, column)),
            ))
        };
        let reals = |column, of: fn(usize, usize) -> f64| -> ArrayRef {
            Arc::new(Float64Array::from_iter_values(
                block.clone().map(|row| of(row, column)),
            ))
        };
        let columns = (0..VALUES.len())
            .map(ids)
            .chain((0..VALUES.len()).map(words))
            .chain((0..DECIMALS).map(|column| reals(column, decimal)))
            .chain((0..3).map(|column| -> ArrayRef {
                let whole = block.clone().map(|row| label(row, column) as i64);
                Arc::new(Int64Array::from_iter_values(whole))
            }))
            .chain([reals(3, label)]);
        let batch = RecordBatch::try_from_iter(names().into_iter().zip(columns))?;
        if writer.is_none() {
            let properties = Some(properties.clone());
            writer = Some(ArrowWriter::try_new(
                File::create(path)?,
                batch.schema(),
                properties,
            )?);
        }
        if let Some(writer) = &mut writer {
            writer.write(&batch)?;
        }
    }
    if let Some(writer) = writer {
        writer.close()?;
    }
    Ok(())
}

fn experiment_text(table: &Path) -> String {
    let mut text = format!(
        "name = \"large\"\n[data]\npath = {:?}\n[data.columns]\n",
        table.display()
    );
    for name in names() {
        let role = match name.as_str() {
            "watch_secs" => "role = \"label\", task = \"regression\"",
            name if LABELS.contains(&name) => "role = \"label\", task = \"binary\"",
            name if name.starts_with('d') => "role = \"dense\"",
            _ => "role = \"sparse\"",
        };
        text += &format!("{name} = {{ {role} }}\n");
    }
    text += "[[variants]]\nname = \"one\"\nstructure = { name = \"shared_bottom\" }\nstrategy = { name = \"equal\" }\n";
    text
}
