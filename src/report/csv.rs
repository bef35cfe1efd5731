//! Everything in one table, a line for each reported score, comparison and point; the first column says which.
//!
//! Numbers have all their digits; what a line does not have, or what is undefined, is empty.

use crate::analysis::{Comparison, Verdict};
use crate::error::Report;
use crate::results::{Results, Run};
use crate::train::{Part, Scores};

const HEAD: [&str; 19] = [
    "record",
    "variant",
    "seed",
    "task",
    "other",
    "metric",
    "split",
    "epoch",
    "step",
    "samples",
    "seconds",
    "value",
    "baseline",
    "interval_low",
    "interval_high",
    "p_value",
    "pairs",
    "verdict",
    "status",
];

/// The lines of the table, shorter ones filled up.
pub(super) fn table(results: &Results, comparisons: &[Comparison]) -> Result<String, Report> {
    let mut lines = vec![HEAD.map(str::to_owned).to_vec()];
    for (index, run) in results.runs.iter().enumerate() {
        lines.extend(scores(results.variant_name(index), run));
    }
    lines.extend(comparisons.iter().map(comparison));
    lines.extend(points(results));
    text(lines).map_err(|error| Report::failure("could not lay out the report").caused_by(error))
}

fn text(lines: Vec<Vec<String>>) -> Result<String, Box<dyn std::error::Error + Send + Sync>> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    for mut line in lines {
        line.resize(HEAD.len(), String::new());
        writer.write_record(&line)?;
    }
    let bytes = writer
        .into_inner()
        .map_err(csv::IntoInnerError::into_error)?;
    Ok(String::from_utf8(bytes)?)
}

/// The scores that a run reports.
fn scores(variant: &str, run: &Run) -> Vec<Vec<String>> {
    let Some(outcome) = &run.outcome else {
        return Vec::new();
    };
    let status = super::facts::status_word(run.status);
    let epoch = outcome
        .best_epoch
        .map(|epoch| epoch.to_string())
        .unwrap_or_default();
    let of_part = |scores: &Scores, part: Part| -> Vec<Vec<String>> {
        let cells = scores.iter().flat_map(|(task, scores)| {
            scores
                .iter()
                .map(move |(metric, value)| (task.clone(), metric.clone(), number(*value)))
        });
        let line = |(task, metric, value): (String, String, String)| {
            let start = ["score", variant, &run.seed.to_string()].map(str::to_owned);
            let part = word(part).to_owned();
            let middle = [task, String::new(), metric, part, epoch.clone()];
            let end = [
                String::new(),
                String::new(),
                number(Some(outcome.seconds)),
                value,
            ];
            let mut line: Vec<String> = start.into_iter().chain(middle).chain(end).collect();
            line.resize(HEAD.len() - 1, String::new());
            line.push(status.to_owned());
            line
        };
        cells.map(line).collect()
    };
    let mut lines = of_part(&outcome.validation, Part::Validation);
    lines.extend(of_part(&outcome.test, Part::Test));
    lines
}

fn comparison(comparison: &Comparison) -> Vec<String> {
    let Comparison {
        baseline,
        variant,
        task,
        metric,
        ..
    } = comparison;
    let verdict = match comparison.verdict {
        Verdict::Better => "better",
        Verdict::Worse => "worse",
        Verdict::Same => "same",
        Verdict::Undecided => "undecided",
    };
    let [low, high] = comparison
        .interval
        .map_or([None; 2], |interval| interval.map(Some));
    vec![
        "comparison".to_owned(),
        variant.clone(),
        String::new(),
        task.clone(),
        String::new(),
        metric.clone(),
        word(Part::Test).to_owned(),
        String::new(),
        String::new(),
        String::new(),
        String::new(),
        number(comparison.mean_difference),
        baseline.clone(),
        number(low),
        number(high),
        number(comparison.p_value),
        comparison.pairs.to_string(),
        verdict.to_owned(),
    ]
}

fn points(results: &Results) -> impl Iterator<Item = Vec<String>> {
    results.series.iter().flat_map(move |(key, samples)| {
        samples.iter().map(move |sample| {
            let seed = results.runs.get(key.run).map_or(0, |run| run.seed);
            vec![
                "point".to_owned(),
                results.variant_name(key.run).to_owned(),
                seed.to_string(),
                key.task.clone(),
                key.other.clone().unwrap_or_default(),
                key.metric.clone(),
                word(key.split).to_owned(),
                number(Some(sample.at.epoch)),
                sample.at.step.to_string(),
                sample.at.samples.to_string(),
                number(Some(sample.at.seconds)),
                number(Some(sample.value)),
            ]
        })
    })
}

/// The word for a part, as in the results folder.
pub(super) fn word(part: Part) -> &'static str {
    match part {
        Part::Train => "train",
        Part::Validation => "validation",
        Part::Test => "test",
    }
}

/// The shortest digits that give the same number; empty where undefined.
fn number(value: Option<f64>) -> String {
    value
        .filter(|value| value.is_finite())
        .map(|value| value.to_string())
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::super::fixtures::{HOSTILE, comparison, gradients, results};
    use super::*;

    #[test]
    fn every_number_is_there_with_all_its_digits() {
        let text = table(&results(), &[comparison(Verdict::Worse)]).unwrap();
        let mut reader = csv::Reader::from_reader(text.as_bytes());
        assert_eq!(reader.headers().unwrap().len(), HEAD.len());
        let lines: Vec<csv::StringRecord> = reader.records().map(Result::unwrap).collect();
        let of = |record: &str| {
            lines
                .iter()
                .filter(|line| &line[0] == record)
                .collect::<Vec<_>>()
        };
        assert_eq!(of("score").len(), 4 * 2);
        assert_eq!(of("point").len(), 2 + 1 + 2 + 2 + 2);
        let judged: Vec<&str> = of("comparison")[0].iter().collect();
        let expected = [
            "comparison",
            HOSTILE,
            "",
            "click",
            "",
            "auc",
            "test",
            "",
            "",
            "",
            "",
            "0.0051",
            "separate",
            "0.0012",
            "0.009",
            "0.0313",
            "6",
            "worse",
            "",
        ];
        assert_eq!(judged, expected);
        assert_eq!(of("score")[7].iter().next_back(), Some("diverged"));
        assert_eq!(&of("point")[0][11], "0.625");
        assert_eq!(&of("point")[0][6], "train");
    }

    #[test]
    fn a_number_of_two_tasks_names_both() {
        let mut results = results();
        gradients(&mut results, 2, [-0.5, 0.25]);
        let text = table(&results, &[]).unwrap();
        let line = format!(
            "point,\"{}\",1,click,watch,gradient_cosine,train,1,10,800,1.5,-0.5,,,,,,,\n",
            HOSTILE.replace('"', "\"\"")
        );
        assert!(text.contains(&line), "{text}");
        assert!(text.contains(",1,watch,,gradient_norm,train,2,20,800,1.5,40,"));
    }

    #[test]
    fn an_undefined_value_is_an_empty_field() {
        assert_eq!(number(Some(f64::NAN)), "");
        assert_eq!(number(Some(0.1 + 0.2)), "0.30000000000000004");
    }
}
