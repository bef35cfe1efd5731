//! Numbers and times as people read them.

/// Thousands set apart, such as `128,000`.
pub fn count(number: usize) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// A count in few letters, such as `128k`.
pub fn short_count(number: usize) -> String {
    let value = number as f64;
    if value >= 1e9 {
        format!("{:.1}G", value / 1e9)
    } else if value >= 1e6 {
        format!("{:.1}M", value / 1e6)
    } else if value >= 1e4 {
        format!("{:.0}k", value / 1e3)
    } else if value >= 1e3 {
        format!("{:.1}k", value / 1e3)
    } else {
        number.to_string()
    }
}

/// A duration such as `1.4 s`, `1:40` or `2:05:00`.
pub fn duration(seconds: f64) -> String {
    if !seconds.is_finite() || seconds < 0.0 {
        return "–".to_owned();
    }
    if seconds < 9.95 {
        return format!("{seconds:.1} s");
    }
    let whole = seconds.round() as u64;
    if whole < 60 {
        return format!("{whole} s");
    }
    let (hours, minutes, seconds) = (whole / 3600, whole / 60 % 60, whole % 60);
    if hours > 0 {
        format!("{hours}:{minutes:02}:{seconds:02}")
    } else {
        format!("{minutes}:{seconds:02}")
    }
}

/// A score with as many digits as tell, or a dash.
pub fn score(value: Option<f64>) -> String {
    match value {
        Some(value) if value.is_finite() && value.abs() < 1000.0 => format!("{value:.4}"),
        Some(value) if value.is_finite() => format!("{value:.3e}"),
        _ => "–".to_owned(),
    }
}

/// A share such as `3.1 %`.
pub fn percent(share: f64) -> String {
    let value = share * 100.0;
    if value == 0.0 {
        "0 %".to_owned()
    } else if value < 0.1 {
        "< 0.1 %".to_owned()
    } else if value < 10.0 {
        format!("{value:.1} %")
    } else {
        format!("{value:.0} %")
    }
}

/// An id such as `shared_bottom` as words.
pub fn words(id: &str) -> String {
    id.replace('_', " ")
}

/// At most so many letters, the last an ellipsis if some were left out.
pub fn shorten(text: &str, letters: usize) -> String {
    if text.chars().count() <= letters {
        return text.to_owned();
    }
    let kept: String = text.chars().take(letters.saturating_sub(1)).collect();
    format!("{}…", kept.trim_end())
}

/// `1 run`, `2 runs`.
pub fn plural(number: usize, noun: &str) -> String {
    if number == 1 {
        format!("1 {noun}")
    } else {
        format!("{number} {noun}s")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_read_well() {
        assert_eq!(count(1_234_567), "1,234,567");
        assert_eq!(count(12), "12");
        assert_eq!([short_count(999), short_count(1_500)], ["999", "1.5k"]);
        assert_eq!(
            [short_count(128_400), short_count(2_500_000)],
            ["128k", "2.5M"]
        );
        assert_eq!([duration(100.0), duration(7_500.4)], ["1:40", "2:05:00"]);
        assert_eq!([duration(1.42), duration(59.3)], ["1.4 s", "59 s"]);
        assert_eq!(duration(f64::NAN), "–");
        assert_eq!([score(Some(0.71234)), score(None)], ["0.7123", "–"]);
        assert_eq!(
            [percent(0.031), percent(0.0001), percent(0.61)],
            ["3.1 %", "< 0.1 %", "61 %"]
        );
        assert_eq!(
            [shorten("购买率", 3), shorten("a longer one", 8)],
            ["购买率", "a longe…"]
        );
        assert_eq!([plural(1, "run"), plural(2, "run")], ["1 run", "2 runs"]);
    }
}
