//! Curves that were worked out before, so that only those with new points are worked out again.

use std::collections::HashMap;
use std::rc::Rc;
use std::time::{Duration, Instant};

use super::curve::{Merged, Points};
use super::model::Subject;
use super::settings::{BandKind, Clock, Settings};
use crate::results::{Results, Sample, SeriesKey};
use crate::train::Part;

/// How much longer a frame may take for curves that were never seen: rather a late picture than an empty one.
const PATIENCE: Duration = Duration::from_millis(60);

/// The curves of one experiment's results.
#[derive(Debug, Default)]
pub struct Curves {
    known: HashMap<Key, Entry>,
    /// The results that they belong to.
    identity: u64,
    /// Of each variant, its runs.
    runs: Vec<Vec<usize>>,
    /// Until when stale ones are worked out again in this frame.
    deadline: Option<Instant>,
    /// Whether one was worked out in this frame, as in every frame that finds a stale one, however slow the machine is.
    worked: bool,
    /// A round brings every curve up to date once, in as many frames as it takes.
    round: u64,
    /// The results' revision when the round began.
    revision: u64,
    late: bool,
}

#[derive(Debug, Eq, Hash, PartialEq)]
struct Key {
    variant: usize,
    task: String,
    metric: String,
    other: Option<String>,
    split: Part,
}

#[derive(Debug)]
struct Entry {
    /// The round that it was worked out in.
    round: u64,
    /// When its runs had had their last point.
    revision: u64,
    clock: Clock,
    band: BandKind,
    merged: Merged,
    smoothing: f64,
    log_y: bool,
    points: Rc<Points>,
}

impl Curves {
    /// Begins a frame, in which so much time may go into curves that are known but stale.
    pub fn begin(&mut self, results: &Results, budget: Duration) {
        if self.identity != results.identity {
            self.known.clear();
            self.identity = results.identity;
        }
        if !self.late {
            self.round += 1;
            self.revision = results.revision;
        }
        self.late = false;
        self.worked = false;
        self.deadline = Some(Instant::now() + budget);
        self.runs.clear();
        self.runs.resize(results.draft.variants.len(), Vec::new());
        for (index, run) in results.runs.iter().enumerate() {
            if let Some(runs) = self.runs.get_mut(run.variant) {
                runs.push(index);
            }
        }
    }

    /// Whether the frame's time has been over for so long.
    fn is_over(&self, by: Duration) -> bool {
        self.worked && self.deadline.is_some_and(|end| Instant::now() > end + by)
    }

    /// The results' revision that all curves have reached, unless some are late.
    pub fn revision(&self) -> u64 {
        self.revision
    }

    /// None is known, and there is time for all.
    #[cfg(test)]
    pub fn of_all(results: &Results) -> Self {
        let mut curves = Self::default();
        curves.begin(results, Duration::from_mins(1));
        curves
    }

    /// Whether some curve was left stale for want of time.
    pub fn is_late(&self) -> bool {
        self.late
    }

    /// The curve of a variant's runs in one part of the data; `None` if they have no point.
    pub fn of(
        &mut self,
        results: &Results,
        settings: &Settings,
        variant: usize,
        subject: &Subject<'_>,
        split: Part,
    ) -> Option<Rc<Points>> {
        let key = Key {
            variant,
            task: subject.task.to_owned(),
            metric: subject.metric.to_owned(),
            other: subject.other.map(str::to_owned),
            split,
        };
        let runs = self.runs.get(variant)?;
        let revision = runs
            .iter()
            .filter_map(|&run| Some(results.runs.get(run)?.revision))
            .max()?;
        if let Some(known) = self.known.get(&key) {
            let is_fresh = known.has(revision, self.round, settings) && known.looks(settings);
            if is_fresh || self.is_over(Duration::ZERO) {
                self.late |= !is_fresh;
                return Some(Rc::clone(&known.points));
            }
        } else if self.is_over(PATIENCE) {
            self.late = true;
            return None;
        }
        let samples = runs.iter().map(|&run| {
            results.samples(&SeriesKey {
                run,
                task: key.task.clone(),
                metric: key.metric.clone(),
                other: key.other.clone(),
                split,
            })
        });
        let series: Vec<&[Sample]> = samples.filter(|samples| !samples.is_empty()).collect();
        if series.is_empty() {
            return None;
        }
        self.worked = true;
        let mut merged = match self.known.remove(&key) {
            Some(known) if known.clock == settings.x && known.band == settings.band => known.merged,
            _ => Merged::default(),
        };
        merged.update(&series, settings.x, settings.band);
        let points = Rc::new(Points::new(&merged, &series, settings));
        let entry = Entry {
            round: self.round,
            revision,
            clock: settings.x,
            band: settings.band,
            merged,
            smoothing: settings.smoothing,
            log_y: settings.log_y,
            points: Rc::clone(&points),
        };
        self.known.insert(key, entry);
        Some(points)
    }
}

impl Entry {
    /// Whether the seeds were brought together as they stand now, or as they stood in this round.
    fn has(&self, revision: u64, round: u64, settings: &Settings) -> bool {
        let is_current = self.revision == revision || self.round == round;
        is_current && self.clock == settings.x && self.band == settings.band
    }

    /// Whether the points are smoothed and placed as they are wanted.
    fn looks(&self, settings: &Settings) -> bool {
        self.smoothing == settings.smoothing && self.log_y == settings.log_y
    }
}
