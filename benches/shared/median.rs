//! The median of a few figures.

/// The middle value, or the mean of the two in the middle.
pub fn median(values: &mut [f64]) -> f64 {
    values.sort_by(f64::total_cmp);
    let middle = values.len() / 2;
    if values.len() % 2 == 1 {
        values[middle]
    } else {
        values
            .get(middle)
            .zip(values.get(middle.wrapping_sub(1)))
            .map_or(f64::NAN, |(a, b)| f64::midpoint(*a, *b))
    }
}
