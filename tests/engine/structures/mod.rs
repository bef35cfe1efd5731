//! Every structure beside PyTorch: outputs and gradients on fixed weights, and the numbers of trainable weights.

mod branches;
mod chains;
mod columns;
mod forks;
mod gates;
mod mixtures;
mod towers;

use std::collections::BTreeMap;

use burn::tensor::{Device, Tensor, TensorData};
use mtl_lab::data::SparseField;
use mtl_lab::model::activation::activation;
use mtl_lab::model::bottom::bottom;
use mtl_lab::model::dropout::DropoutKey;
use mtl_lab::model::structure::structure;
use mtl_lab::model::{Features, Fork, Layout, Network, NetworkConfig, Pass};
use mtl_lab::spec::{Choice, ParamValue};

use crate::drawn::{drawn, placed};

const TASKS: [&str; 3] = ["a", "b", "c"];
const ROWS: usize = 2;
const DIM: usize = 2;
const DENSE: usize = NUMBERS.len();
const NUMBERS: [&str; 3] = ["x", "y", "z"];

/// A structure with parameters.
pub fn choice(name: &str, params: &[(&str, ParamValue)]) -> Choice {
    let params = params.iter();
    Choice {
        name: name.to_owned(),
        params: params
            .map(|(name, value)| ((*name).to_owned(), value.clone()))
            .collect(),
    }
}

pub fn whole(value: i64) -> ParamValue {
    ParamValue::Integer(value)
}

pub fn columns(names: &[&str]) -> ParamValue {
    ParamValue::Columns(names.iter().map(|&name| name.to_owned()).collect())
}

pub fn widths(widths: &[i64]) -> ParamValue {
    ParamValue::Widths(widths.to_vec())
}

/// A network of three tasks over one field and three numbers, its bottoms two layers, its towers one.
pub fn network(structure_choice: &Choice) -> Network {
    network_with(structure_choice, &[vec![3], vec![3], vec![3]])
}

/// The same with other towers.
pub fn network_with(structure_choice: &Choice, towers: &[Vec<usize>]) -> Network {
    let units = BTreeMap::from([("units".to_owned(), ParamValue::Widths(vec![4, 3]))]);
    let bottom_choice = Choice {
        name: "mlp".to_owned(),
        params: units,
    };
    let field = SparseField {
        name: "user".to_owned(),
        vocabulary: 7,
        embedding_dim: None,
    };
    Network::new(&NetworkConfig {
        tasks: &TASKS.map(str::to_owned),
        sparse_fields: &[field],
        sequences: &[],
        dense_names: &NUMBERS.map(str::to_owned),
        embedding_dim: DIM,
        structure: (structure(&structure_choice.name).unwrap(), structure_choice),
        bottom: (bottom("mlp").unwrap(), &bottom_choice),
        towers,
        activation: activation("tanh").unwrap(),
        batch_norm: false,
        dropout: 0.0,
    })
}

/// `scale·sin(step·i²)` from `i = 1`: numbers that any program can make.
fn wave(len: usize, scale: f64, step: f64) -> Vec<f32> {
    let one = |at: usize| (scale * (step * (at * at) as f64).sin()) as f32;
    (1..=len).map(one).collect()
}

/// As many numbers as a layout has, as the programs draw them.
pub fn weights(layout: &Layout) -> Vec<f32> {
    placed(layout, wave(layout.len(), 0.9, 1.0))
}

/// What a pass forward and back gives.
pub struct Gone {
    /// Row by row, the tasks' outputs.
    pub outputs: Vec<f32>,
    /// By each weight in the order of the programs, of a weighted sum of the outputs.
    pub gradient: Vec<f32>,
    /// By each number of each row's embedding.
    pub embedded: Vec<f32>,
}

/// A pass of evaluation forward and back with these weights on fixed features.
pub fn forward_and_back(network: &Network, flat: &[f32]) -> Gone {
    let evaluation = |parameters| Pass::evaluation(parameters, Vec::new());
    gone(network, flat, evaluation)
}

/// The same at a step of training.
pub fn trained(network: &Network, flat: &[f32], step: u64) -> Gone {
    let key = DropoutKey {
        seeds: vec![1],
        step,
        epoch: 0,
        first_row: 0,
    };
    let training = |parameters| Pass::training(parameters, Vec::new(), key, Fork::Joined);
    gone(network, flat, training)
}

fn gone(network: &Network, flat: &[f32], pass: impl FnOnce(Vec<Tensor<3>>) -> Pass) -> Gone {
    let device = Device::flex();
    let autodiff = device.clone().autodiff();
    let leaf = |tensor: &Tensor<3>| {
        let tensor = Tensor::from_inner(tensor.clone()).to_device(&autodiff);
        tensor.require_grad()
    };
    let flat = TensorData::new(flat.to_vec(), [1, flat.len()]);
    let parameters = network.layout.split(&Tensor::from_data(flat, &device), 1);
    let parameters: Vec<Tensor<3>> = parameters.iter().map(leaf).collect();
    let width = DIM + DENSE;
    let features = TensorData::new(wave(ROWS * width, 1.0, 0.7), [1, ROWS, width]);
    let features: Tensor<3> = Tensor::from_data(features, &device);
    let embedded = features.clone().narrow(2, 0, DIM);
    let lanes = network.lanes.len();
    let embedded = leaf(&embedded.repeat_dim(0, lanes));
    let dense = Tensor::from_inner(features.narrow(2, DIM, DENSE)).to_device(&autodiff);
    let pass = pass(parameters);
    let features = Features {
        found: Some(embedded.clone()),
        repeated: None,
        lengths: None,
        dense: Some(dense),
    };
    let outputs = network.forward(features, &pass);
    let slopes: Vec<f32> = (1..=ROWS * TASKS.len())
        .map(|at| (at as f64).cos() as f32)
        .collect();
    let slopes = TensorData::new(slopes, [1, ROWS, TASKS.len()]);
    let slopes = Tensor::from_data(slopes, &autodiff);
    let losses = (outputs.clone() * slopes).sum();
    let losses = match network.penalty(&outputs, &pass) {
        Some(penalty) => losses + penalty.mean(),
        None => losses,
    };
    let tape = losses.backward();
    let gradient = |tensor: &Tensor<3>| {
        let gradient = tensor.grad(&tape);
        gradient.unwrap_or_else(|| tensor.clone().inner().zeros_like())
    };
    let each = pass.parameters().iter().map(gradient).collect();
    let values = |data: TensorData| data.try_to_vec::<f32>().unwrap();
    let of_weights = values(network.layout.join(each, 1).into_data());
    Gone {
        outputs: values(outputs.into_data()),
        gradient: drawn(&network.layout, &of_weights),
        embedded: values(gradient(&embedded).into_data()),
    }
}

// What the programs above the digits begin with:
// import math, torch
// torch.set_default_dtype(torch.float64)
// T, B = 3, 2
// def net(build, width=5):                                             # build(p): the network, its parameters drawn in order
//     drawn = []
//     def p(lanes, rows, columns):
//         n = lanes * rows * columns; first = 1 + sum(v.numel() for v in drawn)
//         v = torch.tensor([0.9 * math.sin((first + i) ** 2) for i in range(n)]).float().double().reshape(lanes, rows, columns)
//         drawn.append(v.requires_grad_()); return v
//     def mlp(sizes, lanes=1):                                         # hidden layers; each lane has matrices of its own
//         layers = [(p(lanes, m, n), p(lanes, 1, n)) for m, n in zip(sizes, sizes[1:])]
//         def forward(h, lane=0):
//             for w, b in layers: h = torch.tanh(h @ w[lane] + b[lane])
//             return h
//         return forward
//     def towers(width, n=T):
//         def tower():
//             hidden, w, b = mlp([width, 3]), p(1, 3, 1), p(1, 1, 1)
//             return lambda h: hidden(h) @ w[0] + b[0]
//         return [tower() for _ in range(n)]
//     x = torch.tensor([math.sin(0.7 * i * i) for i in range(1, B * width + 1)]).float().double().reshape(B, width).requires_grad_()
//     p.mlp, p.towers, p.penalty, p.drawn, p.lanes = mlp, towers, 0, drawn, [x]
//     out = torch.cat(build(p)(x), 1)
//     slopes = torch.tensor([math.cos(i) for i in range(1, B * T + 1)]).reshape(B, T)
//     ((out * slopes).sum() + p.penalty).backward()
//     fold = lambda v: [round((torch.arange(1, len(v) + 1) * v).sum().item(), 5), round((v ** 2).sum().item(), 5)]
//     flat = torch.cat([v.grad.flatten() for v in drawn])
//     print(len(flat), [round(v, 6) for v in out.flatten().tolist()], fold(flat) + fold(torch.stack([lane.grad[:, :2] for lane in p.lanes]).flatten()))
// def gate(p, width, n, units=(), bias=False):
//     hidden, w = p.mlp([width, *units]), p(1, units[-1] if units else width, n); b = p(1, 1, n) if bias else torch.zeros(1, 1, n)
//     return lambda h: torch.softmax(hidden(h) @ w[0] + b[0], 1)
// mix = lambda g, experts: sum(g[:, e:e + 1] * h for e, h in enumerate(experts))
/// Runs a structure with the wave as its weights and compares with what PyTorch printed: the number of weights, row by
/// row the tasks' outputs, and the gradients by the weights and by the embeddings, each folded to `Σ i·g_i` and `Σ g_i²`.
pub fn compare(choice: &Choice, parameters: usize, outputs: [f64; 6], folds: [f64; 4]) {
    let network = network(choice);
    assert_eq!(network.layout.len(), parameters, "{choice:?}");
    let gone = forward_and_back(&network, &weights(&network.layout));
    let fold = |values: &[f32]| {
        let weighted = (1..)
            .zip(values)
            .map(|(at, value)| f64::from(at) * f64::from(*value));
        let squares = values.iter().map(|value| f64::from(*value).powi(2));
        [weighted.sum::<f64>(), squares.sum()]
    };
    let found = gone.outputs.iter().map(|&output| f64::from(output));
    let found = found
        .chain(fold(&gone.gradient))
        .chain(fold(&gone.embedded));
    for (found, wanted) in found.zip(outputs.into_iter().chain(folds)) {
        assert!(
            (found - wanted).abs() <= 2e-5 * wanted.abs().max(1.0),
            "{choice:?}: {found}, not {wanted}: {:?}",
            gone.outputs
        );
    }
}
