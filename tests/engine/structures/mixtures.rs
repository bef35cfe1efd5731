//! Mixtures of experts: `mmoe`, `ml_mmoe`, `omoe`, `cgc`, `ple`, `dselect_k`, `adatt`, `stem`.

use mtl_lab::model::Network;
use mtl_lab::model::layout::Entry;
use mtl_lab::spec::ParamValue;

use super::{TASKS, choice, compare, forward_and_back, network, weights, whole, widths};

// gate, mix and what is drawn and printed: see mod.rs
// def mmoe(p, n=3, units=()):
//     experts = p.mlp([5, 4, 3], n); gates = [gate(p, 5, n, units) for _ in range(T)]; towers = p.towers(3)
//     return lambda x: [t(mix(g(x), [experts(x, e) for e in range(n)])) for g, t in zip(gates, towers)]
// def omoe(p, n=3):
//     experts = p.mlp([5, 4, 3], n); g = gate(p, 5, n); towers = p.towers(3)
//     return lambda x: [t(mix(g(x), [experts(x, e) for e in range(n)])) for t in towers]
// def ple(p, levels, shared, own):
//     built, width = [], 5
//     for level in range(levels):
//         s = p.mlp([width, 4, 3], shared) if shared else None; o = [p.mlp([width, 4, 3], own) if own else None for _ in range(T)]
//         gates = [gate(p, width, own + shared) for _ in range(T)]
//         built.append((s, o, gates, gate(p, width, T * own + shared) if shared and level + 1 < levels else None)); width = 3
//     towers = p.towers(3)
//     def forward(x):
//         streams = [x] * (T + 1)
//         for s, o, gates, all_gate in built:
//             common = [s(streams[T], e) for e in range(shared)]
//             of_task = [[o[t](streams[t], e) for e in range(own)] for t in range(T)]
//             ahead = [mix(gates[t](streams[t]), of_task[t] + common) for t in range(T)]
//             streams = ahead + [mix(all_gate(streams[T]), sum(of_task, []) + common) if all_gate else streams[T]]
//         return [t(h) for t, h in zip(towers, streams)]
//     return forward
// def adatt(p, levels, own):
//     built, width = [], 5
//     for _ in range(levels):
//         e = [p.mlp([width, 4, 3], own) for _ in range(T)]; gates = [gate(p, width, T * own, bias=True) for _ in range(T)]
//         built.append((e, gates, [p(1, 1, own) for _ in range(T)] if own > 1 else None)); width = 3
//     towers = p.towers(3)
//     def forward(x):
//         streams = [x] * T
//         for e, gates, straight in built:
//             made = [[e[t](streams[t], i) for i in range(own)] for t in range(T)]
//             straight_on = lambda t: mix(straight[t][0], made[t]) if straight else made[t][0]
//             streams = [mix(gates[t](streams[t]), sum(made, [])) + straight_on(t) for t in range(T)]
//         return [t(h) for t, h in zip(towers, streams)]
//     return forward
// def dselect_k(p, n, k, gamma, entropy):
//     bits = (n - 1).bit_length(); experts = p.mlp([5, 4, 3], n); gates = [(p(1, k, bits), p(1, 1, k)) for _ in range(T)]; towers = p.towers(3)
//     def selected(z):
//         s = torch.where(z <= -gamma / 2, 0., torch.where(z >= gamma / 2, 1., -2 * z ** 3 / gamma ** 3 + 3 * z / (2 * gamma) + .5))
//         return torch.stack([torch.stack([s[:, j] if e >> j & 1 else 1 - s[:, j] for j in range(bits)]).prod(0) for e in range(n)], 1)
//     def forward(x):
//         r = [selected(z[0]) for z, _ in gates]
//         p.penalty = sum(-entropy * (s * torch.log(s + 1e-6)).sum() + (n & (n - 1) > 0) * (1 / s.sum(1)).sum() for s in r)
//         return [t(mix(torch.softmax(w[0], 1) @ s, [experts(x, e) for e in range(n)])) for t, (_, w), s in zip(towers, gates, r)]
//     return forward
// def stem(p, own, shared):
//     o = [p.mlp([5, 4, 3], own) for _ in range(T)]; s = p.mlp([5, 4, 3], shared); gates = [gate(p, 5, T * own + shared) for _ in range(T)]; towers = p.towers(3)
//     def forward(x):
//         p.lanes = [x.detach().clone().requires_grad_() for _ in range(T + 1)]                                  # a table for each task and one for all
//         made = [[o[t](p.lanes[t], e) for e in range(own)] for t in range(T)]; common = [s(p.lanes[T], e) for e in range(shared)]
//         seen = lambda t: sum([made[r] if r == t else [h.detach() for h in made[r]] for r in range(T)], []) + common
//         return [towers[t](mix(gates[t](p.lanes[t] + p.lanes[T]), seen(t))) for t in range(T)]
//     return forward
// net(mmoe); net(lambda p: mmoe(p, 2, (4,))); net(omoe)
// for levels, shared, own in (1, 2, 1), (2, 1, 2), (3, 0, 1), (2, 2, 0): net(lambda p: ple(p, levels, shared, own))
// net(lambda p: dselect_k(p, 4, 2, 1., 1e-6)); net(lambda p: dselect_k(p, 3, 1, 3., .1)); net(lambda p: adatt(p, 1, 1)); net(lambda p: adatt(p, 2, 2)); net(lambda p: stem(p, 2, 1))
#[test]
fn mixtures_are_those_of_torch() {
    let gate_units = ("gate_units", widths(&[4]));
    let sparing = [
        ("experts", whole(3)),
        ("selected", whole(1)),
        ("gamma", ParamValue::Number(3.0)),
        ("entropy", ParamValue::Number(0.1)),
    ];
    compare(
        &choice("mmoe", &[("experts", whole(3))]),
        210,
        [
            -0.61989, 0.627984, -1.162022, -0.615419, 0.327828, -1.268484,
        ],
        [-148.76254, 3.50086, -1.5615, 0.2798],
    );
    compare(
        &choice("mmoe", &[("experts", whole(2)), gate_units]),
        222,
        [
            0.963257, -0.611324, -1.278009, 0.385939, -0.654255, -1.85068,
        ],
        [-80.1541, 10.11211, 2.66127, 2.97115],
    );
    compare(
        &choice("omoe", &[("experts", whole(3))]),
        180,
        [
            1.57912, -0.316714, -1.196754, 1.785116, -0.599932, -1.395313,
        ],
        [44.58044, 7.5134, 0.97006, 1.53019],
    );
    compare(
        &choice("cgc", &[("shared_experts", whole(2))]),
        288,
        [0.61997, -0.624851, -1.347908, 0.829274, -0.651598, -0.68715],
        [-242.74973, 5.96215, -0.5448, 0.4208],
    );
    compare(
        &choice("ple", &[("own_experts", whole(2))]),
        645,
        [0.455235, 0.298985, -0.633685, 0.368945, 0.165693, -0.210327],
        [645.4686, 2.0527, 1.45547, 0.09167],
    );
    compare(
        &choice("ple", &[("levels", whole(3)), ("shared_experts", whole(0))]),
        384,
        [-1.003018, 0.806435, 0.221621, -0.922399, 0.825895, 0.23105],
        [117.95998, 0.67389, -1.04353, 0.04469],
    );
    compare(
        &choice("ml_mmoe", &[("experts", whole(2))]),
        246,
        [0.68672, 0.328166, -0.31734, 0.642833, 0.352002, -0.562037],
        [217.22505, 6.62848, 1.12149, 0.3877],
    );
    compare(
        &choice("dselect_k", &[]),
        222,
        [
            0.275085, -0.883154, -2.597191, 0.278812, -0.770429, -0.754284,
        ],
        [160.17768, 14.39707, -4.24808, 2.1381],
    );
    compare(
        &choice("dselect_k", &sparing),
        174,
        [
            0.682774, -0.683958, -1.379317, 0.521313, -0.695726, -1.349331,
        ],
        [214.42174, 1.35852, -1.40174, 0.15026],
    );
    compare(
        &choice("adatt", &[("levels", whole(1)), ("own_experts", whole(1))]),
        219,
        [
            -1.473573, -1.44973, 1.569509, -0.694652, -1.769852, 1.481856,
        ],
        [54.58837, 8.06836, -4.88703, 1.04351],
    );
    compare(
        &choice("adatt", &[]),
        660,
        [0.869664, 0.680915, -0.182475, 0.813808, 0.728213, -0.249882],
        [-552.04864, 0.85051, 0.32452, 0.01118],
    );
    compare(
        &choice("stem", &[("own_experts", whole(2))]),
        426,
        [
            0.353211, 0.430181, -2.516867, 0.196602, -0.508416, -1.158997,
        ],
        [836.4409, 5.15492, -21.11724, 0.91257],
    );
}

/// The weights of a network, those of each role from another network's role, lanes included.
fn taken(to: &Network, from: &Network, flat: &[f32], role: impl Fn(&Entry) -> String) -> Vec<f32> {
    let numbers = |entry: &Entry| {
        let wanted = role(entry);
        let mut found = from.layout.entries().iter();
        let found = found.find(|other| other.role == wanted).unwrap();
        flat[found.offset..found.offset + entry.len()].to_vec()
    };
    to.layout.entries().iter().flat_map(numbers).collect()
}

#[test]
fn one_expert_is_a_shared_bottom() {
    let mmoe = network(&choice("mmoe", &[("experts", whole(1))]));
    let flat = weights(&mmoe.layout);
    let shared = network(&choice("shared_bottom", &[]));
    let bottom = taken(&shared, &mmoe, &flat, |entry| {
        entry.role.replace("bottom.", "experts.*.")
    });
    let (found, expected) = (
        forward_and_back(&mmoe, &flat),
        forward_and_back(&shared, &bottom),
    );
    assert_eq!(found.outputs, expected.outputs);
}

#[test]
fn tied_gates_make_one_gate_of_many() {
    let omoe = network(&choice("omoe", &[]));
    let flat = weights(&omoe.layout);
    let mmoe = network(&choice("mmoe", &[]));
    let tied = taken(&mmoe, &omoe, &flat, |entry| match &*entry.role {
        "gates.a.0.weight" | "gates.b.0.weight" | "gates.c.0.weight" => "gate.0.weight".to_owned(),
        role => role.to_owned(),
    });
    assert_eq!(
        forward_and_back(&mmoe, &tied).outputs,
        forward_and_back(&omoe, &flat).outputs
    );
}

#[test]
fn cgc_is_ple_of_one_level() {
    let experts = [("shared_experts", whole(2)), ("own_experts", whole(3))];
    let cgc = network(&choice("cgc", &experts));
    let levels = ("levels", whole(1));
    let ple = network(&choice(
        "ple",
        &[&experts[..], std::slice::from_ref(&levels)].concat(),
    ));
    let flat = weights(&cgc.layout);
    let (one, other) = (forward_and_back(&cgc, &flat), forward_and_back(&ple, &flat));
    assert_eq!(one.outputs, other.outputs);
    assert_eq!(one.gradient, other.gradient);
}

#[test]
fn mmoe_is_ml_mmoe_of_one_level() {
    let mmoe = network(&choice("mmoe", &[]));
    let one = network(&choice("ml_mmoe", &[("levels", whole(1))]));
    let flat = weights(&mmoe.layout);
    assert_eq!(
        forward_and_back(&one, &flat).outputs,
        forward_and_back(&mmoe, &flat).outputs
    );
}

#[test]
fn without_shared_experts_only_embeddings_are_shared() {
    let alone = network(&choice("ple", &[("shared_experts", whole(0))]));
    assert_eq!(alone.layout.num_shared(), 0);
    let flat = weights(&alone.layout);
    // No weight of one task's moves another task's output.
    let before = forward_and_back(&alone, &flat).outputs;
    let mut moved = flat.clone();
    for entry in alone.layout.entries() {
        if entry.role.contains(".a.") {
            moved[entry.offset..entry.offset + entry.len()].fill(0.25);
        }
    }
    let after = forward_and_back(&alone, &moved).outputs;
    for (task, (before, after)) in before.iter().zip(&after).enumerate() {
        assert_eq!(before == after, task % 3 > 0, "{task}: {before} {after}");
    }
}

#[test]
fn experts_start_apart_and_towers_of_one_name_alike() {
    let device = burn::tensor::Device::flex();
    let start = |name: &str| {
        let network = network(&choice(name, &[]));
        let flat = network.layout.init(&[5], &device);
        (network, flat.into_data().try_to_vec::<f32>().unwrap())
    };
    let (mmoe, flat) = start("mmoe");
    let entry = &mmoe.layout.entries()[0];
    let lanes: Vec<&[f32]> = flat[..entry.len()]
        .chunks(entry.rows * entry.columns)
        .collect();
    assert_eq!(entry.lanes, ["0", "1", "2"]);
    assert!(lanes[0] != lanes[1] && lanes[1] != lanes[2] && lanes[0] != lanes[2]);
    let (shared, other) = start("shared_bottom");
    let towers = |network: &Network, flat: &[f32]| {
        let mut entries = network.layout.entries().iter();
        let entry = entries.find(|entry| entry.role == "towers.*.0.weight");
        let entry = entry.unwrap();
        assert_eq!(entry.lanes, TASKS);
        flat[entry.offset..entry.offset + entry.len()].to_vec()
    };
    assert_eq!(towers(&mmoe, &flat), towers(&shared, &other));
}
