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

#[path = "shared/options.rs"]
mod options;

use options::options;

type Failure = Box<dyn Error>;

const SPARSE: usize = 40;
const DENSE: usize = 10;
const DIM: usize = 8;
/// Training rows; each id of the largest vocabulary is there at least once.
const ROWS: usize = 131_072;
const HELD_OUT: usize = 2_048;
const SEED: u64 = 7;
const BOTTOM: [usize; 2] = [128, 128];
const TOWER: [usize; 2] = [64, 32];
const EXPERTS: usize = 8;
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
        "{ROWS} rows, {SPARSE} sparse columns of width {DIM}, {DENSE} dense, bottom {BOTTOM:?}, towers {TOWER:?}, two binary \
         labels, Adam, {} threads, {} rounds, {} seeds",
        arguments.threads, arguments.rounds, arguments.seeds
    );
    println!(
        "{:<14} {:>10} {:>6} {:>12} {:>12} {:>7} {:>9} {:>7}",
        "structure", "vocabulary", "batch", "samples/s", "peer", "ratio", "GFLOP/s", "share"
    );
    for &vocabulary in &arguments.vocabularies {
        let table = folder.path().join(format!("table_{vocabulary}.csv"));
        fs::write(&table, rows(vocabulary)?)?;
        for structure in &arguments.structures {
            for &batch in &arguments.batches {
                let experiment = folder
                    .path()
                    .join(format!("{structure}_{vocabulary}_{batch}.toml"));
                let text =
                    |epochs| experiment_text(&table, structure, batch, [epochs, arguments.seeds]);
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
        let numbers = || -> Result<Vec<usize>, Failure> {
            value.split(',').map(|number| Ok(number.parse()?)).collect()
        };
        match word.as_str() {
            "--peer" => found.peer = Some(value.split_whitespace().map(str::to_owned).collect()),
            "--threads" => found.threads = value.parse()?,
            "--batch" => found.batches = numbers()?,
            "--vocabulary" => found.vocabularies = numbers()?,
            "--structure" => found.structures = value.split(',').map(str::to_owned).collect(),
            "--rounds" => found.rounds = value.parse()?,
            "--epochs" => found.epochs = value.parse()?,
            "--seeds" => found.seeds = value.parse()?,
            _ => return Err(format!("unknown option {word}").into()),
        }
    }
    Ok(found)
}

/// A table in which each sparse column has its share of the vocabulary, all of it in the training rows.
fn rows(vocabulary: usize) -> Result<String, Failure> {
    let each = (vocabulary / SPARSE).max(1);
    let mut state = SEED;
    let mut draw = move || {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        state >> 33
    };
    let mut text = String::from("part");
    for column in 0..SPARSE {
        write!(text, ",s{column}")?;
    }
    for column in 0..DENSE {
        write!(text, ",d{column}")?;
    }
    text.push_str(",click,like\n");
    for row in 0..ROWS + 2 * HELD_OUT {
        text.push_str(match row {
            _ if row < ROWS => "train",
            _ if row < ROWS + HELD_OUT => "validation",
            _ => "test",
        });
        let mut taste = 0;
        for column in 0..SPARSE {
            // Each id once, then by lot.
            let id = if row < each {
                row as u64
            } else {
                draw() % each as u64
            };
            let id = (id + column as u64 * 31) % each as u64;
            taste += id % 7;
            write!(text, ",i{id}")?;
        }
        let mut size = 0.0;
        for _ in 0..DENSE {
            let value = (draw() % 1000) as f64 / 1000.0;
            size += value;
            write!(text, ",{value}")?;
        }
        let noise = draw() % 40;
        let click = u8::from(taste + noise > 140);
        let like = u8::from(size + noise as f64 / 20.0 > 6.0);
        writeln!(text, ",{click},{like}")?;
    }
    Ok(text)
}

fn experiment_text(
    table: &Path,
    structure: &str,
    batch: usize,
    [epochs, seeds]: [usize; 2],
) -> Result<String, Failure> {
    let seeds: Vec<usize> = (1..=seeds).collect();
    let mut columns = String::new();
    for column in 0..SPARSE {
        writeln!(columns, "s{column} = {{ role = \"sparse\" }}")?;
    }
    for column in 0..DENSE {
        writeln!(columns, "d{column} = {{ role = \"dense\" }}")?;
    }
    let experts = if structure == "mmoe" {
        format!(", experts = {EXPERTS}")
    } else {
        String::new()
    };
    Ok(format!(
        "name = \"speed\"\nseeds = {seeds:?}\n[data]\npath = {:?}\n[data.split]\nmethod = \"column\"\ncolumn = \"part\"\n\
         [data.columns]\n{columns}click = {{ role = \"label\", task = \"binary\" }}\nlike = {{ role = \"label\", task = \"binary\" }}\n\
         [training]\nepochs = {epochs}\nbatch_size = {batch}\nembedding_dim = {DIM}\ngradient_rows = 0\n\
         [[variants]]\nname = \"one\"\nstructure = {{ name = \"{structure}\"{experts} }}\n\
         bottom = {{ kind = \"mlp\", units = {BOTTOM:?} }}\ntowers = {{ default = {TOWER:?} }}\nstrategy = {{ name = \"equal\" }}\n",
        table.display()
    ))
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
            let theirs = theirs(peer, experiment, arguments.threads)?;
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

/// Operations of a step for each sample: two for each weight forward, four backward.
fn flops(structure: &str) -> f64 {
    let input = SPARSE * DIM + DENSE;
    let layers = |from: usize, widths: &[usize]| {
        let inputs = std::iter::once(from).chain(widths.iter().copied());
        inputs.zip(widths).map(|(a, b)| a * b).sum::<usize>()
    };
    let tower = layers(BOTTOM[1], &TOWER) + TOWER[1];
    let weights = match structure {
        // The peer counts a row once for each network.
        "separate" => layers(input, &BOTTOM) + tower,
        "mmoe" => EXPERTS * layers(input, &BOTTOM) + 2 * (tower + input * EXPERTS),
        _ => layers(input, &BOTTOM) + 2 * tower,
    };
    6.0 * weights as f64
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

fn theirs(peer: &[String], experiment: &Path, threads: usize) -> Result<f64, Failure> {
    let [program, rest @ ..] = peer else {
        return Err("--peer names no program".into());
    };
    let output = Command::new(program)
        .args(rest)
        .arg(experiment)
        .args(["--variant", "one", "--threads", &threads.to_string()])
        .output()?;
    if !output.status.success() {
        return Err(String::from_utf8_lossy(&output.stderr).into_owned().into());
    }
    let text = String::from_utf8(output.stdout)?;
    number_after(&text, "\"samples_per_second\"")
}

fn number_after(text: &str, key: &str) -> Result<f64, Failure> {
    let at = text
        .find(key)
        .ok_or_else(|| format!("no {key} in {text}"))?;
    let rest = text[at + key.len()..].trim_start_matches([':', ' ']);
    let end = rest
        .find(|letter: char| !(letter.is_ascii_digit() || letter == '.'))
        .unwrap_or(rest.len());
    Ok(rest[..end].parse()?)
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

fn median(values: &mut [f64]) -> f64 {
    values.sort_by(f64::total_cmp);
    let middle = values.len() / 2;
    if values.len() % 2 == 1 {
        values[middle]
    } else {
        values
            .get(middle)
            .zip(values.get(middle.wrapping_sub(1)))
            .map_or(f64::NAN, |(a, b)| f64::midpoint(*a, *b))
    }
}
