//! Gates that columns set: `pepnet`.

use mtl_lab::spec::ParamValue;

use super::{choice, columns, compare, forward_and_back, network, weights, whole};
use crate::drawn::placed;

// linear: see columns.rs; what is drawn and printed: see mod.rs
// def pepnet(p, domain, prior, width):                                       # places of the columns: 0 and 1 are the user's, then x, y, z
//     def gate(n, m):
//         hidden, output = linear(p, n, width or m), linear(p, width or m, m)
//         return lambda h: 2 * torch.sigmoid(output(torch.relu(hidden(h))))
//     of_features = gate(len(domain) + 5, 5) if domain else None
//     bottom = p.mlp([5, 4, 3]); towers = [(gate(len(prior) + 5, 3), p.towers(3, 1)[0], p.drawn[-4:]) for _ in range(T)]
//     def forward(x):
//         gated = of_features(torch.cat([x[:, domain], x.detach()], 1)) * x if domain else x
//         seen = torch.cat([x[:, prior], gated.detach()], 1); h = bottom(gated)
//         return [(g(seen) * torch.tanh(h @ v[0][0] + v[1][0])) @ v[2][0] + v[3][0] for g, _, v in towers]
//     return forward
// net(lambda p: pepnet(p, [], [0, 1], 0)); net(lambda p: pepnet(p, [4], [0, 1, 2, 3], 2)); net(lambda p: pepnet(p, [0, 1, 3], [2], 0))
#[test]
fn gates_are_those_of_torch() {
    compare(
        &choice("pepnet", &[("prior", columns(&["user"]))]),
        195,
        [
            -1.799636, -1.443861, -0.312668, -2.188302, -0.259938, -0.465355,
        ],
        [110.91489, 2.02104, -0.68122, 0.03998],
    );
    // The order of the names is that of the columns.
    compare(
        &choice(
            "pepnet",
            &[
                ("domain", columns(&["z"])),
                ("prior", columns(&["y", "x", "user"])),
                ("gate_width", whole(2)),
            ],
        ),
        203,
        [
            0.327131, 1.086934, -0.572901, -0.173903, -0.404845, -1.859288,
        ],
        [-1287.84595, 11.88198, -0.90103, 1.48458],
    );
    compare(
        &choice(
            "pepnet",
            &[
                ("domain", columns(&["user", "y"])),
                ("prior", columns(&["x"])),
            ],
        ),
        261,
        [0.148308, 0.981875, 0.801276, 0.124117, 1.037496, 0.636443],
        [-138.60817, 2.66876, -0.38966, 0.07185],
    );
}

/// Both kinds of gates.
fn gated() -> [(&'static str, ParamValue); 2] {
    [
        ("domain", columns(&["x"])),
        ("prior", columns(&["user", "y"])),
    ]
}

#[test]
fn gates_of_one_are_a_shared_bottom() {
    let pepnet = network(&choice("pepnet", &gated()));
    let mut flat = weights(&pepnet.layout);
    let mut bare: Vec<f32> = Vec::new();
    for entry in pepnet.layout.entries() {
        let own = entry.offset..entry.offset + entry.len();
        if entry.role.contains(".output.") {
            flat[own].fill(0.0);
        } else if !entry.role.contains(".hidden.") {
            bare.extend_from_slice(&flat[own]);
        }
    }
    let shared = network(&choice("shared_bottom", &[]));
    let (found, expected) = (
        forward_and_back(&pepnet, &flat),
        forward_and_back(&shared, &placed(&shared.layout, bare)),
    );
    assert_eq!(found.outputs, expected.outputs);
    // Towers side by side add up what they send down in an order of their own.
    for (found, expected) in found.embedded.iter().zip(&expected.embedded) {
        assert!((found - expected).abs() < 1e-6, "{found} {expected}");
    }
}

#[test]
fn gates_move_embeddings_by_their_columns_alone() {
    let moved = |columns_of_gates: &[(&str, ParamValue)]| {
        let network = network(&choice("pepnet", columns_of_gates));
        let mut flat = weights(&network.layout);
        // Without a first layer nothing goes back through bottom and towers.
        for entry in network.layout.entries() {
            if entry.role == "bottom.0.weight" {
                flat[entry.offset..entry.offset + entry.len()].fill(0.0);
            }
        }
        let embedded = forward_and_back(&network, &flat).embedded;
        embedded.iter().any(|gradient| *gradient != 0.0)
    };
    assert!(moved(&gated()));
    // The gates see the user here too, among all features.
    assert!(!moved(&[
        ("domain", columns(&["x"])),
        ("prior", columns(&["y"])),
    ]));
}
