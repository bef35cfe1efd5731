//! Branches that learn their parents: `ltb`.

use mtl_lab::model::Network;
use mtl_lab::spec::ParamValue;

use super::{choice, compare, forward_and_back, network, trained, weights, whole, widths};

// What is drawn and printed: see mod.rs
// def ltb(p, n, units):
//     bottoms, width, layers = p.mlp([5, 4, 3], n), 3, []
//     one_hot = lambda a: torch.nn.functional.one_hot(a[0].argmax(1), n)
//     for m in units: layers.append((one_hot(p(1, n, n)), p.mlp([width, m], n))); width = m
//     last = one_hot(p(1, T, n)); towers = p.towers(width)
//     def forward(x):
//         h = [bottoms(x, j) for j in range(n)]
//         for d, layer in layers: h = [layer(sum(d[j, i] * h[i] for i in range(n)), j) for j in range(n)]
//         return [t(sum(d * h for d, h in zip(last[k], h))) for k, t in enumerate(towers)]
//     for v in p.drawn: v.grad = torch.zeros_like(v)                             # branches that no one takes have no gradient
//     return forward
// net(lambda p: ltb(p, 4, [])); net(lambda p: ltb(p, 2, [4])); net(lambda p: ltb(p, 3, [4, 2]))
#[test]
fn likeliest_branches_are_those_of_torch() {
    compare(
        &choice("ltb", &[("branches", whole(4)), ("units", widths(&[]))]),
        216,
        [0.528553, -0.317129, 0.837423, 0.543806, 1.160127, 0.546102],
        [693.47037, 4.45191, -0.06692, 0.23784],
    );
    compare(
        &choice("ltb", &[("branches", whole(2)), ("units", widths(&[4]))]),
        177,
        [-0.587911, -0.074671, 0.90466, -0.33569, -0.12582, 0.657368],
        [-415.25301, 4.89244, 0.43385, 0.03105],
    );
    compare(
        &choice("ltb", &[("units", widths(&[4, 2]))]),
        261,
        [
            1.965094, -2.118091, -1.450534, 2.635751, -2.097352, -1.116196,
        ],
        [-44.33375, 9.74702, -1.39533, 1.11777],
    );
}

/// The weights with other logits of choices, the same for all children.
fn choosing(network: &Network, logits: &[f32]) -> Vec<f32> {
    let mut flat = weights(&network.layout);
    for entry in network.layout.entries() {
        if entry.role.starts_with("choices.") {
            let own = flat[entry.offset..entry.offset + entry.len()].chunks_mut(logits.len());
            own.for_each(|own| own.copy_from_slice(logits));
        }
    }
    flat
}

#[test]
fn one_branch_is_a_shared_bottom() {
    let params = [("branches", whole(1)), ("units", widths(&[]))];
    let one = network(&choice("ltb", &params));
    let mut flat = weights(&one.layout);
    let expected = forward_and_back(&one, &flat);
    let choices = one.layout.entries().iter();
    let choices = choices.filter(|entry| entry.role.starts_with("choices."));
    for entry in choices {
        flat.drain(entry.offset..entry.offset + entry.len());
    }
    let shared = network(&choice("shared_bottom", &[]));
    assert_eq!(forward_and_back(&shared, &flat).outputs, expected.outputs);
}

#[test]
fn a_step_takes_one_tree_and_the_next_another() {
    let params = [("branches", whole(2)), ("units", widths(&[]))];
    let ltb = network(&choice("ltb", &params));
    let ends = [[1.0, 0.0], [0.0, 1.0]];
    let ends = ends.map(|logits| forward_and_back(&ltb, &choosing(&ltb, &logits)).outputs);
    let equal = choosing(&ltb, &[0.0, 0.0]);
    let mut seen = [0, 0];
    for step in 0..16 {
        let outputs = trained(&ltb, &equal, step).outputs;
        assert_eq!(outputs, trained(&ltb, &equal, step).outputs);
        for (place, output) in outputs.iter().enumerate() {
            let taken = ends.iter().position(|end| end[place] == *output);
            seen[taken.unwrap()] += 1;
        }
    }
    // 16 steps of three tasks and two rows each.
    assert_eq!(seen.iter().sum::<usize>(), 96);
    assert!(seen.iter().all(|&times| times > 24), "{seen:?}");
}

#[test]
fn a_soft_step_takes_a_share_of_each() {
    let soft = [
        ("branches", whole(2)),
        ("units", widths(&[])),
        ("hard", ParamValue::Flag(false)),
    ];
    let ltb = network(&choice("ltb", &soft));
    let outputs = trained(&ltb, &choosing(&ltb, &[0.0, 0.0]), 0).outputs;
    let ends = [[1.0, 0.0], [0.0, 1.0]];
    for logits in ends {
        let whole = forward_and_back(&ltb, &choosing(&ltb, &logits)).outputs;
        let mut pairs = outputs.iter().zip(&whole);
        assert!(pairs.all(|(soft, whole)| soft != whole));
    }
}
