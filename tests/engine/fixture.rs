//! Small experiments, and a training that keeps what it tells.

use std::collections::BTreeMap;
use std::path::Path;

use mtl_lab::data::read::Quiet;
use mtl_lab::experiment::{self, Plan};
use mtl_lab::lab;
use mtl_lab::train::{
    Checkpoint, CheckpointKind, Control, DeviceChoice, Event, FitOptions, OpenDevice, Outcome,
    Part, Predictions, Sink, Status, devices, fit, open,
};

/// A plan of an experiment whose paths start from `base`.
pub fn plan(text: &str, base: &Path) -> Plan {
    let (draft, problems) = experiment::parse(text, "test.toml");
    assert!(problems.is_empty(), "{problems:?}");
    let prepared = lab::read_tables(&draft.data, base, &Quiet).unwrap();
    lab::plan(&draft, prepared).unwrap()
}

/// A plan of an experiment on a table of its own, `table.csv`.
pub fn plan_on(table: &str, text: &str) -> Plan {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("table.csv"), table).unwrap();
    plan(text, folder.path())
}

/// The first adapter, or `None` with a word where there is none; `MTL_LAB_REQUIRE_GPU=1` makes that a failure.
pub fn adapter() -> Option<OpenDevice> {
    let has_adapter = devices().iter().any(|entry| entry.backend == "wgpu");
    if !has_adapter {
        let required = std::env::var_os("MTL_LAB_REQUIRE_GPU").is_some_and(|value| value == "1");
        assert!(!required, "there is no graphics adapter to test with");
        eprintln!("skipped: there is no graphics adapter");
        return None;
    }
    let (device, warnings) = open(DeviceChoice::Gpu(None)).unwrap();
    assert_eq!(device.info.backend, "wgpu", "{warnings:?}");
    Some(device)
}

/// The curve of a run: its part, task and metric.
pub type Key = (usize, Part, String, String);

/// What a training told.
#[derive(Debug, Default)]
pub struct Told {
    /// The values of each series in order; `None` where undefined.
    pub series: BTreeMap<Key, Vec<Option<f64>>>,
    /// How each run ended.
    pub outcomes: BTreeMap<usize, Outcome>,
    /// The weights of each run's reported epoch, by name.
    pub best: BTreeMap<usize, BTreeMap<String, Vec<f32>>>,
    /// The test scores of each run.
    pub predictions: BTreeMap<usize, Predictions>,
}

impl Sink for Told {
    fn event(&mut self, event: Event) {
        match event {
            Event::Point(point) => {
                let metric = match point.other {
                    Some(other) => format!("{} with {other}", point.metric),
                    None => point.metric,
                };
                let key = (point.run, point.split, point.task, metric);
                self.series.entry(key).or_default().push(point.value);
            }
            Event::RunFinished { run, outcome } => {
                self.outcomes.insert(run, *outcome);
            }
            _ => {}
        }
    }

    fn checkpoint(&mut self, run: usize, kind: CheckpointKind, checkpoint: &Checkpoint) {
        if kind == CheckpointKind::Best {
            let tensors = checkpoint.tensors.iter();
            let named = tensors.map(|tensor| (tensor.name.clone(), tensor.values.clone()));
            self.best.insert(run, named.collect());
        }
    }

    fn predictions(&mut self, run: usize, predictions: &Predictions) {
        self.predictions.insert(run, predictions.clone());
    }
}

/// Trains all runs, and checks that each one came to its end.
pub fn train(plan: &Plan, device: &OpenDevice) -> Told {
    let mut told = Told::default();
    let options = FitOptions {
        predictions: true,
        ..FitOptions::default()
    };
    fit(plan, &options, device, &mut told, &Control::default()).unwrap();
    for (run, outcome) in &told.outcomes {
        assert_eq!(
            outcome.status,
            Status::Finished,
            "run {run}: {:?}",
            outcome.reason
        );
    }
    assert_eq!(told.outcomes.len(), plan.runs().len());
    told
}

/// A structure as the file has it, with the labels that it must be told.
pub fn structure_setting(id: &str) -> String {
    let labels = match id {
        "esmm" => r#", conversion = "finish""#,
        "pepnet" => r#", domain = ["duration_secs"], prior = ["user_id", "video_id"]"#,
        _ => "",
    };
    format!(r#"{{ name = "{id}"{labels} }}"#)
}

/// Two labels; with a smooth activation the network has a curvature everywhere.
pub fn smooth_plan(activation: &str, bottom: &str) -> Plan {
    let mut table = String::from("kind,size,first,second\n");
    for row in 0..3000 {
        let (kind, size) = (row % 7, (row * 31) % 97);
        let bit = |factor: u32| u32::from((kind * 13 + size * factor) % 5 < 2);
        table.push_str(&format!("k{kind},{size},{},{}\n", bit(1), bit(3)));
    }
    let text = format!(
        r#"
        [data]
        path = "table.csv"
        [data.columns]
        kind = {{ role = "sparse" }}
        size = {{ role = "dense" }}
        first = {{ role = "label", task = "binary" }}
        second = {{ role = "label", task = "binary" }}
        [training]
        activation = "{activation}"
        [[variants]]
        name = "shared"
        bottom = {bottom}
        towers = {{ default = [4] }}
        "#
    );
    plan_on(&table, &text)
}
