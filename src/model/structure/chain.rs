//! Tasks in a chain, such as from the click to the conversion.

use crate::spec::{Choice, ParamKind, ParamSpec, Spec};

/// The parameter that says which task comes first.
pub(super) const ORDER: ParamSpec = ParamSpec {
    name: "order",
    meaning: "The place of each task in the chain, the least first; equal places keep the order of the labels",
    kind: ParamKind::PerTask {
        default: 0.0,
        min: -1e6,
        max: 1e6,
    },
};

/// The tasks' indices from the first of the chain to the last.
pub(super) fn chain(choice: &Choice, spec: &Spec, tasks: &[String]) -> Vec<usize> {
    let names: Vec<&str> = tasks.iter().map(String::as_str).collect();
    let places = choice.per_task(spec, ORDER.name, &names);
    let mut chain: Vec<usize> = (0..tasks.len()).collect();
    chain.sort_by(|&a, &b| places[a].total_cmp(&places[b]));
    chain
}
