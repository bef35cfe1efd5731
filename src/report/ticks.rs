//! Round numbers along an axis: steps of 1, 2 or 5 times a power of ten.

/// One axis: its range and what it maps to.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Axis {
    low: f64,
    high: f64,
    log: bool,
}

impl Axis {
    /// An axis that holds all numbers it can show, with a little room; `None` if there are none.
    pub(super) fn around(values: impl Iterator<Item = f64>, log: bool, room: f64) -> Option<Self> {
        let shown = values.filter(|value| value.is_finite() && (!log || *value > 0.0));
        let scaled = shown.map(|value| if log { value.log10() } else { value });
        let (low, high) = scaled.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), value| {
            (low.min(value), high.max(value))
        });
        if low > high {
            return None;
        }
        let width = high - low;
        // A flat line needs some height around it.
        let room = if width > 1e-9 * high.abs().max(low.abs()) {
            room * width
        } else {
            (0.1 * high.abs()).max(0.01)
        };
        Some(Self {
            low: low - room,
            high: high + room,
            log,
        })
    }

    /// Where a value lies, from 0 to 1; `None` where the axis cannot show it.
    pub(super) fn share(self, value: f64) -> Option<f64> {
        if !value.is_finite() || self.log && value <= 0.0 {
            return None;
        }
        let value = if self.log { value.log10() } else { value };
        Some((value - self.low) / (self.high - self.low))
    }

    /// About `wanted` round numbers inside the axis, each with its text.
    pub(super) fn ticks(self, wanted: usize) -> Vec<(f64, String)> {
        if self.log && self.high - self.low > 0.7 {
            return self.log_ticks(wanted);
        }
        let (low, high) = if self.log {
            (10_f64.powf(self.low), 10_f64.powf(self.high))
        } else {
            (self.low, self.high)
        };
        let step = nice_step((high - low) / wanted.max(1) as f64);
        // A hair of room: 0.3 / 0.1 is not quite 3.
        let (first, last) = ((low / step - 1e-9).ceil(), (high / step + 1e-9).floor());
        if !step.is_normal() || last - first > 100.0 {
            return Vec::new();
        }
        let count = (last - first).max(-1.0) as i64 + 1;
        let decimals = (-step.log10().floor()).clamp(0.0, 12.0) as usize;
        let tick = |index: i64| {
            let value = (first + index as f64) * step;
            (value, text(value, decimals, step))
        };
        (0..count).map(tick).collect()
    }

    fn log_ticks(self, wanted: usize) -> Vec<(f64, String)> {
        let decades = self.low.floor() as i32..=self.high.ceil() as i32;
        let count = (decades.end() - decades.start()) + 1;
        let every = (count / i32::try_from(wanted.max(1)).unwrap_or(1)).max(1);
        let factors: &[f64] = if self.high - self.low > 2.5 {
            &[1.0]
        } else {
            &[1.0, 2.0, 5.0]
        };
        let inside = |value: &f64| self.low <= value.log10() && value.log10() <= self.high;
        decades
            .filter(|decade| decade.rem_euclid(every) == 0)
            .flat_map(|decade| {
                factors
                    .iter()
                    .map(move |factor| (decade, factor * 10_f64.powi(decade)))
            })
            .filter(|(_, value)| inside(value))
            .map(|(decade, value)| (value, text(value, (-decade).clamp(0, 12) as usize, value)))
            .collect()
    }
}

/// The least of 1, 2, 5 times a power of ten that is not below `rough`.
fn nice_step(rough: f64) -> f64 {
    let power = 10_f64.powf(rough.log10().floor());
    let factor = [1.0, 2.0, 5.0]
        .into_iter()
        .find(|factor| factor * power >= rough * (1.0 - 1e-9));
    factor.unwrap_or(10.0) * power
}

fn text(value: f64, decimals: usize, step: f64) -> String {
    if value != 0.0 && (value.abs() >= 1e6 || step.abs() < 1e-6) {
        return format!("{value:.1e}");
    }
    let text = format!("{value:.decimals$}");
    if text
        .trim_start_matches('-')
        .chars()
        .all(|digit| matches!(digit, '0' | '.'))
    {
        text.replace('-', "")
    } else {
        text.replace('-', "−")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(values: &[f64], log: bool, room: f64, wanted: usize) -> Vec<String> {
        let axis = Axis::around(values.iter().copied(), log, room).unwrap();
        axis.ticks(wanted)
            .into_iter()
            .map(|(_, text)| text)
            .collect()
    }

    #[test]
    fn ticks_are_round_numbers() {
        assert_eq!(
            texts(&[0.0, 10.0], false, 0.0, 5),
            ["0", "2", "4", "6", "8", "10"]
        );
        assert_eq!(
            texts(&[0.7012, 0.7291], false, 0.0, 6),
            ["0.705", "0.710", "0.715", "0.720", "0.725"]
        );
        assert_eq!(
            texts(&[-0.3, 0.3], false, 0.0, 6),
            ["−0.3", "−0.2", "−0.1", "0.0", "0.1", "0.2", "0.3"]
        );
    }

    #[test]
    fn a_log_axis_ticks_in_decades() {
        assert_eq!(
            texts(&[0.01, 1.0], true, 0.0, 5),
            ["0.01", "0.02", "0.05", "0.1", "0.2", "0.5", "1"]
        );
        assert_eq!(
            texts(&[1e-4, 1.0], true, 0.0, 5),
            ["0.0001", "0.001", "0.01", "0.1", "1"]
        );
        assert_eq!(Axis::around([-1.0, f64::NAN].into_iter(), true, 0.0), None);
    }

    #[test]
    fn a_flat_line_lies_in_the_middle() {
        let axis = Axis::around([0.5, 0.5].into_iter(), false, 0.05).unwrap();
        assert!((axis.share(0.5).unwrap() - 0.5).abs() < 1e-12);
        assert!(axis.ticks(5).len() >= 3);
    }
}
