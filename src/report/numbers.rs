//! Numbers as the tables show them, with the digits that tell.

use crate::analysis::Summary;

/// What stands where there is no number.
pub(super) const NONE: &str = "–";

/// Digits after the point for a number of this size.
fn decimals(size: f64) -> usize {
    match size.abs() {
        size if size >= 1000.0 => 1,
        size if size >= 100.0 => 2,
        size if size >= 10.0 => 3,
        _ => 4,
    }
}

fn is_tiny(value: f64) -> bool {
    value != 0.0 && value.abs() < 1e-3
}

/// A score, or a dash.
pub(super) fn score(value: Option<f64>) -> String {
    match value.filter(|value| value.is_finite()) {
        None => NONE.to_owned(),
        Some(value) if is_tiny(value) || value.abs() >= 1e7 => minus(&format!("{value:.3e}")),
        Some(value) => minus(&format!("{value:.*}", decimals(value))),
    }
}

/// A difference with its sign, or a dash; as many digits as a score of this `size` has.
pub(super) fn difference(value: Option<f64>, size: f64) -> String {
    match value.filter(|value| value.is_finite()) {
        None => NONE.to_owned(),
        Some(value) if is_tiny(size) || value.abs() >= 1e7 => minus(&format!("{value:+.3e}")),
        Some(value) => minus(&format!("{value:+.*}", decimals(size))),
    }
}

/// Mean ± deviation; the mean alone of a single run.
pub(super) fn mean_deviation(summary: &Summary) -> String {
    let mean = score(Some(summary.mean));
    match summary.deviation {
        None => mean,
        Some(deviation) if is_tiny(summary.mean) || summary.mean.abs() >= 1e7 => {
            format!("{mean} ± {deviation:.1e}")
        }
        Some(deviation) => format!("{mean} ± {deviation:.*}", decimals(summary.mean)),
    }
}

/// A p-value; never a bare zero.
pub(super) fn p_value(value: Option<f64>) -> String {
    match value {
        None => NONE.to_owned(),
        Some(value) if value < 0.0001 => "< 0.0001".to_owned(),
        Some(value) => format!("{value:.4}"),
    }
}

/// Thousands set apart by a narrow space.
pub(super) fn count(number: usize) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() * 2);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push('\u{202f}');
        }
        text.push(digit);
    }
    text
}

/// A duration such as `4.2 s`, `1 min 40 s` or `2 h 5 min`.
pub(super) fn duration(seconds: f64) -> String {
    if !seconds.is_finite() || seconds < 0.0 {
        return NONE.to_owned();
    }
    let whole = seconds.round() as u64;
    match whole {
        0..=59 => format!("{seconds:.1} s"),
        60..=3599 => format!("{} min {} s", whole / 60, whole % 60),
        _ => format!("{} h {} min", whole / 3600, whole / 60 % 60),
    }
}

/// A share such as `3.10 %`.
pub(super) fn percent(share: f64) -> String {
    if share > 0.0 && share < 0.001 {
        format!("{:.4} %", share * 100.0)
    } else {
        format!("{:.2} %", share * 100.0)
    }
}

/// A cosine such as `+0.12`.
pub(super) fn cosine(value: f64) -> String {
    let text = format!("{value:+.2}");
    match text.as_str() {
        "+0.00" | "-0.00" => "0.00".to_owned(),
        _ => minus(&text),
    }
}

/// A share of few, such as `37 %`.
pub(super) fn share(share: f64) -> String {
    format!("{:.0} %", share * 100.0)
}

/// A true minus for the hyphen before a number.
fn minus(text: &str) -> String {
    text.strip_prefix('-')
        .map_or_else(|| text.to_owned(), |rest| format!("−{rest}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::summarize;

    #[test]
    fn digits_fit_the_size() {
        assert_eq!(score(Some(0.71234)), "0.7123");
        assert_eq!(score(Some(12345.678)), "12345.7");
        assert_eq!(score(Some(0.000_123_4)), "1.234e-4");
        assert_eq!(score(Some(-0.25)), "−0.2500");
        assert_eq!(score(Some(f64::NAN)), "–");
        assert_eq!(difference(Some(-0.5), 5000.0), "−0.5");
        assert_eq!(difference(Some(0.000_04), 0.7), "+0.0000");
        assert_eq!(
            mean_deviation(&summarize(&[0.7, 0.72]).unwrap()),
            "0.7100 ± 0.0141"
        );
        assert_eq!(mean_deviation(&summarize(&[0.7]).unwrap()), "0.7000");
        assert_eq!(p_value(Some(0.00001)), "< 0.0001");
        assert_eq!(count(1_234_567), "1\u{202f}234\u{202f}567");
        assert_eq!(duration(100.4), "1 min 40 s");
        assert_eq!(duration(59.97), "1 min 0 s");
        assert_eq!(
            [0.126, -0.5, -0.001].map(cosine),
            ["+0.13", "−0.50", "0.00"]
        );
        assert_eq!(share(2.0 / 3.0), "67 %");
    }
}
