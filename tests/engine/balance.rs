//! Gradients told apart by task: put together again they are the gradient of the sum.

use std::sync::{Mutex, PoisonError};

use burn::tensor::Tensor;
use mtl_lab::error::Report;
use mtl_lab::model::STRUCTURES;
use mtl_lab::model::layout::Entry;
use mtl_lab::strategy::{
    Balancing, Direction, Look, Needs, On, Progress, Strategy, TaskGradients, Update,
};
use mtl_lab::train::{cpu, network};

use crate::fixture::{smooth_plan, structure_setting};
use crate::replicas::{
    PLAIN, Way, after_steps, named, short_video_plan, short_video_plan_of, worst,
};

/// Adds the gradients up as they are.
#[derive(Debug)]
pub struct Sum;

impl Balancing for Sum {
    fn balance(
        &mut self,
        gradients: &TaskGradients,
        _losses: &Tensor<2>,
        _progress: Progress,
    ) -> Result<Update, Report> {
        let ones = Tensor::ones(gradients.dims(), &gradients.device());
        Ok(Update::weighted(ones))
    }
}

#[test]
fn task_gradients_sum_to_the_gradient_of_the_sum() {
    let seeds = [1, 2];
    for structure in STRUCTURES {
        let id = structure.spec().id;
        let labels = ["click", "finish", "like"];
        let plan = short_video_plan_of(&structure_setting(id), &labels, "[1]", 3000);
        let plain = after_steps(&plan, &seeds, PLAIN);
        for on in [On::Parameters, On::Representation] {
            for block in [None, Some(50)] {
                let way = Way {
                    needs: Needs::Gradients {
                        on,
                        look: Look::Batch,
                    },
                    block,
                    strategy: |_| Strategy::balancing(Sum),
                };
                let found = after_steps(&plan, &seeds, way);
                let worst = worst(&plain, &found);
                assert!(worst < 2e-5, "{id} {on:?} {block:?}: {worst}");
            }
        }
    }
}

#[test]
fn balanced_replicas_do_not_see_each_other() {
    let plan = short_video_plan(&["click", "finish", "watch_secs"], "[1]", 3000);
    for on in [On::Parameters, On::Representation] {
        let way = Way {
            needs: Needs::Gradients {
                on,
                look: Look::Batch,
            },
            strategy: |config| named("pcgrad", config),
            ..PLAIN
        };
        let together = after_steps(&plan, &[1, 2, 3], way);
        for (seed, stacked) in [1, 2, 3].into_iter().zip(&together) {
            let alone = after_steps(&plan, &[seed], way);
            let worst = worst(&alone, std::slice::from_ref(stacked));
            assert!(worst < 2e-5, "{on:?}, seed {seed}: {worst}");
        }
        let plain = after_steps(&plan, &[1], PLAIN);
        assert!(worst(&plain, &together[..1]) > 1e-4, "nothing was balanced");
    }
}

/// Follows all numbers of the representation but the first.
#[derive(Debug)]
struct ButTheFirst;

impl Balancing for ButTheFirst {
    fn balance(
        &mut self,
        gradients: &TaskGradients,
        _losses: &Tensor<2>,
        _progress: Progress,
    ) -> Result<Update, Report> {
        let all = Tensor::ones(gradients.dense.dims(), &gradients.device());
        let first = all.clone().narrow(2, 0, 1);
        let [replicas, tasks, _] = all.dims();
        let places = [0..replicas, 0..tasks, 0..1];
        Ok(Update {
            weights: Tensor::ones(gradients.dims(), &gradients.device()),
            direction: Direction::Masked {
                dense: all.slice_assign(places, first * 0.0),
                rows: None,
            },
        })
    }
}

#[test]
fn a_masked_number_of_the_representation_teaches_nothing() {
    let plan = short_video_plan(&["click", "like"], "[1]", 3000);
    let network = network(&plan, &plan.variants()[0]).unwrap();
    let bias = |entry: &&Entry| entry.is_shared && entry.role.ends_with("bias");
    let last = network.layout.entries().iter().rfind(bias).unwrap();
    let biases = |way| after_steps(&plan, &[1], way)[0][last.offset..][..last.len()].to_vec();
    let (plain, masked) = (
        biases(PLAIN),
        biases(Way {
            needs: Needs::Gradients {
                on: On::Representation,
                look: Look::Signs,
            },
            block: Some(50),
            strategy: |_| Strategy::balancing(ButTheFirst),
        }),
    );
    let start = network.layout.init(&[1], &cpu().handle).into_data();
    let start: Vec<f32> = start.try_to_vec().unwrap();
    let start = &start[last.offset..][..last.len()];
    assert_ne!(plain[0], start[0]);
    assert_eq!(masked[0], start[0]);
    assert!(masked.iter().zip(start).skip(1).all(|(a, b)| a != b));
}

/// Keeps the gradients that it saw last.
#[derive(Debug)]
struct Kept;

static KEPT: Mutex<Vec<f32>> = Mutex::new(Vec::new());

impl Balancing for Kept {
    fn balance(
        &mut self,
        gradients: &TaskGradients,
        _losses: &Tensor<2>,
        progress: Progress,
    ) -> Result<Update, Report> {
        if progress.step == 0 {
            let seen = gradients.dense.clone().into_data().try_to_vec().unwrap();
            *KEPT.lock().unwrap_or_else(PoisonError::into_inner) = seen;
        }
        let ones = Tensor::ones(gradients.dims(), &gradients.device());
        Ok(Update::weighted(ones))
    }
}

#[test]
fn slopes_enter_with_the_sign_of_the_activation() {
    let apart = |activation: &str| {
        let plan = smooth_plan(activation, r#"{ kind = "mlp", units = [16] }"#);
        let seen = |look| {
            let way = Way {
                needs: Needs::Gradients {
                    on: On::Representation,
                    look,
                },
                block: None,
                strategy: |_| Strategy::balancing(Kept),
            };
            after_steps(&plan, &[1], way);
            KEPT.lock().unwrap_or_else(PoisonError::into_inner).clone()
        };
        let (signed, plain) = (seen(Look::Signs), seen(Look::Batch));
        assert_eq!(signed.len(), plain.len());
        worst(&[signed], &[plain])
    };
    // The sigmoid is positive everywhere, the hyperbolic tangent on one side.
    assert!(apart("sigmoid") < 1e-9);
    assert!(apart("tanh") > 1e-4);
}

/// Looks at whose numbers a strategy is given.
#[derive(Debug)]
struct Looking;

impl Balancing for Looking {
    fn balance(
        &mut self,
        gradients: &TaskGradients,
        losses: &Tensor<2>,
        progress: Progress,
    ) -> Result<Update, Report> {
        if let Some(rows) = &gradients.rows {
            let values = rows.values.clone().abs().sum_dim(2).sum_dim(0);
            let values: Vec<f32> = values.into_data().try_to_vec().unwrap();
            for range in &rows.ranges {
                // Of each row the tables of three tasks, then the shared one.
                let own = &values[range.clone()];
                let (of_tasks, shared) = own.split_at(3 * own.len() / 4);
                assert!(of_tasks.iter().all(|value| *value == 0.0));
                assert!(shared.iter().all(|value| *value > 0.0));
            }
        }
        Sum.balance(gradients, losses, progress)
    }
}

#[test]
fn tables_of_tasks_are_not_balanced() {
    let labels = ["click", "finish", "like"];
    let plan = short_video_plan_of(r#""stem""#, &labels, "[1]", 3000);
    let way = Way {
        needs: Needs::Gradients {
            on: On::Parameters,
            look: Look::Batch,
        },
        strategy: |_| Strategy::balancing(Looking),
        ..PLAIN
    };
    after_steps(&plan, &[1, 2], way);
}
