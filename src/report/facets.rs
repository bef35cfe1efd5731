//! Small charts beside each other, one for each task or pair of tasks, that share their axes and their legend.

use super::chart::ChartLine;
use super::palette::ChartColors;
use super::svg::{Frame, escape, opened, put, shortened};
use super::ticks::Axis;

const WIDTH: f64 = 300.0;
const HEIGHT: f64 = 190.0;
const LEFT: f64 = 54.0;
const RIGHT: f64 = 10.0;
const TOP: f64 = 30.0;
const BELOW: f64 = 26.0;
/// Letters of a title, at the most.
const LONGEST_TITLE: usize = 34;
/// How many times the least value the greatest may be before the axis becomes logarithmic.
const WIDEST_LINEAR: f64 = 20.0;
/// Below this height there is no room for a word.
const LEAST_ROOM: f64 = 16.0;

/// Charts with the same axes.
#[derive(Debug)]
pub(super) struct Facets {
    /// In the order of the page.
    pub charts: Vec<Facet>,
    /// What a value below zero means, if it means something: zero is then always in sight and what lies below is marked.
    pub below_zero: Option<&'static str>,
}

/// One of the charts.
#[derive(Debug)]
pub(super) struct Facet {
    /// Such as a task.
    pub title: String,
    /// Drawn in this order, so the last lies on top.
    pub lines: Vec<ChartLine>,
}

impl Facets {
    /// The charts as SVG elements; those without a line are left out.
    pub(super) fn svgs(&self, colors: &ChartColors) -> Vec<String> {
        let Some(frame) = self.frame() else {
            return Vec::new();
        };
        self.charts
            .iter()
            .filter(|chart| !chart.lines.is_empty())
            .map(|chart| self.draw(chart, &frame, colors))
            .collect()
    }

    /// The axes around everything; `None` if there is nothing.
    fn frame(&self) -> Option<Frame> {
        let lines = || self.charts.iter().flat_map(|chart| &chart.lines);
        let xs = lines().flat_map(|line| line.points.iter().map(|point| point.0));
        let zero = self.below_zero.map(|_| 0.0);
        let heights = lines().flat_map(ChartLine::heights).chain(zero);
        Some(Frame {
            x: Axis::around(xs, false, 0.0)?,
            y: Axis::around(heights, self.is_log(), 0.08)?,
            left: LEFT,
            right: WIDTH - RIGHT,
            top: TOP,
            bottom: HEIGHT - BELOW,
        })
    }

    /// Whether the values are of very different size.
    fn is_log(&self) -> bool {
        let lines = self.charts.iter().flat_map(|chart| &chart.lines);
        let (low, high) = lines
            .flat_map(ChartLine::heights)
            .fold((f64::INFINITY, 0.0_f64), |(low, high), height| {
                (low.min(height), high.max(height))
            });
        self.below_zero.is_none() && low > 0.0 && high > WIDEST_LINEAR * low
    }

    fn draw(&self, chart: &Facet, frame: &Frame, colors: &ChartColors) -> String {
        let mut svg = opened([WIDTH, HEIGHT], &chart.title, colors);
        put(
            &mut svg,
            format_args!(
                "<text x=\"{LEFT}\" y=\"18\" style=\"fill:{};font-weight:600;font-size:13px\">{}</text>\n",
                escape(colors.text),
                escape(&shortened(&chart.title, LONGEST_TITLE))
            ),
        );
        let below = self.below_zero.zip(frame.y_at(0.0));
        if let Some((word, zero)) = below {
            mark_below(&mut svg, word, zero, frame, colors);
        }
        frame.draw_grid(&mut svg, [6, 6], colors);
        if let Some((_, zero)) = below {
            draw_zero(&mut svg, zero, frame, colors);
        }
        frame.draw_lines(&mut svg, &chart.lines);
        svg.push_str("</svg>");
        svg
    }
}

/// A ground below zero and a word for it.
fn mark_below(svg: &mut String, word: &str, zero: f64, frame: &Frame, colors: &ChartColors) {
    let weak = escape(colors.weak);
    let (width, height) = (frame.right - frame.left, frame.bottom - zero);
    put(
        svg,
        format_args!(
            "<rect x=\"{}\" y=\"{zero:.1}\" width=\"{width}\" height=\"{height:.1}\" style=\"fill:{weak};fill-opacity:0.12\"/>\n",
            frame.left
        ),
    );
    if height >= LEAST_ROOM {
        put(
            svg,
            format_args!(
                "<text x=\"{}\" y=\"{:.1}\" style=\"fill:{weak};text-anchor:end;font-size:11px\">{}</text>\n",
                frame.right - 6.0,
                frame.bottom - 5.0,
                escape(word)
            ),
        );
    }
}

fn draw_zero(svg: &mut String, zero: f64, frame: &Frame, colors: &ChartColors) {
    put(
        svg,
        format_args!(
            "<line x1=\"{}\" y1=\"{zero:.1}\" x2=\"{}\" y2=\"{zero:.1}\" style=\"stroke:{};stroke-width:1.5\"/>\n",
            frame.left,
            frame.right,
            escape(colors.weak)
        ),
    );
}

#[cfg(test)]
mod tests {
    use super::*;

    fn facet(title: &str, points: &[(f64, f64)]) -> Facet {
        let line = ChartLine {
            label: "a".to_owned(),
            color: "#000".to_owned(),
            points: points.to_vec(),
            ..ChartLine::default()
        };
        Facet {
            title: title.to_owned(),
            lines: if points.is_empty() {
                Vec::new()
            } else {
                vec![line]
            },
        }
    }

    /// The heights of the only line's points.
    fn heights(svg: &str) -> Vec<f64> {
        let (_, rest) = svg.split_once("<polyline points=\"").unwrap();
        let (points, _) = rest.split_once('"').unwrap();
        points
            .split(' ')
            .map(|point| point.split_once(',').unwrap().1.parse().unwrap())
            .collect()
    }

    #[test]
    fn equal_values_lie_equally_high_in_every_chart() {
        let facets = Facets {
            charts: vec![
                facet("click", &[(1.0, 1.0), (2.0, 2.0)]),
                facet("never trained", &[]),
                facet("watch", &[(1.0, 2.0), (2.0, 5.0)]),
            ],
            below_zero: None,
        };
        let svgs = facets.svgs(&ChartColors::LIGHT);
        assert_eq!(svgs.len(), 2);
        let (first, second) = (heights(&svgs[0]), heights(&svgs[1]));
        assert_eq!(first[1], second[0]);
        assert!(first[0] > first[1] && second[0] > second[1]);
    }

    #[test]
    fn values_of_very_different_size_are_drawn_in_decades() {
        let facets = |least: f64| Facets {
            charts: vec![facet("click", &[(1.0, least), (2.0, 1.0), (3.0, 100.0)])],
            below_zero: None,
        };
        let svgs = facets(0.01).svgs(&ChartColors::LIGHT);
        let found = heights(&svgs[0]);
        assert!(
            (found[0] - 2.0 * found[1] + found[2]).abs() < 0.2,
            "{found:?}"
        );
        // Zero has no place on such an axis.
        let found = heights(&facets(0.0).svgs(&ChartColors::LIGHT)[0]);
        assert!((found[0] - found[1]).abs() < 2.0, "{found:?}");
    }

    #[test]
    fn what_lies_below_zero_is_marked() {
        let facets = |values: [f64; 2]| Facets {
            charts: vec![facet(
                "click and like",
                &[(1.0, values[0]), (2.0, values[1])],
            )],
            below_zero: Some("conflict"),
        };
        let svg = &facets([-0.4, 0.4]).svgs(&ChartColors::LIGHT)[0];
        assert!(svg.contains(">conflict</text>"), "{svg}");
        let (_, rest) = svg.split_once("<rect x=\"54\" y=\"").unwrap();
        let zero: f64 = rest.split_once('"').unwrap().0.parse().unwrap();
        let found = heights(svg);
        assert!(found[0] > zero && zero > found[1], "{zero} {found:?}");
        // Where all is above, zero is in sight, but there is nothing to say.
        let svg = &facets([0.4, 0.5]).svgs(&ChartColors::LIGHT)[0];
        assert!(
            !svg.contains("conflict</text>") && svg.contains(">0.0<"),
            "{svg}"
        );
    }

    #[test]
    fn nothing_to_draw_is_no_chart() {
        let facets = Facets {
            charts: vec![facet("click", &[])],
            below_zero: Some("conflict"),
        };
        assert!(facets.svgs(&ChartColors::LIGHT).is_empty());
    }
}
