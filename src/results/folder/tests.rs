//! Writing a folder, and what is refused.

use std::collections::BTreeMap;

use super::*;
use crate::experiment::Plan;
use crate::experiment::fixtures::{dataset, draft, plan, registries};
use crate::results::Recorder;
use crate::results::fixtures::{broken_off, checkpoint, events, finished};
use crate::spec::{Choice, ParamValue};
use crate::train::{Sink as _, TaskPredictions};

#[test]
fn the_summary_has_the_promised_shape() {
    let dir = tempfile::tempdir().unwrap();
    broken_off(dir.path());
    let text = fs::read_to_string(dir.path().join(SUMMARY)).unwrap();
    let expected = serde_json::json!({
        "format": 1,
        "name": "short video",
        "app": env!("CARGO_PKG_VERSION"),
        "device": { "name": "a card", "backend": "wgpu" },
        "data": { "rows": 6, "train": 4, "validation": 1, "test": 1, "fingerprint": "f00d" },
        "selection": "common",
        "one_model": true,
        "tasks": [
            { "name": "watch", "kind": "regression", "primary_metric": "rmse" },
            { "name": "click", "kind": "binary", "primary_metric": "auc" },
        ],
        "variants": [
            {
                "name": "shared, equal",
                "structure": "shared_bottom",
                "strategy": "equal",
                "strategy_parameters": {},
                "parameters": 77,
                "runs": [{
                    "seed": 1,
                    "status": "finished",
                    "best_epoch": 2,
                    "seconds": 0.5,
                    "samples_per_second": 16.0,
                    "validation": { "click": { "auc": 0.75, "log_loss": null } },
                    "test": { "click": { "auc": 0.625, "log_loss": null } },
                    "selections": { "last": { "epochs": {}, "validation": {}, "test": {} } },
                    "task_weights": { "click": 1.0 },
                }],
            },
            {
                "name": "separate",
                "structure": "separate",
                "strategy": "equal",
                "strategy_parameters": {},
                "parameters": 0,
                "runs": [],
            },
        ],
        "comparisons": [{ "verdict": "better" }],
    });
    assert_eq!(
        serde_json::from_str::<serde_json::Value>(&text).unwrap(),
        expected
    );
}

#[test]
fn the_summary_has_every_parameter_of_a_strategy() {
    let mut draft = draft();
    draft.variants[0].strategy = Choice::named("gradnorm");
    let weights = BTreeMap::from([("click".to_owned(), 2.0)]);
    draft.variants[1].strategy = Choice {
        name: "manual".to_owned(),
        params: BTreeMap::from([("weights".to_owned(), ParamValue::PerTask(weights))]),
    };
    let plan = Plan::new(&draft, dataset(), &registries()).unwrap();
    let dir = tempfile::tempdir().unwrap();
    let folder = Folder::create(dir.path()).unwrap();
    let none: [serde_json::Value; 0] = [];
    folder
        .write_summary(&Results::for_plan(&plan), &none)
        .unwrap();
    let text = fs::read_to_string(dir.path().join(SUMMARY)).unwrap();
    let summary: serde_json::Value = serde_json::from_str(&text).unwrap();
    let found = |index: usize| &summary["variants"][index]["strategy_parameters"];
    let expected = serde_json::json!({ "alpha": 1.5, "detach": true, "norm": "l2" });
    assert_eq!(found(0), &expected);
    let expected = serde_json::json!({ "weights": { "click": 2.0, "watch": 1.0 } });
    assert_eq!(found(1), &expected);
}

#[test]
fn the_experiment_names_its_data_from_the_folder() {
    let root = tempfile::tempdir().unwrap();
    let dir = root.path().join("out").join("one");
    let mut draft = draft();
    draft.data.test_paths = vec!["later.csv".to_owned()];
    let mut folder = Folder::create(&dir).unwrap();
    folder.write_experiment(&draft, root.path()).unwrap();
    let opened = open(&dir).unwrap().draft;
    assert_eq!(opened.data.paths, ["../../click.csv"]);
    draft.data.paths.clone_from(&opened.data.paths);
    draft.data.test_paths = vec!["../../later.csv".to_owned()];
    assert_eq!(opened, draft);
}

#[test]
fn a_folder_with_results_or_other_files_is_refused() {
    let root = tempfile::tempdir().unwrap();
    let refused = |dir: &Path| {
        let report = Folder::create(dir).unwrap_err();
        assert_eq!(report.summary, "the results folder cannot be used");
        let text = report.problems[0].to_string();
        (
            report.exit_status(),
            text.replace(&dir.display().to_string(), "DIR"),
        )
    };
    let used = root.path().join("used");
    broken_off(&used);
    let message = "DIR: the folder already holds results \
        (go on with `--resume`, or choose another folder with `--out`)";
    assert_eq!(refused(&used), (2, message.to_owned()));

    let other = root.path().join("other");
    fs::create_dir(&other).unwrap();
    for name in ["d.txt", "a.txt", "c.txt", "b.txt", ".hidden"] {
        fs::write(other.join(name), "").unwrap();
    }
    let message = "DIR: the folder holds other files; found a.txt, b.txt, c.txt and 1 more \
        (choose another folder with `--out`)";
    assert_eq!(refused(&other), (2, message.to_owned()));

    // An experiment that a user wrote is not overwritten.
    let written = root.path().join("written");
    fs::create_dir(&written).unwrap();
    fs::write(written.join(EXPERIMENT), "name = \"mine\"").unwrap();
    let message = "DIR: the folder holds other files; found experiment.toml \
        (choose another folder with `--out`)";
    assert_eq!(refused(&written), (2, message.to_owned()));

    let message = "DIR: a file is in the way (choose another folder with `--out`)";
    assert_eq!(refused(&other.join("a.txt")), (2, message.to_owned()));

    // A folder below a file cannot be made; this holds for every user, root included.
    let below = other.join("a.txt").join("results");
    let report = Folder::create(&below).unwrap_err();
    assert_eq!(report.exit_status(), 2);
    assert!(report.cause.is_some());

    // A training that never began leaves a folder that can be used again.
    let begun = root.path().join("begun");
    Folder::create(&begun)
        .unwrap()
        .write_experiment(&draft(), root.path())
        .unwrap();
    assert!(Folder::create(&begun).is_ok());
}

#[test]
fn checkpoints_come_back() {
    let dir = tempfile::tempdir().unwrap();
    broken_off(dir.path());
    let (mut folder, results) = Folder::resume(dir.path()).unwrap();
    assert!(results.runs[1].resumable && !results.runs[0].resumable);
    assert_eq!(
        folder.read_checkpoint(1, CheckpointKind::Resume).unwrap(),
        Some(checkpoint())
    );
    assert_eq!(
        folder.read_checkpoint(1, CheckpointKind::Best).unwrap(),
        None
    );
    folder
        .write_checkpoint(1, CheckpointKind::Best, &checkpoint())
        .unwrap();
    let path = dir
        .path()
        .join("checkpoints/shared-equal-seed2.safetensors");
    assert!(path.is_file());

    // A finished run needs no state to go on from.
    folder.append_event(&finished(1)).unwrap();
    assert!(!folder.has_checkpoint(1, CheckpointKind::Resume));
    assert!(folder.has_checkpoint(1, CheckpointKind::Best));

    fs::write(&path, "torn").unwrap();
    let report = folder.read_checkpoint(1, CheckpointKind::Best).unwrap_err();
    assert_eq!(report.problems[0].message, "not a checkpoint");

    let mut odd = checkpoint();
    odd.tensors[0].shape = vec![7];
    let report = folder
        .write_checkpoint(1, CheckpointKind::Best, &odd)
        .unwrap_err();
    assert_eq!(
        report.details()[1],
        "because: `bottom.0.weight` of shape [7] has 6 values"
    );
}

#[test]
fn a_recorder_keeps_faults_and_goes_on() {
    let dir = tempfile::tempdir().unwrap();
    let folder = Folder::create(dir.path()).unwrap();
    let compare = Box::new(|results: &Results| vec![serde_json::json!(results.runs.len())]);
    let mut recorder = Recorder::start(folder, &plan(), dir.path(), compare).unwrap();
    let faults = recorder.faults();
    // A file where the folder of checkpoints should be.
    fs::write(dir.path().join("checkpoints"), "").unwrap();
    for event in events() {
        recorder.event(event);
    }
    recorder.checkpoint(1, CheckpointKind::Resume, &checkpoint());
    recorder.checkpoint(1, CheckpointKind::Resume, &checkpoint());
    let labels = vec![f32::NAN, 1.0];
    let click = TaskPredictions {
        task: "click".to_owned(),
        labels,
        scores: vec![0.5, 0.25],
    };
    let watch = TaskPredictions {
        task: "watch".to_owned(),
        labels: vec![3.0, 4.0],
        scores: vec![3.5, 4.5],
    };
    let scores = Predictions {
        rows: vec![5, 2],
        tasks: vec![click, watch],
    };
    recorder.predictions(0, &scores);
    recorder.event(Event::Finished);
    let told: Vec<String> = faults
        .take()
        .iter()
        .map(|fault| fault.summary.clone())
        .collect();
    assert_eq!(told, ["could not write the checkpoint"]);
    assert!(faults.take().is_empty());
    let text = fs::read_to_string(dir.path().join(SUMMARY)).unwrap();
    assert!(text.contains("\"comparisons\": [\n    4\n  ]"));
    assert!(
        dir.path()
            .join("predictions/shared-equal-seed1.parquet")
            .is_file()
    );
    assert_eq!(open(dir.path()).unwrap().runs[0].status, Status::Finished);
}
