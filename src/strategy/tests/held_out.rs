//! Weights that are tried on rows which the trial step did not see.

use super::fixtures::{
    Rows, assert_near, balancing, choice, gradients, number, numbers, progress, tensor,
};
use super::problem::assert_descends;

// from problem import *
// import cvxpy as cp
// from torch.autograd import grad
// EXACT = dict(tol_gap_abs=1e-13, tol_gap_rel=1e-13, tol_feas=1e-13)
// def bilevel(learn):
//     def make(t):
//         a = torch.zeros(t, requires_grad=True); opt = torch.optim.Adam([a], lr=.1)
//         def update(p, x, k):
//             w = torch.softmax(a, 0); tried = x - .5 * w @ p.gradients(x, -1.)
//             opt.zero_grad(); a.grad = learn(p.losses(tried, 1.), a); opt.step()
//             return torch.softmax(a, 0).detach() @ p.gradients(x)
//         return update
//     return make
// def auto_lambda(l, a): return grad(l.sum(), a)[0]
// def moml(l, a):
//     rows = torch.stack([grad(one, a, retain_graph=True)[0] for one in l]); rows = rows / rows.norm(dim=1, keepdim=True); w = cp.Variable(len(l))
//     cp.Problem(cp.Minimize(cp.sum_squares(rows.numpy().T @ w)), [w >= 0, cp.sum(w) == 1]).solve(solver=cp.CLARABEL, **EXACT); return T_(w.value) @ rows
// def forum(t, phi=2., eta=.5, exact=False):
//     a = torch.zeros(t, requires_grad=True); opt = torch.optim.Adam([a], lr=.1); s = dict(lam=torch.zeros(t))
//     def update(p, x, k):
//         w = torch.softmax(a, 0); x = x.clone().requires_grad_(); l = p.losses(x, -1.); step = -eta * w.detach() @ p.gradients(x, -1.).detach()
//         least = p.losses(x + step, -1.).detach() if exact else (l + p.gradients(x, -1.) @ step).detach()
//         q = torch.cat(grad(w @ l - w @ least, [a, x])); u = p.gradients(x, 1.).detach(); n = u.norm(dim=1); u = torch.cat([torch.zeros(t, t), u / n[:, None]], 1)
//         pi = phi - u @ q / q.norm()**2; A = torch.cat([u, q[None]]).numpy(); v = cp.Variable(t + 1, nonneg=True)
//         cp.Problem(cp.Minimize(cp.sum_squares(A.T @ v) - phi * float(q.norm()**2) * v[t]), [cp.sum(v[:t]) == 1, v[t] >= pi.numpy() @ v[:t]]).solve(solver=cp.CLARABEL, **EXACT)
//         s["lam"] = s["lam"] + (k // 2 + 1)**-.75 * (T_(v.value[:t]) - s["lam"]); nu = max(float(s["lam"] @ pi), 0.)
//         opt.zero_grad(); a.grad = nu * q[:t]; opt.step()
//         whole = p.gradients(x).detach(); return (s["lam"] / n) @ whole + nu * w.detach() @ whole
//     return update
// import functools
// if __name__ == "__main__":
//     for name, make in dict(auto_lambda=bilevel(auto_lambda), moml=bilevel(moml), forum=forum, forum_exact=functools.partial(forum, exact=True)).items():
//         for row in descend(make): print(name, row)
#[test]
fn held_out_rows_lead_where_torch_goes() {
    assert_descends(
        &choice("auto_lambda", &[("lr", number(0.1)), ("rate", number(0.5))]),
        1,
        [
            [0.037_373, 0.316_158, -0.119_865, 0.052_495],
            [0.182_39, 0.134_191, -0.120_196, 0.068_881],
            [0.347_861, 0.560_174, 0.269_303, 0.234_879],
            [0.311_189, 0.481_739, 0.321_784, 0.247_709],
        ],
    );
    assert_descends(
        &choice("moml", &[("lr", number(0.1)), ("rate", number(0.5))]),
        1,
        [
            [0.067_22, 0.304_563, -0.139_415, 0.073_166],
            [0.103_798, 0.134_495, -0.035_706, -0.015_746],
            [0.374_513, 0.480_273, 0.313_684, 0.265_228],
            [0.341_081, 0.406_793, 0.356_939, 0.276_981],
        ],
    );
    assert_descends(
        &choice(
            "forum",
            &[
                ("phi", number(2.0)),
                ("lr", number(0.1)),
                ("rate", number(0.5)),
            ],
        ),
        1,
        [
            [-0.039_953, 0.567_888, -0.127_14, 0.011_603],
            [0.168_46, 0.132_986, -0.001_743, -0.072_607],
            [0.548_747, 0.622_615, 0.441_808, 0.388_035],
            [0.490_502, 0.604_604, 0.488_157, 0.394_629],
        ],
    );
}

#[test]
fn the_task_that_helps_both_wins() {
    let tried: Rows<'_> = &[&[1.0, 0.0], &[0.0, 1.0]];
    let judge: Rows<'_> = &[&[1.0, 0.2], &[0.8, 0.1]];
    for id in ["auto_lambda", "moml"] {
        let mut seen = gradients(&[tried]);
        seen.parts[1] = gradients(&[judge]);
        let mut running = balancing(&choice(id, &[("lr", number(0.1))]), [2, 2], &[1]);
        let losses = tensor(&[1.0; 2], [1, 2]);
        for at in 0..3 {
            let update = running.balance(&seen, &losses, progress(at)).unwrap();
            let found = numbers(update.weights);
            // The slope of a sigmoid's logit falls, which Adam feels a little.
            let first = 1.0 / (1.0 + (-0.2 * (at + 1) as f32).exp());
            assert_near(id, &found, &[first, 1.0 - first], 2e-4);
        }
    }
}
