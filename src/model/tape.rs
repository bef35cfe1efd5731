//! Operations of our own on the tape.

use burn::backend::autodiff::checkpoint::strategy::CheckpointStrategy;
use burn::backend::autodiff::ops::{Backward, NodeGuard, OpsKind};
use burn::backend::tensor::FloatTensor;
use burn::backend::{Autodiff, Backend};

/// The output of an operation, with its backward pass on the tape if any of its inputs is there.
pub fn recorded<B: Backend, S: Backward<B, N>, C: CheckpointStrategy, const N: usize>(
    step: S,
    inputs: [NodeGuard; N],
    passed: S::State,
    output: FloatTensor<B>,
) -> FloatTensor<Autodiff<B, C>> {
    match step.prepare::<C>(inputs).compute_bound().stateful() {
        OpsKind::Tracked(step) => step.finish(passed, output),
        OpsKind::UnTracked(step) => step.finish(output),
    }
}
