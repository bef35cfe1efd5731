//! Real numbers in four bytes or fewer where they lose nothing by it.
//!
//! Most columns of a text file hold short decimals such as `12.5`: a whole number and a power of ten that all rows share. Most
//! other columns of a Parquet file are single precision. What is neither keeps its eight bytes.

use super::integers::Integers;

/// The powers of ten up to the most decimals that a whole number of four bytes is worth.
const POWERS: [f64; 10] = [1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9];

/// Real numbers, NaN where missing; each comes back with the bits it had.
#[derive(Clone, Debug)]
pub struct Reals(Form);

#[derive(Clone, Debug)]
enum Form {
    /// `mantissa / 10^decimals`.
    Decimal {
        mantissas: Integers,
        decimals: usize,
    },
    Single(Vec<f32>),
    Double(Vec<f64>),
}

impl Reals {
    /// So many missing numbers.
    pub fn missing(rows: usize) -> Self {
        Self::whole(Integers::missing(rows))
    }

    /// The same numbers as real ones.
    pub fn of_integers(numbers: Integers) -> Self {
        let narrow = numbers.iter().flatten().all(is_narrow);
        if narrow {
            return Self::whole(numbers);
        }
        let real = |number: Option<i64>| number.map_or(f64::NAN, |number| number as f64);
        Self(Form::Double(numbers.iter().map(real).collect()))
    }

    fn whole(mantissas: Integers) -> Self {
        let decimals = 0;
        Self(Form::Decimal {
            mantissas,
            decimals,
        })
    }

    /// Makes room for so many rows in all.
    pub fn expect(&mut self, rows: usize) {
        let more = rows.saturating_sub(self.len());
        match &mut self.0 {
            Form::Decimal { mantissas, .. } => mantissas.expect(rows),
            Form::Single(values) => values.reserve_exact(more),
            Form::Double(values) => values.reserve_exact(more),
        }
    }

    /// The number of rows.
    pub fn len(&self) -> usize {
        match &self.0 {
            Form::Decimal { mantissas, .. } => mantissas.len(),
            Form::Single(values) => values.len(),
            Form::Double(values) => values.len(),
        }
    }

    /// Whether there are no rows.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The number of a row.
    #[inline]
    pub fn get(&self, row: usize) -> f64 {
        match &self.0 {
            Form::Decimal {
                mantissas,
                decimals,
            } => decimal(mantissas.get(row), *decimals),
            Form::Single(values) => f64::from(values[row]),
            Form::Double(values) => values[row],
        }
    }

    /// Calls `visit` with each of these rows and its number; the form is asked for once.
    pub fn visit(&self, rows: impl Iterator<Item = usize>, mut visit: impl FnMut(usize, f64)) {
        match &self.0 {
            Form::Decimal {
                mantissas,
                decimals,
            } => mantissas.visit(rows, |row, mantissa| {
                visit(row, decimal(mantissa, *decimals));
            }),
            Form::Single(values) => rows.for_each(|row| visit(row, f64::from(values[row]))),
            Form::Double(values) => rows.for_each(|row| visit(row, values[row])),
        }
    }

    /// The numbers of all rows.
    pub fn iter(&self) -> impl Iterator<Item = f64> + '_ {
        (0..self.len()).map(|row| self.get(row))
    }

    /// Adds a row; a number that does not fit the form of those before it changes the form.
    #[inline]
    pub fn push(&mut self, value: f64) {
        while !self.try_push(value) {
            self.change_for(value);
        }
    }

    fn try_push(&mut self, value: f64) -> bool {
        match &mut self.0 {
            Form::Decimal {
                mantissas,
                decimals,
            } => {
                if value.is_nan() {
                    mantissas.push(None);
                    return true;
                }
                let mantissa = mantissa(value, *decimals);
                if mantissa.is_some() {
                    mantissas.push(mantissa);
                }
                mantissa.is_some()
            }
            Form::Single(values) => {
                let fits = is_single(value);
                if fits {
                    values.push(value as f32);
                }
                fits
            }
            Form::Double(values) => {
                values.push(value);
                true
            }
        }
    }

    /// Turns to the next form that holds what is there and `value`.
    fn change_for(&mut self, value: f64) {
        if let Form::Decimal {
            mantissas,
            decimals,
        } = &self.0
        {
            let longer = (decimals + 1..POWERS.len()).find(|&more| mantissa(value, more).is_some());
            let rescaled = longer.and_then(|more| {
                let factor = POWERS[more - decimals] as i64;
                let longer: Integers = mantissas
                    .iter()
                    .map(|mantissa| mantissa.map(|mantissa| mantissa * factor))
                    .collect();
                let narrow = longer.iter().flatten().all(is_narrow);
                narrow.then_some((longer, more))
            });
            if let Some((mantissas, decimals)) = rescaled {
                self.0 = Form::Decimal {
                    mantissas,
                    decimals,
                };
                return;
            }
        }
        let single = !matches!(self.0, Form::Single(_)) && is_single(value);
        self.0 = if single && self.iter().all(is_single) {
            Form::Single(self.iter().map(|value| value as f32).collect())
        } else {
            Form::Double(self.iter().collect())
        };
    }
}

impl Default for Reals {
    fn default() -> Self {
        Self::missing(0)
    }
}

impl FromIterator<f64> for Reals {
    fn from_iter<I: IntoIterator<Item = f64>>(values: I) -> Self {
        let mut all = Self::default();
        values.into_iter().for_each(|value| all.push(value));
        all
    }
}

#[inline]
fn decimal(mantissa: Option<i64>, decimals: usize) -> f64 {
    mantissa.map_or(f64::NAN, |mantissa| mantissa as f64 / POWERS[decimals])
}

/// The whole number that gives back exactly `value`; `None` if none of four bytes does.
#[inline]
fn mantissa(value: f64, decimals: usize) -> Option<i64> {
    let mantissa = (value * POWERS[decimals]).round_ties_even() as i64;
    let same = || decimal(Some(mantissa), decimals).to_bits() == value.to_bits();
    (is_narrow(mantissa) && same()).then_some(mantissa)
}

fn is_narrow(number: i64) -> bool {
    i32::try_from(number).is_ok_and(|number| number > i32::MIN)
}

fn is_single(value: f64) -> bool {
    value.is_nan() || f64::from(value as f32).to_bits() == value.to_bits()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn form(values: &[f64]) -> &'static str {
        let all: Reals = values.iter().copied().collect();
        assert_eq!(all.len(), values.len());
        for (back, value) in all.iter().zip(values) {
            assert!(back.to_bits() == value.to_bits() || back.is_nan() && value.is_nan());
        }
        match all.0 {
            Form::Decimal { .. } => "decimal",
            Form::Single(_) => "single",
            Form::Double(_) => "double",
        }
    }

    #[test]
    fn numbers_come_back_with_the_bits_they_had() {
        let nan = f64::NAN;
        let third = f64::from(1.0_f32 / 3.0);
        let cases: [(&[f64], &str); 11] = [
            (&[], "decimal"),
            (&[nan, 1.5, 0.25, -3.0, nan, 1234.5678], "decimal"),
            (&[0.1, 0.2, 0.3, 1e-9], "decimal"),
            (&[0.0, -0.0], "single"),
            (&[0.5, third, nan], "single"),
            (&[f64::INFINITY, 1.5], "single"),
            // The decimals of one number are too many for the size of the other.
            (&[2_000_000_000.0, 0.001], "double"),
            (&[0.1, third], "double"),
            (&[third, 0.1], "double"),
            (&[3e9, 0.5], "single"),
            (&[f64::MAX, f64::MIN_POSITIVE], "double"),
        ];
        for (values, expected) in cases {
            assert_eq!(form(values), expected, "{values:?}");
        }
        let long: Vec<f64> = (0..1000).map(|row| f64::from(row) / 997.0).collect();
        assert_eq!(form(&long), "double");
        let short: Vec<f64> = (0..1000).map(|row| f64::from(row) / 1000.0).collect();
        assert_eq!(form(&short), "decimal");
    }

    #[test]
    fn whole_numbers_become_real_ones() {
        let some: Integers = [Some(7), None, Some(-3)].into_iter().collect();
        let mut reals = Reals::of_integers(some);
        reals.push(0.5);
        assert_eq!((reals.get(0), reals.get(2), reals.get(3)), (7.0, -3.0, 0.5));
        assert!(reals.get(1).is_nan());
        let wide = Integers::from_iter([1 << 60, 5]);
        assert_eq!(Reals::of_integers(wide).get(0), (1_i64 << 60) as f64);
    }
}
