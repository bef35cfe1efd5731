//! What the commands do when nothing is wrong: exit status 0, results in their place, JSON on stdout.
#![expect(clippy::unwrap_used, reason = "a helper that fails ends its test")]

use std::fs;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use serde_json::Value;
use tempfile::TempDir;

/// A command of the program inside a folder.
fn command(folder: &Path, words: &str) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_mtl-lab"));
    command
        .args(words.split(' '))
        .current_dir(folder)
        .stdin(Stdio::null());
    command
}

/// Runs a command, which must end well.
fn done(folder: &Path, words: &str) -> Output {
    let output = command(folder, words).output().unwrap();
    let told = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(0), "{words}: {told}");
    output
}

fn json(folder: &Path, words: &str) -> Value {
    serde_json::from_slice(&done(folder, words).stdout).unwrap()
}

fn read_json(path: &Path) -> Value {
    serde_json::from_slice(&fs::read(path).unwrap()).unwrap()
}

/// A folder with a small table of short videos.
fn bench(rows: usize) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let words = format!("synth short-video --rows {rows} --seed 3 -o videos.csv");
    done(folder.path(), &words);
    folder
}

/// Makes an experiment with so many epochs and one seed.
fn make(folder: &Path, epochs: u32) {
    done(folder, "new videos.csv --labels click,like -o e.toml");
    let text = fs::read_to_string(folder.join("e.toml")).unwrap();
    let short = text
        .replace("epochs = 10\n", &format!("epochs = {epochs}\n"))
        .replace("seeds = [1, 2, 3]", "seeds = [1]");
    assert_ne!(text, short);
    fs::write(folder.join("e.toml"), short).unwrap();
}

#[test]
fn from_a_table_to_its_report() {
    let bench = bench(2000);
    let folder = bench.path();
    make(folder, 1);
    let run = done(folder, "run e.toml --device cpu --predictions");
    assert!(run.stdout.is_empty(), "progress goes to stderr");
    let out = folder.join("e-results");
    for name in [
        "experiment.toml",
        "events.jsonl",
        "results.json",
        "data_card.json",
    ] {
        assert!(out.join(name).is_file(), "{name}");
    }
    for (inside, ending) in [("checkpoints", "safetensors"), ("predictions", "parquet")] {
        let names: Vec<String> = fs::read_dir(out.join(inside))
            .unwrap()
            .map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned())
            .collect();
        assert_eq!(names.len(), 2, "{names:?}");
        assert!(names.iter().all(|name| name.ends_with(ending)), "{names:?}");
    }
    for line in fs::read_to_string(out.join("events.jsonl"))
        .unwrap()
        .lines()
    {
        assert!(serde_json::from_str::<Value>(line).is_ok(), "{line}");
    }
    let results = read_json(&out.join("results.json"));
    assert_eq!(
        (&results["format"], &results["data"]["rows"]),
        (&1.into(), &2000.into())
    );
    for variant in results["variants"].as_array().unwrap() {
        assert_eq!(variant["runs"][0]["status"], "finished");
        assert!(variant["runs"][0]["test"]["click"]["auc"].is_f64());
    }

    done(folder, "report e-results");
    let page = fs::read_to_string(out.join("report.html")).unwrap();
    assert!(page.contains("<html") && page.contains("click") && page.contains("separate"));
    done(folder, "report e-results --format md -o told.md");
    let told = fs::read_to_string(folder.join("told.md")).unwrap();
    assert!(told.contains("click") && told.contains("| "), "{told}");
    done(folder, "report e-results --format csv -o told.csv");
    assert!(folder.join("told.csv").is_file());

    // The folder's own experiment trains again, from where the folder lies.
    done(
        folder,
        "run e-results/experiment.toml --device cpu --out again",
    );
    let again = read_json(&folder.join("again/results.json"));
    assert_eq!(
        again["variants"][0]["runs"][0]["test"],
        results["variants"][0]["runs"][0]["test"]
    );
}

#[test]
fn json_is_on_stdout_and_whole() {
    let bench = bench(500);
    let folder = bench.path();
    let table = json(folder, "inspect videos.csv --json");
    assert_eq!(
        (&table["rows"], table["columns"].as_array().unwrap().len()),
        (&500.into(), 15)
    );
    let all = json(folder, "list --json");
    for (registry, name) in [
        ("structures", "shared_bottom"),
        ("strategies", "equal"),
        ("metrics", "auc"),
    ] {
        let entries = all[registry].as_array().unwrap();
        assert!(
            entries.iter().any(|entry| entry["name"] == name),
            "{registry}"
        );
    }
    let one = json(folder, "list optimizers --json");
    assert_eq!(one["optimizers"], all["optimizers"]);
    assert_eq!(one.as_object().unwrap().len(), 1);
    let devices = json(folder, "devices --json");
    assert!(
        devices
            .as_array()
            .unwrap()
            .iter()
            .any(|device| device["backend"] == "flex")
    );
}

#[test]
fn a_seed_decides_every_byte_of_a_made_up_table() {
    for recipe in ["mmoe --cosine -0.5", "short-video"] {
        let bench = tempfile::tempdir().unwrap();
        let folder = bench.path();
        for (seed, name) in [
            (5, "a.csv"),
            (5, "b.csv"),
            (6, "c.csv"),
            (5, "a.csv.gz"),
            (5, "b.csv.gz"),
        ] {
            done(
                folder,
                &format!("synth {recipe} --rows 300 --seed {seed} -o {name}"),
            );
        }
        let bytes = |name: &str| fs::read(folder.join(name)).unwrap();
        assert!(bytes("a.csv") == bytes("b.csv") && bytes("a.csv.gz") == bytes("b.csv.gz"));
        assert!(bytes("a.csv") != bytes("c.csv"));
        assert!(bytes("a.csv.gz").starts_with(&[0x1F, 0x8B]));
    }
}

#[test]
fn a_finished_training_is_resumed_without_training_again() {
    let bench = bench(1000);
    let folder = bench.path();
    make(folder, 1);
    done(folder, "run e.toml --device cpu");
    let weights = || {
        let folder = fs::read_dir(folder.join("e-results/checkpoints")).unwrap();
        let mut files: Vec<_> = folder
            .map(|entry| entry.unwrap())
            .map(|entry| (entry.path(), entry.metadata().unwrap().modified().unwrap()))
            .collect();
        files.sort();
        files
    };
    let (before, results) = (weights(), read_json(&folder.join("e-results/results.json")));
    done(folder, "run e.toml --device cpu --resume");
    assert_eq!(weights(), before);
    let after = read_json(&folder.join("e-results/results.json"));
    assert_eq!(after["variants"], results["variants"]);
}

#[test]
fn an_adaptive_run_is_replayed_with_its_mean_weights() {
    let bench = bench(1000);
    let folder = bench.path();
    make(folder, 1);
    let text = fs::read_to_string(folder.join("e.toml")).unwrap();
    let adaptive = text.replacen("name = \"equal\"", "name = \"uncertainty\"", 1);
    assert_ne!(text, adaptive);
    fs::write(folder.join("e.toml"), adaptive).unwrap();
    done(folder, "run e.toml --device cpu --out out/e-results");
    done(folder, "replay out/e-results");
    let results = read_json(&folder.join("out/e-results/results.json"));
    let weights = &results["variants"][0]["runs"][0]["task_weights"];
    let text = fs::read_to_string(folder.join("e-replay.toml")).unwrap();
    assert!(text.contains("path = \"videos.csv\""), "{text}");
    done(folder, "run e-replay.toml --device cpu --out again");
    let again = read_json(&folder.join("again/results.json"));
    let [first, replayed, separate] = &again["variants"].as_array().unwrap()[..] else {
        panic!("three variants in {again}");
    };
    assert_eq!(
        first["runs"][0]["test"],
        results["variants"][0]["runs"][0]["test"]
    );
    assert_eq!(
        (&replayed["strategy"], &separate["name"]),
        (&"manual".into(), &"separate".into())
    );
    for task in ["click", "like"] {
        let held = replayed["runs"][0]["task_weights"][task].as_f64().unwrap();
        let mean = weights[task].as_f64().unwrap();
        assert!(
            (held / mean - 1.0).abs() < 1e-4,
            "{task}: {held} for {mean}"
        );
    }
}

#[test]
fn a_training_that_was_killed_goes_on_to_the_same_end() {
    let bench = bench(4000);
    let folder = bench.path();
    make(folder, 12);
    let mut killed = command(folder, "run e.toml --device cpu --out broken")
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    // A state to resume from tells that training is under way.
    let begun = Instant::now();
    let state = || {
        let files = fs::read_dir(folder.join("broken/checkpoints"))
            .into_iter()
            .flatten();
        files.flatten().any(|file| {
            file.file_name()
                .to_string_lossy()
                .ends_with(".resume.safetensors")
        })
    };
    while !state() && begun.elapsed() < Duration::from_mins(1) {
        sleep(Duration::from_millis(5));
    }
    killed.kill().unwrap();
    killed.wait().unwrap();
    assert!(
        !folder.join("broken/results.json").is_file() || state(),
        "it was to be killed midway"
    );
    done(folder, "run e.toml --device cpu --out broken --resume");
    done(folder, "run e.toml --device cpu --out whole");
    let tests = |name: &str| -> Vec<Value> {
        let results = read_json(&folder.join(name).join("results.json"));
        let variants = results["variants"].as_array().unwrap().clone();
        let runs = variants
            .into_iter()
            .map(|variant| variant["runs"][0].clone());
        runs.map(|run| serde_json::json!([run["status"], run["best_epoch"], run["test"]]))
            .collect()
    };
    assert_eq!(tests("broken"), tests("whole"));
}
