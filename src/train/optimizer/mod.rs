//! The optimizers: a formula for each number, with PyTorch's defaults; one file each.
//!
//! Numbers never mix, so a cohort's replicas stay apart, and the rows of an embedding table that a batch touches are
//! trained by the same formula as the dense parameters.

#![expect(
    clippy::inline_always,
    reason = "on the host a formula is vectorized as a part of its loop"
)]

mod adagrad;
mod adam;
mod adamw;
mod rmsprop;
mod rule;
mod sgd;

use std::fmt::Debug;

use burn::tensor::Tensor;

pub use rule::{ByRule, Rule};
pub(super) use sgd::Sgd;

use crate::model::rows::TableRows;
use crate::spec::{Choice, Spec};

/// An optimizer of the registry.
pub trait OptimizerEntry: Sync {
    /// Its name, summary, formula, parameters and paper; `lr` is always among the parameters.
    fn spec(&self) -> &'static Spec;
    /// The update rule with these parameters.
    fn build(&self, choice: &Choice) -> Box<dyn Optimizer>;
}

/// An update rule; what implements [`Rule`] is one.
pub trait Optimizer: Debug + Send + Sync {
    /// How many tensors of the parameters' shape it remembers; they start at zero.
    fn num_moments(&self) -> usize;
    /// Takes a step along a gradient.
    fn step(&self, stepped: Stepped<'_>, size: StepSize);
}

/// What takes a step.
#[derive(Debug)]
pub struct Stepped<'a> {
    /// `[row, column]`.
    pub numbers: &'a mut Tensor<2>,
    /// As `numbers`, as many as the optimizer remembers.
    pub moments: &'a mut [Tensor<2>],
    /// `[stepped, column]`.
    pub gradient: Tensor<2>,
    /// The rows that take the step; `None`: all.
    pub rows: Option<&'a TableRows>,
    /// `[stepped]`: the rows that stay as they are; `None` if none does.
    pub frozen: Option<&'a [bool]>,
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
    use crate::train::{DeviceChoice, open};

    const LEN: usize = 16 + 8 + 4 + 3;

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
        let gpu = open(DeviceChoice::Gpu(None)).map(|(gpu, _)| gpu.handle);
        for device in std::iter::once(Device::flex()).chain(gpu) {
            // As many as fill registers of several widths.
            let row = |values: [f32; 3]| {
                let values = values.into_iter().cycle().take(LEN).collect();
                Tensor::<2>::from_data(TensorData::new::<f32, _>(values, [1, LEN]), &device)
            };
            for (id, params, expected) in cases {
                let mut choice = Choice::named(id);
                let params = [("lr", 0.01)].iter().chain(params);
                for &(name, value) in params {
                    let value = ParamValue::Number(value);
                    choice.params.insert(name.to_owned(), value);
                }
                let rule = optimizer(id).unwrap().build(&choice);
                let mut numbers = row([0.5, -1.0, 2.0]);
                let mut moments = vec![numbers.zeros_like(); rule.num_moments()];
                let gradients = [[0.1, -0.2, 0.3], [0.4, 0.0, -0.1], [-0.2, 0.3, 0.05]];
                for (step, gradient) in (1..).zip(gradients) {
                    let stepped = Stepped {
                        numbers: &mut numbers,
                        moments: &mut moments,
                        gradient: row(gradient),
                        rows: None,
                        frozen: None,
                    };
                    rule.step(stepped, StepSize { lr: 0.01, step });
                }
                let found: Vec<f32> = numbers.into_data().try_to_vec().unwrap();
                for (found, expected) in found.iter().zip(expected.iter().cycle()) {
                    let is_close = (found - expected).abs() < 2e-6;
                    assert!(is_close, "{id} on {device:?}: {found} {expected}");
                }
            }
        }
    }
}
