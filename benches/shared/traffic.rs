//! What a step on the made-up table moves.

use super::made_up::{DIM, SPARSE, layers, weights};

/// Bytes that a step of one network moves if each layer reads what it needs once and writes what it makes once, and nothing of it
/// stays in a cache until the next.
///
/// ```text
/// layer, a numbers to b:   n·a + a·b → n·b;   back n·a + a·b + 2·n·b → n·a + a·b
/// embedding, d distinct:   d → n·a;           back n·a → d
/// Adam, p numbers:         4·p → 3·p
/// ```
pub fn bytes(structure: &str, vocabulary: usize, batch: usize) -> f64 {
    let of_layers: usize = layers(structure)
        .map(|(inputs, outputs)| 3 * (batch * (inputs + outputs) + inputs * outputs))
        .sum();
    let each = (vocabulary / SPARSE).max(1) as f64;
    let drawn = 1.0 - (1.0 - 1.0 / each).powf(batch as f64);
    let distinct = (SPARSE * DIM) as f64 * each * drawn;
    let found = (batch * SPARSE * DIM) as f64;
    let stepped = weights(structure) as f64 + distinct;
    4.0 * (of_layers as f64 + 2.0 * (distinct + found) + 7.0 * stepped)
}
