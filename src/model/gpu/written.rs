//! A formula written down, as a kernel is made of it.

use std::array::from_fn;
use std::cell::RefCell;
use std::ops::{Add, Div, Mul};

use crate::model::formula::{Formula, Real};

/// One operation. Its operands are places of values: the number, its gradient, what is remembered, and what the operations
/// before it have made.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum Operation {
    Sum(usize, usize),
    Product(usize, usize),
    Quotient(usize, usize),
    /// Of a value and of a constant by its place among the constants.
    SumWith(usize, usize),
    ProductWith(usize, usize),
    Root(usize),
    Square(usize),
}

/// A formula without its constants: those change from step to step, and a kernel is compiled but once.
#[derive(Clone, Debug, Default, Eq, Hash, PartialEq)]
pub struct Written {
    pub operations: Vec<Operation>,
    /// The place of what is to be subtracted.
    pub change: usize,
    /// The places of what is remembered from now on.
    pub moments: Vec<usize>,
}

/// A formula, and its constants in the order in which they come.
pub fn written<const M: usize>(formula: &impl Formula<M>) -> (Written, Vec<f32>) {
    let page = RefCell::new(Page {
        given: 2 + M,
        ..Page::default()
    });
    let value = |place| Value { place, page: &page };
    let mut moments = from_fn(|moment| value(2 + moment));
    let change = formula.change(&value(0), value(1), &mut moments);
    let (change, moments) = (change.place, moments.map(|moment| moment.place));
    let Page {
        operations,
        constants,
        ..
    } = page.into_inner();
    let written = Written {
        operations,
        change,
        moments: moments.to_vec(),
    };
    (written, constants)
}

#[derive(Debug, Default)]
struct Page {
    /// Values that are there before the first operation.
    given: usize,
    operations: Vec<Operation>,
    constants: Vec<f32>,
}

/// A value that is only written of.
#[derive(Clone, Debug)]
struct Value<'a> {
    place: usize,
    page: &'a RefCell<Page>,
}

impl Value<'_> {
    /// What an operation makes.
    fn made(self, operation: Operation) -> Self {
        let mut page = self.page.borrow_mut();
        page.operations.push(operation);
        Self {
            place: page.given + page.operations.len() - 1,
            page: self.page,
        }
    }

    fn with(self, operation: fn(usize, usize) -> Operation, constant: f64) -> Self {
        let mut page = self.page.borrow_mut();
        page.constants.push(constant as f32);
        let constant = page.constants.len() - 1;
        drop(page);
        let own = self.place;
        self.made(operation(own, constant))
    }
}

/// An operation on two values, and one on a value and a constant.
macro_rules! operation {
    ($name:ident, $function:ident, $operation:expr) => {
        impl $name for Value<'_> {
            type Output = Self;

            fn $function(self, other: Self) -> Self {
                let own = self.place;
                self.made($operation(own, other.place))
            }
        }
    };
    ($name:ident, $function:ident, $operation:expr, $with:expr) => {
        operation!($name, $function, $operation);

        impl $name<f64> for Value<'_> {
            type Output = Self;

            fn $function(self, other: f64) -> Self {
                self.with($with, other)
            }
        }
    };
}

operation!(Add, add, Operation::Sum, Operation::SumWith);
operation!(Mul, mul, Operation::Product, Operation::ProductWith);
operation!(Div, div, Operation::Quotient);

impl Real for Value<'_> {
    fn sqrt(self) -> Self {
        let own = self.place;
        self.made(Operation::Root(own))
    }

    fn square(self) -> Self {
        let own = self.place;
        self.made(Operation::Square(own))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `b ← b·0.9 + g²;  x ← x − √b/x·0.1`
    struct Some;

    impl Formula<1> for Some {
        fn change<R: Real>(&self, number: &R, gradient: R, [buffer]: &mut [R; 1]) -> R {
            *buffer = buffer.clone() * 0.9 + gradient.square();
            buffer.clone().sqrt() / number.clone() * 0.1
        }
    }

    #[test]
    fn a_formula_is_written_in_the_order_in_which_it_is_calculated() {
        let (written, constants) = written(&Some);
        let operations = [
            Operation::ProductWith(2, 0),
            Operation::Square(1),
            Operation::Sum(3, 4),
            Operation::Root(5),
            Operation::Quotient(6, 0),
            Operation::ProductWith(7, 1),
        ];
        assert_eq!(written.operations, operations);
        assert_eq!((written.change, written.moments), (8, vec![5]));
        assert_eq!(constants, [0.9, 0.1]);
    }
}
