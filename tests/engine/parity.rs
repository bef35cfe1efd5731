//! Five steps of whole networks beside PyTorch.

use std::fmt::Write as _;

use mtl_lab::experiment::Plan;
use mtl_lab::strategy::{StrategyConfig, TaskLoss, strategy};
use mtl_lab::train::cohort::{Cohort, StepAt};
use mtl_lab::train::cpu;
use mtl_lab::train::device_data::DeviceData;
use mtl_lab::train::history::Snapshot;
use mtl_lab::train::optimizer::{learning_rate, optimizer};
use mtl_lab::train::recipe::Recipe;

use crate::drawn::{drawn, placed};
use crate::fixture::plan_on;

const ROWS: usize = 12;

/// Two sparse fields, one number, a click known for most rows, and seconds.
fn table() -> String {
    let mut text = "part,a,b,x,click,watch\n".to_owned();
    for row in 0..ROWS + 4 {
        let part = match row {
            row if row < ROWS => "train",
            row if row < ROWS + 2 => "validation",
            _ => "test",
        };
        let number = (row as f64 * 0.7).sin();
        let click = match row % 5 {
            4 => String::new(),
            other => (other % 2).to_string(),
        };
        let watch = 2.0 + (row as f64 * 1.3).cos();
        writeln!(
            text,
            "{part},a{},b{},{number:.4},{click},{watch:.4}",
            row % 3,
            row % 4
        )
        .unwrap();
    }
    text
}

fn plan(structure: &str, batch_norm: bool) -> Plan {
    // Batch norm takes the gradient of the biases before it away; Adam would blow up the rounding that is left.
    let optimizer = if batch_norm {
        r#"{ name = "sgd", lr = 0.1, momentum = 0.9 }"#
    } else {
        r#"{ name = "adam", lr = 0.01 }"#
    };
    let text = format!(
        r#"
        [data]
        path = "table.csv"
        [data.split]
        method = "column"
        column = "part"
        [data.columns]
        a = {{ role = "sparse" }}
        b = {{ role = "sparse" }}
        x = {{ role = "dense", scale = "none" }}
        click = {{ role = "label", task = "binary" }}
        watch = {{ role = "label", task = "regression", scale = "none" }}
        [training]
        embedding_dim = 2
        batch_norm = {batch_norm}
        l2_embedding = 0.01
        l2_dnn = 0.02
        optimizer = {optimizer}
        [[variants]]
        name = "one"
        structure = {{ name = "{structure}" }}
        bottom = {{ kind = "mlp", units = [4, 3] }}
        towers = {{ default = [3] }}
        strategy = {{ name = "manual", weights = {{ watch = 0.5 }} }}
        "#
    );
    plan_on(&table(), &text)
}

/// The losses of each step from fixed weights on all training rows, and the parameters, statistics and embeddings after
/// the last, each folded to two numbers.
pub fn steps(plan: &Plan, number: u64) -> (Vec<f64>, [f64; 6]) {
    let dataset = plan.dataset();
    let training = plan.training();
    let device = cpu().handle;
    let variant = &plan.variants()[0];
    let rule = optimizer(&training.optimizer.name).unwrap();
    let weigh = strategy(&variant.strategy.name).unwrap();
    let recipe = Recipe {
        clip_norm: Some(0.5),
        block: None,
        ..Recipe::new(plan, variant, true).unwrap()
    };
    let config = StrategyConfig {
        tasks: &dataset.tasks,
        num_shared: recipe.network.layout.num_shared(),
        seeds: &[1],
        device: &device,
    };
    let strategies = vec![(1, weigh.build(&variant.strategy, &config))];
    let mut cohort = Cohort::new(
        recipe,
        &[1],
        strategies,
        TaskLoss::new(&dataset.tasks),
        &device,
    );
    let fresh = cohort.state.snapshots().unwrap().remove(0);
    let wave = |len: usize, scale: f64| (1..=len).map(move |at| (scale * (at as f64).sin()) as f32);
    let network = cohort.network();
    let (layout, statistics) = (network.layout.clone(), network.statistics.clone());
    let start = Snapshot {
        flat: placed(&layout, wave(fresh.flat.len(), 0.3)),
        table: wave(fresh.table.len(), 0.5).collect(),
        ..fresh
    };
    cohort.state.load(&[&start]);
    let data = DeviceData::new(dataset, &device);
    let mut losses = Vec::new();
    for step in 0..number {
        let at = StepAt {
            step,
            epoch: 0,
            lr: learning_rate(rule, &training.optimizer),
        };
        cohort
            .step(&[dataset.split.train.as_slice()], dataset, &data, at)
            .unwrap();
        losses.extend(cohort.read().unwrap().losses);
    }
    let end = cohort.state.snapshots().unwrap().remove(0);
    let fold = |values: &[f32]| {
        let weighted = (1..)
            .zip(values)
            .map(|(at, value)| f64::from(at) * f64::from(*value));
        let squares = values.iter().map(|value| f64::from(value.powi(2)));
        [weighted.sum::<f64>(), squares.sum()]
    };
    let folds = [
        fold(&drawn(&layout, &end.flat)),
        fold(&drawn(&statistics, &end.statistics)),
        fold(&end.table),
    ];
    let folded = folds.concat().try_into().unwrap();
    (losses, folded)
}

// import math, torch, torch.nn.functional as F
// torch.set_default_dtype(torch.float64)
// a = [i % 3 + 2 for i in range(12)]; b = [i % 4 + 2 + 5 for i in range(12)]  # b starts after the 5 ids of a
// x = torch.tensor([[round(math.sin(0.7 * i), 4)] for i in range(12)])
// click = torch.tensor([-1. if i % 5 == 4 else float(i % 5 % 2) for i in range(12)])
// watch = torch.tensor([round(2 + math.cos(1.3 * i), 4) for i in range(12)])
// def run(lanes, bn):
//     shapes = []                                                             # name, lanes, rows, columns
//     for i, (m, n) in enumerate([(5, 4), (4, 3)]):
//         shapes += [(f"b{i}w", lanes, m, n), (f"b{i}b", lanes, 1, n)] + bn * [(f"b{i}g", lanes, 1, n), (f"b{i}s", lanes, 1, n)]
//     for t in "cw": shapes += [(t + "0w", 1, 3, 3), (t + "0b", 1, 1, 3)] + bn * [(t + "0g", 1, 1, 3), (t + "0s", 1, 1, 3)] + [(t + "1w", 1, 3, 1), (t + "1b", 1, 1, 1)]
//     total = sum(l * m * n for _, l, m, n in shapes)
//     wave = lambda n, c: torch.tensor([c * math.sin(i) for i in range(1, n + 1)]).float().double()
//     flat, p, at = wave(total, .3), {}, 0
//     for name, l, m, n in shapes: p[name] = flat[at:at + l * m * n].reshape(l, m, n).clone().requires_grad_(); at += l * m * n
//     table = wave(lanes * 11 * 2, .5).reshape(lanes, 11, 2).clone().requires_grad_()
//     params = list(p.values()) + [table]; opt = torch.optim.SGD(params, .1, momentum=.9) if bn else torch.optim.Adam(params, lr=.01); running, losses = {}, []
//     def norm(name, lane, h):
//         if not bn: return torch.relu(h)
//         mean, var = running.setdefault((name, lane), (torch.zeros(h.shape[1]), torch.ones(h.shape[1])))
//         h = F.batch_norm(h, mean, var, p[name + "g"][lane, 0], p[name + "s"][lane, 0], True, .1, 1e-5); return torch.relu(h)
//     for _ in range(5):
//         outs, l2 = [], 0
//         for lane in range(lanes):
//             e = torch.cat([table[lane, a], table[lane, b]], 1); l2 = l2 + .01 * (e ** 2).sum() / 12; h = torch.cat([e, x], 1)
//             for i in "01": h = norm("b" + i, lane, h @ p[f"b{i}w"][lane] + p[f"b{i}b"][lane])
//             outs.append(h)
//         towers = [norm(t + "0", 0, outs[k % lanes] @ p[t + "0w"][0] + p[t + "0b"][0]) @ p[t + "1w"][0] + p[t + "1b"][0] for k, t in enumerate("cw")]
//         c = F.binary_cross_entropy_with_logits(towers[0][click >= 0, 0], click[click >= 0]); w = F.mse_loss(towers[1][:, 0], watch)
//         losses += [c.item(), w.item()]
//         loss = c + .5 * w + l2 + .02 * sum((v ** 2).sum() for k, v in p.items() if k[-1] == "w")
//         opt.zero_grad(); loss.backward(); torch.nn.utils.clip_grad_norm_(params, .5); opt.step()
//     stats = [torch.zeros(1)] if not bn else [running[(k, l)][i] for k in ["b0", "b1", "c0", "w0"] for i in (0, 1) for l in range(lanes if k[0] == "b" else 1)]
//     fold = lambda v: [round((torch.arrange(1, len(v) + 1) * v).sum().item(), 5), round((v ** 2).sum().item(), 6)]
//     print([round(v, 6) for v in losses]); print(fold(torch.cat([v.flatten() for v in p.values()]).detach()), fold(torch.cat(stats)), fold(table.flatten().detach()))
// for bn in (0, 1): run(1, bn); run(2, bn)
#[test]
fn five_steps_are_those_of_torch() {
    let cases = [
        (
            "shared_bottom",
            false,
            [
                0.706418, 3.940322, 0.705325, 3.876695, 0.704306, 3.8149, 0.703357, 3.754987,
                0.702478, 3.69699,
            ],
            [9.40096, 2.466085, 0.0, 0.0, 11.11897, 2.40025],
        ),
        (
            "separate",
            false,
            [
                0.698643, 4.910864, 0.69763, 4.868919, 0.696743, 4.827173, 0.695968, 4.785628,
                0.695301, 4.744281,
            ],
            [18.15028, 3.406668, 0.0, 0.0, -19.18164, 4.726376],
        ),
        (
            "shared_bottom",
            true,
            [
                0.701927, 4.299004, 0.699863, 4.099053, 0.698504, 3.745824, 0.696987, 3.276444,
                0.695136, 2.728957,
            ],
            [119.71945, 4.929745, 116.75811, 4.70505, 9.98113, 2.740735],
        ),
        (
            "separate",
            true,
            [
                0.693894, 6.264825, 0.693279, 6.056491, 0.692363, 5.644164, 0.691539, 5.065432,
                0.690631, 4.373675,
            ],
            [45.63884, 6.645987, 277.95119, 7.302034, -19.8913, 5.487226],
        ),
    ];
    for (structure, batch_norm, expected_losses, expected_folds) in cases {
        let (losses, folds) = steps(&plan(structure, batch_norm), 5);
        let pairs = losses.iter().zip(&expected_losses);
        for (found, expected) in pairs.chain(folds.iter().zip(&expected_folds)) {
            assert!(
                (found - expected).abs() <= 2e-5 * expected.abs().max(1.0),
                "{structure}, batch norm {batch_norm}: {losses:?} {folds:?}"
            );
        }
    }
}
