//! Which rows come when: an order for each seed and epoch, cut into batches.

use std::sync::Arc;

use crate::model::random;

/// The rows of one epoch in the order in which a seed sees them.
pub fn epoch_order(rows: &[u32], seed: u64, epoch: u32) -> Vec<u32> {
    let mut rng = random::stream(seed, "order", &epoch.to_string());
    let order = random::permutation(rows.len(), &mut rng);
    order.iter().map(|&place| rows[place as usize]).collect()
}

/// The batches of one epoch for each replica; replicas of one seed share their order.
#[derive(Clone, Debug)]
pub struct Epoch {
    orders: Vec<Arc<Vec<u32>>>,
    batch_size: usize,
}

impl Epoch {
    /// The epoch's batches.
    pub fn new(rows: &[u32], seeds: &[u64], epoch: u32, batch_size: usize) -> Self {
        let mut orders: Vec<Arc<Vec<u32>>> = Vec::with_capacity(seeds.len());
        for (replica, seed) in seeds.iter().enumerate() {
            let twin = seeds[..replica].iter().position(|other| other == seed);
            let order = match twin {
                Some(twin) => Arc::clone(&orders[twin]),
                None => Arc::new(epoch_order(rows, *seed, epoch)),
            };
            orders.push(order);
        }
        Self { orders, batch_size }
    }

    /// The number of batches; the last one may be short.
    pub fn num_batches(&self) -> usize {
        self.orders
            .first()
            .map_or(0, |order| order.len().div_ceil(self.batch_size))
    }

    /// The rows of a batch, for each replica.
    pub fn batch(&self, index: usize) -> Vec<&[u32]> {
        let start = index * self.batch_size;
        let rows = |order: &'_ Arc<Vec<u32>>| start..(start + self.batch_size).min(order.len());
        self.orders
            .iter()
            .map(|order| &order[rows(order)])
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_epoch_shows_each_row_once_and_the_next_in_another_order() {
        let rows: Vec<u32> = (100..1100).collect();
        let first = epoch_order(&rows, 1, 0);
        assert_eq!(first, epoch_order(&rows, 1, 0));
        assert_ne!(first, epoch_order(&rows, 1, 1));
        assert_ne!(first, epoch_order(&rows, 2, 0));
        let epoch = Epoch::new(&rows, &[1, 2, 1], 0, 300);
        assert_eq!(epoch.num_batches(), 4);
        let mut seen: Vec<u32> = (0..4)
            .flat_map(|batch| epoch.batch(batch)[2].to_vec())
            .collect();
        assert_eq!(seen, first);
        seen.sort_unstable();
        assert_eq!(seen, rows);
    }
}
