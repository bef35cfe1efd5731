//! Numbers of the device on the host.

use burn::tensor::Tensor;

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
