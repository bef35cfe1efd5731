//! Line charts of a page's width, with axes and a legend.

use super::palette::ChartColors;
use super::svg::{Frame, dash, escape, opened, put, shortened};
use super::ticks::Axis;

/// A line chart.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Chart {
    /// Above the chart.
    pub title: String,
    /// Below the axis.
    pub x_label: String,
    /// Beside the axis.
    pub y_label: String,
    /// Whether the vertical axis is logarithmic.
    pub log_y: bool,
    /// Drawn in this order, so the last lies on top.
    pub lines: Vec<ChartLine>,
}

/// One line of a chart.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ChartLine {
    /// Its name in the legend.
    pub label: String,
    /// Anything that CSS takes for a color.
    pub color: String,
    /// Whether it is dashed.
    pub dashed: bool,
    /// Its points in order of x.
    pub points: Vec<(f64, f64)>,
    /// The least and the greatest value at each x, if it stands for several runs.
    pub band: Option<Vec<Band>>,
}

/// The band at one place.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Band {
    /// Where.
    pub x: f64,
    /// The least value.
    pub low: f64,
    /// The greatest value.
    pub high: f64,
}

const WIDTH: f64 = 760.0;
const PLOT_HEIGHT: f64 = 300.0;
const LEFT: f64 = 78.0;
const RIGHT: f64 = 18.0;
const TOP: f64 = 40.0;
const BELOW: f64 = 48.0;
const LEGEND_ROW: f64 = 20.0;
const SWATCH: f64 = 26.0;
/// Letters of a legend entry, at the most.
const LONGEST_LABEL: usize = 64;

impl Chart {
    /// The chart as an SVG element; `None` if no point can be drawn.
    pub fn svg(&self, colors: &ChartColors) -> Option<String> {
        let drawable = |y: f64| y.is_finite() && (!self.log_y || y > 0.0);
        let points = || self.lines.iter().flat_map(|line| &line.points);
        let xs = points()
            .filter(|point| drawable(point.1))
            .map(|point| point.0);
        let x = Axis::around(xs, false, 0.0)?;
        let y = Axis::around(
            self.lines.iter().flat_map(ChartLine::heights),
            self.log_y,
            0.05,
        )?;
        let frame = Frame {
            x,
            y,
            left: LEFT,
            right: WIDTH - RIGHT,
            top: TOP,
            bottom: TOP + PLOT_HEIGHT,
        };
        let legend = legend_places(&self.lines);
        let rows = legend.last().map_or(0.0, |place| place.1 + 1.0);
        let height = TOP + PLOT_HEIGHT + BELOW + rows * LEGEND_ROW + 8.0;
        let mut svg = opened([WIDTH, height], &self.title, colors);
        self.write_words(&mut svg, &frame, colors);
        frame.draw_grid(&mut svg, [10, 6], colors);
        frame.draw_lines(&mut svg, &self.lines);
        draw_legend(&mut svg, &self.lines, &legend, colors);
        svg.push_str("</svg>");
        Some(svg)
    }

    /// The title and the names of the axes.
    fn write_words(&self, svg: &mut String, frame: &Frame, colors: &ChartColors) {
        let text = escape(colors.text);
        let mut add = |place: &str, style: &str, words: &str| {
            put(
                svg,
                format_args!("<text {place} style=\"{style}\">{}</text>\n", escape(words)),
            );
        };
        let title = shortened(&self.title, LONGEST_LABEL);
        add(
            &format!("x=\"{LEFT}\" y=\"22\""),
            &format!("fill:{text};font-weight:600;font-size:14px"),
            &title,
        );
        let middle = LEFT + (frame.right - LEFT) / 2.0;
        let centered = format!("fill:{text};text-anchor:middle");
        add(
            &format!("x=\"{middle}\" y=\"{}\"", frame.bottom + 38.0),
            &centered,
            &self.x_label,
        );
        let half = TOP + PLOT_HEIGHT / 2.0;
        add(
            &format!("transform=\"translate(16 {half}) rotate(-90)\""),
            &centered,
            &self.y_label,
        );
    }
}

impl ChartLine {
    /// Every height that the line or its band reaches.
    pub(super) fn heights(&self) -> impl Iterator<Item = f64> {
        let bands = self.band.iter().flatten();
        let points = self.points.iter().map(|point| point.1);
        points.chain(bands.flat_map(|band| [band.low, band.high]))
    }
}

/// The left edge and the row of each entry.
fn legend_places(lines: &[ChartLine]) -> Vec<(f64, f64)> {
    let (mut x, mut row) = (LEFT, 0.0);
    let mut places = Vec::with_capacity(lines.len());
    for line in lines {
        let width = SWATCH + text_width(&shortened(&line.label, LONGEST_LABEL)) + 24.0;
        if x > LEFT && x + width > WIDTH - RIGHT {
            (x, row) = (LEFT, row + 1.0);
        }
        places.push((x, row));
        x += width;
    }
    places
}

fn draw_legend(svg: &mut String, lines: &[ChartLine], places: &[(f64, f64)], colors: &ChartColors) {
    let top = TOP + PLOT_HEIGHT + BELOW + 8.0;
    for (line, &(x, row)) in lines.iter().zip(places) {
        let y = top + row * LEGEND_ROW;
        put(
            svg,
            format_args!(
                "<line x1=\"{x:.1}\" y1=\"{y:.1}\" x2=\"{:.1}\" y2=\"{y:.1}\" style=\"stroke:{};stroke-width:2.5{}\"/>\
             <text x=\"{:.1}\" y=\"{:.1}\" style=\"fill:{}\">{}</text>\n",
                x + SWATCH - 6.0,
                escape(&line.color),
                dash(line),
                x + SWATCH,
                y + 4.0,
                escape(colors.text),
                escape(&shortened(&line.label, LONGEST_LABEL))
            ),
        );
    }
}

/// A guess that errs on the wide side: letters beyond Latin count double.
fn text_width(text: &str) -> f64 {
    text.chars()
        .map(|letter| if letter as u32 > 0x2E80 { 12.5 } else { 6.8 })
        .sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chart(lines: Vec<ChartLine>) -> Chart {
        Chart {
            title: "click".into(),
            x_label: "epoch".into(),
            y_label: "AUC".into(),
            log_y: false,
            lines,
        }
    }

    fn line(points: &[(f64, f64)]) -> ChartLine {
        ChartLine {
            label: "a".into(),
            color: "#000".into(),
            points: points.to_vec(),
            ..ChartLine::default()
        }
    }

    #[test]
    fn the_corners_of_the_data_are_the_corners_of_the_plot() {
        // The vertical axis has 5 % room at either end: 1/22 of the height of 300.
        let svg = chart(vec![line(&[(1.0, 0.0), (3.0, 1.0)])])
            .svg(&ChartColors::LIGHT)
            .unwrap();
        assert!(svg.contains("points=\"78.0,326.4 742.0,53.6\""), "{svg}");
    }

    #[test]
    fn an_undefined_value_leaves_a_gap() {
        let points = [
            (1.0, 0.5),
            (2.0, 0.6),
            (3.0, f64::NAN),
            (4.0, 0.7),
            (5.0, 0.7),
        ];
        let svg = chart(vec![line(&points)]).svg(&ChartColors::LIGHT).unwrap();
        assert_eq!(svg.matches("<polyline").count(), 2);
        assert!(!svg.contains("NaN"), "{svg}");
    }

    #[test]
    fn nothing_to_draw_is_no_chart() {
        assert_eq!(chart(Vec::new()).svg(&ChartColors::DARK), None);
        assert_eq!(
            chart(vec![line(&[(1.0, f64::NAN)])]).svg(&ChartColors::DARK),
            None
        );
        let negative = Chart {
            log_y: true,
            ..chart(vec![line(&[(1.0, -1.0)])])
        };
        assert_eq!(negative.svg(&ChartColors::DARK), None);
    }

    #[test]
    fn names_cannot_break_out() {
        let mut hostile = line(&[(1.0, 1.0), (2.0, 2.0)]);
        hostile.label = "</text><script>alert(\"1\")</script>'\u{1}".to_owned();
        hostile.color = "red\" onload=\"x".to_owned();
        let svg = chart(vec![hostile]).svg(&ChartColors::PAGE).unwrap();
        assert!(!svg.contains("<script"), "{svg}");
        assert!(!svg.contains("\" onload"), "{svg}");
        assert!(!svg.contains('\u{1}'), "{svg}");
    }

    #[test]
    fn the_legend_wraps_and_the_chart_grows() {
        let many: Vec<ChartLine> = (0..12)
            .map(|index| ChartLine {
                label: format!("a rather long name {index}"),
                ..line(&[(0.0, 1.0), (1.0, 2.0)])
            })
            .collect();
        let places = legend_places(&many);
        assert!(places.last().unwrap().1 >= 2.0);
        assert!(
            places
                .iter()
                .zip(&many)
                .all(|(place, line)| place.0 + SWATCH + text_width(&line.label) <= WIDTH)
        );
        let svg = chart(many).svg(&ChartColors::LIGHT).unwrap();
        assert!(!svg.contains("height=\"396\""), "{svg}");
    }

    #[test]
    fn a_band_is_drawn_below_its_line() {
        let mut banded = line(&[(1.0, 1.0), (2.0, 2.0)]);
        banded.band = Some(vec![
            Band {
                x: 1.0,
                low: 0.5,
                high: 1.5,
            },
            Band {
                x: 2.0,
                low: 1.5,
                high: 2.5,
            },
        ]);
        let svg = chart(vec![banded]).svg(&ChartColors::LIGHT).unwrap();
        assert!(svg.find("<polygon").unwrap() < svg.find("<polyline").unwrap());
    }
}
