//! A network for each task, tied by embeddings, sums or a chain: `shared_embeddings`, `cross_stitch`, `aitm`.

use std::collections::BTreeMap;

use burn::tensor::Device;
use mtl_lab::spec::ParamValue;

use super::{Expected, choice, compare, forward_and_back, network};

fn widths(widths: &[i64]) -> ParamValue {
    ParamValue::Widths(widths.to_vec())
}

// What is drawn and printed: see mod.rs
// def own_networks(p):
//     bottoms = p.mlp([5, 4, 3], T); towers = p.towers(3)
//     return lambda x: [t(bottoms(x, k)) for k, t in enumerate(towers)]
// def cross_stitch(p, units):
//     bottoms, width, layers = p.mlp([5, 4, 3], T), 3, []
//     for n in units: layers.append((p(1, T, T), p.mlp([width, n], T))); width = n
//     last = p(1, T, T); towers = p.towers(width)
//     stitch = lambda columns, a: [sum(a[0][s, t] * columns[s] for s in range(T)) for t in range(T)]
//     def forward(x):
//         columns = [bottoms(x, t) for t in range(T)]
//         for a, layer in layers: columns = [layer(h, t) for t, h in enumerate(stitch(columns, a))]
//         return [t(h) for t, h in zip(towers, stitch(columns, last))]
//     return forward
// def aitm(p, chain, alpha):
//     earlier, last = p.mlp([5, 4, 3], T - 1), p.mlp([5, 4, 3])
//     linear = lambda: (lambda w, b: lambda h: h @ w[0] + b[0])(p(1, 3, 3), p(1, 1, 3))
//     transfers = [(p.mlp([3, 3]), linear(), linear(), linear()) for _ in range(T - 1)]; towers = p.towers(3)
//     def forward(x):
//         z = []
//         for place in range(T):
//             q = earlier(x, place) if place + 1 < T else last(x)
//             if place:
//                 info, value, key, query = transfers[place - 1]; u = torch.stack([info(z[-1]), q])
//                 share = torch.softmax((key(u) * query(u)).sum(2, keepdim=True) / math.sqrt(3), 0); q = (share * value(u)).sum(0)
//             z.append(q)
//         out = [t(z[chain.index(k)]) for k, t in enumerate(towers)]
//         p.penalty = alpha * sum(torch.relu(torch.sigmoid(out[b]) - torch.sigmoid(out[a])).mean() for a, b in zip(chain, chain[1:]))
//         return out
//     return forward
// net(own_networks); net(lambda p: cross_stitch(p, [])); net(lambda p: cross_stitch(p, [4, 2]))
// net(lambda p: aitm(p, [0, 1, 2], 0)); net(lambda p: aitm(p, [2, 0, 1], 0.6))
#[test]
fn columns_are_those_of_torch() {
    let order = BTreeMap::from([("b".to_owned(), 3.0), ("c".to_owned(), -1.0)]);
    let cases = [
        (
            choice("shared_embeddings", &[]),
            Expected {
                parameters: 165,
                outputs: [
                    1.55734, 1.779943, 0.168026, 2.996841, 1.905538, 0.555513,
                ],
                folds: [-455.68073, 13.29662, 0.56693, 0.91459],
            },
        ),
        (
            choice("cross_stitch", &[("units", widths(&[]))]),
            Expected {
                parameters: 174,
                outputs: [
                    0.767789, 0.341347, 0.179399, 0.716154, 0.683796, -0.520442,
                ],
                folds: [-191.10854, 13.94231, 0.00772, 0.64741],
            },
        ),
        (
            choice("cross_stitch", &[("units", widths(&[4, 2]))]),
            Expected {
                parameters: 261,
                outputs: [
                    1.566112, -1.22197, -1.710796, 2.029381, -1.353058, -0.324879,
                ],
                folds: [-565.75422, 29.74092, -1.8054, 5.26251],
            },
        ),
        (
            choice("aitm", &[("constraint", ParamValue::Number(0.0))]),
            Expected {
                parameters: 261,
                outputs: [
                    0.648228, 0.390706, -0.048889, 0.682106, 0.396388, 0.010452,
                ],
                folds: [-233.041, 1.16501, -0.30445, 0.03641],
            },
        ),
        (
            choice("aitm", &[("order", ParamValue::PerTask(order))]),
            Expected {
                parameters: 261,
                outputs: [
                    0.768895, 0.290027, -0.547803, 0.743308, 0.300814, -0.252597,
                ],
                folds: [-489.30095, 7.62256, 0.16037, 0.15141],
            },
        ),
    ];
    for (choice, expected) in cases {
        compare(&choice, &expected);
    }
}

/// The outputs of a network that starts from a seed.
fn at_start(name: &str, params: &[(&str, ParamValue)]) -> Vec<f32> {
    let network = network(&choice(name, params));
    let flat = network.layout.init(&[5], &Device::flex());
    let flat: Vec<f32> = flat.into_data().try_to_vec().unwrap();
    forward_and_back(&network, &flat).outputs
}

#[test]
fn columns_without_stitches_start_as_networks_over_shared_embeddings() {
    let own = |share| [("units", widths(&[])), ("own_share", ParamValue::Number(share))];
    let apart = at_start("shared_embeddings", &[]);
    assert_eq!(at_start("cross_stitch", &own(1.0)), apart);
    // Columns of one seed start alike, so that a sum of shares is again the column.
    for (stitched, apart) in at_start("cross_stitch", &own(0.9)).iter().zip(&apart) {
        assert!((stitched - apart).abs() < 1e-6, "{stitched} {apart}");
    }
    assert_eq!(at_start("separate", &[]), apart);
}
