//! The numbers of a network in the order in which the PyTorch programs draw them: one tower behind the other.
//!
//! In a layout each layer has the matrices of all towers side by side.

use mtl_lab::model::Layout;
use mtl_lab::model::layout::Entry;

/// A layout's numbers in the programs' order.
pub fn drawn(layout: &Layout, flat: &[f32]) -> Vec<f32> {
    places(layout)
        .into_iter()
        .map(|place| flat[place])
        .collect()
}

/// The reverse of [`drawn`].
pub fn placed(layout: &Layout, drawn: impl IntoIterator<Item = f32>) -> Vec<f32> {
    let mut flat = vec![f32::NAN; layout.len()];
    for (place, number) in places(layout).into_iter().zip(drawn) {
        flat[place] = number;
    }
    flat
}

fn places(layout: &Layout) -> Vec<usize> {
    let is_tower = |entry: &Entry| entry.role.starts_with("towers.*");
    let is_layer = |a: &Entry, b: &Entry| is_tower(a) && is_tower(b) && a.lanes == b.lanes;
    let mut places = Vec::with_capacity(layout.len());
    for entries in layout.entries().chunk_by(is_layer) {
        if !is_tower(&entries[0]) {
            places.extend(entries[0].offset..entries[0].offset + entries[0].len());
            continue;
        }
        for lane in 0..entries[0].lanes.len() {
            for entry in entries {
                let len = entry.rows * entry.columns;
                let start = entry.offset + lane * len;
                places.extend(start..start + len);
            }
        }
    }
    places
}
