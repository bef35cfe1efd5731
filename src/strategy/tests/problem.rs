//! Tasks that pull four numbers towards their own centers, far from each other or near.
//!
//! ```text
//! L_t(x; s) = ½·Σ_i h_ti·(x_i − c_ti − s·e_ti)² + 0.1
//! ```
//!
//! `s` tells the parts of a batch apart; their mean is the whole, at 0. From `x = 0` the gradients towards far centers
//! conflict, those towards near ones agree.

use super::super::{Look, Needs, Strategy, TaskGradients, strategy};
use super::fixtures::{assert_near, build, numbers, progress, tasks, tensor};
use crate::spec::Choice;

// import numpy as np, torch
// torch.set_default_dtype(torch.float64)
// T_ = torch.tensor
// H = T_([[1., .5, 2., 1.], [.8, 1.5, .6, 1.2], [1.3, .4, 1., .7]])
// FAR = T_([[1., .5, -.5, .8], [-.9, .7, .6, -.4], [.3, -1.2, .4, -.6]])
// NEAR = T_([[1., .5, .6, .8], [.7, 1.2, .4, .3], [.4, .6, 1.1, .9]])
// SHIFT = T_([[.3, -.2, .1, .2], [-.1, .2, .3, -.2], [.2, .1, -.3, .1]])
// class Problem:
//     def __init__(self, center, t): self.h, self.c, self.e = H[:t], center[:t], SHIFT[:t]
//     def losses(self, x, s=0.): return (self.h * (x - self.c - s * self.e)**2).sum(1) / 2 + .1
//     def gradients(self, x, s=0.): return self.h * (x - self.c - s * self.e)
// problems = [Problem(c, t) for c in (FAR, NEAR) for t in (2, 3)]
// def descend(make):
//     for p in problems:
//         x, update = torch.zeros(4), make(len(p.c))
//         for k in range(6): x = x - .1 * update(p, x, k)
//         yield [round(float(v), 6) for v in x]
const CURVES: [[f64; 4]; 3] = [
    [1.0, 0.5, 2.0, 1.0],
    [0.8, 1.5, 0.6, 1.2],
    [1.3, 0.4, 1.0, 0.7],
];
const FAR: [[f64; 4]; 3] = [
    [1.0, 0.5, -0.5, 0.8],
    [-0.9, 0.7, 0.6, -0.4],
    [0.3, -1.2, 0.4, -0.6],
];
const NEAR: [[f64; 4]; 3] = [
    [1.0, 0.5, 0.6, 0.8],
    [0.7, 1.2, 0.4, 0.3],
    [0.4, 0.6, 1.1, 0.9],
];
const SHIFTS: [[f64; 4]; 3] = [
    [0.3, -0.2, 0.1, 0.2],
    [-0.1, 0.2, 0.3, -0.2],
    [0.2, 0.1, -0.3, 0.1],
];
const STEPS: u64 = 6;
const LEARNING_RATE: f64 = 0.1;

#[derive(Clone, Copy, Debug)]
pub struct Problem {
    pub centers: [[f64; 4]; 3],
    pub tasks: usize,
    /// What the loss of the second task is multiplied by.
    pub unit: f64,
}

/// Far centers of two and three tasks, then near ones.
pub fn problems() -> [Problem; 4] {
    let problem = |centers, tasks| Problem {
        centers,
        tasks,
        unit: 1.0,
    };
    [
        problem(FAR, 2),
        problem(FAR, 3),
        problem(NEAR, 2),
        problem(NEAR, 3),
    ]
}

impl Problem {
    fn unit(&self, task: usize) -> f64 {
        if task == 1 { self.unit } else { 1.0 }
    }

    fn gap(&self, x: &[f64], shift: f64, task: usize, place: usize) -> f64 {
        x[place] - self.centers[task][place] - shift * SHIFTS[task][place]
    }

    fn losses(&self, x: &[f64]) -> Vec<f32> {
        let loss = |task: usize| {
            let square = |place| CURVES[task][place] * self.gap(x, 0.0, task, place).powi(2);
            (0..4).map(square).sum::<f64>() / 2.0 + 0.1
        };
        (0..self.tasks)
            .map(|task| (loss(task) * self.unit(task)) as f32)
            .collect()
    }

    fn gradients(&self, x: &[f64], shift: f64) -> TaskGradients {
        let slope = |task: usize, place: usize| {
            self.unit(task) * CURVES[task][place] * self.gap(x, shift, task, place)
        };
        let slopes: Vec<f32> = (0..self.tasks)
            .flat_map(|task| (0..4).map(move |place| slope(task, place) as f32))
            .collect();
        let dense = tensor(&slopes, [self.tasks, 4]).unsqueeze_dim::<3>(0);
        TaskGradients {
            dense,
            rows: None,
            parts: Vec::new(),
        }
    }

    /// Where six steps lead.
    pub fn descend(&self, choice: &Choice, seed: u64) -> Vec<f32> {
        let mut strategy = build(choice, &tasks(self.tasks), 4, &[seed]);
        let mut x = vec![0.0; 4];
        for step in 0..STEPS {
            let losses = self.losses(&x);
            let direction = match &mut strategy {
                Strategy::Weighting(weighting) => {
                    let losses = tensor(&losses, [1, self.tasks]);
                    let weights = weighting.weigh(&losses, progress(step));
                    let slopes = self.gradients(&x, 0.0).dense.squeeze_dim::<2>(0);
                    numbers(weights.matmul(slopes))
                }
                Strategy::Balancing(balancing) => {
                    let seen = self.seen(&x, choice, balancing.trial().map(numbers));
                    let losses = tensor(&losses, [1, self.tasks]);
                    let update = balancing.balance(&seen, &losses, progress(step)).unwrap();
                    assert_eq!(balancing.unsolved().iter().sum::<u64>(), 0, "{choice:?}");
                    numbers(seen.combine_dense(&update))
                }
            };
            follow(&mut x, &direction, LEARNING_RATE);
            if let Strategy::Weighting(weighting) = &mut strategy
                && weighting.looks_back()
            {
                let [before, after] =
                    [losses, self.losses(&x)].map(|it| tensor(&it, [1, self.tasks]));
                weighting.learn(&before, &after, progress(step));
            }
        }
        x.iter().map(|&it| it as f32).collect()
    }

    fn seen(&self, x: &[f64], choice: &Choice, trial: Option<Vec<f32>>) -> TaskGradients {
        let needs = strategy(&choice.name).unwrap().needs(choice);
        let parts = match needs {
            Needs::Gradients {
                look: Look::Parts(3),
                ..
            } => [-1.0, 0.4, 0.6]
                .map(|shift| self.gradients(x, shift))
                .to_vec(),
            Needs::Gradients {
                look: Look::Trial | Look::Parts(_),
                ..
            } => {
                let first = self.gradients(x, -1.0);
                let mut tried = x.to_vec();
                if let Some(trial) = trial {
                    let trial = tensor(&trial, [1, self.tasks]);
                    let slopes = first.dense.clone().squeeze_dim::<2>(0);
                    follow(&mut tried, &numbers(trial.matmul(slopes)), 1.0);
                }
                vec![first, self.gradients(&tried, 1.0)]
            }
            _ => Vec::new(),
        };
        TaskGradients {
            parts,
            ..self.gradients(x, 0.0)
        }
    }
}

fn follow(x: &mut [f64], direction: &[f32], rate: f64) {
    for (x, slope) in x.iter_mut().zip(direction) {
        *x -= rate * f64::from(*slope);
    }
}

/// Checks where each problem leads.
#[track_caller]
pub fn assert_descends(choice: &Choice, seed: u64, expected: [[f32; 4]; 4]) {
    for (problem, expected) in problems().iter().zip(expected) {
        let found = problem.descend(choice, seed);
        assert_near(&choice.name, &found, &expected, 2e-5);
    }
}
