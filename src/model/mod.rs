//! The networks: stacked layers on a replica axis, activations, bottoms and structures with their registries.
//!
//! Every activation is `[replica · lane, batch, width]`. A *replica* is one run of a cohort; a *lane* is one of the
//! networks that a structure trains side by side (`separate` has one a task, `shared_bottom` one in all).
//! Nothing here knows a label, a loss or a thread.

pub mod activation;
pub mod attention;
pub mod batch_norm;
pub mod bottom;
pub mod dense;
pub mod diagram;
pub mod dice;
pub mod dropout;
pub mod embedding;
pub mod experts;
pub mod fold;
pub mod formula;
pub mod gpu;
pub mod host;
pub mod input;
pub mod lanes;
pub mod layer;
pub mod layout;
pub mod mixture;
pub mod mlp;
pub mod network;
pub mod pass;
pub mod random;
pub mod rows;
pub mod seeded;
pub mod sequence;
pub mod softmax;
pub mod structure;
mod tape;
pub mod wide;

pub use activation::{ACTIVATIONS, Activation};
pub use bottom::{BOTTOMS, Bottom, BottomEntry};
pub use diagram::{Diagram, Edge, EdgeKind, Node, NodeId, Owner, Part};
pub use layout::{Init, Layout, Slot};
pub use network::{Features, Network, NetworkConfig};
pub use pass::{Fork, Pass};
pub use structure::{STRUCTURES, Structure, StructureEntry};
