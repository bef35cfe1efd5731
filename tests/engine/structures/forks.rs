//! Gradients told apart by task are each task's own, whatever the structure shares and where it lets go.

use burn::tensor::{Device, Gradients, Tensor, TensorData};
use mtl_lab::model::dropout::DropoutKey;
use mtl_lab::model::{Features, Fork, Network, Pass, STRUCTURES};
use mtl_lab::spec::{Choice, ParamValue};

use super::{DENSE, DIM, ROWS, TASKS, choice, columns, network, weights, whole};

/// The gradients of one task's output.
struct Found {
    /// `[copy, shared]`.
    shared: Vec<f32>,
    /// Those of each weight, a copy's among them.
    all: Vec<f32>,
    /// `[copy, lane, row, dim]`.
    embedded: Vec<f32>,
    /// For each task: what arrives where the tape is cut.
    leaves: Vec<Vec<f32>>,
}

fn found(network: &Network, task: usize, fork: Fork) -> Found {
    let device = Device::flex();
    let autodiff = device.clone().autodiff();
    let leaf = |tensor: &Tensor<3>| {
        let tensor = Tensor::from_inner(tensor.clone()).to_device(&autodiff);
        tensor.require_grad()
    };
    let flat = TensorData::new(weights(&network.layout), [1, network.layout.len()]);
    let flat = Tensor::from_data(flat, &device);
    let parameters = network.layout.split(&flat, fork.copies());
    let features = super::wave(ROWS * (DIM + DENSE), 1.0, 0.7);
    let features = TensorData::new(features, [1, ROWS, DIM + DENSE]);
    let features: Tensor<3> = Tensor::from_data(features, &device);
    let features = features.repeat_dim(0, fork.copies());
    let embedded = features.clone().narrow(2, 0, DIM);
    let embedded = leaf(&mtl_lab::model::lanes::spread(
        embedded,
        network.lanes.len(),
    ));
    let dense = Tensor::from_inner(features.narrow(2, DIM, DENSE)).to_device(&autodiff);
    let key = DropoutKey {
        seeds: vec![1],
        step: 0,
        epoch: 0,
        first_row: 0,
    };
    let parameters = parameters.iter().map(leaf).collect();
    let pass = Pass::training(parameters, Vec::new(), key, fork);
    let features = Features {
        found: Some(embedded.clone()),
        repeated: None,
        lengths: None,
        dense: Some(dense),
    };
    let outputs = network.forward(features, &pass);
    let tape = outputs.narrow(2, task, 1).sum().backward();
    let each = pass.parameters().iter().map(|own| gradient(own, &tape));
    let joined = network.layout.join(each.collect(), 1);
    let values = |data: TensorData| data.try_to_vec::<f32>().unwrap();
    let cuts = pass.cuts();
    let leaves = cuts.iter().flat_map(|cut| &cut.leaves);
    Found {
        shared: values(network.layout.shared(&joined, fork.copies()).into_data()),
        all: values(joined.into_data()),
        embedded: values(gradient(&embedded, &tape).into_data()),
        leaves: leaves
            .map(|leaf| values(gradient(leaf, &tape).into_data()))
            .collect(),
    }
}

fn gradient(tensor: &Tensor<3>, tape: &Gradients) -> Tensor<3> {
    let gradient = tensor.grad(tape);
    gradient.unwrap_or_else(|| tensor.clone().inner().zeros_like())
}

fn setting(id: &str) -> Choice {
    let conversion = ParamValue::Word("b".to_owned());
    match id {
        "esmm" => choice(
            id,
            &[
                ("click", ParamValue::Word("c".to_owned())),
                ("conversion", conversion),
            ],
        ),
        // So narrow a gate that no unit of the wave is idle.
        "pepnet" => choice(
            id,
            &[
                ("domain", columns(&["x", "y"])),
                ("prior", columns(&["user", "x", "y"])),
                ("gate_width", whole(1)),
            ],
        ),
        // Of whole choices a step leaves some branches idle.
        "ltb" => choice(id, &[("hard", ParamValue::Flag(false))]),
        // Wide enough a step that no bit of the wave is settled.
        "dselect_k" => choice(id, &[("gamma", ParamValue::Number(3.0))]),
        _ => choice(id, &[]),
    }
}

fn all_zero(values: &[f32]) -> bool {
    values.iter().all(|value| *value == 0.0)
}

#[test]
fn each_copy_has_the_gradient_of_its_task() {
    let settings = STRUCTURES.iter().map(|entry| setting(entry.spec().id));
    for setting in settings.chain([choice("ltb", &[])]) {
        let id = &setting.name;
        let network = network(&setting);
        if !network.shares() {
            continue;
        }
        for task in 0..TASKS.len() {
            let plain = found(&network, task, Fork::Joined);
            let copied = found(&network, task, Fork::Copies(TASKS.len()));
            let pairs = [
                (&plain.shared, &copied.shared),
                (&plain.embedded, &copied.embedded),
            ];
            for (plain, copied) in pairs {
                for (copy, own) in copied.chunks(plain.len()).enumerate() {
                    if copy != task {
                        assert!(all_zero(own), "{id}: task {task} reaches copy {copy}");
                        continue;
                    }
                    for (own, plain) in own.iter().zip(plain) {
                        assert!((own - plain).abs() < 1e-5, "{id} {task}: {own} {plain}");
                    }
                }
            }
            let cut = found(&network, task, Fork::Cut);
            for (leaf, arrived) in cut.leaves.iter().enumerate() {
                assert_eq!(all_zero(arrived), leaf != task, "{id} {task}: leaf {leaf}");
            }
            assert!(all_zero(&cut.embedded), "{id} {task}: past the cut");
        }
    }
}

#[test]
fn what_is_not_shared_belongs_to_one_task() {
    for structure in STRUCTURES {
        let id = structure.spec().id;
        let network = network(&setting(id));
        let of_tasks: Vec<Vec<f32>> = (0..TASKS.len())
            .map(|task| found(&network, task, Fork::Joined).all)
            .collect();
        for entry in network.layout.entries() {
            for index in entry.offset..entry.offset + entry.len() {
                let users = of_tasks.iter().filter(|all| all[index] != 0.0).count();
                assert!(users > 0, "{id}: {} is idle", entry.role);
                if !entry.is_shared {
                    assert_eq!(users, 1, "{id}: {} is used by {users} tasks", entry.role);
                }
            }
        }
    }
}
