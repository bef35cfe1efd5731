//! Tasks in a chain: `esmm`, `aitm`, `dbmtl`.

use std::collections::BTreeMap;

use mtl_lab::model::structure::structure;
use mtl_lab::spec::ParamValue;

use super::{choice, compare, widths};
use crate::fixture::plan_on;

// What is drawn and printed: see mod.rs
// linear = lambda p, m, n: (lambda w, b: lambda h: h @ w[0] + b[0])(p(1, m, n), p(1, 1, n))
// def esmm(p, click, conversion):
//     def networks(n):
//         bottoms = p.mlp([5, 4, 3], n); towers = p.towers(3, n); return [lambda x, k=k: towers[k](bottoms(x, k)) for k in range(n)]
//     first, rest = networks(1), networks(T - 1)
//     def forward(x):
//         out = [f(x) for f in rest]; out.insert(click, first[0](x))
//         out[conversion] = torch.logit(torch.sigmoid(out[click]) * torch.sigmoid(out[conversion])); return out
//     return forward
// def aitm(p, chain, alpha):
//     earlier, last = p.mlp([5, 4, 3], T - 1), p.mlp([5, 4, 3])
//     transfers = [(p.mlp([3, 3]), linear(p, 3, 3), linear(p, 3, 3), linear(p, 3, 3)) for _ in range(T - 1)]; towers = p.towers(3)
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
// def dbmtl(p, chain, units):
//     bottom = p.mlp([5, 4, 3]); steps, before = [], 0
//     for _ in chain: steps.append((p.mlp([3, 3]), p.mlp([3 + before, *units]))); before += units[-1]
//     outputs = [linear(p, units[-1], 1) for _ in chain]
//     def forward(x):
//         h, made = bottom(x), []
//         for tower, relation in steps: made.append(relation(torch.cat([tower(h), *made], 1)))
//         return [outputs[chain.index(t)](made[chain.index(t)]) for t in range(T)]
//     return forward
// net(lambda p: esmm(p, 2, 0)); net(lambda p: aitm(p, [0, 1, 2], 0)); net(lambda p: aitm(p, [2, 0, 1], 0.6))
// net(lambda p: dbmtl(p, [0, 1, 2], [4])); net(lambda p: dbmtl(p, [2, 0, 1], [4, 2]))
#[test]
fn chains_are_those_of_torch() {
    let name = |name: &str| ParamValue::Word(name.to_owned());
    let order = BTreeMap::from([("b".to_owned(), 3.0), ("c".to_owned(), -1.0)]);
    let order = ("order", ParamValue::PerTask(order));
    compare(
        &choice("esmm", &[("click", name("c")), ("conversion", name("a"))]),
        165,
        [
            -1.14262, -0.028963, -0.892703, -0.48902, -0.453617, 0.271888,
        ],
        [-69.37204, 4.14887, -0.22834, 0.3624],
    );
    compare(
        &choice("aitm", &[("constraint", ParamValue::Number(0.0))]),
        261,
        [0.648228, 0.390706, -0.048889, 0.682106, 0.396388, 0.010452],
        [-233.041, 1.16501, -0.30445, 0.03641],
    );
    compare(
        &choice("aitm", std::slice::from_ref(&order)),
        261,
        [0.768895, 0.290027, -0.547803, 0.743308, 0.300814, -0.252597],
        [-489.30095, 7.62256, 0.16037, 0.15141],
    );
    compare(
        &choice("dbmtl", &[("relation_units", widths(&[4]))]),
        186,
        [-0.846464, 2.253676, 0.031026, -0.237911, 2.064286, 0.264328],
        [37.33541, 11.55316, -3.48125, 0.66857],
    );
    compare(
        &choice("dbmtl", &[("relation_units", widths(&[4, 2])), order]),
        186,
        [
            -0.202239, 0.620637, -1.312876, -0.140366, 0.978652, -1.208724,
        ],
        [71.58088, 1.61164, 0.68794, 0.05546],
    );
}

#[test]
fn conversions_without_a_click_are_counted() {
    let remark = |rows: &str| {
        let table = format!("size,click,buy\n{}", rows.repeat(20));
        let text = r#"
            [data]
            path = "table.csv"
            [data.columns]
            size = { role = "dense" }
            click = { role = "label", task = "binary" }
            buy = { role = "label", task = "binary" }
            [[variants]]
            structure = { name = "esmm", conversion = "buy" }
            "#;
        let plan = plan_on(&table, text);
        let entry = structure("esmm").unwrap();
        entry.remark(&plan.variants()[0].structure, plan.dataset())
    };
    assert_eq!(remark("1,0,0\n2,1,0\n3,1,1\n"), None);
    let expected = "20 of 60 rows with `buy` have no `click`; ESMM takes a conversion for a click too, so check which \
        label is which, or leave these rows out";
    let found = remark("1,0,0\n2,1,1\n3,1,1\n4,0,1\n");
    assert_eq!(found.as_deref(), Some(expected));
}
