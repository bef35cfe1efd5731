//! Gradients by parts of a batch, and those of the rows that a trial step did not see.

use std::sync::{Mutex, PoisonError};

use burn::tensor::Tensor;
use mtl_lab::error::Report;
use mtl_lab::strategy::{
    Balancing, Direction, Look, Needs, On, Progress, Strategy, StrategyConfig, TaskGradients,
    Update,
};

use crate::fixture::smooth_plan;
use crate::replicas::{PLAIN, Way, after_steps, short_video_plan, worst};

/// Rows of a batch of `after_steps`.
const BATCH: usize = 128;

/// What a strategy sees of parts of a batch.
fn needs(on: On, look: Look) -> Needs {
    Needs::Gradients { on, look }
}

/// Holds the parts, each by its share of the rows, against the whole.
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
        let shares = (0..self.0).map(|part| {
            let share = (bound(part + 1) - bound(part)) as f64 / BATCH as f64;
            let part = &gradients.parts[part];
            let rows = part.combine_rows(&ones).map(|rows| rows * share);
            (part.combine_dense(&ones) * share, rows)
        });
        let add = |a: Option<Tensor<2>>, b: Option<Tensor<2>>| a.zip(b).map(|(a, b)| a + b);
        let (dense, rows) = shares.reduce(|a, b| (a.0 + b.0, add(a.1, b.1))).unwrap();
        let Some(rows) = rows else {
            let apart = (dense - gradients.combine_dense(&ones)).abs().max();
            assert!(apart.into_scalar::<f32>() < 1e-6);
            return Ok(ones);
        };
        Ok(Update {
            direction: Direction::Made {
                dense,
                rows: Some(rows),
            },
            ..ones
        })
    }
}

#[test]
fn parts_of_a_batch_make_up_the_whole() {
    let plan = short_video_plan(&["click", "like", "share"], "[1]", 3000);
    let seeds = [1, 2];
    let plain = after_steps(&plan, &seeds, PLAIN);
    let two: fn(&StrategyConfig<'_>) -> Strategy = |_| Strategy::balancing(Joined(2));
    let three: fn(&StrategyConfig<'_>) -> Strategy = |_| Strategy::balancing(Joined(3));
    for on in [On::Parameters, On::Representation] {
        for (look, strategy) in [
            (Look::Parts(3), three),
            (Look::Parts(2), two),
            (Look::Trial, two),
        ] {
            for block in [None, Some(20)] {
                let needs = needs(on, look);
                let way = Way {
                    needs,
                    block,
                    strategy,
                };
                let found = worst(&plain, &after_steps(&plan, &seeds, way));
                assert!(found < 2e-5, "{needs:?} {block:?}: {found}");
            }
        }
    }
}

/// Follows the second of three parts.
#[derive(Debug)]
struct Second;

impl Balancing for Second {
    fn balance(
        &mut self,
        gradients: &TaskGradients,
        _losses: &Tensor<2>,
        _progress: Progress,
    ) -> Result<Update, Report> {
        Ok(Update {
            weights: Tensor::ones(gradients.dims(), &gradients.device()),
            direction: Direction::OfPart(1),
        })
    }
}

#[test]
fn a_part_is_followed_alike_by_parameters_and_by_the_representation() {
    let plan = short_video_plan(&["click", "like", "share"], "[1]", 3000);
    let seeds = [1, 2];
    let followed = |on, block| {
        let way = Way {
            needs: needs(on, Look::Parts(3)),
            block,
            strategy: |_| Strategy::balancing(Second),
        };
        after_steps(&plan, &seeds, way)
    };
    let by_parameters = followed(On::Parameters, None);
    for block in [None, Some(20)] {
        let found = worst(&by_parameters, &followed(On::Representation, block));
        assert!(found < 2e-5, "{block:?}: {found}");
    }
    let plain = after_steps(&plan, &seeds, PLAIN);
    assert!(
        worst(&plain, &by_parameters) > 1e-4,
        "all of the batch was followed"
    );
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

/// A curvature is symmetric: the change of one slope along another gradient is that of the other along the one.
#[test]
fn a_trial_step_follows_the_first_half() {
    let plan = smooth_plan("tanh", r#"{ kind = "mlp", units = [16] }"#);
    let products = |strategy: fn(&StrategyConfig<'_>) -> Strategy| {
        let way = Way {
            needs: needs(On::Parameters, Look::Trial),
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

/// Keeps each task's gradient on the second half after a trial step along both tasks' gradients of the first.
#[derive(Debug)]
struct Judged;

/// `[task, number]`, of the first step.
static JUDGED: Mutex<Vec<Vec<f32>>> = Mutex::new(Vec::new());

impl Balancing for Judged {
    fn balance(
        &mut self,
        gradients: &TaskGradients,
        _losses: &Tensor<2>,
        progress: Progress,
    ) -> Result<Update, Report> {
        if progress.step == 0 {
            let slopes = gradients.parts[1].dense.clone().squeeze_dim::<2>(0);
            let of_task = |task| slopes.clone().narrow(0, task, 1).into_data();
            let of_tasks = (0..2).map(|task| of_task(task).try_to_vec().unwrap());
            JUDGED
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .extend(of_tasks);
        }
        let ones = Tensor::ones(gradients.dims(), &gradients.device());
        Ok(Update::weighted(ones))
    }

    fn trial(&self) -> Option<Tensor<2>> {
        let data = burn::tensor::TensorData::new(vec![7.0_f32, 19.0], [1, 2]);
        Some(Tensor::from_data(data, &mtl_lab::train::cpu().handle))
    }
}

/// The last bias of cross layers is added to the representation, so that both have the same gradient.
#[test]
fn a_trial_step_is_the_same_wherever_gradients_are_compared() {
    let plan = smooth_plan("tanh", r#"{ kind = "dcn", layers = 2, units = [] }"#);
    let judged = |on, look| {
        let way = Way {
            needs: needs(on, look),
            strategy: |_| Strategy::balancing(Judged),
            ..PLAIN
        };
        after_steps(&plan, &[1], way);
        std::mem::take(&mut *JUDGED.lock().unwrap_or_else(PoisonError::into_inner))
    };
    let by_representation = judged(On::Representation, Look::Trial);
    let by_parameters = judged(On::Parameters, Look::Trial);
    let untried = judged(On::Representation, Look::Parts(2));
    for task in 0..2 {
        let width = by_representation[task].len();
        let all = &by_parameters[task];
        let of_bias = &all[all.len() - width..];
        let apart = |others: &[f32]| {
            let pairs = by_representation[task].iter().zip(others);
            pairs.map(|(a, b)| (a - b).abs()).fold(0.0, f32::max)
        };
        assert!(apart(of_bias) < 1e-5, "{of_bias:?}");
        assert!(apart(&untried[task]) > 1e-4, "no trial step was taken");
    }
}
