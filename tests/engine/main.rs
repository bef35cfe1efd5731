//! The engine as a whole: against PyTorch, against itself, and on a graphics adapter.

mod fixture;
mod parity;
mod real_data;
mod registries;
mod replicas;
mod wgpu;
