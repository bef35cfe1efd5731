//! How far all runs are together.

use crate::results::Results;
use crate::train::Status;

/// How far all runs are together.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Overall {
    /// The share of all steps, from 0 to 1.
    pub share: f32,
    /// The run that moved last; `None` if none is under way.
    pub current: Option<usize>,
    /// Runs under way.
    pub running: usize,
    /// Runs that wait.
    pub queued: usize,
    /// Runs that have ended.
    pub ended: usize,
    /// Seconds still to go; `None` before the first steps.
    pub eta_secs: Option<f64>,
}

impl Overall {
    /// Looks at all runs; `elapsed_secs` is the time of this training so far, pauses left out.
    pub fn of(results: &Results, elapsed_secs: f64) -> Self {
        let known = results
            .runs
            .iter()
            .filter_map(|run| run.progress)
            .map(|at| at.steps)
            .max();
        let usual = known.unwrap_or(0) as f64;
        let mut overall = Self::default();
        let (mut done, mut all) = (0.0, 0.0);
        for (index, run) in results.runs.iter().enumerate() {
            let steps = run.progress.map_or(usual, |at| at.steps as f64);
            all += steps;
            match run.status {
                Status::Queued => overall.queued += 1,
                Status::Running => {
                    overall.running += 1;
                    done += run.progress.map_or(0.0, |at| at.step as f64);
                    overall.current.get_or_insert(index);
                }
                _ => {
                    overall.ended += 1;
                    done += steps;
                }
            }
        }
        if all > 0.0 {
            overall.share = (done / all) as f32;
        } else if overall.ended > 0 && overall.queued + overall.running == 0 {
            overall.share = 1.0;
        }
        if done > 0.0 && elapsed_secs > 0.5 {
            overall.eta_secs = Some(elapsed_secs * (all - done) / done);
        }
        overall
    }
}

#[cfg(test)]
mod tests {
    use super::Overall;
    use crate::results::{Progress, Results, Run};
    use crate::train::Status;

    #[test]
    fn queued_runs_count_as_long_as_the_known_ones() {
        let half = Progress {
            epoch: 3,
            epochs: 5,
            step: 50,
            steps: 100,
            seconds: 1.0,
        };
        let running = Run {
            status: Status::Running,
            progress: Some(half),
            ..Run::default()
        };
        let results = Results {
            runs: vec![running, Run::default()],
            ..Results::default()
        };
        let overall = Overall::of(&results, 10.0);
        assert_eq!(
            (overall.share, overall.current, overall.queued),
            (0.25, Some(0), 1)
        );
        assert_eq!(overall.eta_secs, Some(30.0));
    }
}
