//! A small training and the folder that it leaves, for tests.

use std::collections::BTreeMap;
use std::path::Path;

use super::{Folder, Results};
use crate::experiment::fixtures::plan;
use crate::train::{
    At, Checkpoint, CheckpointKind, DeviceInfo, Event, NamedTensor, Outcome, Part, Point, RunInfo,
    Scores, Selected, Status,
};

/// Scores of one task.
pub(super) fn scores(value: f64) -> Scores {
    let click = BTreeMap::from([
        ("auc".to_owned(), Some(value)),
        ("log_loss".to_owned(), None),
    ]);
    BTreeMap::from([("click".to_owned(), click)])
}

/// What a run reached.
pub(super) fn outcome(status: Status) -> Outcome {
    Outcome {
        status,
        best_epoch: Some(2),
        seconds: 0.5,
        samples_per_second: 16.0,
        validation: scores(0.75),
        test: scores(0.625),
        selections: BTreeMap::from([("last".to_owned(), Selected::default())]),
        task_weights: BTreeMap::from([("click".to_owned(), 1.0)]),
        reason: None,
    }
}

/// A point of the AUC of a run.
pub(super) fn point(run: usize, step: u64, value: Option<f64>) -> Event {
    Event::Point(Point {
        run,
        task: "click".to_owned(),
        split: Part::Validation,
        metric: "auc".to_owned(),
        other: None,
        at: At {
            step,
            epoch: step as f64 / 2.0,
            samples: 8 * step,
            seconds: 0.25,
        },
        value,
    })
}

/// How far a run is.
pub(super) fn progress(run: usize, step: u64) -> Event {
    Event::Progress {
        run,
        epoch: 1,
        epochs: 10,
        step,
        steps: 40,
        seconds: 0.25,
    }
}

/// The end of a run.
pub(super) fn finished(run: usize) -> Event {
    Event::RunFinished {
        run,
        outcome: Box::new(outcome(Status::Finished)),
    }
}

/// The first run ends, the second is under way, the others wait.
pub(super) fn events() -> Vec<Event> {
    let run = |(variant, seed): (&str, u64)| RunInfo {
        variant: variant.to_owned(),
        seed,
    };
    let runs = [
        ("shared, equal", 1),
        ("shared, equal", 2),
        ("separate", 1),
        ("separate", 2),
    ];
    vec![
        Event::Started {
            device: DeviceInfo {
                name: "a card".to_owned(),
                backend: "wgpu".to_owned(),
            },
            runs: runs.map(run).to_vec(),
        },
        Event::RunStarted {
            run: 0,
            parameters: 77,
        },
        point(0, 2, Some(1.0 / 3.0)),
        Event::Warning {
            run: None,
            message: "slow".to_owned(),
        },
        point(0, 4, None),
        progress(0, 4),
        finished(0),
        Event::RunStarted {
            run: 1,
            parameters: 77,
        },
        Event::Warning {
            run: Some(1),
            message: "few positives".to_owned(),
        },
        point(1, 2, Some(0.1)),
        progress(1, 1),
        progress(1, 2),
    ]
}

/// A checkpoint of every kind of shape.
pub(super) fn checkpoint() -> Checkpoint {
    let tensor = |name: &str, shape: &[usize], values: &[f32]| NamedTensor {
        name: name.to_owned(),
        shape: shape.to_vec(),
        values: values.to_vec(),
    };
    Checkpoint {
        tensors: vec![
            tensor(
                "bottom.0.weight",
                &[2, 3],
                &[1.0, -2.0, 0.5, f32::MIN_POSITIVE, 1e30, 0.1],
            ),
            tensor("empty", &[0, 4], &[]),
            tensor("scalar", &[], &[7.0]),
        ],
        facts: BTreeMap::from([("epoch".to_owned(), "4".to_owned())]),
    }
}

/// A folder as a training leaves it that dies in its second run, with the results as it saw them.
pub(super) fn broken_off(dir: &Path) -> Results {
    let plan = plan();
    let mut folder = Folder::create(dir).unwrap();
    let mut results = Results::for_plan(&plan);
    folder.write_experiment(plan.resolved(), dir).unwrap();
    folder.write_data_card(&plan.dataset().card).unwrap();
    for event in events() {
        folder.append_event(&event).unwrap();
        results.apply(&event);
    }
    folder
        .write_checkpoint(1, CheckpointKind::Resume, &checkpoint())
        .unwrap();
    folder
        .write_summary(&results, &[serde_json::json!({ "verdict": "better" })])
        .unwrap();
    folder.flush().unwrap();
    results
}
