//! Numbers of the device on the host, and operations of our own where the device is the host.

/// Runs one of two functions: the first is made for a width, so that a loop over it is a few instructions.
macro_rules! by_width {
    ($width:expr, $fixed:ident($($argument:expr),*), $any:expr) => {
        match $width {
            2 => $fixed::<2>($($argument),*),
            4 => $fixed::<4>($($argument),*),
            8 => $fixed::<8>($($argument),*),
            16 => $fixed::<16>($($argument),*),
            32 => $fixed::<32>($($argument),*),
            64 => $fixed::<64>($($argument),*),
            128 => $fixed::<128>($($argument),*),
            _ => $any,
        }
    };
}

mod dense;
mod dense_repeated;
mod fold;
mod matrix;
mod mixture;
mod pack;
mod planes;
mod repeated;
pub(super) mod rows;
mod softmax;
mod step;
mod whole;

use burn::backend::Flex;
use burn::backend::flex::FlexTensor;
use burn::tensor::{Device, Int, Tensor};
use rayon::iter::{IndexedParallelIterator as _, ParallelIterator as _};
use rayon::slice::ParallelSliceMut as _;

pub use dense_repeated::dense_repeated;
pub use fold::folded;
pub use repeated::Repeated;
pub use step::stepped;
pub use whole::whole;

use self::planes::in_order;
use crate::error::Report;

/// The values of a tensor in row-major order.
///
/// # Errors
/// A device that cannot be read.
pub fn read<const D: usize>(tensor: &Tensor<D>) -> Result<Vec<f32>, Report> {
    if tensor.device() == Device::flex() {
        // By way of its data the numbers would be copied three times.
        let len = tensor.dims().iter().product();
        return Ok(numbers(tensor.clone()).storage::<f32>()[..len].to_vec());
    }
    let failed = |cause: String| Report::failure("the device could not be read").caused_by(cause);
    let data = tensor
        .try_to_data()
        .map_err(|error| failed(error.to_string()))?;
    data.try_into_vec::<f32>()
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

/// Makes 0 of what is too small for a normal number.
///
/// What shrinks by a factor at each step ends as a subnormal number that rounding keeps from becoming 0, and with those
/// a processor is many times slower. Elsewhere than on the host nothing is done.
pub fn drop_subnormal(tensor: &mut Tensor<2>) {
    if !is_host(&tensor.device()) {
        return;
    }
    let mut own = moved_out(tensor);
    vectorized(|| {
        for number in own.storage_mut::<f32>() {
            if number.abs() < f32::MIN_POSITIVE {
                *number = 0.0;
            }
        }
    });
    *tensor = Tensor::from_primitive::<Flex>(own);
}

/// The sum of tensors of one shape, at least one, in their order.
///
/// # Shapes
/// - tensors: each `[row, column]`
pub fn summed(tensors: Vec<Tensor<2>>) -> Option<Tensor<2>> {
    /// Numbers that a core adds at a time.
    const CHUNK: usize = 8192;
    let first = tensors.first()?;
    if tensors.len() < 3 || !is_host(&first.device()) {
        return tensors.into_iter().reduce(|sum, next| sum + next);
    }
    let mut each = tensors.into_iter().map(numbers);
    let mut sum = each.next()?;
    let others: Vec<FlexTensor> = each.collect();
    let chunks = sum.storage_mut::<f32>().par_chunks_mut(CHUNK).enumerate();
    chunks.for_each(|(chunk, sum)| {
        for other in &others {
            let other = &other.storage::<f32>()[chunk * CHUNK..][..sum.len()];
            vectorized(|| {
                for (sum, number) in sum.iter_mut().zip(other) {
                    *sum += number;
                }
            });
        }
    });
    Some(Tensor::from_primitive::<Flex>(sum))
}

/// A tensor on the host.
fn on_host<const D: usize>(tensor: Tensor<D>) -> FlexTensor {
    match tensor.try_into_primitive::<Flex>() {
        Ok(tensor) => tensor,
        Err(error) => unreachable!("a tensor on the host: {error:?}"),
    }
}

/// A tensor on the host whose numbers lie one behind the other.
fn numbers<const D: usize>(tensor: Tensor<D>) -> FlexTensor {
    in_order(on_host(tensor))
}

/// A tensor that is changed without a copy, unless another looks at its numbers too; a small one takes its place.
fn moved_out(tensor: &mut Tensor<2>) -> FlexTensor {
    let empty = Tensor::zeros([1, 1], &Device::flex());
    numbers(std::mem::replace(tensor, empty))
}

/// Whole numbers of a tensor on the host, one behind the other.
fn ints<const D: usize>(tensor: Tensor<D, Int>) -> FlexTensor {
    match tensor.try_into_primitive::<Flex>() {
        Ok(tensor) => in_order(tensor),
        Err(error) => unreachable!("a tensor on the host: {error:?}"),
    }
}

/// That two tensors are nearly the same.
#[cfg(test)]
fn close<const D: usize>(found: &Tensor<D>, expected: &Tensor<D>, within: f32, what: &str) {
    assert_eq!(found.dims(), expected.dims(), "{what}");
    let [found, expected] = [found, expected].map(|tensor| tensor.clone().into_data());
    found.assert_approx_eq::<f32>(&expected, burn::tensor::Tolerance::absolute(within));
}

/// A parameter of numbers that differ.
#[cfg(test)]
fn wave<const D: usize>(dims: [usize; D], step: f32) -> Tensor<D> {
    let len = dims.iter().product();
    let numbers: Vec<f32> = (0..len).map(|place| (place as f32 * step).sin()).collect();
    let data = burn::tensor::TensorData::new(numbers, dims);
    Tensor::from_data(data, &Device::flex().autodiff()).require_grad()
}

#[cfg(test)]
mod tests {
    use burn::tensor::TensorData;

    use super::*;

    #[test]
    fn what_is_too_small_for_a_normal_number_is_dropped() {
        let row = |numbers: [f32; 6]| {
            Tensor::<2>::from_data(TensorData::new(numbers.to_vec(), [1, 6]), &Device::flex())
        };
        let mut numbers = row([1.5, -1e-39, f32::MIN_POSITIVE, 5e-45, f32::NAN, -1e-30]);
        drop_subnormal(&mut numbers);
        let found = read(&numbers).unwrap();
        assert!(found[4].is_nan());
        assert_eq!(found[..4], [1.5, 0.0, f32::MIN_POSITIVE, 0.0]);
        assert_eq!(found[5], -1e-30);
    }
}
