//! The numbers of a tensor on the host, plane by plane.

use burn::backend::flex::FlexTensor;
use burn::tensor::{Tensor, TensorData};

use super::matrix::Matrix;
use super::on_host;

/// A tensor of `[plane, row, column]` whose numbers need not lie one behind the other.
pub struct Planes {
    tensor: FlexTensor,
    /// `[plane, row, column]`.
    pub dims: [usize; 3],
    strides: [usize; 3],
}

impl Planes {
    /// The planes of a tensor.
    pub fn new(tensor: &FlexTensor) -> Self {
        let tensor = if tensor.layout().has_positive_strides() {
            tensor.clone()
        } else {
            tensor.to_contiguous()
        };
        let layout = tensor.layout();
        let stride = |axis: usize| {
            layout
                .strides()
                .get(axis)
                .map_or(0, |&stride| stride as usize)
        };
        Self {
            dims: dims(&tensor),
            strides: std::array::from_fn(stride),
            tensor,
        }
    }

    /// The planes of a tensor on the host.
    pub fn of(tensor: Tensor<3>) -> Self {
        let planes = Self::new(&on_host(tensor));
        if planes.strides[2] == 1 {
            return planes;
        }
        Self::new(&in_order(planes.tensor))
    }

    /// Each row of each plane.
    ///
    /// # Panics
    /// If the numbers of a row do not lie one behind the other.
    pub fn rows(&self) -> impl Iterator<Item = &[f32]> {
        (0..self.dims[0]).flat_map(|plane| self.rows_of(plane))
    }

    /// Each row of one plane.
    ///
    /// # Panics
    /// As [`Self::rows`] does.
    pub fn rows_of(&self, plane: usize) -> impl Iterator<Item = &[f32]> {
        let [_, rows, columns] = self.dims;
        let [stride, row, column] = self.strides;
        assert!(column == 1 || columns < 2, "rows of a tensor");
        let start = self.tensor.layout().start_offset() + plane * stride;
        let numbers = &self.tensor.storage::<f32>()[start..];
        (0..rows).map(move |own| &numbers[own * row..own * row + columns])
    }

    /// One plane.
    ///
    /// # Panics
    /// If there are fewer.
    pub fn plane(&self, plane: usize) -> Matrix<'_> {
        let [planes, rows, columns] = self.dims;
        assert!(plane < planes, "plane {plane} of {planes}");
        let numbers = self.tensor.storage::<f32>();
        let start = self.tensor.layout().start_offset() + plane * self.strides[0];
        let [_, row, column] = self.strides;
        Matrix::new(&numbers[start..], [rows, columns], [row, column])
    }
}

/// The shape of a tensor of `[plane, row, column]`.
pub fn dims(tensor: &FlexTensor) -> [usize; 3] {
    std::array::from_fn(|axis| tensor.layout().shape().get(axis).copied().unwrap_or(1))
}

/// A tensor whose numbers lie one behind the other from the first on, so that they may be changed in place.
pub fn in_order(tensor: FlexTensor) -> FlexTensor {
    let ordered = tensor.to_contiguous();
    // Else it would seem shared, and a change would copy it.
    drop(tensor);
    ordered
}

/// A tensor of these numbers.
pub fn tensor<const D: usize>(numbers: Vec<f32>, dims: [usize; D]) -> FlexTensor {
    FlexTensor::from_data(TensorData::new(numbers, dims))
}
