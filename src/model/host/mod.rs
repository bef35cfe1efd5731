//! Numbers of the device on the host, and operations of our own where the device is the host.

mod dense;
mod matrix;
mod mixture;
mod planes;

use burn::tensor::{Device, Tensor, TensorData};

pub use dense::dense;
pub use mixture::mixture;

use crate::error::Report;

/// The values of a tensor in row-major order.
///
/// # Errors
/// A device that cannot be read.
pub fn read<const D: usize>(tensor: &Tensor<D>) -> Result<Vec<f32>, Report> {
    let failed = |cause: String| Report::failure("the device could not be read").caused_by(cause);
    let data = tensor
        .try_to_data()
        .map_err(|error| failed(error.to_string()))?;
    data.try_to_vec::<f32>()
        .map_err(|error| failed(format!("{error:?}")))
}

/// Whether numbers of this device lie in the host's memory, where a loop of our own can change them.
pub fn is_host(device: &Device) -> bool {
    device.clone().inner() == Device::flex()
}

/// Runs a loop in the widest instructions that this processor has.
pub fn vectorized<T>(run: impl FnOnce() -> T) -> T {
    pulp::Arch::new().dispatch(run)
}

/// Changes the numbers of several tensors of one shape by one loop, without a copy where no other tensor looks at them.
///
/// Each operation on a tensor is a pass over memory of its own; what follows long formulas is made of a single one here.
///
/// # Shapes
/// - tensors: each `[row, column]`, on the host
pub fn in_one_pass<const N: usize>(
    tensors: [&mut Tensor<2>; N],
    change: impl FnOnce([&mut [f32]; N]),
) {
    let device = tensors.first().map(|tensor| tensor.device());
    let Some(device) = device else { return };
    let dims: [[usize; 2]; N] = std::array::from_fn(|place| tensors[place].dims());
    let empty = || Tensor::<2>::zeros([1, 1], &device);
    let mut taken: [Vec<f32>; N] = std::array::from_fn(|_| Vec::new());
    let mut tensors = tensors;
    for (tensor, values) in tensors.iter_mut().zip(&mut taken) {
        let whole = std::mem::replace(&mut **tensor, empty());
        *values = whole.into_data().try_into_vec().unwrap_or_default();
    }
    change(taken.each_mut().map(Vec::as_mut_slice));
    for ((tensor, values), dims) in tensors.iter_mut().zip(taken).zip(dims) {
        **tensor = Tensor::from_data(TensorData::new(values, dims), &device);
    }
}
