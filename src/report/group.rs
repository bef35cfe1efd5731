//! What the runs of a variant say together: the mean and the extremes of a series, place by place.

use std::collections::BTreeMap;

use super::chart::Band;
use crate::results::{Results, SeriesKey};

/// Points of a line, at the most; more cannot be told apart on paper.
const MOST_POINTS: usize = 1000;

/// The values of a variant's runs, place by place.
pub(super) struct Group {
    /// Runs with a value.
    pub runs: usize,
    /// Runs without one.
    pub without: usize,
    /// Whether some places have fewer runs than others.
    pub uneven: bool,
    /// Epoch and values by step.
    places: BTreeMap<u64, (f64, Vec<f64>)>,
}

impl Group {
    /// The series of this key in all runs of a variant; the key's own run is of no account.
    pub(super) fn of(results: &Results, variant: usize, key: &SeriesKey) -> Self {
        let mut group = Self {
            runs: 0,
            without: 0,
            uneven: false,
            places: BTreeMap::new(),
        };
        for (run, _) in results
            .runs
            .iter()
            .enumerate()
            .filter(|(_, run)| run.variant == variant)
        {
            let key = SeriesKey { run, ..key.clone() };
            let mut found = false;
            for sample in results
                .samples(&key)
                .iter()
                .filter(|sample| sample.value.is_finite())
            {
                found = true;
                let place = group.places.entry(sample.at.step);
                place
                    .or_insert_with(|| (sample.at.epoch, Vec::new()))
                    .1
                    .push(sample.value);
            }
            if found {
                group.runs += 1;
            } else {
                group.without += 1;
            }
        }
        group.uneven = group
            .places
            .values()
            .any(|(_, values)| values.len() != group.runs);
        group
    }

    /// Every value of every run.
    pub(super) fn values(&self) -> impl Iterator<Item = f64> {
        self.places
            .values()
            .flat_map(|(_, values)| values.iter().copied())
    }

    /// The mean of all values; `None` if there are none.
    pub(super) fn mean(&self) -> Option<f64> {
        let count = self.values().count();
        (count > 0).then(|| self.values().sum::<f64>() / count as f64)
    }

    /// The places that are drawn: all, or every second, third, … and the last.
    fn drawn(&self) -> impl Iterator<Item = &(f64, Vec<f64>)> {
        let every = self.places.len().div_ceil(MOST_POINTS).max(1);
        let last = self.places.len().saturating_sub(1);
        let kept = move |index: usize| index.is_multiple_of(every) || index == last;
        self.places
            .values()
            .enumerate()
            .filter(move |(index, _)| kept(*index))
            .map(|(_, place)| place)
    }

    /// Epoch and mean of each place.
    pub(super) fn means(&self) -> Vec<(f64, f64)> {
        let mean = |values: &[f64]| values.iter().sum::<f64>() / values.len() as f64;
        self.drawn()
            .map(|(epoch, values)| (*epoch, mean(values)))
            .collect()
    }

    /// The extremes at each place; `None` of a single run.
    pub(super) fn band(&self) -> Option<Vec<Band>> {
        let band = |(epoch, values): &(f64, Vec<f64>)| Band {
            x: *epoch,
            low: values.iter().copied().fold(f64::INFINITY, f64::min),
            high: values.iter().copied().fold(f64::NEG_INFINITY, f64::max),
        };
        (self.runs > 1).then(|| self.drawn().map(band).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_series_are_thinned_but_keep_their_end() {
        let places = (0..2501_u64)
            .map(|step| (step, (step as f64, vec![1.0])))
            .collect();
        let group = Group {
            runs: 1,
            without: 0,
            uneven: false,
            places,
        };
        let means = group.means();
        assert!(means.len() <= MOST_POINTS + 1);
        assert_eq!(means.last(), Some(&(2500.0, 1.0)));
    }
}
