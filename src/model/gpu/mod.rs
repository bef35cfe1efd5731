//! Operations of our own where the device is a graphics card, as kernels in `CubeCL`.
//!
//! The backend adds up rows of a table with as many threads as a row has numbers, each of which walks through all rows of the
//! batch by itself. Here each row has threads of its own.

mod cut;
mod dense;
mod fold;
mod index;
mod kernels;
mod operation;
mod rows;
mod step;
mod written;

pub use cut::{Cut, Piece};
pub use fold::folded;
pub use index::{Index, IndexWords};
pub use rows::{Part, added_up, added_up_by_replica, taken, unfolded};
pub use step::stepped;
