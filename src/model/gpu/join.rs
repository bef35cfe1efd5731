//! Parameters joined to flat vectors: the reverse of a cut.

use burn::backend::wgpu::{CubeTensor, Wgpu};
use burn::tensor::{Shape, Tensor};

use super::kernels;
use super::operation::told;
use super::rows::{empty, threads};

/// Parts that a kernel joins at once, at the most: it has code for each.
const AT_ONCE: usize = 32;

/// Parts side by side, so many of which lie in one vector each.
///
/// # Shapes
/// - parts: `[vector · matrix, rows, columns]`, at least one
/// - output: `[vector, number]`
pub fn joined(parts: Vec<Tensor<3>>, vectors: usize) -> Tensor<2> {
    let numbers: usize = parts.iter().map(|part| part.shape().num_elements()).sum();
    let shape = [vectors, numbers / vectors];
    let shapes = vec![Shape::from(shape)];
    let joined = told("join", parts, Vec::new(), shapes, move |parts, _| {
        vec![join(&parts, shape)]
    });
    let Some(flat) = joined.into_iter().next() else {
        unreachable!("one tensor is made");
    };
    Tensor::from_primitive::<Wgpu>(flat)
}

fn join(parts: &[CubeTensor], shape: [usize; 2]) -> CubeTensor {
    let flat = empty(&parts[0], shape, parts[0].dtype);
    let bindings = flat.client.properties().hardware.max_bindings as usize;
    // The output and what tells of the tensors are bound, too.
    let at_once = bindings.saturating_sub(2).clamp(1, AT_ONCE);
    let mut first = 0;
    for parts in parts.chunks(at_once) {
        let numbers: usize = parts.iter().map(|part| part.meta.num_elements()).sum();
        let (count, dim) = threads(&flat, numbers);
        let parts = parts.iter().cloned();
        kernels::flat::join::launch(
            &flat.client,
            count,
            dim,
            parts.map(CubeTensor::into_tensor_arg).collect(),
            flat.clone().into_tensor_arg(),
            first,
        );
        first += numbers / shape[0];
    }
    flat
}
