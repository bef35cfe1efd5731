//! Reading and encoding a table beside the CSV library alone: `cargo bench --bench read -- TABLE EXPERIMENT`.
//!
//! Each measurement is a process of its own, so that its peak memory is its own. Three rounds in turn; the fastest is
//! printed. `csv` walks all records and keeps nothing; `csv, kept` keeps every field as text, as a program without a
//! typed table would.

#![expect(clippy::print_stdout, reason = "a benchmark prints its figures")]

use std::error::Error;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

use flate2::read::MultiGzDecoder;
use mtl_lab::data::read::{Quiet, ReadOptions, read};
use mtl_lab::{experiment, lab};

const ROUNDS: usize = 3;
const WORK: [&str; 4] = ["csv", "csv, kept", "read", "read + encode"];

#[path = "shared/memory.rs"]
mod memory;

use memory::peak_kilobytes;

type Failure = Box<dyn Error>;

fn main() -> Result<(), Failure> {
    let arguments: Vec<String> = std::env::args()
        .skip(1)
        .filter(|argument| argument != "--bench")
        .collect();
    match arguments.as_slice() {
        [table, experiment] => compare(table, experiment),
        [table, experiment, work] => measure(Path::new(table), Path::new(experiment), work),
        _ => {
            println!(
                "skipped: name a table in CSV, gzipped or not, and an experiment that reads it"
            );
            Ok(())
        }
    }
}

/// Runs every kind of work in a process of its own, in turn.
fn compare(table: &str, experiment: &str) -> Result<(), Failure> {
    let mut best = [(f64::INFINITY, 0_u64); WORK.len()];
    for _ in 0..ROUNDS {
        for (work, best) in WORK.iter().zip(&mut best) {
            let output = Command::new(std::env::current_exe()?)
                .args([table, experiment, work])
                .output()?;
            let text = String::from_utf8(output.stdout)?;
            let mut fields = text.split_whitespace();
            let mut next = || fields.next().ok_or("the measurement printed nothing");
            let (seconds, kilobytes) = (next()?.parse()?, next()?.parse()?);
            if seconds < best.0 {
                *best = (seconds, kilobytes);
            }
        }
    }
    println!("{:<16} {:>10} {:>12}", "work", "seconds", "peak MB");
    for (work, (seconds, kilobytes)) in WORK.iter().zip(best) {
        println!(
            "{work:<16} {seconds:>10.3} {:>12.1}",
            kilobytes as f64 / 1024.0
        );
    }
    Ok(())
}

/// Does one kind of work and prints its seconds and the peak memory of this process.
fn measure(table: &Path, experiment: &Path, work: &str) -> Result<(), Failure> {
    let began = Instant::now();
    let amount = match work {
        "csv" => walk(table)?,
        "csv, kept" => keep(table)?,
        "read" => {
            let loaded = read(&[PathBuf::from(table)], &ReadOptions::default(), &Quiet)?;
            loaded.table.num_rows
        }
        _ => {
            let (draft, _) = experiment::load(experiment)?;
            let prepared = lab::read_tables(&draft.data, &lab::base_folder(experiment), &Quiet)?;
            lab::plan(&draft, prepared)?.dataset().num_rows
        }
    };
    let seconds = began.elapsed().as_secs_f64();
    println!("{seconds} {} {amount}", peak_kilobytes()?);
    Ok(())
}

fn records(table: &Path) -> Result<csv::Reader<MultiGzDecoder<File>>, Failure> {
    Ok(csv::Reader::from_reader(MultiGzDecoder::new(File::open(
        table,
    )?)))
}

fn walk(table: &Path) -> Result<usize, Failure> {
    let mut reader = records(table)?;
    let mut record = csv::ByteRecord::new();
    let mut rows = 0;
    while reader.read_byte_record(&mut record)? {
        rows += 1;
    }
    Ok(rows)
}

fn keep(table: &Path) -> Result<usize, Failure> {
    let rows: Result<Vec<csv::ByteRecord>, _> = records(table)?.into_byte_records().collect();
    Ok(rows?.len())
}
