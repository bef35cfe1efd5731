//! Strategies that look at the lengths of gradients, and those that remember them.

use super::fixtures::{
    A, B, Rows, assert_near, balancing, choice, number, numbers, step, step_with,
};
use super::problem::assert_descends;
use crate::spec::{Choice, ParamValue};

/// The weights and directions of three steps.
fn three_steps(id: &str) -> (Vec<Vec<f32>>, Vec<Vec<f32>>) {
    let mut running = balancing(&Choice::named(id), [3, 5], &[1]);
    let losses = [[0.7, 4.0, 0.2], [0.6, 3.0, 0.25], [0.5, 2.5, 0.1]];
    let steps = (0..).zip([A, B, A]).zip(losses);
    let one = |((at, rows), losses): ((u64, Rows<'_>), [f32; 3])| {
        let (update, direction) = step_with(running.as_mut(), &[rows], &losses, at);
        (numbers(update.weights), direction)
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
// for f in (gradnorm, excess, db_mtl, moco, metabalance): show(f.__name__, f())
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
fn metabalance_brings_others_to_the_main_task() {
    let choice = choice("metabalance", &[("main", ParamValue::Integer(2))]);
    let mut running = balancing(&choice, [3, 5], &[1]);
    let expected: [&[f32]; 3] = [
        &[0.810_887, 1.0, 0.885_018],
        &[0.877_18, 1.0, 0.973_336],
        &[0.850_815, 1.0, 0.937_817],
    ];
    for ((at, rows), expected) in (0..).zip([A, B, A]).zip(expected) {
        let update = step(running.as_mut(), &[rows], at).0;
        let found = numbers(update.weights);
        assert_near("metabalance", &found, expected, 2e-5);
    }
}

// from problem import *
// def gradnorm(t, alpha=1.5):
//     w = torch.ones(t, requires_grad=True); opt = torch.optim.Adam([w], lr=.1); first = []
//     def update(p, x, k):
//         g, l = p.gradients(x), p.losses(x); first.append(l); r = l / first[0]; now = w.detach().clone()
//         n = w * g.norm(dim=1); target = (n.mean() * (r / r.mean())**alpha).detach()
//         opt.zero_grad(); (n - target).abs().sum().backward(); opt.step()
//         with torch.no_grad(): w.mul_(t / w.sum())
//         return now @ g
//     return update
// def excess_mtl(t, eta=.5):
//     s = dict(h=torch.zeros(t, 4), w=torch.ones(t))
//     def update(p, x, k):
//         g = p.gradients(x); s["h"] += g**2; e = (g**2 / (s["h"] + 1e-7).sqrt()).sum(1)
//         if k == 0: s["first"] = e
//         else: w = s["w"] * torch.exp(eta * e / s["first"]); s["w"] = t * w / w.sum()
//         return s["w"] @ g
//     return update
// def db_mtl(t, beta=.9):
//     s = dict(m=torch.zeros(t, 4))
//     def update(p, x, k):
//         x = x.clone().requires_grad_(); g = torch.stack([torch.autograd.grad(l, x, retain_graph=True)[0] for l in p.losses(x).log()])
//         s["m"] = beta * s["m"] + (1 - beta) * g; n = s["m"].norm(dim=1); return (n.max() / (n + 1e-8)) @ s["m"]
//     return update
// def moco(t, beta=.5, gamma=.5):
//     s = dict(y=torch.zeros(t, 4), lam=torch.ones(t) / t)
//     def update(p, x, k):
//         g = p.gradients(x); g = g / (g.norm(dim=1, keepdim=True) + 1e-8) * p.losses(x)[:, None]; f = (k + 1)**.5
//         s["y"] = s["y"] - beta / f * (s["y"] - g); s["lam"] = torch.softmax(s["lam"] - gamma / f * (s["y"] @ s["y"].T) @ s["lam"], -1)
//         return s["lam"] @ s["y"]
//     return update
// def metabalance(t, r=.7, beta=.9):
//     s = dict(n=torch.zeros(t))
//     def update(p, x, k):
//         g = p.gradients(x); s["n"] = beta * s["n"] + (1 - beta) * g.norm(dim=1); w = r * s["n"][1] / (s["n"] + 1e-5) + 1 - r; w[1] = 1.
//         return w @ g
//     return update
// if __name__ == "__main__":
//     for make in (gradnorm, excess_mtl, db_mtl, moco, metabalance):
//         for row in descend(make): print(make.__name__, row)
#[test]
fn lengths_lead_where_torch_goes() {
    assert_descends(
        &choice("gradnorm", &[("lr", number(0.1))]),
        1,
        [
            [-0.010_376, 0.508_565, -0.133_792, 0.029_866],
            [0.176_052, 0.152_034, 0.051_342, -0.136_222],
            [0.614_645, 0.724_003, 0.475_494, 0.423_273],
            [0.558_194, 0.728_076, 0.702_705, 0.558_103],
        ],
    );
    assert_descends(
        &choice("excess_mtl", &[("rate", number(0.5))]),
        1,
        [
            [0.078_053, 0.486_87, -0.187_529, 0.090_864],
            [0.185_14, 0.270_171, -0.049_787, -0.042_383],
            [0.605_595, 0.749_824, 0.465_537, 0.411_864],
            [0.594_471, 0.778_717, 0.656_936, 0.533_473],
        ],
    );
    assert_descends(
        &Choice::named("db_mtl"),
        1,
        [
            [0.022_073, 0.217_513, -0.082_801, 0.033_874],
            [0.123_817, 0.074_787, 0.029_194, -0.082_052],
            [0.209_817, 0.261_542, 0.192_403, 0.155_048],
            [0.302_773, 0.311_041, 0.387_865, 0.272_822],
        ],
    );
    assert_descends(
        &choice("moco", &[("gamma", number(0.5))]),
        1,
        [
            [0.041_064, 0.198_945, -0.093_999, 0.046_976],
            [0.072_701, 0.078_344, -0.020_781, -0.013_489],
            [0.239_34, 0.306_587, 0.216_131, 0.175_866],
            [0.214_587, 0.238_918, 0.264_803, 0.188_192],
        ],
    );
    assert_descends(
        &choice("metabalance", &[("main", ParamValue::Integer(2))]),
        1,
        [
            [0.066_839, 0.475_575, -0.178_641, 0.083_293],
            [0.190_287, 0.183_836, 0.017_352, -0.113_32],
            [0.622_094, 0.756_294, 0.476_253, 0.423_251],
            [0.617_678, 0.769_388, 0.702_016, 0.593_211],
        ],
    );
}
