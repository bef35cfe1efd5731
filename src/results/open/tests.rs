//! What a folder gives back: whole, torn, moved, damaged.

use super::*;
use crate::results::fixtures::{broken_off, finished, outcome, point};
use crate::results::folder::{DATA_CARD, EVENTS, EXPERIMENT, SUMMARY};
use crate::results::{Run, Sample, SeriesKey};
use crate::train::{Event, Part};

/// Everything of the results as text, but for what no two of them share.
fn shown(results: &Results) -> String {
    let identity = 0;
    let results = Results {
        identity,
        ..results.clone()
    };
    format!("{results:#?}")
}

/// The series as text, for an undefined value is not equal to itself.
fn series(results: &Results) -> String {
    format!("{:?}", results.series)
}

#[test]
fn a_folder_gives_back_what_the_training_saw() {
    let root = tempfile::tempdir().unwrap();
    let dir = root.path().join("results");
    let mut live = broken_off(&dir);
    let opened = open(&dir).unwrap();
    // What differs is what nobody could write any more.
    live.runs[1].status = Status::Stopped;
    live.runs[1]
        .log
        .push("did not end: the training was broken off".to_owned());
    live.runs[1].resumable = true;
    live.revision = opened.revision;
    assert_eq!(shown(&opened), shown(&live));
    assert_eq!(opened.runs[0].outcome, Some(outcome(Status::Finished)));
    let key = SeriesKey {
        run: 0,
        task: "click".to_owned(),
        metric: "auc".to_owned(),
        other: None,
        split: Part::Validation,
    };
    let values: Vec<f64> = opened
        .samples(&key)
        .iter()
        .map(|sample: &Sample| sample.value)
        .collect();
    assert_eq!(values[0], 1.0 / 3.0);
    assert!(values[1].is_nan() && values.len() == 2);
}

#[test]
fn a_moved_folder_is_the_same() {
    let root = tempfile::tempdir().unwrap();
    let (here, there) = (root.path().join("here"), root.path().join("deep/er/there"));
    broken_off(&here);
    let before = shown(&open(&here).unwrap());
    fs::create_dir_all(there.parent().unwrap()).unwrap();
    fs::rename(&here, &there).unwrap();
    assert_eq!(shown(&open(&there).unwrap()), before);
    let root = root.path().display().to_string();
    for name in [EXPERIMENT, DATA_CARD, EVENTS, SUMMARY] {
        assert!(
            !fs::read_to_string(there.join(name))
                .unwrap()
                .contains(&root),
            "{name}"
        );
    }
}

#[test]
fn a_torn_last_line_does_not_count() {
    let dir = tempfile::tempdir().unwrap();
    broken_off(dir.path());
    let path = dir.path().join(EVENTS);
    let text = fs::read_to_string(&path).unwrap();
    let whole = open(dir.path()).unwrap();
    // The last two lines are a point and the progress of the second run.
    for cut in 1..40 {
        fs::write(&path, &text[..text.len() - cut]).unwrap();
        let opened = open(dir.path()).unwrap();
        assert_eq!(series(&opened), series(&whole), "cut {cut}");
        assert!(opened.runs[1].progress.is_none());
        assert_eq!(opened.warnings, ["slow"]);
    }
    // Resuming cuts the torn line off, so that the next event stands on its own.
    fs::write(&path, &text[..text.len() - 5]).unwrap();
    let (mut folder, _) = Folder::resume(dir.path()).unwrap();
    folder.append_event(&finished(1)).unwrap();
    drop(folder);
    let opened = open(dir.path()).unwrap();
    assert_eq!(opened.warnings, ["slow"]);
    assert_eq!(opened.runs[1].status, Status::Finished);
    assert_eq!(opened.runs[1].log, ["few positives"]);
}

#[test]
fn a_torn_line_longer_than_a_block_is_cut() {
    let dir = tempfile::tempdir().unwrap();
    broken_off(dir.path());
    let path = dir.path().join(EVENTS);
    let text = fs::read_to_string(&path).unwrap();
    fs::write(&path, format!("{text}{}", "x".repeat(200_000))).unwrap();
    let (mut folder, _) = Folder::resume(dir.path()).unwrap();
    folder.append_event(&Event::Finished).unwrap();
    assert_eq!(
        fs::read_to_string(&path).unwrap(),
        format!("{text}{{\"event\":\"finished\"}}\n")
    );
}

#[test]
fn unknown_events_are_skipped_with_a_warning() {
    let dir = tempfile::tempdir().unwrap();
    broken_off(dir.path());
    let path = dir.path().join(EVENTS);
    let text = fs::read_to_string(&path).unwrap();
    fs::write(&path, format!("\n{{\"event\":\"later\"}}\n{text}\u{0}\n")).unwrap();
    let opened = open(dir.path()).unwrap();
    let told = "events.jsonl: 2 lines were not understood and skipped, the first is line 2";
    assert_eq!(opened.warnings, ["slow", told]);
    assert_eq!(opened.runs[0].status, Status::Finished);
}

#[test]
fn a_summary_stands_in_for_lost_events() {
    let dir = tempfile::tempdir().unwrap();
    broken_off(dir.path());
    fs::remove_file(dir.path().join(EVENTS)).unwrap();
    let opened = open(dir.path()).unwrap();
    let Run {
        status,
        parameters,
        outcome: reached,
        ..
    } = &opened.runs[0];
    assert_eq!((status, parameters), (&Status::Finished, &77));
    assert_eq!(reached.as_ref(), Some(&outcome(Status::Finished)));
    assert_eq!(opened.device.name, "a card");
    assert_eq!(opened.runs[1].status, Status::Queued);
}

#[test]
fn tasks_come_from_the_card_before_there_is_a_summary() {
    let dir = tempfile::tempdir().unwrap();
    broken_off(dir.path());
    let with = open(dir.path()).unwrap().tasks;
    fs::remove_file(dir.path().join(SUMMARY)).unwrap();
    let without = open(dir.path()).unwrap().tasks;
    assert_eq!(with, without);
    let metrics: Vec<&str> = with
        .iter()
        .map(|task| task.primary_metric.as_str())
        .collect();
    assert_eq!(metrics, ["rmse", "auc"]);
}

#[test]
fn what_is_no_results_folder_is_refused() {
    let root = tempfile::tempdir().unwrap();
    let report = open(root.path()).unwrap_err();
    assert_eq!(report.exit_status(), 2);
    assert_eq!(report.problems[0].message, "not a results folder");

    let dir = root.path().join("newer");
    broken_off(&dir);
    let text = fs::read_to_string(dir.join(SUMMARY)).unwrap();
    fs::write(
        dir.join(SUMMARY),
        text.replace("\"format\": 1", "\"format\": 2"),
    )
    .unwrap();
    let report = open(&dir).unwrap_err();
    assert_eq!(report.problems[0].message, "written by a newer version");
    // A damaged summary is left aside.
    fs::write(dir.join(SUMMARY), "{").unwrap();
    fs::write(dir.join(DATA_CARD), "{").unwrap();
    let opened = open(&dir).unwrap();
    assert_eq!(opened.runs[0].status, Status::Finished);
    assert!(opened.warnings[0].starts_with("data_card.json: the facts about the data are lost: "));
    assert!(opened.warnings[1].starts_with("results.json: left aside: "));

    fs::write(dir.join(EXPERIMENT), "name = \"a\nb").unwrap();
    let report = open(&dir).unwrap_err();
    assert_eq!(
        report.problems[0].place,
        "experiment.toml, line 2, column 2"
    );
}

#[test]
fn a_summary_that_knows_no_parameters_of_strategies_is_read() {
    let dir = tempfile::tempdir().unwrap();
    broken_off(dir.path());
    let whole = shown(&open(dir.path()).unwrap());
    let path = dir.path().join(SUMMARY);
    let mut summary: serde_json::Value =
        serde_json::from_str(&fs::read_to_string(&path).unwrap()).unwrap();
    for variant in summary["variants"].as_array_mut().unwrap() {
        let removed = variant
            .as_object_mut()
            .unwrap()
            .remove("strategy_parameters");
        assert!(removed.is_some());
    }
    fs::write(&path, summary.to_string()).unwrap();
    assert_eq!(shown(&open(dir.path()).unwrap()), whole);
}

#[test]
fn a_resumed_run_replaces_what_it_repeats() {
    let dir = tempfile::tempdir().unwrap();
    broken_off(dir.path());
    let (mut folder, mut results) = Folder::resume(dir.path()).unwrap();
    for event in [
        Event::RunStarted {
            run: 1,
            parameters: 77,
        },
        point(1, 2, Some(0.2)),
        finished(1),
    ] {
        results.apply(&event);
        folder.append_event(&event).unwrap();
    }
    let opened = open(dir.path()).unwrap();
    assert_eq!(series(&opened), series(&results));
    assert_eq!(opened.runs[1].status, Status::Finished);
    assert!(!opened.runs[1].resumable && !results.runs[1].resumable);
}
