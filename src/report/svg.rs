//! Line charts as SVG: nothing to load, nothing to run, readable by a browser, a word processor and `resvg`.
//!
//! A value that is not finite (or not positive on a log axis) leaves a gap in its line.

use std::fmt::Arguments;

use super::palette::ChartColors;
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
const FONT: &str = "font-family:system-ui,-apple-system,'Segoe UI',Roboto,'Noto Sans',sans-serif";

impl Chart {
    /// The chart as an SVG element; `None` if no point can be drawn.
    pub fn svg(&self, colors: &ChartColors) -> Option<String> {
        let bands = || {
            self.lines
                .iter()
                .filter_map(|line| line.band.as_ref())
                .flatten()
        };
        let points = || self.lines.iter().flat_map(|line| &line.points);
        let drawable = |y: f64| y.is_finite() && (!self.log_y || y > 0.0);
        let xs = points()
            .filter(|point| drawable(point.1))
            .map(|point| point.0);
        let x = Axis::around(xs, false, 0.0)?;
        let ys = points()
            .map(|point| point.1)
            .chain(bands().flat_map(|band| [band.low, band.high]));
        let y = Axis::around(ys, self.log_y, 0.05)?;

        let legend = legend_places(&self.lines);
        let rows = legend.last().map_or(0.0, |place| place.1 + 1.0);
        let height = TOP + PLOT_HEIGHT + BELOW + rows * LEGEND_ROW + 8.0;
        let title = escape(&self.title);
        let mut svg = format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {height}\" width=\"{WIDTH}\" \
             height=\"{height}\" role=\"img\" aria-label=\"{title}\" style=\"{FONT};font-size:12px\">\n\
             <title>{title}</title>\n\
             <rect width=\"{WIDTH}\" height=\"{height}\" style=\"fill:{}\"/>\n",
            escape(colors.ground)
        );
        let frame = Frame { x, y };
        self.draw_axes(&mut svg, &frame, colors);
        for line in &self.lines {
            draw_band(&mut svg, line, &frame);
        }
        for line in &self.lines {
            draw_line(&mut svg, line, &frame);
        }
        draw_legend(&mut svg, &self.lines, &legend, colors);
        svg.push_str("</svg>");
        Some(svg)
    }

    fn draw_axes(&self, svg: &mut String, frame: &Frame, colors: &ChartColors) {
        let (text, weak, grid) = (
            escape(colors.text),
            escape(colors.weak),
            escape(colors.line),
        );
        let (right, bottom) = (WIDTH - RIGHT, TOP + PLOT_HEIGHT);
        let mut add = |place: &str, style: &str, words: &str| {
            put(
                svg,
                format_args!("<text {place} style=\"{style}\">{}</text>\n", escape(words)),
            );
        };
        let title = shortened(&self.title);
        add(
            &format!("x=\"{LEFT}\" y=\"22\""),
            &format!("fill:{text};font-weight:600;font-size:14px"),
            &title,
        );
        let middle = LEFT + (right - LEFT) / 2.0;
        let centered = format!("fill:{text};text-anchor:middle");
        add(
            &format!("x=\"{middle}\" y=\"{}\"", bottom + 38.0),
            &centered,
            &self.x_label,
        );
        let half = TOP + PLOT_HEIGHT / 2.0;
        add(
            &format!("transform=\"translate(16 {half}) rotate(-90)\""),
            &centered,
            &self.y_label,
        );
        for (value, words) in frame.y.ticks(6) {
            let Some(y) = frame.y_at(value) else { continue };
            put(
                svg,
                format_args!(
                    "<line x1=\"{LEFT}\" y1=\"{y:.1}\" x2=\"{right}\" y2=\"{y:.1}\" style=\"stroke:{grid}\"/>\n\
                 <text x=\"{}\" y=\"{:.1}\" style=\"fill:{weak};text-anchor:end\">{words}</text>\n",
                    LEFT - 8.0,
                    y + 4.0
                ),
            );
        }
        for (value, words) in frame.x.ticks(10) {
            let Some(x) = frame.x_at(value) else { continue };
            put(
                svg,
                format_args!(
                    "<line x1=\"{x:.1}\" y1=\"{bottom}\" x2=\"{x:.1}\" y2=\"{}\" style=\"stroke:{weak}\"/>\n\
                 <text x=\"{x:.1}\" y=\"{}\" style=\"fill:{weak};text-anchor:middle\">{words}</text>\n",
                    bottom + 5.0,
                    bottom + 19.0
                ),
            );
        }
        put(
            svg,
            format_args!(
                "<line x1=\"{LEFT}\" y1=\"{bottom}\" x2=\"{right}\" y2=\"{bottom}\" style=\"stroke:{weak}\"/>\n"
            ),
        );
    }
}

/// Where numbers lie on the page.
struct Frame {
    x: Axis,
    y: Axis,
}

impl Frame {
    fn x_at(&self, x: f64) -> Option<f64> {
        Some(LEFT + self.x.share(x)? * (WIDTH - LEFT - RIGHT))
    }

    fn y_at(&self, y: f64) -> Option<f64> {
        Some(TOP + (1.0 - self.y.share(y)?) * PLOT_HEIGHT)
    }

    fn at(&self, (x, y): (f64, f64)) -> Option<(f64, f64)> {
        Some((self.x_at(x)?, self.y_at(y)?))
    }
}

fn draw_band(svg: &mut String, line: &ChartLine, frame: &Frame) {
    for whole in line.band.iter().flat_map(|band| {
        unbroken(band, |band| {
            let (x, low) = frame.at((band.x, band.low))?;
            Some((x, low, frame.y_at(band.high)?))
        })
    }) {
        let mut outline = String::new();
        let there = whole.iter().map(|&(x, _, high)| (x, high));
        let back = whole.iter().rev().map(|&(x, low, _)| (x, low));
        for (x, y) in there.chain(back) {
            put(&mut outline, format_args!("{x:.1},{y:.1} "));
        }
        put(
            svg,
            format_args!(
                "<polygon points=\"{}\" style=\"fill:{};fill-opacity:0.16\"/>\n",
                outline.trim_end(),
                escape(&line.color)
            ),
        );
    }
}

fn draw_line(svg: &mut String, line: &ChartLine, frame: &Frame) {
    let color = escape(&line.color);
    put(
        svg,
        format_args!("<g><title>{}</title>", escape(&line.label)),
    );
    for whole in unbroken(&line.points, |&point| frame.at(point)) {
        if let [(x, y)] = whole[..] {
            put(
                svg,
                format_args!(
                    "<circle cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"3\" style=\"fill:{color}\"/>"
                ),
            );
            continue;
        }
        let mut path = String::new();
        for (x, y) in whole {
            put(&mut path, format_args!("{x:.1},{y:.1} "));
        }
        put(
            svg,
            format_args!(
                "<polyline points=\"{}\" style=\"fill:none;stroke:{color};stroke-width:2;stroke-linejoin:round{}\"/>",
                path.trim_end(),
                dash(line)
            ),
        );
    }
    svg.push_str("</g>\n");
}

fn dash(line: &ChartLine) -> &'static str {
    if line.dashed {
        ";stroke-dasharray:6 4"
    } else {
        ""
    }
}

/// The pieces of a series between its gaps.
fn unbroken<T, P>(series: &[T], place: impl Fn(&T) -> Option<P>) -> Vec<Vec<P>> {
    let mut pieces = vec![Vec::new()];
    for entry in series {
        match (place(entry), pieces.last_mut()) {
            (Some(point), Some(piece)) => piece.push(point),
            _ => pieces.push(Vec::new()),
        }
    }
    pieces.retain(|piece| !piece.is_empty());
    pieces
}

/// The left edge and the row of each entry.
fn legend_places(lines: &[ChartLine]) -> Vec<(f64, f64)> {
    let (mut x, mut row) = (LEFT, 0.0);
    let mut places = Vec::with_capacity(lines.len());
    for line in lines {
        let width = SWATCH + text_width(&shortened(&line.label)) + 24.0;
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
                escape(&shortened(&line.label))
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

fn shortened(text: &str) -> String {
    if text.chars().count() <= LONGEST_LABEL {
        return text.to_owned();
    }
    text.chars().take(LONGEST_LABEL - 1).chain(['…']).collect()
}

/// Text that is safe inside of an element and of a quoted attribute; letters that XML forbids are left out.
pub(super) fn escape(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&#39;"),
            '\n' | '\r' | '\t' => safe.push(' '),
            letter if letter.is_control() || matches!(letter, '\u{FFFE}' | '\u{FFFF}') => {}
            letter => safe.push(letter),
        }
    }
    safe
}

fn put(svg: &mut String, pieces: Arguments<'_>) {
    svg.push_str(&std::fmt::format(pieces));
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
