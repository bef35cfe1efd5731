//! A training that was cut off goes on to the same end, whatever the structure.

use mtl_lab::model::STRUCTURES;
use mtl_lab::train::{
    Checkpoint, CheckpointKind, Control, Earlier, Event, FitOptions, Predictions, Sink, cpu, fit,
    network,
};

use crate::fixture::{Told, structure_setting, train};
use crate::replicas::short_video_plan_of;

/// Keeps the state after the first epoch of the first run.
#[derive(Default)]
struct Keeping {
    told: Told,
    first: Option<Checkpoint>,
}

impl Sink for Keeping {
    fn event(&mut self, event: Event) {
        self.told.event(event);
    }

    fn checkpoint(&mut self, run: usize, kind: CheckpointKind, checkpoint: &Checkpoint) {
        if run == 0 && kind == CheckpointKind::Resume {
            self.first.get_or_insert_with(|| checkpoint.clone());
        }
        self.told.checkpoint(run, kind, checkpoint);
    }

    fn predictions(&mut self, run: usize, predictions: &Predictions) {
        self.told.predictions(run, predictions);
    }
}

#[test]
fn every_structure_goes_on_where_it_was() {
    for structure in STRUCTURES {
        let id = structure.spec().id;
        let labels = ["click", "finish", "like"];
        let plan = short_video_plan_of(&structure_setting(id), &labels, "[1]", 600);
        let trained = |earlier: Vec<Earlier>| {
            let mut kept = Keeping::default();
            let options = FitOptions {
                earlier,
                ..FitOptions::default()
            };
            fit(&plan, &options, &cpu(), &mut kept, &Control::default()).unwrap();
            kept
        };
        let whole = trained(vec![Earlier::Nothing, Earlier::Ended]);
        let state = Box::new(whole.first.unwrap());
        let resumed = trained(vec![Earlier::State(state), Earlier::Ended]);
        let best = &whole.told.best[&0];
        assert_eq!(*best, resumed.told.best[&0], "{id}");
        let kept: usize = best.values().map(Vec::len).sum();
        let network = network(&plan, &plan.variants()[0]).unwrap();
        assert_eq!(kept, network.num_parameters(), "{id}: a name occurs twice");
        assert!(best.keys().all(|name| !name.contains('*')), "{id}");
        assert_eq!(
            whole.told.outcomes[&0].test, resumed.told.outcomes[&0].test,
            "{id}"
        );
        let epochs = |told: &Told| {
            let mut loss = told.series.iter().filter(|(key, _)| key.3 == "log_loss");
            loss.next().map(|(_, values)| values.len())
        };
        assert_eq!(epochs(&whole.told), Some(2), "{id}");
        assert_eq!(epochs(&resumed.told), Some(1), "{id}");
    }
}

#[test]
fn an_expert_has_its_number_in_the_names_of_its_weights() {
    let labels = ["click", "finish"];
    let plan = short_video_plan_of(r#"{ name = "ple" }"#, &labels, "[1]", 600);
    let told = train(&plan, &cpu());
    let names = &told.best[&0];
    for name in [
        "level1.own.click.0.0.weight",
        "level1.gates.finish.0.weight",
        "level1.shared_gate.0.weight",
        "level2.shared.0.1.bias",
        "towers.click.0.weight",
    ] {
        assert!(names.contains_key(name), "{name}");
    }
}
