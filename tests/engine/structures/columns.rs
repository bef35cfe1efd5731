//! A column for each task, tied by embeddings, sums, a penalty or a trunk: `shared_embeddings`, `cross_stitch`, `soft_sharing`, `mtan`.

use burn::tensor::Device;
use mtl_lab::spec::ParamValue;

use super::{choice, compare, forward_and_back, network, widths};

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
// def soft_sharing(p, pull):
//     own = own_networks(p)
//     def forward(x):
//         p.penalty = pull * sum(((v[s] - v[t]) ** 2).sum() for v in p.drawn[:4] for t in range(T) for s in range(t)); return own(x)
//     return forward
// linear = lambda p, m, n: (lambda w, b: lambda h: h @ w[0] + b[0])(p(1, m, n), p(1, 1, n))
// def mtan(p, units):
//     bottom = p.mlp([5, 4, 3]); sizes = [3, *units]; trunk = [p.mlp([m, n]) for m, n in zip(sizes, sizes[1:])]
//     masks = [[linear(p, n + m, n) for m, n in zip([0, *sizes], sizes)] for _ in range(T)]; towers = p.towers(sizes[-1])
//     def forward(x):
//         u = [bottom(x)]
//         for f in trunk: u.append(f(u[-1]))
//         def task(t):
//             z = u[0][:, :0]
//             for h, mask in zip(u, masks[t]): z = torch.sigmoid(mask(torch.cat([h, z], 1))) * h
//             return towers[t](z)
//         return [task(t) for t in range(T)]
//     return forward
// net(own_networks); net(lambda p: cross_stitch(p, [])); net(lambda p: cross_stitch(p, [4, 2]))
// net(lambda p: soft_sharing(p, .01)); net(lambda p: mtan(p, [4]))
#[test]
fn columns_are_those_of_torch() {
    compare(
        &choice("shared_embeddings", &[]),
        165,
        [1.55734, 1.779943, 0.168026, 2.996841, 1.905538, 0.555513],
        [-455.68073, 13.29662, 0.56693, 0.91459],
    );
    compare(
        &choice("cross_stitch", &[("units", widths(&[]))]),
        174,
        [0.767789, 0.341347, 0.179399, 0.716154, 0.683796, -0.520442],
        [-191.10854, 13.94231, 0.00772, 0.64741],
    );
    compare(
        &choice("cross_stitch", &[("units", widths(&[4, 2]))]),
        261,
        [
            1.566112, -1.22197, -1.710796, 2.029381, -1.353058, -0.324879,
        ],
        [-565.75422, 29.74092, -1.8054, 5.26251],
    );
    compare(
        &choice("soft_sharing", &[("pull", ParamValue::Number(0.01))]),
        165,
        [1.55734, 1.779943, 0.168026, 2.996841, 1.905538, 0.555513],
        [-451.65632, 13.59782, 0.56693, 0.91459],
    );
    compare(
        &choice("mtan", &[("units", widths(&[4]))]),
        244,
        [
            -0.932843, -0.190991, -0.954963, -0.881933, 0.143594, -1.048676,
        ],
        [-206.00964, 0.95955, -0.4801, 0.04842],
    );
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
    let own = |share| {
        [
            ("units", widths(&[])),
            ("own_share", ParamValue::Number(share)),
        ]
    };
    let apart = at_start("shared_embeddings", &[]);
    assert_eq!(at_start("cross_stitch", &own(1.0)), apart);
    // Columns of one seed start alike, so that a sum of shares is again the column.
    for (stitched, apart) in at_start("cross_stitch", &own(0.9)).iter().zip(&apart) {
        assert!((stitched - apart).abs() < 1e-6, "{stitched} {apart}");
    }
    assert_eq!(at_start("separate", &[]), apart);
}
