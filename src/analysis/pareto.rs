//! Which variants nobody beats on both of two tasks.

/// For each point whether no other is at least as good on both axes and better on one; higher is better.
pub fn pareto(points: &[(f64, f64)]) -> Vec<bool> {
    let beats =
        |a: &(f64, f64), b: &(f64, f64)| a.0 >= b.0 && a.1 >= b.1 && (a.0 > b.0 || a.1 > b.1);
    points
        .iter()
        .map(|point| !points.iter().any(|other| beats(other, point)))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_front_keeps_twins_and_drops_the_beaten() {
        let points = [(1.0, 3.0), (2.0, 2.0), (2.0, 1.0), (2.0, 2.0), (0.0, 0.0)];
        assert_eq!(pareto(&points), [true, true, false, true, false]);
    }
}
