//! Every structure, bottom, strategy, activation, optimizer and schedule trains a few finite steps.

use mtl_lab::model::ACTIVATIONS;
use mtl_lab::strategy::Family;
use mtl_lab::train::cpu;

use crate::combination::{Combination, each};
use crate::fixture::{Told, train};

/// Checks that so many epochs were told of every task, and every number is finite.
pub fn check_finite(combination: &Combination, epochs: usize, told: &Told) {
    for (run, strategy) in combination.strategies.iter().enumerate() {
        // What makes one target of two labels tells no loss of theirs; its log loss is that of the click.
        let (metric, least) = if strategy.entry.family() == Family::Fusion {
            ("log_loss", epochs)
        } else {
            ("loss", epochs * combination.num_tasks)
        };
        let own = told.series.iter().filter(|(key, _)| {
            key.0 == run && key.3 == metric && (metric == "loss" || key.2 == "click")
        });
        let values: Vec<Option<f64>> = own.flat_map(|(_, values)| values.clone()).collect();
        let finite = values.iter().flatten().filter(|value| value.is_finite());
        let title = combination.title(run);
        assert_eq!(finite.count(), values.len(), "{title}");
        assert!(values.len() >= least, "{title}");
    }
}

fn trains(combination: &Combination) {
    check_finite(combination, 1, &train(&combination.plan(1), &cpu()));
}

#[test]
fn every_structure_bottom_and_strategy_trains_on_1_2_and_5_tasks() {
    each(&Combination::pairs(&[1, 2, 5]), trains);
}

#[test]
fn every_activation_optimizer_and_schedule_trains() {
    let activations = ACTIVATIONS.iter().map(|activation| Combination {
        activation: activation.spec().id,
        ..Combination::first(2)
    });
    let mut all = Combination::of_optimizers_and_schedules();
    all.extend(activations);
    each(&all, trains);
}
