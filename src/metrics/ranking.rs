//! Rows in the order of their scores.

/// A number as one that sorts as it does: zero and minus zero are one.
pub(super) fn sortable(number: f32) -> u32 {
    let bits = (number + 0.0).to_bits();
    if bits >> 31 == 1 {
        !bits
    } else {
        bits | 0x8000_0000
    }
}

/// Two numbers as one that sorts by the first, then by the second.
pub(super) fn pair(first: u32, second: u32) -> u64 {
    u64::from(first) << 32 | u64::from(second)
}

/// Whether the first numbers of two pairs are one.
pub(super) fn is_same(a: &u64, b: &u64) -> bool {
    a >> 32 == b >> 32
}

/// The second number of a pair.
pub(super) fn second(pair: u64) -> usize {
    (pair & u64::from(u32::MAX)) as usize
}

/// A row as one number that sorts by score, with the label in the lowest bit.
pub(super) fn key(score: f32, truth: f32) -> u64 {
    u64::from(sortable(score)) << 1 | u64::from(truth > 0.5)
}

/// The rows of each score, from the lowest on: how many are positive, and how many there are.
pub(super) fn ties(sorted: &[u64]) -> impl DoubleEndedIterator<Item = (f64, f64)> {
    let ties = sorted.chunk_by(|a, b| a >> 1 == b >> 1);
    ties.map(|ties| {
        let positives = ties.iter().map(|key| key & 1).sum::<u64>();
        (positives as f64, ties.len() as f64)
    })
}

/// The area under the ROC curve; `None` with one class only.
pub(super) fn area(sorted: &[u64]) -> Option<f64> {
    let (mut wins, mut negatives_below) = (0.0, 0.0);
    for (positives, rows) in ties(sorted) {
        let negatives = rows - positives;
        wins += positives * (negatives_below + 0.5 * negatives);
        negatives_below += negatives;
    }
    let positives = sorted.len() as f64 - negatives_below;
    let pairs = positives * negatives_below;
    (pairs > 0.0).then(|| wins / pairs)
}
