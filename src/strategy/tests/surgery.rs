//! Gradients that are changed before they are added up.

use burn::tensor::{Device, Tensor, TensorData};
use nalgebra::DMatrix;

use super::super::Progress;
use super::super::graddrop::mask;
use super::super::gram::Seen;
use super::super::surgery::in_order;
use super::fixtures::{A, B, assert_near, balancing, gradients, numbers, step};
use super::problem::assert_descends;
use crate::spec::Choice;

/// A seed with which the tasks meet each other in their own order at the first six steps.
fn seed_of_task_order() -> u64 {
    let gram = DMatrix::zeros(3, 3);
    let in_task_order = |seed: &u64| {
        (0..6).all(|step| {
            let seen = Seen {
                losses: &[1.0; 3],
                gram: &gram,
                tasks: &[0, 1, 2],
                seed: *seed,
                progress: Progress { step, epoch: 0 },
            };
            in_order(&seen) == [0, 1, 2]
        })
    };
    (0..10_000_000).find(in_task_order).unwrap()
}

// import numpy as np
// A = [[1., -.5, .3, 2., .1], [-.8, .4, 1.2, -.6, .5], [.2, 1.5, -.7, .3, -1.1]]
// B = [[.9, -.2, .1, 1.5, .4], [-1., .6, .8, -.9, .2], [.5, 1.1, -.4, -.2, -.8]]
// J = [np.array(x) for x in (A, B)]
// show = lambda name, rows: print(name, [[round(float(v), 6) for v in row] for row in rows])
// def pcgrad(j):
//     out = []
//     for i in range(len(j)):
//         v = j[i].copy()
//         for k in range(len(j)):
//             if k != i and v @ j[k] < 0: v -= v @ j[k] / (j[k] @ j[k]) * j[k]
//         out.append(v)
//     return np.sum(out, 0)
// show("pcgrad (update)", map(pcgrad, J))
// def gradvac(steps, beta=.5):
//     rho = np.zeros((len(steps[0]),) * 2); norm = np.linalg.norm; out = []
//     for j in steps:
//         total = 0
//         for i in range(len(j)):
//             v = j[i].copy()
//             for k in range(len(j)):
//                 if k == i: continue
//                 phi = v @ j[k] / norm(v) / norm(j[k]); r = rho[i, k]
//                 if phi < r: v = v + j[k] * norm(v) * (r * np.sqrt(1 - phi**2) - phi * np.sqrt(1 - r**2)) / (norm(j[k]) * np.sqrt(1 - r**2) + 1e-8)
//                 rho[i, k] = (1 - beta) * r + beta * phi
//             total = total + v
//         out.append(total)
//     return out
// show("gradvac (update)", gradvac(J + J[:1]))
#[test]
fn surgery_cuts_as_other_programs_do() {
    let seed = [seed_of_task_order()];
    let mut pcgrad = balancing(&Choice::named("pcgrad"), [3, 5], &seed);
    let expected = [0.047_886, 2.438_824, 1.805_564, 1.998_107, -0.526_518];
    assert_near("pcgrad", &step(pcgrad.as_mut(), &[A], 0).1, &expected, 2e-5);
    let expected = [0.410_765, 2.357_968, 1.153_406, 0.692_856, -0.028_862];
    assert_near("pcgrad", &step(pcgrad.as_mut(), &[B], 1).1, &expected, 2e-5);
    let mut gradvac = balancing(&Choice::named("gradvac"), [3, 5], &seed);
    let expected: [[f32; 5]; 3] = [
        [0.047_886, 2.438_824, 1.805_564, 1.998_107, -0.526_518],
        [0.430_518, 1.873_959, 0.993_612, 0.780_965, 0.071_566],
        [0.256_177, 1.655_692, 0.969_79, 1.609_362, -0.522_102],
    ];
    for ((at, rows), expected) in (0..).zip([A, B, A]).zip(expected) {
        let found = step(gradvac.as_mut(), &[rows], at).1;
        assert_near("gradvac", &found, &expected, 5e-5);
    }
}

// from problem import *
// import torchjd.aggregation as jd
// torch.randperm = torch.arange
// def by(aggregator):
//     def make(t):
//         a = aggregator()
//         return lambda p, x, k: a(p.gradients(x))
//     return make
// makes = dict(pcgrad=by(jd.PCGrad), gradvac=by(jd.GradVac))
#[test]
fn surgery_leads_where_torchjd_goes() {
    let seed = seed_of_task_order();
    assert_descends(
        &Choice::named("pcgrad"),
        seed,
        [
            [0.057_093, 0.623_099, -0.199_746, 0.083_227],
            [0.206_282, 0.073_693, 0.110_352, -0.224_159],
            [0.609_836, 0.762_798, 0.466_74, 0.412_693],
            [0.610_184, 0.816_139, 0.701_179, 0.576_14],
        ],
    );
    assert_descends(
        &Choice::named("gradvac"),
        seed,
        [
            [0.080_018, 0.596_327, -0.208_864, 0.098_045],
            [0.201_773, 0.308_883, -0.063_654, -0.044_186],
            [0.643_305, 0.795_199, 0.485_354, 0.433_154],
            [0.642_845, 0.831_717, 0.735_053, 0.646_911],
        ],
    );
}

// import torch; torch.set_default_dtype(torch.float64)
// A = torch.tensor([[1., -.5, .3, 2., .1], [-.8, .4, 1.2, -.6, .5], [.2, 1.5, -.7, .3, -1.1]])
// from torchjd.aggregation import GradDrop
// torch.rand = lambda *_, **__: torch.tensor([.3, .8, .5, .9, .1])
// print(GradDrop()(A), GradDrop(leak=torch.full((3,), .25))(A))
#[test]
fn signs_are_dropped_as_another_program_drops_them() {
    let rows = gradients(&[A]).dense.swap_dims(0, 1);
    let lot = TensorData::new(vec![0.3_f32, 0.8, 0.5, 0.9, 0.1], [1, 5]);
    let lot: Tensor<2> = Tensor::from_data(lot, &Device::flex());
    for (leak, expected) in [
        (0.0, [1.2, -0.5, 1.5, -0.6, 0.6]),
        (0.25, [1.0, -0.025, 1.325, -0.025, 0.325]),
    ] {
        let kept = rows.clone() * mask(rows.clone(), lot.clone(), leak);
        let found = numbers(kept.sum_dim(0).squeeze_dim(0));
        assert_near("graddrop", &found, &expected, 1e-6);
    }
}

// p = (1 + A.sum(0) / A.abs().sum(0)) / 2
// print(p * A.clamp(min=0).sum(0) + (1 - p) * A.clamp(max=0).sum(0))
#[test]
fn drawn_signs_are_the_plain_sum_in_the_mean() {
    let mut running = balancing(&Choice::named("graddrop"), [3, 5], &[1]);
    let steps = 4000;
    let mut mean = [0.0; 5];
    for at in 0..steps {
        let (_, found) = step(running.as_mut(), &[A], at);
        for (mean, found) in mean.iter_mut().zip(found) {
            *mean += found / steps as f32;
        }
    }
    let expected = [0.4, 1.4, 0.8, 1.7, -0.5];
    // Three standard errors of the widest.
    assert_near("graddrop", &mean, &expected, 0.06);
}
