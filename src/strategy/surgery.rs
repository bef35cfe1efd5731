//! The random order in which gradients meet each other.

use super::gram::Seen;
use crate::model::random;

/// All tasks in an order that comes from the seed and the step alone.
pub fn in_order(seen: &Seen<'_>) -> Vec<usize> {
    let mut order: Vec<usize> = (0..seen.gram.nrows()).collect();
    let key = |task: &usize| {
        random::mix(seen.seed ^ random::mix(seen.progress.step ^ random::mix(*task as u64)))
    };
    order.sort_by_key(key);
    order
}

/// The order without one task.
pub fn others(order: &[usize], task: usize) -> Vec<usize> {
    order
        .iter()
        .copied()
        .filter(|&other| other != task)
        .collect()
}
