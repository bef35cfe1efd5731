//! The trade-off between two tasks: a point a variant, and the front that no other variant reaches beyond.

use super::settings::Settings;
use super::table::final_score;
use crate::analysis::{Summary, pareto};
use crate::metrics::metric;
use crate::results::{Results, TaskInfo};

/// The test scores of all variants on two tasks.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Tradeoff {
    /// The tasks' names.
    pub tasks: [String; 2],
    /// The tasks' primary metrics.
    pub metrics: [String; 2],
    /// The variants with a score on both, best first on the first task.
    pub points: Vec<Point>,
}

/// One variant.
#[derive(Clone, Debug, PartialEq)]
pub struct Point {
    /// The variant's index.
    pub variant: usize,
    /// The variant's name.
    pub name: String,
    /// The mean over seeds on each task, with its 95 % interval.
    pub scores: [Summary; 2],
    /// Whether no other variant is at least as good on both tasks and better on one.
    pub on_front: bool,
    /// Whether it is drawn.
    pub shown: bool,
}

impl Point {
    /// Where it lies.
    pub fn at(&self) -> [f64; 2] {
        self.scores.each_ref().map(|score| score.mean)
    }
}

/// The tasks that the user chose, or the first two; `None` with a single task.
pub fn pair(results: &Results, settings: &Settings) -> Option<[String; 2]> {
    let known = |name: &String| results.tasks.iter().any(|task| task.name == *name);
    let chosen = settings.pair.clone();
    chosen.filter(|pair| pair.iter().all(known)).or_else(|| {
        let [first, second, ..] = &results.tasks[..] else {
            return None;
        };
        Some([first.name.clone(), second.name.clone()])
    })
}

/// Works it out; hiding a variant changes no front.
pub fn tradeoff(results: &Results, settings: &Settings) -> Option<Tradeoff> {
    let names = pair(results, settings)?;
    let task = |name: &String| results.tasks.iter().find(|task| task.name == *name);
    let tasks = [task(&names[0])?, task(&names[1])?];
    let direction = |task: &TaskInfo| Some(metric(&task.primary_metric)?.direction());
    let directions = [direction(tasks[0])?, direction(tasks[1])?];
    let variants = results.draft.variants.iter().enumerate();
    let mut points: Vec<Point> = variants
        .filter_map(|(variant, draft)| {
            let score = |task: &TaskInfo| {
                final_score(results, variant, &task.name, &task.primary_metric, false)
            };
            Some(Point {
                variant,
                name: draft.name.clone(),
                scores: [score(tasks[0])?, score(tasks[1])?],
                on_front: false,
                shown: !settings.hidden.contains(&draft.name),
            })
        })
        .collect();
    let quality = |point: &Point| {
        let [x, y] = point.at();
        (directions[0].quality(x), directions[1].quality(y))
    };
    let front = pareto(&points.iter().map(quality).collect::<Vec<_>>());
    for (point, on_front) in points.iter_mut().zip(front) {
        point.on_front = on_front;
    }
    points.sort_by(|a, b| quality(b).0.total_cmp(&quality(a).0));
    Some(Tradeoff {
        tasks: names,
        metrics: tasks.map(|task| task.primary_metric.clone()),
        points,
    })
}

impl Tradeoff {
    /// The border of what the variants that are drawn reach: a stair through those on the front.
    pub fn front(&self) -> Vec<[f64; 2]> {
        let shown = self
            .points
            .iter()
            .filter(|point| point.on_front && point.shown);
        let mut stair: Vec<[f64; 2]> = Vec::new();
        for point in shown {
            let at = point.at();
            if let Some(last) = stair.last() {
                // What both reach: as much of the first task as the one, of the second as the other.
                stair.push([at[0], last[1]]);
            }
            stair.push(at);
        }
        stair
    }

    /// Every number as comma-separated values.
    pub fn csv(&self) -> String {
        let quoted = |text: &str| format!("\"{}\"", text.replace('"', "\"\""));
        let columns = [0, 1].map(|axis| {
            let name = format!("{} {}", self.tasks[axis], self.metrics[axis]);
            ["", " low", " high"]
                .map(|end| quoted(&format!("{name}{end}")))
                .join(",")
        });
        let mut text = format!("variant,{},front\n", columns.join(","));
        for point in &self.points {
            let scores = point.scores.each_ref().map(|score| {
                let ends = score
                    .interval
                    .map_or_else(|| ",".to_owned(), |[low, high]| format!("{low},{high}"));
                format!("{},{ends}", score.mean)
            });
            text.push_str(&format!(
                "{},{},{}\n",
                quoted(&point.name),
                scores.join(","),
                point.on_front
            ));
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::TaskKind;
    use crate::experiment::VariantDraft;
    use crate::results::Run;
    use crate::train::Outcome;

    /// AUC of `click` and RMSE of `watch` for each variant, two seeds 0.01 apart.
    fn results(scores: &[(&str, f64, f64)]) -> Results {
        let mut results = Results {
            tasks: vec![
                TaskInfo::new("click", TaskKind::Binary),
                TaskInfo::new("watch", TaskKind::Regression),
            ],
            ..Results::default()
        };
        for (variant, (name, auc, rmse)) in scores.iter().enumerate() {
            results.draft.variants.push(VariantDraft {
                name: (*name).to_owned(),
                ..VariantDraft::default()
            });
            for (seed, shift) in [(1, -0.005), (2, 0.005)] {
                let score = |task: &str, metric: &str, value: f64| {
                    (
                        task.to_owned(),
                        [(metric.to_owned(), Some(value + shift))].into(),
                    )
                };
                let test = [score("click", "auc", *auc), score("watch", "rmse", *rmse)];
                results.runs.push(Run {
                    variant,
                    seed,
                    outcome: Some(Outcome {
                        test: test.into(),
                        ..Outcome::default()
                    }),
                    ..Run::default()
                });
            }
        }
        results
    }

    #[test]
    fn the_front_is_a_stair_through_the_unbeaten() {
        let results = results(&[
            ("a", 0.7, 2.0),
            ("b", 0.8, 3.0),
            ("beaten", 0.6, 2.5),
            ("c", 0.75, 2.4),
        ]);
        let found = tradeoff(&results, &Settings::default()).unwrap();
        let front: Vec<&str> = found
            .points
            .iter()
            .filter(|it| it.on_front)
            .map(|it| it.name.as_str())
            .collect();
        assert_eq!(front, ["b", "c", "a"], "a low error is a good one");
        let expected = [[0.8, 3.0], [0.75, 3.0], [0.75, 2.4], [0.7, 2.4], [0.7, 2.0]];
        for (found, expected) in found.front().iter().zip(expected) {
            assert!(
                (found[0] - expected[0]).abs() < 1e-12 && (found[1] - expected[1]).abs() < 1e-12
            );
        }
        assert_eq!(found.front().len(), 5);
        let text = found.csv();
        assert!(
            text.starts_with("variant,\"click auc\",\"click auc low\""),
            "{text}"
        );
        assert_eq!(text.lines().count(), 5);
    }

    #[test]
    fn hiding_a_variant_changes_no_front() {
        let results = results(&[("a", 0.7, 2.0), ("better", 0.8, 1.0)]);
        let settings = Settings {
            hidden: ["better".to_owned()].into(),
            ..Settings::default()
        };
        let found = tradeoff(&results, &settings).unwrap();
        let facts: Vec<_> = found
            .points
            .iter()
            .map(|it| (it.on_front, it.shown))
            .collect();
        assert_eq!(facts, [(true, false), (false, true)]);
        assert!(found.front().is_empty());
    }

    #[test]
    fn the_pair_is_the_chosen_one_if_there_is_such() {
        let results = results(&[]);
        let chosen = |pair: [&str; 2]| Settings {
            pair: Some(pair.map(str::to_owned)),
            ..Settings::default()
        };
        assert_eq!(
            pair(&results, &chosen(["watch", "click"])).unwrap(),
            ["watch", "click"]
        );
        assert_eq!(
            pair(&results, &chosen(["watch", "gone"])).unwrap(),
            ["click", "watch"]
        );
    }
}
