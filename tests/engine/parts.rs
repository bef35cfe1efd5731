//! Gradients by parts of a batch, and those of the rows that a trial step did not see.

use std::sync::{Mutex, PoisonError};

use burn::tensor::Tensor;
use mtl_lab::error::Report;
use mtl_lab::experiment::Plan;
use mtl_lab::strategy::{
    Balancing, Needs, Progress, Strategy, StrategyConfig, TaskGradients, Update,
};

use crate::fixture::plan_on;
use crate::replicas::{PLAIN, Way, after_steps, short_video_plan};

/// Rows of a batch of `after_steps`.
const BATCH: usize = 128;

/// Follows the parts' gradients, each by its share of the rows.
#[derive(Debug)]
struct Joined(usize);

impl Balancing for Joined {
    fn balance(
        &mut self,
        gradients: &TaskGradients,
        _losses: &Tensor<2>,
        _progress: Progress,
    ) -> Result<Update, Report> {
        let bound = |index: usize| index * BATCH / self.0;
        let ones = Update::weighted(Tensor::ones(gradients.dims(), &gradients.device()));
        assert_eq!(gradients.parts.len(), self.0);
        let parts = gradients.parts.iter().enumerate();
        let shares = parts.map(|(index, part)| {
            let share = (bound(index + 1) - bound(index)) as f64 / BATCH as f64;
            let rows = part.combine_rows(&ones).unwrap();
            (part.combine_dense(&ones) * share, rows * share)
        });
        let sum = shares.reduce(|a, b| (a.0 + b.0, a.1 + b.1)).unwrap();
        Ok(Update {
            dense: Some(sum.0),
            rows: Some(sum.1),
            weights: ones.weights,
        })
    }
}

#[test]
fn parts_of_a_batch_make_up_the_whole() {
    let plan = short_video_plan(&["click", "like", "share"], "[1]", 3000);
    let seeds = [1, 2];
    let plain = after_steps(&plan, &seeds, PLAIN);
    let three = Way {
        needs: Needs::PartGradients,
        strategy: |_| Strategy::balancing(Joined(3)),
        ..PLAIN
    };
    let two = Way {
        needs: Needs::TrialGradients,
        strategy: |_| Strategy::balancing(Joined(2)),
        ..PLAIN
    };
    for way in [three, two] {
        for block in [None, Some(20)] {
            let found = after_steps(&plan, &seeds, Way { block, ..way });
            let pairs = plain.iter().flatten().zip(found.iter().flatten());
            let worst = pairs.map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
            assert!(worst < 2e-5, "{:?} {block:?}: {worst}", way.needs);
        }
    }
}

/// What the second half of the first batch makes of a trial step along one task's gradient.
#[derive(Debug)]
struct Tried {
    task: Option<usize>,
    length: f64,
}

/// Inner products of the first half's gradients at θ with the second half's at θ', of the first step.
static SEEN: Mutex<Vec<Vec<f32>>> = Mutex::new(Vec::new());

impl Balancing for Tried {
    fn balance(
        &mut self,
        gradients: &TaskGradients,
        _losses: &Tensor<2>,
        progress: Progress,
    ) -> Result<Update, Report> {
        if progress.step == 0 {
            let (first, second) = (&gradients.parts[0], &gradients.parts[1]);
            let dense = first
                .dense
                .clone()
                .matmul(second.dense.clone().swap_dims(1, 2));
            let flat = |part: &TaskGradients| {
                let values = part.rows.as_ref().unwrap().values.clone();
                let [tasks, rows, dim] = values.dims();
                values.reshape([1, tasks, rows * dim])
            };
            let products = dense + flat(first).matmul(flat(second).swap_dims(1, 2));
            let numbers = products.into_data().try_to_vec().unwrap();
            SEEN.lock()
                .unwrap_or_else(PoisonError::into_inner)
                .push(numbers);
        }
        Ok(Update::weighted(Tensor::ones(
            gradients.dims(),
            &gradients.device(),
        )))
    }

    fn trial(&self) -> Option<Tensor<2>> {
        let own = |task| {
            if self.task == Some(task) {
                self.length as f32
            } else {
                0.0
            }
        };
        let steps: Vec<f32> = (0..2).map(own).collect();
        let data = burn::tensor::TensorData::new(steps, [1, 2]);
        Some(Tensor::from_data(data, &mtl_lab::train::cpu().handle))
    }
}

/// Two labels and a network without kinks, in which a curvature is defined everywhere.
fn smooth_plan() -> Plan {
    let mut table = String::from("kind,size,first,second\n");
    for row in 0..3000 {
        let (kind, size) = (row % 7, (row * 31) % 97);
        let bit = |factor: u32| u32::from((kind * 13 + size * factor) % 5 < 2);
        table.push_str(&format!("k{kind},{size},{},{}\n", bit(1), bit(3)));
    }
    let text = r#"
        [data]
        path = "table.csv"
        [data.columns]
        kind = { role = "sparse" }
        size = { role = "dense" }
        first = { role = "label", task = "binary" }
        second = { role = "label", task = "binary" }
        [training]
        activation = "tanh"
        [[variants]]
        name = "shared"
        bottom = { kind = "mlp", units = [16] }
        towers = { default = [4] }
        "#;
    plan_on(&table, text)
}

/// A curvature is symmetric: the change of one slope along another gradient is that of the other along the one.
#[test]
fn a_trial_step_follows_the_first_half() {
    let plan = smooth_plan();
    let products = |strategy: fn(&StrategyConfig<'_>) -> Strategy| {
        let way = Way {
            needs: Needs::TrialGradients,
            strategy,
            ..PLAIN
        };
        after_steps(&plan, &[1], way);
        let mut seen = SEEN.lock().unwrap_or_else(PoisonError::into_inner);
        seen.pop().unwrap()
    };
    const LENGTH: f64 = 1.0;
    let none = products(|_| {
        Strategy::balancing(Tried {
            task: None,
            length: LENGTH,
        })
    });
    let along = [
        products(|_| {
            Strategy::balancing(Tried {
                task: Some(0),
                length: LENGTH,
            })
        }),
        products(|_| {
            Strategy::balancing(Tried {
                task: Some(1),
                length: LENGTH,
            })
        }),
    ];
    for second in 0..2 {
        // ⟨g_first, g_second(θ − ε·g_along) − g_second(θ)⟩.
        let change = |first: usize, tried: usize| {
            f64::from(along[tried][first * 2 + second] - none[first * 2 + second])
        };
        let (a, b) = (change(0, 1), change(1, 0));
        assert!(a.abs() > 1e-8 && b.abs() > 1e-8, "{a} {b}");
        assert!((a - b).abs() < 0.05 * a.abs().max(b.abs()), "{a} {b}");
    }
}
