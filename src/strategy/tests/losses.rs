//! Weights that are set, that follow the losses, or that are drawn.

use super::super::Strategy;
use super::fixtures::{
    assert_near, build, choice, ids, number, progress, tasks, tensor, weigh, weighting,
};
use super::problem::assert_descends;
use crate::spec::{Choice, ParamValue};

const LOSSES: [[f32; 3]; 4] = [
    [0.7, 4.0, 0.2],
    [0.6, 3.0, 0.25],
    [0.5, 2.5, 0.1],
    [0.55, 2.0, 0.05],
];

/// The weights of four steps, so many in each epoch.
fn four_steps(choice: &Choice, in_epoch: u32) -> Vec<Vec<f32>> {
    let mut running = weighting(choice);
    let steps = (0..).zip(LOSSES);
    steps
        .map(|(step, losses)| weigh(running.as_mut(), &losses, step, step as u32 / in_epoch))
        .collect()
}

#[track_caller]
fn assert_weighs(choice: &Choice, found: &[Vec<f32>], expected: &[[f32; 3]]) {
    assert_eq!(found.len(), expected.len());
    for (found, expected) in found.iter().zip(expected) {
        assert_near(&choice.name, found, expected, 2e-5);
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
    let lr = [("lr", number(0.1))];
    let expected = [
        [1.0, 0.5, 1.0],
        [0.904837, 0.452419, 1.105171],
        [0.834328, 0.411374, 1.219211],
        [0.80634, 0.376345, 1.345821],
    ];
    let learned = choice("uncertainty", &lr);
    assert_weighs(&learned, &four_steps(&learned, 4), &expected);
    let expected = [
        [1.0, 1.0, 1.0],
        [1.105171, 0.904837, 1.105171],
        [1.221567, 0.822748, 1.220932],
        [1.350493, 0.75269, 1.349401],
    ];
    let learned = choice("imtl_l", &lr);
    assert_weighs(&learned, &four_steps(&learned, 4), &expected);
}

#[test]
fn weights_are_the_derivatives_of_the_total() {
    let expected = [
        [0.392503, 0.068688, 1.373762],
        [0.425727, 0.085145, 1.021746],
        [0.333333, 0.066667, 1.666667],
        [0.230482, 0.063383, 2.535302],
    ];
    let plain = Choice::named("gls");
    assert_weighs(&plain, &four_steps(&plain, 4), &expected);
    let expected = [
        [1.428571, 0.25, 5.0],
        [1.666667, 0.333333, 4.0],
        [2.0, 0.4, 10.0],
        [1.818182, 0.5, 20.0],
    ];
    let plain = Choice::named("si");
    assert_weighs(&plain, &four_steps(&plain, 4), &expected);
}

#[test]
fn dwa_looks_at_the_two_epochs_before() {
    let dwa = Choice::named("dwa");
    let mut running = weighting(&dwa);
    let mut at =
        |step: usize, epoch| weigh(running.as_mut(), &LOSSES[step % 4], step as u64, epoch);
    let found: Vec<Vec<f32>> = (0..4).map(|step| at(step, step as u32 / 2)).collect();
    assert_weighs(&dwa, &found, &[[1.0; 3]; 4]);
    assert_weighs(&dwa, &[at(4, 2)], &[[1.107119, 1.019531, 0.87335]]);
}

#[test]
fn stch_begins_after_its_reference_epoch() {
    let stch = choice(
        "stch",
        &[("mu", number(0.5)), ("warmup", ParamValue::Integer(0))],
    );
    let expected = [
        [1.428571, 0.25, 5.0],
        [1.666667, 0.333333, 4.0],
        [2.732151, 0.471157, 4.560331],
        [3.576667, 0.448576, 2.71361],
    ];
    assert_weighs(&stch, &four_steps(&stch, 2), &expected);
}

// import torch
// torch.set_default_dtype(torch.float64); T = torch.tensor
// L = T([[.7, 4., .2], [.6, 3., .25], [.5, 2.5, .1]])
// def famo(lr=.025, decay=1e-3):
//     xi = torch.zeros(3, requires_grad=True); opt = torch.optim.Adam([xi], lr=lr, weight_decay=decay); out = []
//     for l in L:
//         z = torch.softmax(xi, -1); c = (z / l).sum(); out.append((z / l / c).tolist())
//         delta = l.log() - (l * T([.9, .97, 1.02])).log()
//         xi.grad = torch.autograd.grad(z, xi, grad_outputs=delta)[0]; opt.step()
//     z = torch.softmax(xi, -1) / l; return out + [(z / z.sum()).tolist()]
#[test]
fn famo_learns_from_what_a_step_did() {
    let famo = Choice::named("famo");
    let mut running = weighting(&famo);
    let mut found = Vec::new();
    for (step, before) in (0..).zip(&LOSSES[..3]) {
        found.push(weigh(running.as_mut(), before, step, 0));
        let after = [before[0] * 0.9, before[1] * 0.97, before[2] * 1.02];
        let [before, after] = [*before, after].map(|losses| tensor(&losses, [1, 3]));
        running.learn(&before, &after, progress(step));
    }
    found.push(weigh(running.as_mut(), &LOSSES[2], 3, 0));
    let expected = [
        [0.213904, 0.037433, 0.748663],
        [0.267859, 0.056319, 0.675822],
        [0.148219, 0.032756, 0.819025],
        [0.142024, 0.032981, 0.824995],
    ];
    assert_weighs(&famo, &found, &expected);
    assert!(running.looks_back());
}

#[test]
fn manual_weights_follow_their_schedule() {
    let per_task = |numbers: [f64; 3]| {
        let names = ["click", "watch", "like"].map(str::to_owned);
        ParamValue::PerTask(names.into_iter().zip(numbers).collect())
    };
    let manual = |weights, decay| {
        let params = [("weights", per_task(weights)), ("decay", per_task(decay))];
        choice("manual", &params)
    };
    let fading = manual([0.5, 2.0, 1.0], [1.0, 0.5, 1.2]);
    let expected = [
        [0.5, 2.0, 1.0],
        [0.5, 1.0, 1.2],
        [0.5, 0.5, 1.44],
        [0.5, 0.25, 1.728],
    ];
    assert_weighs(&fading, &four_steps(&fading, 1), &expected);
    // The last factor would overflow.
    let mut running = weighting(&manual([1.0, 0.0, 1.0], [0.0, 10.0, 10.0]));
    let late = weigh(running.as_mut(), &LOSSES[0], 0, 400);
    assert_near("manual", &late, &[0.0, 0.0, 1e6], 0.0);
    let rising = manual([0.5, 2.0, 1.5], [1.0, 0.5, 1.1]);
    assert_descends(
        &rising,
        1,
        [
            [-0.112_792, 0.502_659, -0.058_424, -0.033_61],
            [0.162_735, 0.101_556, 0.138_709, -0.240_085],
            [0.494_882, 0.823_294, 0.354_296, 0.324_293],
            [0.507_569, 0.806_587, 0.765_598, 0.581_915],
        ],
    );
}

// import numpy as np
// x, w = np.polynomial.hermite_e.hermegauss(60); w = w / np.sqrt(2 * np.pi); e = np.exp(x)
// print(np.einsum("i,j,k,ijk->", w, w, w, (e[:, None, None] / (e[:, None, None] + e[None, :, None] + e[None, None]))**2))
#[test]
fn rlw_draws_from_a_softmax_of_normals() {
    let rlw = Choice::named("rlw");
    let found = four_steps(&rlw, 4);
    assert_ne!(found[0], found[1]);
    assert_eq!(found, four_steps(&rlw, 1), "the epoch changes the draw");
    let mut running = weighting(&rlw);
    let steps = 4000;
    let (mut mean, mut square) = ([0.0_f32; 3], [0.0_f32; 3]);
    for step in 0..steps {
        let weights = weigh(running.as_mut(), &LOSSES[0], step, 0);
        for (task, weight) in weights.iter().enumerate() {
            mean[task] += weight / steps as f32;
            square[task] += weight * weight / steps as f32;
        }
    }
    // Three standard errors.
    assert_near("rlw", &mean, &[1.0 / 3.0; 3], 0.011);
    assert_near("rlw", &square, &[0.160_522; 3], 0.01);
}

// from problem import *
// from torchjd.scalarization import DWA, FAMO, STCH, UW, IMTLL, GeometricMean
// def slope(total, p, x): x = x.clone().requires_grad_(); return torch.autograd.grad(total(p.losses(x)), x)[0]
// def learned(scalarizer, step=lambda: None):
//     def make(t):
//         s = scalarizer(t); opt = torch.optim.Adam(s.parameters(), lr=.1)
//         def update(p, x, k):
//             x = x.clone().requires_grad_(); opt.zero_grad(); s(p.losses(x)).backward(); opt.step(); return x.grad
//         return update
//     return make
// def dwa(t):
//     s = DWA(temperature=.5)
//     def update(p, x, k):
//         if k and k % 2 == 0: s.step()
//         return slope(s, p, x)
//     return update
// def famo(t):
//     s = FAMO(t, lr=.1)
//     def update(p, x, k):
//         d = slope(s, p, x); s.update(p.losses(x - .1 * d)); return d
//     return update
// def stch(t, mu=.5):
//     seen = []
//     def update(p, x, k):
//         l = p.losses(x); seen.append(l)
//         if k < 2: return slope(lambda l: l.log().sum(), p, x)
//         n = (seen[0] + seen[1]) / 2; s = STCH(mu=mu, weights=torch.ones(t), reference=n.log()); return t * slope(lambda l: s(l.log()), p, x)
//     return update
// def uncertainty(t):  # the middle task is a regression
//     s = torch.zeros(t, requires_grad=True); opt = torch.optim.Adam([s], lr=.1); a = T_([1., .5, 1.])[:t]
//     def update(p, x, k):
//         x = x.clone().requires_grad_(); opt.zero_grad(); (a * torch.exp(-s) * p.losses(x) + s / 2).sum().backward(); opt.step(); return x.grad
//     return update
// plain = lambda total: lambda t: lambda p, x, k: slope(total, p, x)
// makes = dict(equal=plain(torch.sum), manual=lambda t: lambda p, x, k: slope(lambda l: (T_([.5, 2., 1.5])[:t] * T_([1., .5, 1.1])[:t]**(k // 2)) @ l, p, x),
//     uncertainty=uncertainty, uw_all_regressions=learned(UW), dwa=dwa, gls=plain(GeometricMean()), si=plain(lambda l: l.log().sum()), imtl_l=learned(IMTLL), stch=stch, famo=famo)
// if __name__ == "__main__":
//     for name, make in makes.items():
//         for row in descend(make): print(name, row)
#[test]
fn losses_lead_where_other_programs_go() {
    assert_descends(
        &Choice::named("equal"),
        1,
        [
            [0.108_266, 0.479_606, -0.205_734, 0.112_698],
            [0.192_805, 0.275_828, -0.062_085, -0.030_066],
            [0.603_194, 0.756_302, 0.462_901, 0.408_531],
            [0.598_558, 0.770_299, 0.657_07, 0.538_173],
        ],
    );
    assert_descends(
        &Choice::named("gls"),
        1,
        [
            [0.019_522, 0.323_232, -0.107_631, 0.039_271],
            [0.095_801, 0.079_378, 0.024_413, -0.071_429],
            [0.379_272, 0.466_508, 0.321_07, 0.270_343],
            [0.323_759, 0.341_756, 0.397_592, 0.293_211],
        ],
    );
    assert_descends(
        &Choice::named("si"),
        1,
        [
            [0.034_912, 0.514_222, -0.166_56, 0.063_595],
            [0.166_393, 0.178_474, 0.051_444, -0.149_103],
            [0.836_742, 1.044_776, 0.549_865, 0.508_225],
            [0.712_023, 0.900_032, 0.690_914, 0.646_062],
        ],
    );
    assert_descends(
        &choice("dwa", &[("temperature", number(0.5))]),
        1,
        [
            [0.076_851, 0.486_616, -0.186_121, 0.089_284],
            [0.179_046, 0.248_574, -0.024_564, -0.065_151],
            [0.604_663, 0.752_428, 0.464_49, 0.410_709],
            [0.592_343, 0.778_566, 0.658_766, 0.533_262],
        ],
    );
    assert_descends(
        &choice(
            "stch",
            &[("mu", number(0.5)), ("warmup", ParamValue::Integer(0))],
        ),
        1,
        [
            [0.034_763, 0.514_007, -0.166_163, 0.063_181],
            [0.184_275, 0.167_725, 0.039_265, -0.137_225],
            [0.862_876, 0.981_282, 0.565_779, 0.555_908],
            [0.638_533, 0.915_631, 0.743_246, 0.653_192],
        ],
    );
}

#[test]
fn learned_weights_lead_where_other_programs_go() {
    let lr = [("lr", number(0.1))];
    assert_descends(
        &choice("uncertainty", &lr),
        1,
        [
            [0.199_509, 0.323_237, -0.235_199, 0.171_704],
            [0.264_02, 0.136_502, -0.093_375, 0.023_884],
            [0.477_119, 0.458_715, 0.409_855, 0.348_377],
            [0.526_16, 0.516_238, 0.627_916, 0.504_288],
        ],
    );
    assert_descends(
        &choice("imtl_l", &lr),
        1,
        [
            [0.026_566, 0.499_396, -0.156_457, 0.055_018],
            [0.158_288, 0.214_442, 0.031_741, -0.124_056],
            [0.581_858, 0.720_166, 0.452_557, 0.398_36],
            [0.589_629, 0.744_007, 0.665_245, 0.544_722],
        ],
    );
    assert_descends(
        &choice("famo", &lr),
        1,
        [
            [0.025_552, 0.318_912, -0.111_025, 0.042_952],
            [0.095_553, 0.081_003, 0.017_811, -0.063_79],
            [0.381_445, 0.458_879, 0.324_374, 0.273_79],
            [0.305_482, 0.392_43, 0.373_958, 0.272_746],
        ],
    );
}

#[test]
fn weights_that_do_not_depend_on_the_losses_are_known_ahead() {
    let knows = |id: &&str| match build(&Choice::named(id), &tasks(3), 1, &[1]) {
        Strategy::Weighting(mut weighting) => {
            let counts = tensor(&[4.0, 0.0, 2.0], [1, 3]);
            weighting.ahead(&counts, progress(0)).is_some()
        }
        Strategy::Balancing(_) => false,
    };
    let found: Vec<&str> = ids().filter(knows).collect();
    let expected = ["equal", "manual", "uncertainty", "dwa", "rlw", "imtl_l"];
    assert_eq!(found[..6], expected);
    assert_eq!(found[6..], ["weighted_cross_entropy", "sample_weights"]);
}
