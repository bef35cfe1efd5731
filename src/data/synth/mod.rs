//! Synthetic tables whose task relations are known, for trying things out and for tests.
//!
//! All randomness comes from a `ChaCha` stream and every number is rounded to fixed decimals before it becomes text, so that one seed
//! gives one file on every machine.

mod bounds;
mod draw;
mod mmoe;
mod short_video;
mod write;

pub use mmoe::{MmoeRecipe, mmoe};
pub use short_video::{ShortVideoRecipe, short_video};
pub use write::write_csv;
