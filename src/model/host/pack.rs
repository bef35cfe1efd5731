//! A few numbers that go through a formula side by side.

#![expect(
    clippy::inline_always,
    reason = "only within what is vectorized, and else with the instructions of any processor"
)]

use std::array::from_fn;
use std::ops::{Add, Div, Mul, Sub};

use crate::model::formula::Real;

/// As many numbers as a vector instruction takes, or fewer.
#[derive(Clone, Copy, Debug)]
pub struct Pack<const N: usize>(pub [f32; N]);

impl<const N: usize> Pack<N> {
    /// The numbers from a place on.
    #[inline(always)]
    pub fn read(numbers: &[f32], start: usize) -> Self {
        let numbers = &numbers[start..start + N];
        Self(from_fn(|lane| numbers[lane]))
    }

    /// Sets the numbers from a place on.
    #[inline(always)]
    pub fn write(self, numbers: &mut [f32], start: usize) {
        numbers[start..start + N].copy_from_slice(&self.0);
    }
}

/// An operation on two packs, and on a pack and one number.
macro_rules! operation {
    ($name:ident, $function:ident, $sign:tt) => {
        impl<const N: usize> $name for Pack<N> {
            type Output = Self;

            #[inline(always)]
            fn $function(self, other: Self) -> Self {
                Self(from_fn(|lane| self.0[lane] $sign other.0[lane]))
            }
        }

        impl<const N: usize> $name<f64> for Pack<N> {
            type Output = Self;

            #[inline(always)]
            fn $function(self, other: f64) -> Self {
                let other = other as f32;
                Self(from_fn(|lane| self.0[lane] $sign other))
            }
        }
    };
}

operation!(Add, add, +);
operation!(Sub, sub, -);
operation!(Mul, mul, *);
operation!(Div, div, /);

impl<const N: usize> Real for Pack<N> {
    #[inline(always)]
    fn sqrt(self) -> Self {
        Self(from_fn(|lane| self.0[lane].sqrt()))
    }

    #[inline(always)]
    fn square(self) -> Self {
        self * self
    }

    #[inline(always)]
    fn exp(self) -> Self {
        Self(self.0.map(f32::exp))
    }

    #[inline(always)]
    fn ln_1p(self) -> Self {
        Self(self.0.map(f32::ln_1p))
    }

    #[inline(always)]
    fn relu(self) -> Self {
        Self(self.0.map(|number| number.max(0.0)))
    }

    #[inline(always)]
    fn one_at_zero(self) -> Self {
        Self(self.0.map(|number| f32::from(u8::from(number == 0.0))))
    }
}
