//! A formula written down, as a kernel is made of it.

use std::array::from_fn;
use std::cell::RefCell;
use std::ops::{Add, Div, Mul};

use crate::model::formula::{Formula, PairFormula, Real};

/// One operation. Its operands are places of values: those that are given, and what the operations before it have made.
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
    Exponential(usize),
    /// `ln(1 + x)`.
    LogOnePlus(usize),
    Rectified(usize),
    IsZero(usize),
}

/// A formula without its constants: those change from step to step, and a kernel is compiled but once.
#[derive(Clone, Debug, Default, Eq, Hash, PartialEq)]
pub struct Written {
    pub operations: Vec<Operation>,
    /// The places of what it makes.
    pub made: Vec<usize>,
}

/// The formula of a step, and its constants in the order in which they come.
///
/// Given are the number, its gradient and what is remembered; made are what is to be subtracted, and what is remembered from
/// now on.
pub fn step<const M: usize>(formula: &impl Formula<M>) -> (Written, Vec<f32>) {
    Page::filled(2 + M, |page| {
        let value = |place| Value { place, page };
        let mut moments = from_fn(|moment| value(2 + moment));
        let change = formula.change(&value(0), value(1), &mut moments);
        let moments = moments.iter().map(|moment| moment.place);
        std::iter::once(change.place).chain(moments).collect()
    })
}

/// Formulas of two numbers one after the other, and the constants of all.
///
/// Given are both numbers; made are two for each formula.
pub fn pairs<F: PairFormula>(formulas: &[&F]) -> (Written, Vec<f32>) {
    Page::filled(2, |page| {
        let [left, right] = [0, 1].map(|place| Value { place, page });
        let made = formulas.iter().map(|formula| formula.made(&left, &right));
        made.flatten().map(|value| value.place).collect()
    })
}

/// What formulas are written on.
#[derive(Debug, Default)]
struct Page {
    /// Values that are there before the first operation.
    given: usize,
    operations: Vec<Operation>,
    constants: Vec<f32>,
}

impl Page {
    /// What is written of so many given values; tells the places of what is made.
    fn filled(
        given: usize,
        write: impl FnOnce(&RefCell<Self>) -> Vec<usize>,
    ) -> (Written, Vec<f32>) {
        let page = RefCell::new(Self {
            given,
            ..Self::default()
        });
        let made = write(&page);
        let Self {
            operations,
            constants,
            ..
        } = page.into_inner();
        (Written { operations, made }, constants)
    }
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

    /// What an operation on it alone makes.
    fn alone(self, operation: fn(usize) -> Operation) -> Self {
        let own = self.place;
        self.made(operation(own))
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
        self.alone(Operation::Root)
    }

    fn square(self) -> Self {
        self.alone(Operation::Square)
    }

    fn exp(self) -> Self {
        self.alone(Operation::Exponential)
    }

    fn ln_1p(self) -> Self {
        self.alone(Operation::LogOnePlus)
    }

    fn relu(self) -> Self {
        self.alone(Operation::Rectified)
    }

    fn one_at_zero(self) -> Self {
        self.alone(Operation::IsZero)
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
        let (written, constants) = step(&Some);
        let operations = [
            Operation::ProductWith(2, 0),
            Operation::Square(1),
            Operation::Sum(3, 4),
            Operation::Root(5),
            Operation::Quotient(6, 0),
            Operation::ProductWith(7, 1),
        ];
        assert_eq!(written.operations, operations);
        assert_eq!(written.made, [8, 5]);
        assert_eq!(constants, [0.9, 0.1]);
    }

    /// `x·y` and `e^x`, or `y²` and `x`.
    #[derive(PartialEq)]
    enum Pair {
        Product,
        Square,
    }

    impl PairFormula for Pair {
        fn made<R: Real>(&self, left: &R, right: &R) -> [R; 2] {
            match self {
                Self::Product => [left.clone() * right.clone(), left.clone().exp()],
                Self::Square => [right.clone().square(), left.clone()],
            }
        }
    }

    #[test]
    fn formulas_of_two_numbers_follow_each_other() {
        let (written, constants) = pairs(&[&Pair::Square, &Pair::Product]);
        let operations = [
            Operation::Square(1),
            Operation::Product(0, 1),
            Operation::Exponential(0),
        ];
        assert_eq!(written.operations, operations);
        assert_eq!(written.made, [2, 0, 3, 4]);
        assert!(constants.is_empty());
    }
}
