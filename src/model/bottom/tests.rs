//! Bottoms beside the published layers, forward and backward, on fixed weights in two lanes.

use burn::tensor::{Device, Tensor, TensorData};

use super::{BOTTOMS, BottomConfig, InputShape, bottom};
use crate::model::activation::activation;
use crate::model::host::read;
use crate::model::mlp::{Builder, HiddenConfig};
use crate::model::pass::Pass;
use crate::spec::{Choice, ParamValue};

const BATCH: usize = 5;

fn hidden() -> HiddenConfig {
    HiddenConfig {
        activation: activation("relu").unwrap(),
        batch_norm: false,
        dropout: 0.0,
    }
}

fn choice(name: &str, params: &[(&str, ParamValue)]) -> Choice {
    let mut choice = Choice::named(name);
    choice.params = params
        .iter()
        .map(|(name, value)| ((*name).to_owned(), value.clone()))
        .collect();
    choice
}

fn wave(scale: f64, start: f64, len: usize) -> impl Iterator<Item = f32> {
    (0..len).map(move |at| (scale * (at as f64 + start).sin()) as f32)
}

/// One digit for many: their sum weighted by a cosine of the place.
fn fold(tensor: &Tensor<3>) -> f64 {
    let values = read(tensor).unwrap();
    let weighted = values.iter().enumerate();
    weighted
        .map(|(at, value)| f64::from(*value) * (at as f64).cos())
        .sum()
}

/// The width and the parameters of a lane; then the folds of the representation, and of the gradients of its fold
/// by the input and by each parameter.
fn found(choice: &Choice, input: InputShape) -> (usize, usize, Vec<f64>) {
    let lanes = ["a".to_owned(), "b".to_owned()];
    let config = BottomConfig {
        role: "bottom",
        lanes: &lanes,
        input,
        hidden: hidden(),
    };
    let mut builder = Builder::default();
    let built = bottom(&choice.name)
        .unwrap()
        .build(choice, &config, &mut builder);
    let layout = builder.layout;
    let device = Device::flex();
    let leaf = |values: Vec<f32>, shape: [usize; 3]| {
        let values = Tensor::<3>::from_data(TensorData::new(values, shape), &device);
        Tensor::from_inner(values)
            .to_device(&device.clone().autodiff())
            .require_grad()
    };
    let entries = layout.entries().iter().enumerate();
    let parameters: Vec<Tensor<3>> = entries
        .map(|(place, entry)| {
            let values = wave(0.5, 1.7 * place as f64, entry.len()).collect();
            leaf(values, [2, entry.rows, entry.columns])
        })
        .collect();
    let width = input.width();
    let x = leaf(
        wave(0.9, 0.5, 2 * BATCH * width).collect(),
        [2, BATCH, width],
    );
    let pass = Pass::evaluation(parameters.clone(), Vec::new());
    let output = built.forward(x.clone().into(), &pass);
    let shape = output.dims();
    assert_eq!(shape, [2, BATCH, built.width()]);
    let cosines = (0..shape.iter().product()).map(|at: usize| (at as f64).cos() as f32);
    let cosines = TensorData::new(cosines.collect::<Vec<f32>>(), shape);
    let cosines = Tensor::<3>::from_data(cosines, &device);
    let tape = (output.clone() * Tensor::from_inner(cosines))
        .sum()
        .backward();
    let mut digits = vec![fold(&output.inner())];
    let leaves = std::iter::once(&x).chain(&parameters);
    digits.extend(leaves.map(|leaf| fold(&leaf.grad(&tape).unwrap())));
    (built.width(), layout.len() / 2, digits)
}

/// A bottom and its parameters; the width, the parameters of a lane, and the folds.
type Case = (
    &'static str,
    Vec<(&'static str, ParamValue)>,
    usize,
    usize,
    &'static [f64],
);

// import torch
// from torch.nn import Linear, Parameter
// from deepctr_torch.layers.core import DNN
// from deepctr_torch.layers.interaction import CIN, BiInteractionPooling, CrossNet, InteractingLayer
// torch.set_default_dtype(torch.float64)
// F, E, D, B, L = 3, 4, 2, 5, 2                                     # fields, their width, dense features, rows, lanes
// wave = lambda scale, start, *size: scale * torch.sin(torch.arange(torch.Size(size).numel()) + start).reshape(size)
// fold = lambda parts: (torch.cat([v.flatten() for v in parts]) * torch.cos(torch.arange(sum(v.numel() for v in parts)))).sum()
// def show(name, make):
//     lanes = []
//     for lane, x in enumerate(wave(.9, .5, L, B, F * E + D)):
//         forward, parameters = make(); x.requires_grad_()          # matrices are [out, in]
//         for n, p in enumerate(parameters): p.data = wave(.5, 1.7 * n, L, *p.T.shape)[lane].T
//         lanes.append((x, parameters, forward(x)))
//     loss = fold([h for *_, h in lanes]); loss.backward()
//     digits = [loss, fold([x.grad for x, *_ in lanes])] + [fold([p.grad.T for p in same]) for same in zip(*[ps for _, ps, _ in lanes])]
//     print(name, lanes[0][2].shape[1], sum(p.numel() for p in lanes[0][1]), [float(f"{v.item():.6g}") for v in digits])
// def beside(parts):                                                # parts() -> interaction, its parameters
//     def make():
//         interaction, own = parts(); mlp = DNN(F * E + D, (6, 5))
//         return lambda x: torch.cat([interaction(x), mlp(x)], 1), own + [p for l in mlp.linears for p in (l.weight, l.bias)]
//     return make
// fields = lambda x: x[:, :F * E].reshape(B, F, E)
// def fm(): return lambda x: BiInteractionPooling()(fields(x))[:, 0], []
// def cross(kind):
//     net = CrossNet(F * E + D, 3, kind); size = net.kernels.shape[1:]; del net.kernels, net.bias
//     ws = [Parameter(torch.empty(*((1,) if kind == "vector" else ()), *size[:1 if kind == "vector" else 2])) for _ in range(3)]
//     bs = [Parameter(torch.empty(size[0])) for _ in range(3)]
//     def f(x): net.kernels, net.bias = torch.stack([w.reshape(size) for w in ws]), torch.stack(bs)[:, :, None]; return net(x)
//     return f, [p for pair in zip(ws, bs) for p in pair]
// def low_rank():                                                   # from the paper
//     vs, us = [Linear(F * E + D, 3, False) for _ in range(2)], [Linear(3, F * E + D) for _ in range(2)]
//     def f(x):
//         y = x
//         for v, u in zip(vs, us): y = x * u(v(y)) + y
//         return y
//     return f, [p for v, u in zip(vs, us) for p in (v.weight, u.weight, u.bias)]
// def cin(*config):
//     net = CIN(F, *config); ws = [Parameter(l.weight[:, :, 0].detach()) for l in net.conv1ds]
//     for l in net.conv1ds: del l.weight
//     def f(x):
//         for l, w in zip(net.conv1ds, ws): l.weight = w[:, :, None]
//         return net(fields(x))
//     return f, [p for w, l in zip(ws, net.conv1ds) for p in (w, l.bias)]
// def attention(layers, *config):
//     nets = [InteractingLayer(E, *config) for _ in range(layers)]; own = []
//     for net in nets:
//         for name in list(net._parameters): delattr(net, name); own.append((net, name, Parameter(torch.empty(E, E))))
//     def f(x):
//         for net, name, p in own: setattr(net, name, p.T)          # theirs are [in, out]
//         x = fields(x)
//         for net in nets: x = net(x)
//         return x.flatten(1)
//     return f, [p for *_, p in own]
// show("deepfm", beside(fm))
// show("dcn", beside(lambda: cross("vector")))
// show("dcn_v2", beside(lambda: cross("matrix")))
// show("dcn_v2 of rank 3", beside(low_rank))
// show("xdeepfm", beside(lambda: cin((6, 4, 3), "relu", True)))
// show("xdeepfm, whole and linear", beside(lambda: cin((4, 3), "linear", False)))
// show("autoint", beside(lambda: attention(2, 2, True, False)))
// show("autoint, scaled and without a residual", beside(lambda: attention(1, 2, False, True)))
fn cases() -> Vec<Case> {
    let whole = ParamValue::Integer;
    let widths = |widths: &[i64]| ParamValue::Widths(widths.to_vec());
    let word = |word: &str| ParamValue::Word(word.to_owned());
    vec![
        (
            "deepfm",
            vec![],
            9,
            125,
            &[-0.070248, 2.21651, -0.246383, -0.122441, -0.619588, -0.9777],
        ),
        (
            "dcn",
            vec![("layers", whole(3))],
            19,
            209,
            &[
                -138.704, -773.221, -239.216, 20.7181, 563.538, 65.04, -122.477, 63.7698, 0.717057,
                0.964276, 3.185, -8.72987,
            ],
        ),
        (
            "dcn_v2",
            vec![("layers", whole(3))],
            19,
            755,
            &[
                -0.418241, 1.3488, 0.593167, 0.792358, 1.94686, 0.98503, 0.807208, 0.471154,
                0.717057, 0.964276, 3.185, -8.72987,
            ],
        ),
        (
            "dcn_v2",
            vec![("rank", whole(3))],
            19,
            321,
            &[
                -1.17472, 0.985454, 1.65915, 0.236331, 0.144042, 0.761185, -1.2288, 0.471154,
                0.717057, 0.964276, 3.185, -8.72987,
            ],
        ),
        (
            "xdeepfm",
            vec![("maps", widths(&[6, 4, 3]))],
            13,
            246,
            &[
                -4.03869, -3.92356, -2.07582, -0.896781, -5.13631, 10.0582, -1.88883, 18.2937,
                3.00704, -4.62813, -1.0755, -1.66076,
            ],
        ),
        (
            "xdeepfm",
            vec![
                ("maps", widths(&[4, 3])),
                ("split_half", ParamValue::Flag(false)),
                ("map_activation", word("none")),
            ],
            12,
            204,
            &[
                32.8653, 11.4284, -4.99756, 18.6285, -3.12966, -40.7485, -2.70134, -5.64849,
                4.01703, 2.44168,
            ],
        ),
        (
            "autoint",
            vec![("layers", whole(2))],
            17,
            253,
            &[
                1.32245, -0.0992596, 0.0244848, -0.0189196, 0.0251314, 0.0859689, 0.00109899,
                0.00144921, 0.0819258, -0.180911, -0.545884, -1.80773, -1.50915, -1.1252,
            ],
        ),
        (
            "autoint",
            vec![
                ("layers", whole(1)),
                ("residual", ParamValue::Flag(false)),
                ("scaled", ParamValue::Flag(true)),
            ],
            17,
            173,
            &[
                -1.57854, 0.0686332, 0.00986963, -0.0193463, -0.0377387, 2.82155, -0.22703,
                -1.14615, -0.0363471,
            ],
        ),
    ]
}

#[test]
fn interactions_are_those_of_deepctr_torch() {
    let units = ParamValue::Widths(vec![6, 5]);
    for (name, params, width, parameters, digits) in cases() {
        let mut choice = choice(name, &params);
        choice.params.insert("units".to_owned(), units.clone());
        let (found_width, found_parameters, found) = found(&choice, InputShape::new(&[4; 3], 2));
        assert_eq!(
            (found_width, found_parameters, found.len()),
            (width, parameters, digits.len()),
            "{choice:?}"
        );
        for (found_digit, digit) in found.iter().zip(digits) {
            let close = (found_digit - digit).abs() <= 2e-5 * digit.abs() + 5e-6;
            assert!(close, "{choice:?}\n{found:?}\n{digits:?}");
        }
    }
}

#[test]
fn every_bottom_takes_fields_or_dense_features_alone() {
    let shapes = [
        InputShape::new(&[], 3),
        InputShape::new(&[4; 3], 0),
        InputShape::new(&[4], 0),
        InputShape::of_vector(1),
    ];
    for entry in BOTTOMS {
        for units in [vec![], vec![3]] {
            for shape in shapes {
                let mut choice = Choice::named(entry.spec().id);
                let units = ParamValue::Widths(units.clone());
                choice.params.insert("units".to_owned(), units);
                let (width, _, digits) = found(&choice, shape);
                assert!(width > 0, "{choice:?} {shape:?}");
                let finite = digits.iter().all(|digit| digit.is_finite());
                assert!(finite, "{choice:?} {shape:?}");
            }
        }
    }
}
