//! Products of matrices in the host's memory.
//!
//! The product of two tensors is zeroed, then copied to an aligned place, and only then computed; at the sizes of these
//! networks that takes as long as the product itself.

use std::mem::MaybeUninit;

use gemm::Parallelism;

/// A matrix within numbers.
#[derive(Clone, Copy, Debug)]
pub struct Matrix<'a> {
    /// From its first number on.
    numbers: &'a [f32],
    rows: usize,
    columns: usize,
    /// From a row to the next, and from a column to the next.
    strides: [usize; 2],
}

impl<'a> Matrix<'a> {
    /// The matrix that begins with the first of `numbers`.
    ///
    /// # Panics
    /// If it ends behind the last of them.
    pub fn new(numbers: &'a [f32], [rows, columns]: [usize; 2], strides: [usize; 2]) -> Self {
        let last = rows.saturating_sub(1) * strides[0] + columns.saturating_sub(1) * strides[1];
        assert!(
            rows * columns == 0 || last < numbers.len(),
            "a matrix of {rows} × {columns} does not fit into {} numbers",
            numbers.len()
        );
        Self {
            numbers,
            rows,
            columns,
            strides,
        }
    }

    /// Rows for columns.
    #[must_use]
    pub fn transposed(self) -> Self {
        Self {
            rows: self.columns,
            columns: self.rows,
            strides: [self.strides[1], self.strides[0]],
            ..self
        }
    }

    /// How many columns it has.
    pub fn num_columns(self) -> usize {
        self.columns
    }

    /// So many of its rows.
    ///
    /// # Panics
    /// If it has fewer.
    #[must_use]
    pub fn rows(self, start: usize, rows: usize) -> Self {
        assert!(start + rows <= self.rows, "rows of a matrix");
        let from = (start * self.strides[0]).min(self.numbers.len());
        Self::new(&self.numbers[from..], [rows, self.columns], self.strides)
    }

    /// So many of its columns.
    ///
    /// # Panics
    /// If it has fewer.
    #[must_use]
    pub fn columns(self, start: usize, columns: usize) -> Self {
        self.transposed().rows(start, columns).transposed()
    }
}

/// Makes `a·b`, row by row, of what has not been set yet.
///
/// # Panics
/// If the shapes do not fit each other.
#[expect(unsafe_code, reason = "what was not set is set")]
pub fn product<'p>(
    a: Matrix<'_>,
    b: Matrix<'_>,
    place: &'p mut [MaybeUninit<f32>],
) -> &'p mut [f32] {
    let len = place.len();
    let start: *mut f32 = place.as_mut_ptr().cast();
    assert_eq!(len, a.rows * b.columns, "the place of the product");
    // SAFETY: the product has as many numbers as the place, and each is set without being looked at.
    unsafe {
        at(a, b, (start, len, b.columns), false);
        std::slice::from_raw_parts_mut(start, len)
    }
}

/// Sets all numbers to 0.
#[expect(unsafe_code, reason = "what was not set is set")]
pub fn zeros(place: &mut [MaybeUninit<f32>]) -> &mut [f32] {
    place.fill(MaybeUninit::new(0.0));
    // SAFETY: each of them has just been set.
    unsafe { place.assume_init_mut() }
}

/// Sets a matrix whose rows lie one behind the other to `a·b`.
///
/// # Panics
/// If the shapes do not fit each other.
#[expect(unsafe_code, reason = "the product takes pointers")]
pub fn set_product(a: Matrix<'_>, b: Matrix<'_>, place: &mut [f32]) {
    assert_eq!(place.len(), a.rows * b.columns, "the place of the product");
    // SAFETY: the product has as many numbers as the place.
    unsafe { at(a, b, (place.as_mut_ptr(), place.len(), b.columns), false) }
}

/// Adds `a·b` to a matrix whose rows lie one behind the other.
///
/// # Panics
/// If the shapes do not fit each other.
pub fn add_product(a: Matrix<'_>, b: Matrix<'_>, sum: &mut [f32]) {
    assert_eq!(sum.len(), a.rows * b.columns, "the place of the sum");
    add_product_to_columns(a, b, sum, b.columns);
}

/// Adds `a·b` to the first columns of a matrix of so many.
///
/// # Panics
/// If the shapes do not fit each other.
#[expect(unsafe_code, reason = "the product takes pointers")]
pub fn add_product_to_columns(a: Matrix<'_>, b: Matrix<'_>, sum: &mut [f32], columns: usize) {
    // SAFETY: all numbers of the sum are set.
    unsafe { at(a, b, (sum.as_mut_ptr(), sum.len(), columns), true) }
}

/// Sets numbers to `a·b`, or adds it to them; its rows begin so many numbers apart.
///
/// # Safety
/// So many numbers from there on may be written, and are set before if they are added to.
#[expect(unsafe_code, reason = "the product takes pointers")]
unsafe fn at(
    a: Matrix<'_>,
    b: Matrix<'_>,
    (start, len, stride): (*mut f32, usize, usize),
    adds: bool,
) {
    assert_eq!(a.columns, b.rows, "the columns of a are the rows of b");
    assert!(b.columns <= stride, "the rows of the product");
    let last = a.rows.saturating_sub(1) * stride + b.columns;
    assert!(
        a.rows * b.columns == 0 || last <= len,
        "the place of the product"
    );
    let [a_row, a_column] = a.strides.map(|stride| stride as isize);
    let [b_row, b_column] = b.strides.map(|stride| stride as isize);
    // SAFETY: there is place for the product, and [`Matrix::new`] has seen that both factors lie within what they
    // borrow.
    unsafe {
        gemm::gemm(
            a.rows,
            b.columns,
            a.columns,
            start,
            1,
            stride as isize,
            adds,
            a.numbers.as_ptr(),
            a_column,
            a_row,
            b.numbers.as_ptr(),
            b_column,
            b_row,
            1.0,
            1.0,
            false,
            false,
            false,
            Parallelism::None,
        );
    }
}
