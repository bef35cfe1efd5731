//! Operations of our own where the device is a graphics card, as kernels in `CubeCL`.
//!
//! The backend adds up rows of a table with as many threads as a row has numbers, each of which walks through all rows of the
//! batch by itself. Here each row has threads of its own.

mod cut;
mod dense;
mod fold;
mod index;
mod join;
mod kernels;
mod mixture;
mod operation;
mod rows;
mod step;
mod written;

use burn::backend::wgpu::CubeTensor;

pub use cut::{Cut, Piece};
pub use fold::folded;
pub use index::{Index, IndexWords};
pub use join::joined;
pub use rows::{Part, added_up, added_up_by_replica, taken, unfolded};
pub use step::stepped;

/// The shape of a tensor of `[plane, row, column]`.
fn dims(tensor: &CubeTensor) -> [usize; 3] {
    std::array::from_fn(|axis| tensor.meta.shape()[axis])
}
