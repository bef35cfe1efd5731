//! A training that was cut off goes on to the same end, whatever is trained.

use std::collections::BTreeMap;

use mtl_lab::train::{
    Checkpoint, CheckpointKind, Control, Earlier, Event, FitOptions, Predictions, Sink, cpu, fit,
    network,
};

use crate::combination::{Combination, each};
use crate::fixture::{Told, train};
use crate::registries::check_finite;
use crate::replicas::short_video_plan_of;

/// Keeps the state of each run after its first epoch.
#[derive(Default)]
struct Keeping {
    told: Told,
    first: BTreeMap<usize, Checkpoint>,
}

impl Sink for Keeping {
    fn event(&mut self, event: Event) {
        self.told.event(event);
    }

    fn checkpoint(&mut self, run: usize, kind: CheckpointKind, checkpoint: &Checkpoint) {
        if kind == CheckpointKind::Resume {
            self.first.entry(run).or_insert_with(|| checkpoint.clone());
        }
        self.told.checkpoint(run, kind, checkpoint);
    }

    fn predictions(&mut self, run: usize, predictions: &Predictions) {
        self.told.predictions(run, predictions);
    }
}

/// Trains two epochs at once, and the second again from the state after the first.
fn goes_on(combination: &Combination) {
    let plan = combination.plan(2);
    let trained = |earlier: Vec<Earlier>| {
        let mut kept = Keeping::default();
        let options = FitOptions {
            earlier,
            ..FitOptions::default()
        };
        fit(&plan, &options, &cpu(), &mut kept, &Control::default()).unwrap();
        kept
    };
    let whole = trained(vec![Earlier::Nothing; plan.runs().len()]);
    let first = whole.first.into_values();
    let resumed = trained(first.map(|state| Earlier::State(Box::new(state))).collect());
    let (whole, resumed) = (whole.told, resumed.told);
    check_finite(combination, 2, &whole);
    for run in 0..combination.strategies.len() {
        let title = combination.title(run);
        let best = &whole.best[&run];
        assert_eq!(*best, resumed.best[&run], "{title}");
        let learned = best.iter().filter(|(name, _)| !name.contains("running_"));
        let kept: usize = learned.map(|(_, values)| values.len()).sum();
        let network = network(&plan, &plan.variants()[run]).unwrap();
        assert_eq!(
            kept,
            network.num_parameters(),
            "{title}: a name occurs twice"
        );
        assert!(best.keys().all(|name| !name.contains('*')), "{title}");
        assert_eq!(
            whole.outcomes[&run].test, resumed.outcomes[&run].test,
            "{title}"
        );
        let epochs = |told: &Told| {
            let mut loss = told
                .series
                .iter()
                .filter(|(key, _)| key.0 == run && key.3 == "log_loss");
            loss.next().map(|(_, values)| values.len())
        };
        assert_eq!(epochs(&whole), Some(2), "{title}");
        assert_eq!(epochs(&resumed), Some(1), "{title}");
    }
}

#[test]
fn every_structure_bottom_and_strategy_goes_on_where_it_was() {
    each(&Combination::pairs(&[2]), goes_on);
}

#[test]
fn every_optimizer_and_schedule_goes_on_where_it_was() {
    each(&Combination::of_optimizers_and_schedules(), goes_on);
}

#[test]
#[ignore = "takes long: every bottom with every strategy too, on 1, 2 and 5 tasks"]
fn every_combination_trains_and_goes_on_where_it_was() {
    each(&Combination::all(&[1, 2, 5]), goes_on);
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
