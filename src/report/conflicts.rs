//! How the tasks' gradients stand to each other: the mean cosine of each pair, and how often a pair pulls apart.

use minijinja::context;
use minijinja::value::Value;

use super::group::Group;
use super::numbers::{cosine, share};
use crate::results::{Results, SeriesKey, TaskInfo};
use crate::train::{GRADIENT_COSINE, Part};

/// The cosine between the gradients of two tasks, the earlier one first.
pub(super) fn cosine_key(first: &TaskInfo, second: &TaskInfo) -> SeriesKey {
    SeriesKey {
        run: 0,
        task: first.name.clone(),
        metric: GRADIENT_COSINE.to_owned(),
        other: Some(second.name.clone()),
        split: Part::Train,
    }
}

/// The upper half of a variant's matrix, over all epochs and seeds; `None` if no gradients were compared.
pub(super) fn matrix(results: &Results, variant: usize) -> Option<Value> {
    let tasks = &results.tasks;
    let mut found = false;
    let mut cell = |first: &TaskInfo, second: &TaskInfo| {
        let group = Group::of(results, variant, &cosine_key(first, second));
        let mean = group.mean()?;
        found = true;
        let values = group.values().count();
        let apart = group.values().filter(|value| *value < 0.0).count();
        Some(context! {
            mean => cosine(mean),
            conflict => share(apart as f64 / values as f64),
            negative => mean < 0.0,
        })
    };
    let rows: Vec<Value> = tasks
        .iter()
        .enumerate()
        .take(tasks.len().saturating_sub(1))
        .map(|(row, first)| {
            let others = tasks.iter().enumerate().skip(1);
            let cells: Vec<Option<Value>> = others
                .map(|(column, second)| (column > row).then(|| cell(first, second)).flatten())
                .collect();
            context! { task => &first.name, cells }
        })
        .collect();
    let others = tasks.iter().skip(1);
    let columns: Vec<String> = others.map(|task| task.name.clone()).collect();
    let name = &results.draft.variants.get(variant)?.name;
    found.then(|| context! { variant => name, columns, rows })
}

#[cfg(test)]
mod tests {
    use super::super::fixtures::{gradients, results};
    use super::*;

    #[test]
    fn a_cell_is_the_mean_over_epochs_and_seeds_and_the_share_below_zero() {
        let mut results = results();
        assert!(matrix(&results, 1).is_none());
        // import numpy as np; c = np.array([-.5, -.25, .125, .25]); print(c.mean(), (c < 0).mean())
        // -0.09375 0.5
        gradients(&mut results, 2, [-0.5, -0.25]);
        gradients(&mut results, 3, [0.125, 0.25]);
        let found = matrix(&results, 1).unwrap();
        let text = found.to_string();
        assert!(text.contains("−0.09") && text.contains("50 %"), "{text}");
        let rows = found.get_attr("rows").unwrap();
        assert_eq!(rows.len(), Some(1));
        assert!(matrix(&results, 0).is_none());
    }
}
