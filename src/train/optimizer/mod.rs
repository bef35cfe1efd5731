//! The optimizers: element-wise on rank-2 tensors, with PyTorch's defaults; one file each.
//!
//! Rows never mix, so a cohort's replicas stay apart, and the rows of an embedding table that a batch touches are
//! trained by the same formula as the dense parameters.

mod adagrad;
mod adam;
mod adamw;
mod rmsprop;
mod sgd;

use std::fmt::Debug;

use burn::tensor::Tensor;

use crate::spec::{Choice, Spec};

/// An optimizer of the registry.
pub trait OptimizerEntry: Sync {
    /// Its name, summary, formula, parameters and paper; `lr` is always among the parameters.
    fn spec(&self) -> &'static Spec;
    /// The update rule with these parameters.
    fn build(&self, choice: &Choice) -> Box<dyn Optimizer>;
}

/// An update rule.
pub trait Optimizer: Debug + Send + Sync {
    /// How many tensors of the parameters' shape it remembers; they start at zero.
    fn num_moments(&self) -> usize;
    /// What is to be subtracted from the parameters; `moments` are brought up to date.
    ///
    /// # Shapes
    /// - parameters, gradient, each moment, output: `[row, column]`
    fn step(
        &self,
        parameters: &Tensor<2>,
        gradient: Tensor<2>,
        moments: &mut [Tensor<2>],
        at: StepSize,
    ) -> Tensor<2>;
}

/// How large a step is and which one.
#[derive(Clone, Copy, Debug)]
pub struct StepSize {
    /// The learning rate after the schedule.
    pub lr: f64,
    /// The step, from 1.
    pub step: u64,
}

/// All optimizers, the commonest first.
pub static OPTIMIZERS: &[&dyn OptimizerEntry] = &[
    &adam::Adam,
    &adamw::AdamW,
    &sgd::Sgd,
    &adagrad::Adagrad,
    &rmsprop::RmsProp,
];

/// The optimizer of this id.
pub fn optimizer(id: &str) -> Option<&'static dyn OptimizerEntry> {
    OPTIMIZERS
        .iter()
        .copied()
        .find(|entry| entry.spec().id == id)
}

/// The learning rate of a choice.
pub fn learning_rate(entry: &dyn OptimizerEntry, choice: &Choice) -> f64 {
    choice.number(entry.spec(), "lr")
}

#[cfg(test)]
mod tests {
    use burn::tensor::{Device, TensorData};

    use super::*;
    use crate::spec::ParamValue;

    // import torch
    // p0 = [0.5, -1.0, 2.0]; gs = [[0.1, -0.2, 0.3], [0.4, 0.0, -0.1], [-0.2, 0.3, 0.05]]
    // def run(f):
    //     p = torch.tensor(p0, requires_grad=True); o = f([p])
    //     for g in gs: p.grad = torch.tensor(g); o.step()
    //     print(p.tolist())
    // run(lambda p: torch.optim.Adam(p, lr=0.01)); run(lambda p: torch.optim.AdamW(p, lr=0.01, weight_decay=0.1))
    // run(lambda p: torch.optim.SGD(p, lr=0.01, momentum=0.9)); run(lambda p: torch.optim.Adagrad(p, lr=0.01))
    // run(lambda p: torch.optim.RMSprop(p, lr=0.01))
    #[test]
    fn three_steps_are_those_of_torch() {
        type Params = &'static [(&'static str, f64)];
        let cases: [(&str, Params, [f32; 3]); 5] = [
            ("adam", &[], [0.477_795_27, -0.985_745_2, 1.981_943_5]),
            (
                "adamw",
                &[("weight_decay", 0.1)],
                [0.476_325_6, -0.982_775, 1.975_973_6],
            ),
            (
                "sgd",
                &[("momentum", 0.9)],
                [0.491_69, -0.997_580_05, 1.993_269_9],
            ),
            ("adagrad", &[], [0.484_662_95, -0.998_320_5, 1.991_600_5]),
            ("rmsprop", &[], [0.346_789_03, -0.983_460_96, 1.916_002_8]),
        ];
        let device = Device::flex();
        let row = |values: [f32; 3]| {
            Tensor::<2>::from_data(TensorData::new(values.to_vec(), [1, 3]), &device)
        };
        for (id, params, expected) in cases {
            let mut choice = Choice::named(id);
            choice
                .params
                .insert("lr".to_owned(), ParamValue::Number(0.01));
            for (name, value) in params {
                choice
                    .params
                    .insert((*name).to_owned(), ParamValue::Number(*value));
            }
            let rule = optimizer(id).unwrap().build(&choice);
            let mut parameters = row([0.5, -1.0, 2.0]);
            let mut moments = vec![parameters.zeros_like(); rule.num_moments()];
            let gradients = [[0.1, -0.2, 0.3], [0.4, 0.0, -0.1], [-0.2, 0.3, 0.05]];
            for (step, gradient) in (1..).zip(gradients) {
                let at = StepSize { lr: 0.01, step };
                let change = rule.step(&parameters, row(gradient), &mut moments, at);
                parameters = parameters - change;
            }
            let found: Vec<f32> = parameters.into_data().try_to_vec().unwrap();
            for (found, expected) in found.iter().zip(expected) {
                assert!((found - expected).abs() < 2e-6, "{id}: {found} {expected}");
            }
        }
    }
}
