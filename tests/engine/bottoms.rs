//! Whole networks with linear terms, lists and embeddings of several widths beside PyTorch.

use std::fmt::Write as _;

use mtl_lab::experiment::Plan;
use mtl_lab::train::cpu;

use crate::fixture::{plan_on, train};
use crate::parity::steps;

const ROWS: usize = 12;

/// A video with the videos before it, an id, a number, a click known for most rows, and seconds.
fn table() -> String {
    let mut text = "part,video,b,history,x,click,watch\n".to_owned();
    for row in 0..ROWS + 4 {
        let part = match row {
            row if row < ROWS => "train",
            row if row < ROWS + 2 => "validation",
            _ => "test",
        };
        let history: Vec<String> = (0..row % 5)
            .map(|item| format!("v{}", (row + item) % 5))
            .collect();
        let click = match row % 5 {
            4 => String::new(),
            other => (other % 2).to_string(),
        };
        writeln!(
            text,
            "{part},v{},b{},{},{:.4},{click},{:.4}",
            row % 3,
            row % 4,
            history.join("|"),
            (row as f64 * 0.7).sin(),
            2.0 + (row as f64 * 1.3).cos()
        )
        .unwrap();
    }
    text
}

fn plan((bottom, extra): (&str, &str), structure: &str, dim_b: usize, strategy: &str) -> Plan {
    let attention = match (bottom, extra) {
        ("din", "softmax") => ", attention_units = [3], softmax = true",
        ("din", _) => ", attention_units = [3]",
        _ => "",
    };
    let pooling = if extra == "sum" { "sum" } else { "mean" };
    let text = format!(
        r#"
        [data]
        path = "table.csv"
        [data.split]
        method = "column"
        column = "part"
        [data.columns]
        video = {{ role = "sparse" }}
        b = {{ role = "sparse", embedding_dim = {dim_b} }}
        history = {{ role = "sequence", separator = "|", attends_to = "video", max_len = 3, pooling = "{pooling}" }}
        x = {{ role = "dense", scale = "none" }}
        click = {{ role = "label", task = "binary" }}
        watch = {{ role = "label", task = "regression", scale = "none" }}
        [training]
        embedding_dim = 2
        l2_embedding = 0.01
        l2_dnn = 0.02
        optimizer = {{ name = "sgd", lr = 0.1, momentum = 0.9 }}
        [[variants]]
        name = "one"
        structure = {{ name = "{structure}" }}
        bottom = {{ kind = "{bottom}", units = [4, 3]{attention} }}
        towers = {{ default = [3] }}
        strategy = {strategy}
        "#
    );
    plan_on(&table(), &text)
}

/// A bottom on a structure, the width of one field, a strategy and what is unusual; the number of parameters, the
/// losses of each step, and the folds.
type Case = (
    (
        &'static str,
        &'static str,
        usize,
        &'static str,
        &'static str,
    ),
    usize,
    [f64; 6],
    [f64; 6],
);

// import math, torch, torch.nn.functional as F
// torch.set_default_dtype(torch.float64)
// N = 12; video = torch.tensor([i % 3 + 2 for i in range(N)]); b = torch.tensor([i % 4 + 2 for i in range(N)])
// history = [[j + 2 if j < 3 else 0 for k in range(i % 5) for j in [(i + k) % 5]][-3:] for i in range(N)]  # 3 and 4 are no video
// x = torch.tensor([[round(math.sin(.7 * i), 4)] for i in range(N)])
// labels = torch.tensor([[i % 5 % 2, round(2 + math.cos(1.3 * i), 4)] for i in range(N)]); known = torch.tensor([i % 5 != 4 for i in range(N)])
// wave = lambda n, c: torch.tensor([c * math.sin(i) for i in range(1, n + 1)]).float().double()
// def run(bottom, lanes, dim_b, balance=None, extra=None):
//     wide = bottom != "din"; K = wide * (1 if lanes == 2 else 2); width = 2 + dim_b + 2 + 1; top = 3 + 2 * (bottom == "deepfm")
//     sizes = [(f"s{i}{k}", lanes, m, n) for i, (u, v) in enumerate([(width, 4), (4, 3)]) for k, m, n in [("w", u, v), ("b", 1, v)]]
//     for t in "cw": sizes += [(t + "0w", 1, top, 3), (t + "0b", 1, 1, 3), (t + "1w", 1, 3, 1), (t + "1b", 1, 1, 1)]
//     if not wide: sizes += [("sa0w", lanes, 8, 3), ("sa0b", lanes, 1, 3), ("salpha", lanes, 1, 3), ("sa1w", lanes, 3, 1), ("sa1b", lanes, 1, 1)]
//     if wide: sizes += [("clw", 1, 1, 1), ("wlw", 1, 1, 1)]
//     flat, p, at = wave(sum(l * m * n for _, l, m, n in sizes), .3), {}, 0
//     for name, l, m, n in sizes: p[name] = flat[at:at + l * m * n].reshape(l, m, n).clone().requires_grad_(); at += l * m * n
//     each = 5 * (2 + K) + 6 * (dim_b + K); table = wave(lanes * each, .5).requires_grad_()
//     params = list(p.values()) + [table]; opt = torch.optim.SGD(params, .1, momentum=.9); losses = []
//     running = [(torch.zeros(3), torch.ones(3)) for _ in range(lanes)]
//     # which numbers all tasks share: those of bottom and attention, and embeddings without their linear terms
//     shared = [torch.full_like(v, k[0] == "s") for k, v in p.items()]
//     one = torch.cat([(torch.arange(2 + K) < 2).repeat(5), (torch.arange(dim_b + K) < dim_b).repeat(6)]).double(); shared.append(one.repeat(lanes))
//     for _ in range(3):
//         tops, lines, l2 = [], [], 0
//         for l in range(lanes):
//             own = table[l * each:(l + 1) * each]; V = own[:5 * (2 + K)].reshape(5, -1); B = own[5 * (2 + K):].reshape(6, -1); v, e = V[video], B[b]
//             items = [V[torch.tensor(h, dtype=torch.long)] for h in history]; l2 = l2 + .01 * sum((y ** 2).sum() for y in [v, e] + items) / N
//             mean = torch.stack([(h.sum(0) if extra == "sum" else h.mean(0)) if len(h) else torch.zeros(2 + K) for h in items])
//             if wide: pooled = mean[:, :2]; lines.append(v[:, 2:] + e[:, dim_b:] + mean[:, 2:])
//             else:
//                 q = torch.cat([v[i:i + 1].expand(len(h), -1) for i, h in enumerate(items)]); k = torch.cat(items)   # no padding at all
//                 a = torch.cat([q, k, q - k, q * k], 1) @ p["sa0w"][l] + p["sa0b"][l]
//                 g = torch.sigmoid(F.batch_norm(a, *running[l], None, None, True, .1, 1e-8)); a = g * a + (1 - g) * p["salpha"][l] * a
//                 weight = (a @ p["sa1w"][l] + p["sa1b"][l]).split([len(h) for h in history])
//                 k = k * torch.cat([w.softmax(0) if extra else w for w in weight]); pooled = torch.stack([y.sum(0) for y in k.split([len(h) for h in history])])
//             fields = [v[:, :2], e[:, :dim_b], pooled]; h = torch.cat(fields + [x], 1)
//             for i in "01": h = torch.relu(h @ p[f"s{i}w"][l] + p[f"s{i}b"][l])
//             if bottom == "deepfm": f = torch.stack(fields); h = torch.cat([(f.sum(0) ** 2 - (f ** 2).sum(0)) / 2, h], 1)
//             tops.append(h)
//         if wide: line = torch.cat(lines, 1) + x * torch.cat([p["clw"][0], p["wlw"][0]], 1)
//         outs = [torch.relu(tops[t % lanes] @ p[n + "0w"][0] + p[n + "0b"][0]) @ p[n + "1w"][0] + p[n + "1b"][0] for t, n in enumerate("cw")]
//         outs = [o[:, 0] + (line[:, t] if wide else 0) for t, o in enumerate(outs)]
//         each_loss = [F.binary_cross_entropy_with_logits(outs[0][known], labels[known, 0]), F.mse_loss(outs[1], labels[:, 1])]
//         losses += [v.item() for v in each_loss]; grads = lambda loss, of: torch.autograd.grad(loss, of, retain_graph=True, allow_unused=True)
//         of_task = [[torch.zeros_like(v) if g is None else g for v, g in zip(params, grads(loss, params))] for loss in each_loss]
//         w, towers = torch.tensor([1., .5]), torch.tensor([1., .5])                                       # the weights of `manual`
//         if balance:                                                                                      # MGDA of two tasks
//             if balance == "parameters": g, h = [torch.cat([(s * g).flatten() for s, g in zip(shared, own)]) for own in of_task]
//             else: g, h = [grads(loss, tops[0])[0].sum(0) for loss in each_loss]
//             a = (((h - g) @ h) / ((g - h) @ (g - h))).clamp(0, 1); w, towers = torch.stack([a, 1 - a]), torch.ones(2)
//         penalty = l2 + .02 * sum((v ** 2).sum() for k, v in p.items() if k[-1] == "w"); opt.zero_grad(); penalty.backward()
//         for v, s, g, h in zip(params, shared, *of_task):
//             total = (s * w[0] + (1 - s) * towers[0]) * g + (s * w[1] + (1 - s) * towers[1]) * h; v.grad = total + (0 if v.grad is None else v.grad)
//         torch.nn.utils.clip_grad_norm_(params, .5); opt.step()
//     stats = torch.cat([running[l][i] for i in (0, 1) for l in range(lanes)]) if not wide else torch.zeros(1)
//     fold = lambda v: [(torch.arange(1, len(v) + 1) * v).sum().item(), (v ** 2).sum().item()]
//     folds = fold(torch.cat([v.flatten() for v in p.values()]).detach()) + fold(stats) + fold(table.detach())
//     print(bottom, lanes, dim_b, balance, extra, len(flat) + len(table), [round(v, 6) for v in losses + folds])
// run("deepfm", 1, 2); run("deepfm", 2, 2); run("wide_deep", 1, 4); run("wide_deep", 2, 4); run("wide_deep", 1, 4, "parameters"); run("deepfm", 1, 2, "representation")
// run("din", 1, 4); run("din", 2, 4); run("din", 1, 4, "parameters"); run("din", 1, 4, "representation")
// run("wide_deep", 1, 4, extra="sum"); run("din", 1, 4, extra="softmax")
fn cases() -> Vec<Case> {
    let manual = r#"{ name = "manual", weights = { watch = 0.5 } }"#;
    let by_parameters = r#"{ name = "mgda", on = "parameters" }"#;
    let by_representation = r#"{ name = "mgda", on = "representation" }"#;
    let (shared, separate) = ("shared_bottom", "separate");
    vec![
        (
            ("deepfm", shared, 2, manual, ""),
            137,
            [0.799775, 5.405864, 0.798959, 5.097334, 0.79739, 4.540423],
            [-0.302113, 4.230711, 0.0, 0.0, -7.850536, 5.448014],
        ),
        (
            ("deepfm", separate, 2, manual, ""),
            206,
            [0.703342, 6.461111, 0.702953, 6.09829, 0.702202, 5.445309],
            [56.302224, 6.243414, 0.0, 0.0, 54.805735, 8.180135],
        ),
        (
            ("wide_deep", shared, 4, manual, ""),
            145,
            [0.725692, 6.842304, 0.725191, 6.470487, 0.724229, 5.79798],
            [18.343557, 3.913262, 0.0, 0.0, -15.997063, 7.031067],
        ),
        (
            ("wide_deep", separate, 4, manual, ""),
            234,
            [0.752804, 7.051949, 0.752298, 6.69633, 0.751323, 6.050023],
            [-13.413186, 6.428949, 0.0, 0.0, 72.558439, 11.28007],
        ),
        (
            ("wide_deep", shared, 4, by_parameters, ""),
            145,
            [0.725692, 6.842304, 0.725443, 6.470833, 0.724963, 5.798666],
            [16.804087, 3.918389, 0.0, 0.0, -16.103731, 7.038534],
        ),
        (
            ("deepfm", shared, 2, by_representation, ""),
            137,
            [0.799775, 5.405864, 0.799368, 5.096653, 0.798584, 4.538543],
            [-0.642291, 4.246647, 0.0, 0.0, -8.038551, 5.462413],
        ),
        (
            ("din", shared, 4, manual, ""),
            155,
            [0.699345, 6.303128, 0.699293, 6.047202, 0.699191, 5.581261],
            [43.980295, 5.32965, 11.139978, 1.634425, 17.96841, 4.315614],
        ),
        (
            ("din", separate, 4, manual, ""),
            278,
            [0.693676, 5.623072, 0.693671, 5.399326, 0.693661, 4.987961],
            [
                105.574564, 9.371619, 41.891046, 3.26156, -29.396675, 8.620431,
            ],
        ),
        (
            ("din", shared, 4, by_parameters, ""),
            155,
            [0.699345, 6.303128, 0.699313, 6.048064, 0.699251, 5.583196],
            [
                42.339534, 5.344063, 11.140107, 1.634474, 17.977477, 4.318379,
            ],
        ),
        (
            ("din", shared, 4, by_representation, ""),
            155,
            [0.699345, 6.303128, 0.699313, 6.048062, 0.699251, 5.583191],
            [
                42.341414, 5.344068, 11.140107, 1.634474, 17.977478, 4.318379,
            ],
        ),
        (
            ("wide_deep", shared, 4, manual, "sum"),
            145,
            [0.764199, 7.317567, 0.762996, 6.871515, 0.76068, 6.070621],
            [15.80793, 3.924558, 0.0, 0.0, -16.325427, 7.010237],
        ),
        (
            ("din", shared, 4, manual, "softmax"),
            155,
            [0.699355, 6.303324, 0.699302, 6.047379, 0.6992, 5.581411],
            [43.998443, 5.329624, 11.13998, 1.634425, 17.96826, 4.31559],
        ),
    ]
}

#[test]
fn three_steps_are_those_of_torch() {
    for (case, count, expected_losses, expected_folds) in cases() {
        let (bottom, structure, dim_b, strategy, extra) = case;
        let plan = plan((bottom, extra), structure, dim_b, strategy);
        let network = mtl_lab::train::network(&plan, &plan.variants()[0]).unwrap();
        assert_eq!(network.num_parameters(), count, "{bottom}, {structure}");
        let (losses, folds) = steps(&plan, 3);
        let pairs = losses.iter().zip(&expected_losses);
        for (found, expected) in pairs.chain(folds.iter().zip(&expected_folds)) {
            assert!(
                (found - expected).abs() <= 2e-5 * expected.abs().max(1.0),
                "{bottom}, {structure}, {strategy}, {extra}: {losses:?} {folds:?}"
            );
        }
    }
}

#[test]
fn embeddings_of_several_widths_cannot_be_compared() {
    let text = r#"
        [data]
        path = "table.csv"
        [data.columns]
        video = { role = "sparse" }
        b = { role = "sparse", embedding_dim = 4 }
        click = { role = "label", task = "binary" }
        [[variants]]
        name = "one"
        structure = { name = "shared_bottom" }
        bottom = { kind = "deepfm" }
        strategy = { name = "equal" }
        "#;
    let (draft, problems) = mtl_lab::experiment::parse(text, "test.toml");
    assert!(problems.is_empty(), "{problems:?}");
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("table.csv"), table()).unwrap();
    let quiet = mtl_lab::data::read::Quiet;
    let prepared = mtl_lab::lab::read_tables(&draft.data, folder.path(), &quiet).unwrap();
    let told = mtl_lab::lab::plan(&draft, prepared)
        .unwrap_err()
        .to_string();
    let expected = "variants[0].bottom: `deepfm` compares embeddings with each other; \
        expected embeddings of one width; found 4, 8";
    assert!(told.contains(expected), "{told}");
}

#[test]
fn of_stem_each_task_has_its_linear_terms_in_its_own_tables() {
    let plan = plan(("wide_deep", ""), "stem", 4, r#"{ name = "equal" }"#);
    let told = train(&plan, &cpu());
    let moved = |lane: &str| {
        let weights = &told.best[&0][&format!("{lane}linear.video.weight")];
        weights.iter().any(|weight| *weight != 0.0)
    };
    assert_eq!(["click.", "watch.", ""].map(moved), [true, true, false]);
}
