//! Every structure, bottom, strategy, activation, optimizer and schedule trains a few finite steps.

use mtl_lab::model::{ACTIVATIONS, BOTTOMS};
use mtl_lab::train::{OPTIMIZERS, SCHEDULES, cpu};

use crate::combination::{Combination, each, is_fusion};
use crate::fixture::{Told, train};

/// Every number told is finite.
pub fn is_finite(combination: &Combination, told: &Told) {
    for (run, strategy) in combination.strategies.iter().enumerate() {
        // What makes one target of two labels tells no loss of theirs; its log loss is that of the click.
        let (metric, least) = if is_fusion(strategy) {
            ("log_loss", 1)
        } else {
            ("loss", combination.num_tasks)
        };
        let own = told.series.iter().filter(|(key, _)| {
            key.0 == run && key.3 == metric && (metric == "loss" || key.2 == "click")
        });
        let values: Vec<Option<f64>> = own.flat_map(|(_, values)| values.clone()).collect();
        let finite = values.iter().flatten().filter(|value| value.is_finite());
        let (structure, bottom) = (combination.structure, combination.bottom);
        let what = format!("{strategy} with {structure} on {bottom}");
        assert_eq!(finite.count(), values.len(), "{what}");
        assert!(values.len() >= least, "{what}");
    }
}

fn trains(combination: &Combination) {
    is_finite(combination, &train(&combination.plan(1), &cpu()));
}

#[test]
fn every_structure_bottom_and_strategy_trains_on_1_2_and_5_tasks() {
    // A bottom and a strategy know nothing of each other.
    let all = Combination::all(&[1, 2, 5], |bottom, mut strategies| {
        if bottom != BOTTOMS[0].spec().id {
            strategies.truncate(1);
        }
        strategies
    });
    each(&all, trains);
}

#[test]
fn every_activation_optimizer_and_schedule_trains() {
    for activation in ACTIVATIONS {
        trains(&Combination {
            activation: activation.spec().id,
            ..Combination::first(2)
        });
    }
    for optimizer in OPTIMIZERS {
        trains(&Combination {
            optimizer: optimizer.spec().id,
            ..Combination::first(2)
        });
    }
    for schedule in SCHEDULES {
        trains(&Combination {
            schedule: schedule.spec().id,
            ..Combination::first(2)
        });
    }
}
