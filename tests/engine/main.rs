//! The engine as a whole: against PyTorch, against itself, and on a graphics adapter.

#![expect(
    clippy::unwrap_used,
    clippy::print_stderr,
    reason = "tests stop where they fail and say what they skip"
)]

mod balance;
mod bottoms;
mod combination;
mod conditional;
mod drawn;
mod fixture;
mod fusion;
mod gates;
mod loss_scales;
mod parity;
mod parts;
mod probe;
mod real_data;
mod registries;
mod relatedness;
mod repeated;
mod replicas;
mod resume;
mod structures;
mod subset;
mod wgpu;
