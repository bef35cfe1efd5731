//! What the gradients of the tasks say of each other: how long they are and which pull apart.

use super::curves::Curves;
use super::model::{ChartModel, Subject, chart};
use super::settings::Settings;
use crate::analysis::summarize;
use crate::model::structure::shares;
use crate::results::{Results, SeriesKey};
use crate::train::{GRADIENT_COSINE, GRADIENT_NORM, Part};

/// The charts of the gradients.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Gradients {
    /// The lengths, a chart a task.
    pub lengths: Vec<ChartModel>,
    /// The cosines, a chart for each pair of tasks.
    pub cosines: Vec<ChartModel>,
    /// The cosines of each variant at a glance.
    pub conflicts: Vec<Conflicts>,
}

/// One variant's cosines, tasks × tasks.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Conflicts {
    /// The variant's index.
    pub variant: usize,
    /// The pairs of tasks by index, the smaller first, with the mean over seeds.
    pub pairs: Vec<(usize, usize, f64)>,
}

impl Conflicts {
    /// The cosine between two tasks; `None` if it was not measured.
    pub fn between(&self, a: usize, b: usize) -> Option<f64> {
        let wanted = (a.min(b), a.max(b));
        let found = self.pairs.iter().find(|(a, b, _)| (*a, *b) == wanted);
        found.map(|(_, _, cosine)| *cosine)
    }

    /// The pairs that pull apart by as much as can be shown, the furthest first.
    pub fn apart(&self) -> Vec<(usize, usize, f64)> {
        let pairs = self.pairs.iter().copied();
        let mut apart: Vec<_> = pairs.filter(|(_, _, cosine)| *cosine <= -0.005).collect();
        apart.sort_by(|a, b| a.2.total_cmp(&b.2));
        apart
    }
}

/// Works all of it out.
pub fn gradients(curves: &mut Curves, results: &Results, settings: &Settings) -> Gradients {
    let subject = |metric| Subject {
        task: "",
        other: None,
        metric,
        parts: &[Part::Train],
    };
    let names: Vec<&str> = results
        .tasks
        .iter()
        .map(|task| task.name.as_str())
        .collect();
    let mut length = |task: &&str| {
        let subject = Subject {
            task,
            ..subject(GRADIENT_NORM)
        };
        lines(curves, results, settings, &subject)
    };
    let lengths = names.iter().map(&mut length).collect();
    let mut cosines = Vec::new();
    for (index, task) in names.iter().enumerate() {
        for other in names.iter().skip(index + 1) {
            let subject = Subject {
                task,
                other: Some(other),
                ..subject(GRADIENT_COSINE)
            };
            cosines.push(lines(curves, results, settings, &subject));
        }
    }
    let range = range(&cosines);
    for cosine in &mut cosines {
        cosine.always = range.into();
    }
    let variants = 0..results.draft.variants.len();
    let conflicts =
        variants.map(|variant| conflicts(results, &names, variant, settings.mean_conflicts));
    Gradients {
        lengths,
        cosines,
        conflicts: conflicts.filter(|found| !found.pairs.is_empty()).collect(),
    }
}

/// Why there is nothing to see, or nothing yet.
pub fn nothing(results: &Results) -> &'static str {
    let mut variants = results.draft.variants.iter();
    if results.tasks.len() < 2 {
        "A single task has no other to conflict with"
    } else if !variants.any(|variant| shares(&variant.structure)) {
        "No variant shares anything between tasks, so their gradients cannot meet; tick a structure that shares"
    } else if results.draft.training.gradient_rows == 0 {
        "The gradients were not compared: Compare gradients was off among the training settings"
    } else if results.runs.iter().all(|run| run.outcome.is_some()) {
        "The gradients of these runs were not compared"
    } else {
        "Lengths and cosines of the tasks' gradients appear after the first epoch"
    }
}

/// A variant that shares nothing has no such line, which is no gap.
fn lines(
    curves: &mut Curves,
    results: &Results,
    settings: &Settings,
    subject: &Subject<'_>,
) -> ChartModel {
    let mut model = chart(curves, results, settings, subject);
    model.without.clear();
    model
}

/// One range for all pairs with zero inside, as far as any mean goes, in quarters.
fn range(cosines: &[ChartModel]) -> [f64; 2] {
    let curves = cosines.iter().flat_map(|chart| &chart.curves);
    let values = curves.flat_map(|curve| curve.points.mean.iter().map(|point| point[1]));
    let quarters = values
        .filter(|value| value.is_finite())
        .map(|value| value * 4.0);
    let (low, high) = quarters.fold((-1.0, 1.0), |(low, high): (f64, f64), value| {
        (low.min(value.floor()), high.max(value.ceil()))
    });
    [(low / 4.0).max(-1.0), (high / 4.0).min(1.0)]
}

/// The mean over a variant's seeds, each with its latest cosine or the mean over its epochs.
fn conflicts(results: &Results, names: &[&str], variant: usize, mean: bool) -> Conflicts {
    let runs = || {
        let runs = results.runs.iter().enumerate();
        runs.filter(|(_, run)| run.variant == variant)
            .map(|(index, _)| index)
    };
    let of_pair = |task: &str, other: &str| {
        let of_run = |run: usize| {
            let key = SeriesKey {
                run,
                task: task.to_owned(),
                metric: GRADIENT_COSINE.to_owned(),
                other: Some(other.to_owned()),
                split: Part::Train,
            };
            let values: Vec<f64> = results
                .samples(&key)
                .iter()
                .map(|sample| sample.value)
                .collect();
            if mean {
                summarize(&values).map(|sum| sum.mean)
            } else {
                values.last().copied()
            }
        };
        let values: Vec<f64> = runs().filter_map(of_run).collect();
        summarize(&values).map(|sum| sum.mean)
    };
    let mut pairs = Vec::new();
    for (index, task) in names.iter().enumerate() {
        for (beside, other) in names.iter().enumerate().skip(index + 1) {
            if let Some(cosine) = of_pair(task, other) {
                pairs.push((index, beside, cosine));
            }
        }
    }
    Conflicts { variant, pairs }
}

/// A variant's cosines as comma-separated values.
pub fn csv(found: &Conflicts, names: &[&str]) -> String {
    let quoted = |index: usize| {
        names
            .get(index)
            .copied()
            .unwrap_or_default()
            .replace('"', "\"\"")
    };
    let mut text = "task,other,gradient_cosine\n".to_owned();
    for (task, other, cosine) in &found.pairs {
        text.push_str(&format!(
            "\"{}\",\"{}\",{cosine}\n",
            quoted(*task),
            quoted(*other)
        ));
    }
    text
}

#[cfg(test)]
pub mod tests {
    use super::*;
    use crate::data::TaskKind;
    use crate::experiment::Draft;
    use crate::results::{Run, Sample, TaskInfo};
    use crate::train::At;

    /// Sharing and separate models, two seeds each, three tasks; only sharing has gradients that meet.
    pub fn results() -> Results {
        let mut results = Results {
            tasks: ["click", "finish", "like"]
                .map(|name| TaskInfo::new(name, TaskKind::Binary))
                .into(),
            ..Results::default()
        };
        results.draft.variants = Draft::default_variants();
        for (variant, seed) in [(0, 1), (0, 2), (1, 1), (1, 2)] {
            results.runs.push(Run {
                variant,
                seed,
                ..Run::default()
            });
        }
        let sample = |epoch: u64, value| Sample {
            at: At {
                step: epoch * 10,
                epoch: epoch as f64,
                samples: epoch * 100,
                seconds: epoch as f64,
            },
            value,
        };
        for run in [0, 1] {
            let shift = 0.1 * run as f64;
            for (task, other, values) in [
                ("click", Some("finish"), [-0.2, -0.4]),
                ("click", Some("like"), [0.5, 0.3]),
                ("finish", Some("like"), [0.0, 0.1]),
                ("click", None, [3.0, 2.0]),
                ("finish", None, [2.0, 1.0]),
                ("like", None, [0.5, 0.25]),
            ] {
                let key = SeriesKey {
                    run,
                    task: task.to_owned(),
                    metric: other.map_or(GRADIENT_NORM, |_| GRADIENT_COSINE).to_owned(),
                    other: other.map(str::to_owned),
                    split: Part::Train,
                };
                let samples = [sample(1, values[0] + shift), sample(2, values[1] + shift)];
                results.series.insert(key, samples.into());
            }
        }
        results
    }

    #[test]
    fn pairs_have_charts_of_one_range() {
        let found = gradients(
            &mut Curves::of_all(&results()),
            &results(),
            &Settings::default(),
        );
        let titles: Vec<String> = found.cosines.iter().map(ChartModel::title).collect();
        assert_eq!(titles, ["click × finish", "click × like", "finish × like"]);
        for chart in &found.cosines {
            assert_eq!(
                chart.always,
                [-0.5, 0.75],
                "from -0.35 to 0.55, in quarters"
            );
            let [curve] = &chart.curves[..] else {
                panic!("one variant has gradients")
            };
            assert_eq!((curve.variant, curve.train), (0, false));
        }
        let means: Vec<f64> = found.cosines[0].curves[0]
            .points
            .mean
            .iter()
            .map(|at| at[1])
            .collect();
        assert!((means[0] + 0.15).abs() < 1e-12 && (means[1] + 0.35).abs() < 1e-12);
        assert_eq!(found.lengths.len(), 3);
        assert!((found.lengths[0].curves[0].points.mean[0][1] - 3.05).abs() < 1e-12);
    }

    #[test]
    fn conflicts_are_the_latest_or_the_mean() {
        let latest = gradients(
            &mut Curves::of_all(&results()),
            &results(),
            &Settings::default(),
        );
        let [shared] = &latest.conflicts[..] else {
            panic!("one variant has conflicts")
        };
        assert!((shared.between(1, 0).unwrap() + 0.35).abs() < 1e-12);
        let [(0, 1, _)] = shared.apart()[..] else {
            panic!("one pair pulls apart")
        };
        let settings = Settings {
            mean_conflicts: true,
            ..Settings::default()
        };
        let mean = gradients(&mut Curves::of_all(&results()), &results(), &settings);
        assert!((mean.conflicts[0].between(0, 1).unwrap() + 0.25).abs() < 1e-12);
        assert_eq!(mean.conflicts[0].between(0, 0), None);
        let text = csv(shared, &["click", "finish", "like"]);
        assert!(
            text.starts_with("task,other,gradient_cosine\n\"click\",\"finish\",-0.35"),
            "{text}"
        );
    }

    #[test]
    fn nothing_to_see_says_why() {
        let mut results = results();
        results.series.clear();
        assert!(
            gradients(
                &mut Curves::of_all(&results),
                &results,
                &Settings::default()
            )
            .conflicts
            .is_empty()
        );
        assert!(nothing(&results).contains("after the first epoch"));
        for run in &mut results.runs {
            run.outcome = Some(crate::train::Outcome::default());
        }
        assert!(nothing(&results).contains("were not compared"));
        results.draft.training.gradient_rows = 0;
        assert!(nothing(&results).contains("off"));
        results.draft.variants.remove(0);
        assert!(nothing(&results).contains("No variant shares"));
    }
}
