//! The pages: the facts laid out by templates, every word escaped for its page.

use std::fmt::Write as _;

use minijinja::value::Value;
use minijinja::{
    AutoEscape, Environment, ErrorKind, Output, State, UndefinedBehavior, escape_formatter,
};

use super::facts::facts;
use super::palette::{VARIANTS_DARK, VARIANTS_LIGHT};
use crate::analysis::Comparison;
use crate::error::Report;
use crate::results::Results;

const HTML: &str = include_str!("templates/report.html");
const MARKDOWN: &str = include_str!("templates/report.md");
/// The sections that the pages include by these names.
const SECTIONS: [(&str, &str); 5] = [
    ("charts.html", include_str!("templates/charts.html")),
    ("gates.html", include_str!("templates/gates.html")),
    ("gates.md", include_str!("templates/gates.md")),
    (
        "loss_weighting.html",
        include_str!("templates/loss_weighting.html"),
    ),
    (
        "loss_weighting.md",
        include_str!("templates/loss_weighting.md"),
    ),
];
/// The name under which Markdown is escaped.
const MARKDOWN_ESCAPE: &str = "markdown";

/// One page with its charts, nothing to load, nothing to run.
pub(super) fn html(results: &Results, comparisons: &[Comparison]) -> Result<String, Report> {
    let mut environment = environment();
    environment.set_auto_escape_callback(|_| AutoEscape::Html);
    environment.add_global("light", Value::from(VARIANTS_LIGHT.to_vec()));
    environment.add_global("dark", Value::from(VARIANTS_DARK.to_vec()));
    render(environment, HTML, results, comparisons)
}

/// The same without the charts.
pub(super) fn markdown(results: &Results, comparisons: &[Comparison]) -> Result<String, Report> {
    let mut environment = environment();
    environment.set_auto_escape_callback(|_| AutoEscape::Custom(MARKDOWN_ESCAPE.into()));
    environment.set_formatter(markdown_formatter);
    environment.add_filter("fenced", |text: &str| Value::from_safe_string(fenced(text)));
    render(environment, MARKDOWN, results, comparisons)
}

fn environment() -> Environment<'static> {
    let mut environment = Environment::new();
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment
}

fn render(
    mut environment: Environment<'static>,
    template: &str,
    results: &Results,
    comparisons: &[Comparison],
) -> Result<String, Report> {
    SECTIONS
        .into_iter()
        .try_for_each(|(name, section)| environment.add_template(name, section))
        .and_then(|()| environment.render_str(template, facts(results, comparisons)))
        .map_err(|error| Report::failure("could not lay out the report").caused_by(error))
}

fn markdown_formatter(
    output: &mut Output<'_>,
    state: &mut State<'_, '_>,
    value: &Value,
) -> Result<(), minijinja::Error> {
    match value.as_str().filter(|_| !value.is_safe()) {
        Some(text) => {
            let written = output.write_str(&escape_markdown(text));
            written.map_err(|error| {
                minijinja::Error::new(ErrorKind::WriteFailure, "no room for the report")
                    .with_source(error)
            })
        }
        None if value.is_safe() || value.is_number() => {
            let written = write!(output, "{value}");
            written.map_err(|error| {
                minijinja::Error::new(ErrorKind::WriteFailure, "no room for the report")
                    .with_source(error)
            })
        }
        None => escape_formatter(output, state, value),
    }
}

/// Text that Markdown shows as it is, in a sentence, a heading or a cell.
fn escape_markdown(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    let mut before = ' ';
    let mut letters = text.chars().peekable();
    while let Some(letter) = letters.next() {
        let after = letters.peek().copied().unwrap_or(' ');
        match letter {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            // An underscore inside of a word means nothing.
            '_' if before.is_alphanumeric() && after.is_alphanumeric() => safe.push('_'),
            '\\' | '`' | '*' | '_' | '[' | ']' | '|' | '#' | '~' | '$' => {
                safe.extend(['\\', letter]);
            }
            letter if letter.is_control() => safe.push(' '),
            letter => safe.push(letter),
        }
        before = letter;
    }
    safe
}

/// A block of code whose fence is longer than any run of backticks in it.
fn fenced(text: &str) -> String {
    let longest = text
        .split(|letter| letter != '`')
        .map(str::len)
        .max()
        .unwrap_or(0);
    let fence = "`".repeat(longest.max(2) + 1);
    let mut block = String::with_capacity(text.len() + 16);
    // Writing into a string cannot fail.
    if writeln!(block, "{fence}toml\n{}\n{fence}", text.trim_end()).is_err() {
        block.clear();
    }
    block.truncate(block.trim_end().len());
    block
}

#[cfg(test)]
mod tests {
    use super::super::fixtures::{HOSTILE, comparison, gradients, results};
    use super::*;
    use crate::analysis::Verdict;

    fn page() -> String {
        html(&results(), &[comparison(Verdict::Better)]).unwrap()
    }

    /// Opening and closing tags in order; text that looks like a tag would be one.
    fn tags(page: &str) -> Vec<String> {
        let mut found = Vec::new();
        let mut rest = page;
        while let Some(start) = rest.find('<') {
            let end = start + rest[start..].find('>').expect("every tag ends");
            found.push(rest[start + 1..end].to_owned());
            rest = &rest[end + 1..];
        }
        found
    }

    #[test]
    fn tags_are_balanced() {
        let mut open: Vec<String> = Vec::new();
        for tag in tags(&page()) {
            let name: String = tag
                .trim_start_matches('/')
                .chars()
                .take_while(|letter| letter.is_alphanumeric())
                .collect();
            if tag.starts_with('/') {
                assert_eq!(open.pop().as_deref(), Some(name.as_str()), "{tag}");
            } else if !(tag.ends_with('/')
                || tag.starts_with('!')
                || ["meta", "br"].contains(&name.as_str()))
            {
                open.push(name);
            }
        }
        assert!(open.is_empty(), "{open:?}");
    }

    #[test]
    fn the_page_loads_and_runs_nothing() {
        let page = page();
        for forbidden in [
            "<script",
            "<link",
            "<img",
            "<iframe",
            "@import",
            "url(",
            " src=",
            "javascript:",
        ] {
            assert!(!page.contains(forbidden), "{forbidden}");
        }
        for tag in tags(&page)
            .iter()
            .filter(|tag| tag.contains("://") || tag.contains(":&#x2f;&#x2f;"))
        {
            assert!(tag.starts_with("a ") || tag.starts_with("svg "), "{tag}");
        }
    }

    #[test]
    fn a_hostile_name_is_shown_as_it_is() {
        let page = page();
        assert!(!page.contains("<b>"), "a name became a tag");
        assert!(!page.contains("<sharing>") && !page.contains("<positives>"));
        assert!(page.contains("shared &lt;b&gt; &amp; &quot;equal&quot; | x"));
        let text = markdown(&results(), &[comparison(Verdict::Better)]).unwrap();
        let (above, settings) = text.split_once("```toml").unwrap();
        assert!(!above.contains("<b>") && !above.contains(HOSTILE));
        assert!(settings.contains("shared <b> &"));
        // A bar in a name must not begin a cell: every row of a table has as many as its head.
        let cells = |line: &str| line.replace("\\|", "").matches('|').count();
        for table in above.split("\n\n").filter(|block| block.starts_with('|')) {
            let head = cells(table.lines().next().unwrap());
            assert!(table.lines().all(|line| cells(line) == head), "{table}");
        }
    }

    #[test]
    fn numbers_equal_the_inputs() {
        let page = page();
        // The mean of 0.70 and 0.72 and its deviation; the diverged run takes no part in the other mean.
        for number in [
            "0.7100 ± 0.0141",
            ">0.7500",
            "+0.0051",
            "+0.0012 to +0.0090",
            "0.0313",
            "1\u{202f}234",
        ] {
            assert!(page.contains(number), "{number}");
        }
        assert!(page.contains("diverged") && page.contains("loss is not finite"));
        assert!(page.contains("<svg "));
        assert!(page.contains(">better<"), "the verdict is a word");
    }

    #[test]
    fn the_weighting_of_losses_is_drawn_and_told() {
        let mut results = results();
        // numpy.mean([-.5, -.3, -.25, .5]) = -0.1375
        gradients(&mut results, 2, [-0.5, -0.3]);
        gradients(&mut results, 3, [-0.25, 0.5]);
        let page = html(&results, &[]).unwrap();
        let (_, section) = page.split_once("<h2>Loss weighting</h2>").unwrap();
        let (section, _) = section.split_once("<h2>Runs</h2>").unwrap();
        assert_eq!(section.matches("<svg ").count(), 2 + 2 + 1);
        assert!(section.contains("<title>click and watch</title>"));
        let cell = "<td class=\"number apart\">−0.14 <span class=\"weak\">75 %</span></td>";
        assert!(section.contains(cell), "{section}");
        let text = markdown(&results, &[]).unwrap();
        let name = "shared &lt;b&gt; &amp; \"equal\" \\| x";
        let matrix =
            format!("\n\n| {name} | watch |\n| --- | ---: |\n| click | −0.14 (75 %) |\n\n");
        assert!(text.contains(&matrix), "{text}");
        let norms = format!(
            "| Variant | click | watch |\n| --- | ---: | ---: |\n| {name} | 0.1875 | 60.000 |\n"
        );
        assert!(text.contains(&norms), "{text}");
    }

    #[test]
    fn results_without_a_run_are_a_page_too() {
        let empty = Results::default();
        assert!(html(&empty, &[]).unwrap().contains("Experiment"));
        assert!(markdown(&empty, &[]).unwrap().starts_with("# Experiment"));
    }

    #[test]
    fn the_markdown_tables_are_these() {
        let text = markdown(&results(), &[comparison(Verdict::Better)]).unwrap();
        let name = "shared &lt;b&gt; &amp; \"equal\" \\| x";
        let verdicts = format!(
            "| Metric | Variant | Difference | 95 % interval | Corrected p | Pairs | Verdict | Seeds needed |\n\
             | --- | --- | ---: | ---: | ---: | ---: | --- | ---: |\n\
             | AUC | {name} | +0.0051 | +0.0012 to +0.0090 | 0.0313 | 6 | better | – |\n"
        );
        assert!(text.contains(&verdicts), "{text}");
        let scores = format!(
            "| Variant | Runs | AUC |\n| --- | ---: | ---: |\n\
             | separate | 2 | 0.7100 ± 0.0141 |\n| {name} | 1 | 0.7500 (best) |\n"
        );
        assert!(text.contains(&scores), "{text}");
        let wanted = format!(
            "- click: {name} against separate: better; +0.0051 AUC over 6 pairs of seeds, \
             95 % interval +0.0012 to +0.0090, corrected p 0.031\n"
        );
        assert!(text.contains(&wanted), "{text}");
    }

    #[test]
    fn code_cannot_end_its_block() {
        assert_eq!(fenced("a = \"```\"\n"), "````toml\na = \"```\"\n````");
        assert_eq!(
            escape_markdown("watch_secs _x_ *y* #1"),
            "watch_secs \\_x\\_ \\*y\\* \\#1"
        );
    }
}
