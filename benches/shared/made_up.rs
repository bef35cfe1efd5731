//! A made-up table with an experiment on it, and a peer that trains the same file.

use std::error::Error;
use std::fmt::Write as _;
use std::path::Path;
use std::process::Command;

type Failure = Box<dyn Error>;

pub const SPARSE: usize = 40;
const DENSE: usize = 10;
pub const DIM: usize = 8;
/// Training rows; each id of the largest vocabulary is there at least once.
pub const ROWS: usize = 131_072;
const HELD_OUT: usize = 2_048;
const SEED: u64 = 7;
const BOTTOM: [usize; 2] = [128, 128];
const TOWER: [usize; 2] = [64, 32];
const EXPERTS: usize = 8;
/// A table in which each sparse column has its share of the vocabulary, all of it in the training rows.
pub fn rows(vocabulary: usize) -> Result<String, Failure> {
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

/// What is trained on the table, in words.
pub fn description() -> String {
    format!(
        "{ROWS} rows, {SPARSE} sparse columns of width {DIM}, {DENSE} dense, bottom {BOTTOM:?}, towers {TOWER:?}, two binary \
         labels, Adam"
    )
}

/// What differs from one experiment on the table to another.
#[derive(Clone, Copy)]
pub struct Setting<'a> {
    pub structure: &'a str,
    pub strategies: &'a [&'a str],
    pub batch: usize,
    pub epochs: usize,
    pub seeds: usize,
}

/// The experiment file.
pub fn experiment(table: &Path, setting: Setting<'_>) -> Result<String, Failure> {
    let seeds: Vec<usize> = (1..=setting.seeds).collect();
    let mut columns = String::new();
    for column in 0..SPARSE {
        writeln!(columns, "s{column} = {{ role = \"sparse\" }}")?;
    }
    for column in 0..DENSE {
        writeln!(columns, "d{column} = {{ role = \"dense\" }}")?;
    }
    let Setting {
        structure,
        batch,
        epochs,
        ..
    } = setting;
    let experts = if structure == "mmoe" {
        format!(", experts = {EXPERTS}")
    } else {
        String::new()
    };
    let mut variants = String::new();
    for strategy in setting.strategies {
        writeln!(
            variants,
            "[[variants]]\nname = \"{strategy}\"\nstructure = {{ name = \"{structure}\"{experts} }}\n\
             bottom = {{ kind = \"mlp\", units = {BOTTOM:?} }}\ntowers = {{ default = {TOWER:?} }}\n\
             strategy = {{ name = \"{strategy}\" }}"
        )?;
    }
    Ok(format!(
        "name = \"speed\"\nseeds = {seeds:?}\n[data]\npath = {:?}\n[data.split]\nmethod = \"column\"\ncolumn = \"part\"\n\
         [data.columns]\n{columns}click = {{ role = \"label\", task = \"binary\" }}\nlike = {{ role = \"label\", task = \"binary\" }}\n\
         [training]\nepochs = {epochs}\nbatch_size = {batch}\nembedding_dim = {DIM}\ngradient_rows = 0\n{variants}",
        table.display()
    ))
}

/// Operations of a step for each sample: two for each weight forward, four backward.
pub fn flops(structure: &str) -> f64 {
    6.0 * weights(structure) as f64
}

/// Numbers that the optimizer steps beside the embeddings, but for the biases.
pub fn weights(structure: &str) -> usize {
    layers(structure)
        .map(|(inputs, outputs)| inputs * outputs)
        .sum()
}

/// Numbers that each layer of a structure takes and makes.
pub fn layers(structure: &str) -> impl Iterator<Item = (usize, usize)> {
    let input = SPARSE * DIM + DENSE;
    let (experts, gates, towers) = match structure {
        // The peer counts a row once for each network.
        "separate" => (1, 0, 1),
        "mmoe" => (EXPERTS, 2, 2),
        _ => (1, 0, 2),
    };
    let chain = |from: usize, widths: &[usize], times: usize| {
        let inputs = std::iter::once(from).chain(widths.iter().copied());
        let pairs: Vec<(usize, usize)> = inputs.zip(widths.iter().copied()).collect();
        pairs.repeat(times)
    };
    let of_experts = chain(input, &BOTTOM, experts);
    let of_gates = chain(input, &[EXPERTS], gates);
    let of_towers = chain(BOTTOM[1], &[TOWER[0], TOWER[1], 1], towers);
    [of_experts, of_gates, of_towers].into_iter().flatten()
}

/// The samples a second of a peer that trains the first variant.
pub fn theirs(peer: &[String], experiment: &Path, options: &[&str]) -> Result<f64, Failure> {
    let [program, rest @ ..] = peer else {
        return Err("--peer names no program".into());
    };
    let output = Command::new(program)
        .args(rest)
        .arg(experiment)
        .args(options)
        .output()?;
    if !output.status.success() {
        return Err(String::from_utf8_lossy(&output.stderr).into_owned().into());
    }
    let text = String::from_utf8(output.stdout)?;
    number_after(&text, "\"samples_per_second\"")
}

/// The number behind a key of a line of JSON.
pub fn number_after(text: &str, key: &str) -> Result<f64, Failure> {
    let at = text
        .find(key)
        .ok_or_else(|| format!("no {key} in {text}"))?;
    let rest = text[at + key.len()..].trim_start_matches([':', ' ']);
    let end = rest
        .find(|letter: char| !(letter.is_ascii_digit() || letter == '.'))
        .unwrap_or(rest.len());
    Ok(rest[..end].parse()?)
}
