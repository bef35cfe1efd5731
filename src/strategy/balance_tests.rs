//! The update of each gradient-balancing strategy, as another program gives it.

use burn::tensor::{Device, Tensor, TensorData};
use nalgebra::DMatrix;

use super::graddrop::drop_signs;
use super::gram::Seen;
use super::surgery::in_order;
use super::{
    Balancing, Needs, Progress, STRATEGIES, Strategy, StrategyConfig, TaskGradients, Update,
    strategy,
};
use crate::data::{Task, TaskKind};
use crate::spec::{Choice, ParamValue};

/// Gradients of one replica, task by task.
pub(super) type Rows<'a> = &'a [&'a [f32]];

pub(super) const A: Rows<'_> = &[
    &[1.0, -0.5, 0.3, 2.0, 0.1],
    &[-0.8, 0.4, 1.2, -0.6, 0.5],
    &[0.2, 1.5, -0.7, 0.3, -1.1],
];
pub(super) const B: Rows<'_> = &[
    &[0.9, -0.2, 0.1, 1.5, 0.4],
    &[-1.0, 0.6, 0.8, -0.9, 0.2],
    &[0.5, 1.1, -0.4, -0.2, -0.8],
];
pub(super) const C: Rows<'_> = &[&[1.0, 0.5, -0.2, 0.8], &[0.6, 1.2, 0.1, 0.3]];

pub(super) fn build(
    id: &str,
    params: &[(&str, f64)],
    [tasks, width]: [usize; 2],
    seeds: &[u64],
) -> Box<dyn Balancing> {
    let mut choice = Choice::named(id);
    for (name, value) in params {
        choice
            .params
            .insert((*name).to_owned(), ParamValue::Number(*value));
    }
    build_choice(&choice, [tasks, width], seeds)
}

pub(super) fn build_choice(
    choice: &Choice,
    [tasks, width]: [usize; 2],
    seeds: &[u64],
) -> Box<dyn Balancing> {
    let task = |index: usize| Task {
        name: format!("task {index}"),
        kind: TaskKind::Binary,
        unscale: None,
    };
    let tasks: Vec<Task> = (0..tasks).map(task).collect();
    let config = StrategyConfig {
        tasks: &tasks,
        seeds,
        num_shared: width,
        device: &Device::flex(),
    };
    match strategy(&choice.name).unwrap().build(choice, &config) {
        Strategy::Balancing(balancing) => balancing,
        Strategy::Weighting(_) => panic!("{} balances no gradients", choice.name),
    }
}

/// All strategies that balance gradients.
pub(super) fn balancings() -> impl Iterator<Item = &'static str> {
    let balances = |id: &&str| strategy(id).unwrap().needs(&Choice::named(id)) != Needs::Losses;
    STRATEGIES
        .iter()
        .map(|entry| entry.spec().id)
        .filter(balances)
}

/// Gradients of several replicas.
fn gradients(replicas: &[Rows<'_>]) -> TaskGradients {
    let (tasks, width) = (replicas[0].len(), replicas[0][0].len());
    let numbers: Vec<f32> = replicas
        .iter()
        .flat_map(|rows| rows.iter().flat_map(|row| row.iter().copied()))
        .collect();
    let shape = [replicas.len(), tasks, width];
    TaskGradients {
        dense: Tensor::from_data(TensorData::new(numbers, shape), &Device::flex()),
        rows: None,
        parts: Vec::new(),
    }
}

pub(super) fn step(
    running: &mut dyn Balancing,
    replicas: &[Rows<'_>],
    at: u64,
) -> (Update, Vec<f32>) {
    let losses: Vec<f32> = replicas
        .iter()
        .flat_map(|rows| vec![1.0; rows.len()])
        .collect();
    step_with(running, replicas, &losses, at)
}

fn step_with(
    running: &mut dyn Balancing,
    replicas: &[Rows<'_>],
    losses: &[f32],
    step: u64,
) -> (Update, Vec<f32>) {
    let gradients = gradients(replicas);
    let losses = TensorData::new(losses.to_vec(), gradients.dims());
    let losses = Tensor::from_data(losses, &Device::flex());
    let progress = Progress { step, epoch: 0 };
    let update = running.balance(&gradients, &losses, progress).unwrap();
    let direction = gradients.combine_dense(&update).into_data();
    (update, direction.try_to_vec().unwrap())
}

pub(super) fn weights(id: &str, params: &[(&str, f64)], rows: Rows<'_>) -> Vec<f32> {
    let mut running = build(id, params, [rows.len(), rows[0].len()], &[1]);
    let (update, _) = step(running.as_mut(), &[rows], 0);
    assert!(running.unsolved().iter().all(|&steps| steps == 0), "{id}");
    update.weights.into_data().try_to_vec().unwrap()
}

pub(super) fn direction(id: &str, rows: Rows<'_>) -> Vec<f32> {
    step(
        build(id, &[], [rows.len(), rows[0].len()], &[1]).as_mut(),
        &[rows],
        0,
    )
    .1
}

#[track_caller]
pub(super) fn assert_near(id: &str, found: &[f32], expected: &[f32], tolerance: f32) {
    assert_eq!(found.len(), expected.len());
    for (a, b) in found.iter().zip(expected) {
        assert!(
            (a - b).abs() <= tolerance,
            "{id}: {found:?} instead of {expected:?}"
        );
    }
}

// import numpy as np, torch
// from scipy.optimize import fsolve, minimize
// from torchjd.aggregation import MGDA, IMTLG, AlignedMTL, UPGrad, DualProj, ConFIG
// torch.set_default_dtype(torch.float64)
// A = [[1., -.5, .3, 2., .1], [-.8, .4, 1.2, -.6, .5], [.2, 1.5, -.7, .3, -1.1]]
// B = [[.9, -.2, .1, 1.5, .4], [-1., .6, .8, -.9, .2], [.5, 1.1, -.4, -.2, -.8]]
// C = [[1., .5, -.2, .8], [.6, 1.2, .1, .3]]
// J = [np.array(x) for x in (A, B, C)]
// G = [j @ j.T for j in J]
// show = lambda name, rows: print(name, [[round(float(v), 6) for v in row] for row in rows])
// solve = lambda f, g, **k: minimize(lambda w: f(w, g), np.full(len(g), 1 / len(g)), method="SLSQP", options=dict(ftol=1e-16, maxiter=10000), **k).x
// simplex = lambda low: dict(bounds=None, constraints=[dict(type="eq", fun=lambda w: w.sum() - 1), dict(type="ineq", fun=lambda w: w - low(w))])
// for name, agg in dict(mgda=MGDA(epsilon=1e-12, max_iters=1000000), imtl_g=IMTLG(), upgrad=UPGrad(), dualproj=DualProj()).items():
//     show(name, [agg.gramian_weighting(torch.tensor(g)) for g in G])
// show("aligned_mtl", [len(g) * AlignedMTL().gramian_weighting(torch.tensor(g)) for g in G])
// show("config (update)", [ConFIG()(torch.tensor(j)) for j in J])
// show("mgda slsqp", [solve(lambda w, g: w @ g @ w, g, **simplex(lambda w: 0)) for g in G])
// show("pe_mtl", [solve(lambda w, g: w @ g @ w, g, **simplex(lambda w: .9 / len(w))) for g in G])
// def cagrad(g, c=.4):
//     t = len(g); m = np.full(t, 1 / t); n = np.sqrt(m @ g @ m)
//     w = solve(lambda w, g: w @ g @ m + c * n * np.sqrt(w @ g @ w + 1e-18), g, **simplex(lambda w: 0))
//     return (m + c * n / np.sqrt(w @ g @ w) * w) / (1 + c * c)
// show("cagrad", map(cagrad, G))
// fair = lambda g, a: fsolve(lambda w: g @ w - np.abs(w) ** (-1 / a), np.full(len(g), .5), xtol=1e-14)
// show("fairgrad 1", [fair(g, 1) for g in G]); show("fairgrad 2", [fair(g, 2) for g in G])
// show("nash_mtl", [w * min(1, .5 / np.sqrt(w @ g @ w)) for g in G for w in [fair(g, 1)]])
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
// show("gradvac (update)", gradvac(J[:2] + J[:1]))
#[test]
fn weights_are_those_of_other_programs() {
    let check = |id: &str, params: &[(&str, f64)], expected: [&[f32]; 3]| {
        for (rows, expected) in [A, B, C].into_iter().zip(expected) {
            assert_near(id, &weights(id, params, rows), expected, 2e-5);
        }
    };
    let mgda: [&[f32]; 3] = [
        &[0.266_018, 0.460_108, 0.273_874],
        &[0.383_23, 0.402_775, 0.213_995],
        &[0.484_848, 0.515_152],
    ];
    check("mgda", &[], mgda);
    let pe_mtl: [&[f32]; 3] = [
        &[0.3, 0.4, 0.3],
        &[0.344_307, 0.355_693, 0.3],
        &[0.484_848, 0.515_152],
    ];
    check("pe_mtl", &[("least", 0.9)], pe_mtl);
    let imtl_g: [&[f32]; 3] = [
        &[0.279_589, 0.444_905, 0.275_505],
        &[0.390_041, 0.406_993, 0.202_966],
        &[0.498_042, 0.501_958],
    ];
    check("imtl_g", &[], imtl_g);
    let upgrad: [&[f32]; 3] = [
        &[0.527_106, 0.758_8, 0.523_189],
        &[0.682_208, 0.701_288, 0.475_531],
        &[0.5, 0.5],
    ];
    check("upgrad", &[], upgrad);
    let dualproj: [&[f32]; 3] = [
        &[0.333_333, 0.341_373, 0.333_333],
        &[0.333_333, 0.333_333, 0.333_333],
        &[0.5, 0.5],
    ];
    check("dualproj", &[], dualproj);
    let aligned_mtl: [&[f32]; 3] = [
        &[0.811_612, 1.170_516, 0.836_049],
        &[1.030_092, 1.064_457, 0.733_285],
        &[0.381_996, 0.388_489],
    ];
    check("aligned_mtl", &[], aligned_mtl);
    let cagrad: [&[f32]; 3] = [
        &[0.287_356, 0.452_737, 0.287_356],
        &[0.427_416, 0.446_424, 0.287_356],
        &[0.585_102, 0.621_671],
    ];
    check("cagrad", &[], cagrad);
}

#[test]
fn bargains_are_those_of_other_programs() {
    let check = |id: &str, params: &[(&str, f64)], expected: [&[f32]; 3]| {
        for (rows, expected) in [A, B, C].into_iter().zip(expected) {
            assert_near(id, &weights(id, params, rows), expected, 2e-5);
        }
    };
    let fairgrad: [&[f32]; 3] = [
        &[0.661_357, 1.028_501, 0.685_939],
        &[1.212_3, 1.259_364, 0.828_247],
        &[0.545_45, 0.549_739],
    ];
    check("fairgrad", &[("alpha", 1.0)], fairgrad);
    let fairgrad: [&[f32]; 3] = [
        &[0.599_907, 0.977_995, 0.621_472],
        &[1.278_195, 1.334_44, 0.804_834],
        &[0.444_898, 0.451_113],
    ];
    check("fairgrad", &[("alpha", 2.0)], fairgrad);
    let nash_mtl: [&[f32]; 3] = [
        &[0.190_917, 0.296_903, 0.198_013],
        &[0.349_961, 0.363_547, 0.239_094],
        &[0.192_846, 0.194_362],
    ];
    check("nash_mtl", &[("largest", 0.5)], nash_mtl);
}

#[test]
fn config_points_where_the_reference_points() {
    let expected: [&[f32]; 3] = [
        &[-0.065_422, 1.390_84, 1.309_143, 1.155_024, -0.162_197],
        &[0.134_235, 1.148_296, 0.835_641, 0.525_346, 0.221_261],
        &[1.598_458, 1.702_768, -0.098_827, 1.098_059],
    ];
    for (rows, expected) in [A, B, C].into_iter().zip(expected) {
        assert_near("config", &direction("config", rows), expected, 2e-5);
    }
}

/// A seed with which the tasks meet each other in their own order at the first three steps.
fn seed_of_task_order() -> u64 {
    let gram = DMatrix::zeros(3, 3);
    let in_task_order = |seed: &u64| {
        (0..3).all(|step| {
            let seen = Seen {
                gram: &gram,
                tasks: &[0, 1, 2],
                seed: *seed,
                progress: Progress { step, epoch: 0 },
            };
            in_order(&seen) == [0, 1, 2]
        })
    };
    (0..100_000).find(in_task_order).unwrap()
}

#[test]
fn surgery_cuts_as_other_programs_do() {
    let seed = [seed_of_task_order()];
    let mut pcgrad = build("pcgrad", &[], [3, 5], &seed);
    let expected = [0.047_886, 2.438_824, 1.805_564, 1.998_107, -0.526_518];
    assert_near("pcgrad", &step(pcgrad.as_mut(), &[A], 0).1, &expected, 2e-5);
    let expected = [0.410_765, 2.357_968, 1.153_406, 0.692_856, -0.028_862];
    assert_near("pcgrad", &step(pcgrad.as_mut(), &[B], 1).1, &expected, 2e-5);
    let mut gradvac = build("gradvac", &[], [3, 5], &seed);
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

/// The weights and directions of three steps.
fn three_steps(id: &str) -> (Vec<Vec<f32>>, Vec<Vec<f32>>) {
    let mut running = build(id, &[], [3, 5], &[1]);
    let losses = [[0.7, 4.0, 0.2], [0.6, 3.0, 0.25], [0.5, 2.5, 0.1]];
    let steps = (0..).zip([A, B, A]).zip(losses);
    let one = |((at, rows), losses): ((u64, Rows<'_>), [f32; 3])| {
        let (update, direction) = step_with(running.as_mut(), &[rows], &losses, at);
        (update.weights.into_data().try_to_vec().unwrap(), direction)
    };
    steps.map(one).unzip()
}

// import torch
// torch.set_default_dtype(torch.float64); T = torch.tensor
// A = [[1., -.5, .3, 2., .1], [-.8, .4, 1.2, -.6, .5], [.2, 1.5, -.7, .3, -1.1]]
// B = [[.9, -.2, .1, 1.5, .4], [-1., .6, .8, -.9, .2], [.5, 1.1, -.4, -.2, -.8]]
// steps = list(zip(map(T, (A, B, A)), map(T, ([.7, 4., .2], [.6, 3., .25], [.5, 2.5, .1])), (1, 2, 3)))
// show = lambda name, rows: print(name, [[round(float(v), 6) for v in row] for row in rows])
// def gradnorm(alpha=1.5):
//     w = torch.ones(3, requires_grad=True); opt = torch.optim.Adam([w], lr=.025); out = []
//     for g, l, k in steps:
//         out.append(w.tolist()); r = l / steps[0][1]; G = w * g.norm(dim=1)
//         target = (G.mean() * (r / r.mean()) ** alpha).detach()
//         opt.zero_grad(); (G - target).abs().sum().backward(); opt.step()
//         with torch.no_grad(): w *= 3 / w.sum()
//     return out + [w.tolist()]
// def excess(eta=.01):
//     h, w, out = torch.zeros(3, 5), torch.ones(3), []
//     for g, l, k in steps:
//         h += g**2; e = (g**2 / (h + 1e-7).sqrt()).sum(1)
//         if k == 1: e0 = e
//         else: w = w * torch.exp(eta * e / e0); w = 3 * w / w.sum()
//         out.append(w.tolist())
//     return out
// def db_mtl(beta=.9):
//     m, out = torch.zeros(3, 5), []
//     for g, l, k in steps:
//         g = g / l[:, None]; m = g + beta * (m - g); n = m.norm(dim=1); out.append((n.max() / (n + 1e-8)) @ m)
//     return out
// def moco(beta=.5, gamma=.1):
//     y, lam, out = torch.zeros(3, 5), torch.ones(3) / 3, []
//     for g, l, k in steps:
//         g = g / (g.norm(dim=1, keepdim=True) + 1e-8) * l[:, None]
//         y = y - beta / k**.5 * (y - g); lam = torch.softmax(lam - gamma / k**.5 * (y @ y.T) @ lam, -1); out.append(y.T @ lam)
//     return out
// def metabalance(r=.7, beta=.9):
//     n, out = torch.zeros(3), []
//     for g, l, k in steps:
//         n = beta * n + (1 - beta) * g.norm(dim=1); w = r * n[1] / (n + 1e-5) + 1 - r; w[1] = 1; out.append(w.tolist())
//     return out
// def famo(lr=.025, decay=1e-3):
//     xi = torch.zeros(3, requires_grad=True); opt = torch.optim.Adam([xi], lr=lr, weight_decay=decay); out = []
//     for g, l, k in steps:
//         z = torch.softmax(xi, -1); c = (z / l).sum(); out.append((z / l / c).tolist())
//         delta = l.log() - (l * T([.9, .97, 1.02])).log()
//         xi.grad = torch.autograd.grad(z, xi, grad_outputs=delta)[0]; opt.step()
//     z = torch.softmax(xi, -1) / l; return out + [(z / z.sum()).tolist()]
// def graddrop(leak):
//     u = T([.3, .8, .5, .9, .1]); g = T(A); p = .5 * (1 + g.sum(0) / g.abs().sum(0))
//     keep = (p > u) * (g > 0) + (p < u) * (g < 0); return ((leak + (1 - leak) * keep) * g).sum(0)
// for f in (gradnorm, excess, db_mtl, moco, metabalance, famo): show(f.__name__, f())
// show("graddrop", [graddrop(0), graddrop(.25)])
#[test]
fn strategies_with_a_memory_go_as_other_programs_do() {
    let check = |id: &str, found: &[Vec<f32>], expected: &[&[f32]]| {
        for (found, expected) in found.iter().zip(expected) {
            assert_near(id, found, expected, 2e-5);
        }
    };
    let expected: [&[f32]; 3] = [
        &[1.0, 1.0, 1.0],
        &[0.983_193, 1.033_613, 0.983_193],
        &[0.967_63, 1.042_091, 0.990_279],
    ];
    check("gradnorm", &three_steps("gradnorm").0, &expected);
    let expected: [&[f32]; 3] = [
        &[1.0, 1.0, 1.0],
        &[0.999_324, 1.001_484, 0.999_192],
        &[0.999_469, 1.001_195, 0.999_336],
    ];
    check("excess_mtl", &three_steps("excess_mtl").0, &expected);
    let expected: [&[f32]; 3] = [
        &[0.058_045, 0.770_977, 0.498_883, 0.664_334, -0.207_215],
        &[0.161_672, 1.337_21, 0.527_214, 0.625_421, -0.327_373],
        &[0.228_345, 2.813_114, 1.395_772, 1.818_651, -0.717_31],
    ];
    check("db_mtl", &three_steps("db_mtl").1, &expected);
    let expected: [&[f32]; 3] = [
        &[-0.234_172, 0.144_499, 0.439_114, -0.107_29, 0.167_799],
        &[-0.291_112, 0.219_94, 0.427_843, -0.179_981, 0.145_034],
        &[-0.290_507, 0.206_068, 0.465_732, -0.162_929, 0.165_745],
    ];
    check("moco", &three_steps("moco").1, &expected);
}

#[test]
fn signs_are_dropped_as_another_program_drops_them() {
    let rows = gradients(&[A]).dense.swap_dims(0, 1);
    let lot = TensorData::new(vec![0.3_f32, 0.8, 0.5, 0.9, 0.1], [1, 5]);
    let lot: Tensor<2> = Tensor::from_data(lot, &Device::flex());
    for (leak, expected) in [
        (0.0, [1.2, -0.5, 1.5, -0.6, 0.6]),
        (0.25, [1.0, -0.025, 1.325, -0.025, 0.325]),
    ] {
        let found = drop_signs(rows.clone(), lot.clone(), leak).into_data();
        let found: Vec<f32> = found.try_to_vec().unwrap();
        assert_near("graddrop", &found, &expected, 1e-6);
    }
}

#[test]
fn metabalance_brings_others_to_the_main_task() {
    let mut choice = Choice::named("metabalance");
    choice
        .params
        .insert("main".to_owned(), ParamValue::Integer(2));
    let mut running = build_choice(&choice, [3, 5], &[1]);
    let expected: [&[f32]; 3] = [
        &[0.810_887, 1.0, 0.885_018],
        &[0.877_18, 1.0, 0.973_336],
        &[0.850_815, 1.0, 0.937_817],
    ];
    for ((at, rows), expected) in (0..).zip([A, B, A]).zip(expected) {
        let update = step(running.as_mut(), &[rows], at).0;
        let found: Vec<f32> = update.weights.into_data().try_to_vec().unwrap();
        assert_near("metabalance", &found, expected, 2e-5);
    }
}
