//! The weights of each strategy over several steps, as another program gives them.

use burn::tensor::{Device, Tensor, TensorData};

use super::{Needs, Progress, STRATEGIES, Strategy, StrategyConfig, Weighting, strategy};
use crate::data::{Task, TaskKind};
use crate::spec::{Choice, ParamValue};

const LOSSES: [[f32; 3]; 4] = [
    [0.7, 4.0, 0.2],
    [0.6, 3.0, 0.25],
    [0.5, 2.5, 0.1],
    [0.55, 2.0, 0.05],
];

fn build(id: &str, params: &[(&str, ParamValue)]) -> Box<dyn Weighting> {
    let mut choice = Choice::named(id);
    for (name, value) in params {
        choice.params.insert((*name).to_owned(), value.clone());
    }
    let task = |name: &str, kind| Task {
        name: name.to_owned(),
        kind,
        unscale: None,
    };
    let config = StrategyConfig {
        tasks: &[
            task("click", TaskKind::Binary),
            task("watch", TaskKind::Regression),
            task("like", TaskKind::Binary),
        ],
        seeds: &[1],
        num_shared: 5,
        device: &Device::flex(),
    };
    match strategy(id).unwrap().build(&choice, &config) {
        Strategy::Weighting(weighting) => weighting,
        Strategy::Balancing(_) => panic!("{id} weighs no losses"),
    }
}

fn weigh(running: &mut dyn Weighting, losses: [f32; 3], step: u64, epoch: u32) -> Vec<f32> {
    let losses = TensorData::new(losses.to_vec(), [1, 3]);
    let losses = Tensor::from_data(losses, &Device::flex());
    let weights = running.weigh(&losses, Progress { step, epoch });
    weights.into_data().try_to_vec().unwrap()
}

/// All strategies that weigh losses.
fn weightings() -> impl Iterator<Item = &'static str> {
    let plain = |id: &&str| strategy(id).unwrap().needs(&Choice::named(id)) == Needs::Losses;
    STRATEGIES.iter().map(|entry| entry.spec().id).filter(plain)
}

/// The weights of steps in one epoch.
fn in_one_epoch(id: &str, params: &[(&str, ParamValue)]) -> Vec<Vec<f32>> {
    let mut running = build(id, params);
    let steps = (0..).zip(LOSSES);
    steps
        .map(|(step, losses)| weigh(running.as_mut(), losses, step, 0))
        .collect()
}

fn assert_near(found: &[Vec<f32>], expected: &[[f32; 3]]) {
    assert_eq!(found.len(), expected.len());
    for (found, expected) in found.iter().zip(expected) {
        for (a, b) in found.iter().zip(expected) {
            assert!(
                (a - b).abs() <= 2e-5 * b.abs().max(1.0),
                "{found:?} {expected:?}"
            );
        }
    }
}

// import math, torch
// torch.set_default_dtype(torch.float64)
// L = torch.tensor([[.7, 4., .2], [.6, 3., .25], [.5, 2.5, .1], [.55, 2., .05]])
// show = lambda name, rows: print(name, [[round(v, 6) for v in row] for row in rows])
// # uncertainty
// def uncertainty():
//     s = torch.zeros(3, requires_grad=True); opt = torch.optim.Adam([s], lr=.1); rows = []
//     for l in L:
//         l = l.clone().requires_grad_()
//         loss = sum((.5 if i == 1 else 1.) * torch.exp(-s[i]) * l[i] + s[i] / 2 for i in range(3))
//         opt.zero_grad(); loss.backward(); rows.append(l.grad.tolist()); opt.step()
//     show("uncertainty", rows)
// def imtl_l():
//     s = torch.zeros(3, requires_grad=True); opt = torch.optim.Adam([s], lr=.1); rows = []
//     for l in L:
//         l = l.clone().requires_grad_(); opt.zero_grad(); (torch.exp(s) * l - s).sum().backward(); rows.append(l.grad.tolist()); opt.step()
//     show("imtl_l", rows)
// def direct(name, f):
//     rows = []
//     for l in L: l = l.clone().requires_grad_(); f(l).backward(); rows.append(l.grad.tolist())
//     show(name, rows)
// def dwa(tau=2.):  # two steps an epoch: L[0], L[1] | L[2], L[3] | L[0] | …
//     means = [(L[0] + L[1]) / 2, (L[2] + L[3]) / 2]
//     show("dwa", [(3 * torch.softmax(means[1] / means[0] / tau, 0)).tolist()])
// def stch(mu=.5):
//     n = (L[0] + L[1]) / 2; rows = []
//     for l in L[2:]: l = l.clone().requires_grad_(); (mu * 3 * torch.logsumexp(torch.log(l / n) / mu, 0)).backward(); rows.append(l.grad.tolist())
//     show("stch", rows)
// uncertainty(); imtl_l(); direct("gls", lambda l: torch.exp(torch.log(l).mean())); direct("si", lambda l: torch.log(l).sum()); dwa(); stch()
#[test]
fn learned_weights_are_those_of_torch() {
    let lr = [("lr", ParamValue::Number(0.1))];
    let expected = [
        [1.0, 0.5, 1.0],
        [0.904837, 0.452419, 1.105171],
        [0.834328, 0.411374, 1.219211],
        [0.80634, 0.376345, 1.345821],
    ];
    assert_near(&in_one_epoch("uncertainty", &lr), &expected);
    let expected = [
        [1.0, 1.0, 1.0],
        [1.105171, 0.904837, 1.105171],
        [1.221567, 0.822748, 1.220932],
        [1.350493, 0.75269, 1.349401],
    ];
    assert_near(&in_one_epoch("imtl_l", &lr), &expected);
}

#[test]
fn weights_are_the_derivatives_of_the_total() {
    let expected = [
        [0.392503, 0.068688, 1.373762],
        [0.425727, 0.085145, 1.021746],
        [0.333333, 0.066667, 1.666667],
        [0.230482, 0.063383, 2.535302],
    ];
    assert_near(&in_one_epoch("gls", &[]), &expected);
    let expected = [
        [1.428571, 0.25, 5.0],
        [1.666667, 0.333333, 4.0],
        [2.0, 0.4, 10.0],
        [1.818182, 0.5, 20.0],
    ];
    assert_near(&in_one_epoch("si", &[]), &expected);
}

#[test]
fn dwa_looks_at_the_two_epochs_before() {
    let mut running = build("dwa", &[]);
    let mut found = Vec::new();
    for (step, losses) in (0..).zip(LOSSES) {
        let epoch = u32::from(step >= 2);
        found.push(weigh(running.as_mut(), losses, step, epoch));
    }
    assert_near(&found, &[[1.0; 3]; 4]);
    let third = weigh(running.as_mut(), LOSSES[0], 4, 2);
    assert_near(&[third], &[[1.107119, 1.019531, 0.87335]]);
}

#[test]
fn stch_begins_after_its_reference_epoch() {
    let params = [
        ("mu", ParamValue::Number(0.5)),
        ("warmup", ParamValue::Integer(0)),
    ];
    let mut running = build("stch", &params);
    let mut found = Vec::new();
    for (step, losses) in (0..).zip(LOSSES) {
        let epoch = u32::from(step >= 2);
        found.push(weigh(running.as_mut(), losses, step, epoch));
    }
    let expected = [
        [1.428571, 0.25, 5.0],
        [1.666667, 0.333333, 4.0],
        [2.732151, 0.471157, 4.560331],
        [3.576667, 0.448576, 2.71361],
    ];
    assert_near(&found, &expected);
}

// The program is that of `famo` in balance_tests.rs.
#[test]
fn famo_learns_from_what_a_step_did() {
    let mut running = build("famo", &[]);
    let losses = [[0.7, 4.0, 0.2], [0.6, 3.0, 0.25], [0.5, 2.5, 0.1]];
    let tensor = |losses: [f32; 3]| {
        let data = TensorData::new(losses.to_vec(), [1, 3]);
        Tensor::from_data(data, &Device::flex())
    };
    let mut found = Vec::new();
    for (step, before) in (0..).zip(losses) {
        found.push(weigh(running.as_mut(), before, step, 0));
        let after = [before[0] * 0.9, before[1] * 0.97, before[2] * 1.02];
        let progress = Progress { step, epoch: 0 };
        running.learn(&tensor(before), &tensor(after), progress);
    }
    found.push(weigh(running.as_mut(), losses[2], 3, 0));
    let expected = [
        [0.213904, 0.037433, 0.748663],
        [0.267859, 0.056319, 0.675822],
        [0.148219, 0.032756, 0.819025],
        [0.142024, 0.032981, 0.824995],
    ];
    assert_near(&found, &expected);
    assert!(running.looks_back());
}

#[test]
fn famo_stays_where_all_losses_fall_alike() {
    let mut running = build("famo", &[("decay", ParamValue::Number(0.0))]);
    let half = Tensor::from_data(TensorData::new(vec![0.25_f32; 3], [1, 3]), &Device::flex());
    let whole = half.clone() * 2.0;
    let progress = Progress { step: 0, epoch: 0 };
    running.learn(&whole, &half, progress);
    assert_near(
        &[weigh(running.as_mut(), [0.5; 3], 1, 0)],
        &[[1.0 / 3.0; 3]],
    );
}

#[test]
fn rlw_sums_to_one_and_changes_with_the_step_alone() {
    let found = in_one_epoch("rlw", &[]);
    for weights in &found {
        assert!((weights.iter().sum::<f32>() - 1.0).abs() < 1e-6);
    }
    assert_ne!(found[0], found[1]);
    assert_eq!(found, in_one_epoch("rlw", &[]));
}

#[test]
fn a_task_without_a_label_in_the_batch_disturbs_none() {
    for id in weightings() {
        let mut running = build(id, &[]);
        for step in 0..12 {
            let losses = [0.5, if step == 3 { 0.0 } else { 2.0 }, 0.1];
            let weights = weigh(running.as_mut(), losses, step, step as u32 / 2);
            let fine = |weight: &f32| weight.is_finite() && *weight >= 0.0;
            assert!(weights.iter().all(fine), "{id}: {weights:?}");
        }
    }
}

#[test]
fn the_unit_of_a_loss_does_not_matter_to_the_scale_free() {
    for id in ["gls", "si"] {
        let mut running = build(id, &[]);
        let plain = weigh(running.as_mut(), [0.5, 2.0, 0.1], 0, 0);
        let scaled = weigh(running.as_mut(), [0.5, 2000.0, 0.1], 1, 0);
        let share =
            |weights: &[f32], losses: [f32; 3]| weights[1] * losses[1] / (weights[0] * losses[0]);
        let (a, b) = (
            share(&plain, [0.5, 2.0, 0.1]),
            share(&scaled, [0.5, 2000.0, 0.1]),
        );
        assert!((a - b).abs() < 1e-4, "{id}: {a} {b}");
    }
}

#[test]
fn a_kept_state_goes_on_as_it_was() {
    for id in weightings() {
        let (mut first, mut second) = (build(id, &[]), build(id, &[]));
        for (step, losses) in (0..).zip(LOSSES) {
            weigh(first.as_mut(), losses, step, step as u32 / 2);
        }
        let kept: Vec<Tensor<2>> = first
            .state()
            .into_iter()
            .map(|tensor| tensor.clone())
            .collect();
        for (tensor, kept) in second.state().into_iter().zip(kept) {
            *tensor = kept;
        }
        for step in 4..8 {
            let losses = LOSSES[step as usize % 4];
            let epoch = step as u32 / 2;
            let a = weigh(first.as_mut(), losses, step, epoch);
            let b = weigh(second.as_mut(), losses, step, epoch);
            assert_eq!(a, b, "{id}, step {step}");
        }
    }
}
