//! The flat vectors of parameters cut into matrices by one kernel.
//!
//! The backend copies each parameter by a kernel of its own, since most of them begin where none can be bound. Here all are
//! copied at once to places where they can, and each matrix is a part of that copy.

use burn::backend::wgpu::{CubeTensor, Wgpu};
use burn::tensor::{Device, Int, Shape, Tensor, TensorData};

use super::kernels;
use super::operation::told;
use super::rows::threads;

/// Numbers between places where a tensor can be bound, whatever the graphics interface.
const APART: usize = 64;

/// One parameter in a flat vector.
#[derive(Clone, Copy, Debug)]
pub struct Piece {
    /// Where it begins.
    pub offset: usize,
    /// Copies of it for each replica.
    pub copies: usize,
    /// Matrices, their rows and their columns.
    pub shape: [usize; 3],
}

impl Piece {
    fn len(&self) -> usize {
        self.shape.iter().product()
    }
}

/// How flat vectors are cut; made once and used at every step.
#[derive(Clone, Debug)]
pub struct Cut {
    /// For each piece where it begins in the copy and in a flat vector, its length, and its copies.
    table: Tensor<1, Int>,
    /// For each piece where it begins in the copy, and its shape there.
    parts: Vec<(usize, [usize; 3])>,
    /// Numbers of the copy.
    len: usize,
}

impl Cut {
    /// A cut of so many flat vectors.
    pub fn new(pieces: &[Piece], replicas: usize, device: &Device) -> Self {
        let mut table = Vec::with_capacity(pieces.len() * kernels::flat::PIECE_WORDS);
        let mut parts = Vec::with_capacity(pieces.len());
        let mut start = 0;
        for piece in pieces {
            let words = [start, piece.offset, piece.len(), piece.copies];
            table.extend(words.map(|word| word as i32));
            let [planes, rows, columns] = piece.shape;
            let shape = [replicas * piece.copies * planes, rows, columns];
            parts.push((start, shape));
            start += shape.iter().product::<usize>().next_multiple_of(APART);
        }
        let words = table.len();
        Self {
            table: Tensor::from_data(TensorData::new(table, [words]), device),
            parts,
            len: start,
        }
    }

    /// The pieces of each flat vector.
    ///
    /// # Shapes
    /// - flat: `[replica, parameter]`
    /// - output: `[replica · copy · matrix, rows, columns]` for each piece
    pub fn of(&self, flat: &Tensor<2>) -> Vec<Tensor<3>> {
        let (parts, len) = (self.parts.clone(), self.len);
        let shapes = parts.iter().map(|(_, shape)| Shape::from(*shape)).collect();
        let floats = vec![flat.clone()];
        let table = vec![self.table.clone()];
        let cut = told("cut", floats, table, shapes, move |floats, ints| {
            let pairs = floats.into_iter().zip(ints);
            pairs
                .flat_map(|(flat, table)| cut(flat, table, &parts, len))
                .collect()
        });
        cut.into_iter()
            .map(Tensor::from_primitive::<Wgpu>)
            .collect()
    }
}

fn cut(
    flat: CubeTensor,
    table: CubeTensor,
    parts: &[(usize, [usize; 3])],
    len: usize,
) -> Vec<CubeTensor> {
    let (client, device, dtype) = (flat.client.clone(), flat.device.clone(), flat.dtype);
    let bytes = |numbers: usize| (numbers * dtype.size()) as u64;
    let all = client.empty(bytes(len) as usize);
    let copy = CubeTensor::new_contiguous(
        client.clone(),
        device.clone(),
        Shape::from([len]),
        all.clone(),
        dtype,
    );
    let (count, dim) = threads(&flat, len);
    kernels::flat::cut::launch(
        &client,
        count,
        dim,
        flat.into_tensor_arg(),
        table.into_tensor_arg(),
        copy.into_tensor_arg(),
    );
    let part = |&(start, shape): &(usize, [usize; 3])| {
        let end = start + shape.iter().product::<usize>();
        let own = all.clone().offset_start(bytes(start));
        let own = own.offset_end(bytes(len - end));
        CubeTensor::new_contiguous(client.clone(), device.clone(), shape.into(), own, dtype)
    };
    parts.iter().map(part).collect()
}
