//! The verdicts of results as they stand.

use crate::analysis::{Comparison, compare_all};
use crate::results::Results;

/// Every variant against the baseline, task by task: separate models if they are there, else the first variant.
pub fn verdicts(results: &Results) -> Vec<Comparison> {
    let variants = &results.draft.variants;
    let separate = variants
        .iter()
        .find(|variant| variant.structure.name == "separate");
    match separate.or_else(|| variants.first()) {
        Some(baseline) => compare_all(results, &baseline.name),
        None => Vec::new(),
    }
}
