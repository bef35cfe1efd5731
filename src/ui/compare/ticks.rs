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

/// The round step that cuts a range into four to eight.
fn even_step(low: f64, high: f64) -> Option<f64> {
    // The next round step is up to two and a half times as wide.
    let rough = (high - low) / 8.0;
    if !(rough.is_finite() && rough > 0.0) {
        return None;
    }
    let power = 10_f64.powf(rough.log10().floor());
    let steps = [1.0, 2.0, 5.0, 10.0].map(|factor| factor * power);
    steps.into_iter().find(|step| *step >= rough)
}

/// Round values between two others, four to eight of them.
pub fn even_values(low: f64, high: f64) -> Vec<f64> {
    let Some(step) = even_step(low, high) else {
        return Vec::new();
    };
    let first = (low / step).ceil() as i64;
    let values = (first..first.saturating_add(12)).map(|index| index as f64 * step);
    values.take_while(|value| *value <= high).collect()
}

/// A value of an even axis, with as many digits as its neighbors.
pub fn even_label(value: f64, low: f64, high: f64) -> String {
    match even_step(low, high) {
        Some(step) if value.abs() < 1e4 && (1e-4..1.0).contains(&step) => {
            let digits = (-(step * 1.000_001).log10().floor()) as usize;
            format!("{value:.digits$}")
        }
        _ => short(value),
    }
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
    fn neighbors_have_as_many_digits() {
        let labels = even_values(0.61, 0.93)
            .into_iter()
            .map(|value| even_label(value, 0.61, 0.93));
        let expected = ["0.65", "0.70", "0.75", "0.80", "0.85", "0.90"];
        assert_eq!(labels.collect::<Vec<_>>(), expected);
        assert_eq!(even_label(20.0, 10.0, 26.0), "20");
        assert_eq!(even_label(0.2, 0.0, 1.0), "0.2");
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
