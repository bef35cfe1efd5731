//! Embedding tables of all replicas, lanes and fields as one tensor, and the rows that a batch touches.
//!
//! A step costs what its batch touches, not what the table holds: the distinct rows are gathered, get a gradient as a small
//! dense tensor, and are stepped where they lie.

mod finder;
mod layout;
mod lookup;
mod places;
mod repeated;
mod row_set;
mod uses;

pub use finder::{BatchRows, LookupFinder};
pub use layout::{EmbeddingLayout, PlainField};
pub use lookup::Lookup;
pub use places::Places;
pub use repeated::RepeatedFields;
pub use uses::MASKED;
