//! Ticks of a logarithmic axis, and numbers short enough for an axis.

/// Ticks between two logarithms, as logarithms with their step: 1, 2 and 5 times powers of ten, or even steps of the
/// values themselves where fewer than three of those lie between.
pub fn log_ticks((low, high): (f64, f64)) -> Vec<(f64, f64)> {
    let ticks = decade_ticks(low, high);
    if ticks.len() > 2 {
        return ticks;
    }
    let values = even_values(10_f64.powf(low), 10_f64.powf(high)).into_iter();
    let above_zero = values.filter(|value| *value > 0.0);
    above_zero.map(|value| (value.log10(), 1.0)).collect()
}

/// Round values between two others, four to eight of them.
pub fn even_values(low: f64, high: f64) -> Vec<f64> {
    // The next round step is up to two and a half times as wide.
    let rough = (high - low) / 8.0;
    if !(rough.is_finite() && rough > 0.0) {
        return Vec::new();
    }
    let power = 10_f64.powf(rough.log10().floor());
    let steps = [1.0, 2.0, 5.0, 10.0].map(|factor| factor * power);
    let step = steps
        .into_iter()
        .find(|step| *step >= rough)
        .unwrap_or(rough);
    let first = (low / step).ceil() as i64;
    let values = (first..first.saturating_add(12)).map(|index| index as f64 * step);
    values.take_while(|value| *value <= high).collect()
}

fn decade_ticks(low: f64, high: f64) -> Vec<(f64, f64)> {
    let mut ticks = Vec::new();
    let (first, last) = (low.floor() as i32, high.ceil() as i32);
    if last - first > 40 {
        return ticks;
    }
    for power in first..=last {
        for (factor, step) in [(1.0_f64, 1.0), (2.0, 0.3), (5.0, 0.3)] {
            let value = f64::from(power) + factor.log10();
            if value >= low && value <= high {
                ticks.push((value, step));
            }
        }
    }
    ticks
}

/// A number with as many digits as matter, thousands and millions by letter.
pub fn short(value: f64) -> String {
    let size = value.abs();
    let trimmed = |text: String| {
        if text.contains('.') {
            text.trim_end_matches('0').trim_end_matches('.').to_owned()
        } else {
            text
        }
    };
    match size {
        _ if !value.is_finite() => String::new(),
        size if size >= 1e6 => format!("{}M", trimmed(format!("{:.2}", value / 1e6))),
        size if size >= 1e4 => format!("{}k", trimmed(format!("{:.1}", value / 1e3))),
        size if size >= 10.0 => trimmed(format!("{value:.1}")),
        size if size >= 0.001 || size == 0.0 => trimmed(format!("{value:.4}")),
        _ => format!("{value:.1e}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn log_ticks_are_one_two_five() {
        let values: Vec<f64> = log_ticks((-1.0, 1.0))
            .iter()
            .map(|(tick, _)| 10_f64.powf(*tick))
            .collect();
        let expected = [0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0];
        assert_eq!(values.len(), expected.len());
        for (found, expected) in values.iter().zip(expected) {
            assert!((found - expected).abs() < 1e-9);
        }
    }

    #[test]
    fn a_narrow_log_axis_has_even_ticks() {
        let ticks = log_ticks((0.62_f64.log10(), 0.81_f64.log10()));
        let values: Vec<f64> = ticks.iter().map(|(tick, _)| 10_f64.powf(*tick)).collect();
        let expected = [0.65, 0.7, 0.75, 0.8];
        assert_eq!(values.len(), expected.len(), "{values:?}");
        for (found, expected) in values.iter().zip(expected) {
            assert!((found - expected).abs() < 1e-9);
        }
    }

    #[test]
    fn numbers_are_short() {
        let found = [0.0, 0.75, 0.7512, 1200.0, 45_000.0, 1_250_000.0, 0.00012].map(short);
        assert_eq!(
            found,
            ["0", "0.75", "0.7512", "1200", "45k", "1.25M", "1.2e-4"]
        );
    }
}
