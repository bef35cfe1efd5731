//! Figures inside sentences.

/// A share in per cent with two digits that count.
pub(super) fn percent(part: usize, whole: usize) -> String {
    let share = 100.0 * part as f64 / whole.max(1) as f64;
    if share > 0.0 && share < 0.1 {
        format!("{share:.2} %")
    } else {
        format!("{share:.1} %")
    }
}

/// A number with four digits that count, at the least the whole part.
pub(super) fn short(value: f64) -> String {
    let size = value.abs();
    if size >= 1e7 || (size > 0.0 && size < 1e-3) {
        return format!("{value:.2e}");
    }
    let decimals = (3 - (size.max(1.0).log10() as i32)).max(0) as usize;
    let text = format!("{value:.decimals$}");
    if text.contains('.') {
        text.trim_end_matches('0').trim_end_matches('.').to_owned()
    } else {
        text
    }
}

#[cfg(test)]
mod tests {
    use super::{percent, short};

    #[test]
    fn figures_are_short() {
        assert_eq!(
            [percent(31, 1000), percent(1, 3000), percent(0, 0)],
            ["3.1 %", "0.03 %", "0.0 %"]
        );
        let shown = [0.0, 1.5, 12.3456, 1234.5, 18656.3, -2.0, 2.5e9, 1e-5].map(short);
        assert_eq!(
            shown,
            [
                "0", "1.5", "12.35", "1234", "18656", "-2", "2.50e9", "1.00e-5"
            ]
        );
    }
}
