//! The pieces of a drawing as SVG: nothing to load, nothing to run, readable by a browser, a word processor and `resvg`.
//!
//! A value that is not finite (or not positive on a log axis) leaves a gap in its line.

use std::fmt::Arguments;

use super::chart::ChartLine;
use super::palette::ChartColors;
use super::ticks::Axis;

const FONT: &str = "font-family:system-ui,-apple-system,'Segoe UI',Roboto,'Noto Sans',sans-serif";

/// The beginning of a drawing: its size, its title for those who do not see it, its ground.
pub(super) fn opened([width, height]: [f64; 2], title: &str, colors: &ChartColors) -> String {
    let title = escape(title);
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" width=\"{width}\" \
         height=\"{height}\" role=\"img\" aria-label=\"{title}\" style=\"{FONT};font-size:12px\">\n\
         <title>{title}</title>\n\
         <rect width=\"{width}\" height=\"{height}\" style=\"fill:{}\"/>\n",
        escape(colors.ground)
    )
}

/// Where numbers lie on the drawing.
pub(super) struct Frame {
    /// The axis from left to right.
    pub x: Axis,
    /// The axis from bottom to top.
    pub y: Axis,
    /// The edges of the plot.
    pub left: f64,
    /// See `left`.
    pub right: f64,
    /// See `left`.
    pub top: f64,
    /// See `left`.
    pub bottom: f64,
}

impl Frame {
    fn x_at(&self, x: f64) -> Option<f64> {
        Some(self.left + self.x.share(x)? * (self.right - self.left))
    }

    /// The height of a value on the drawing; `None` where the axis cannot show it.
    pub(super) fn y_at(&self, y: f64) -> Option<f64> {
        Some(self.top + (1.0 - self.y.share(y)?) * (self.bottom - self.top))
    }

    fn at(&self, (x, y): (f64, f64)) -> Option<(f64, f64)> {
        Some((self.x_at(x)?, self.y_at(y)?))
    }

    /// About so many numbers at either axis, with their lines.
    pub(super) fn draw_grid(
        &self,
        svg: &mut String,
        [along, up]: [usize; 2],
        colors: &ChartColors,
    ) {
        let (weak, grid) = (escape(colors.weak), escape(colors.line));
        let Self {
            left,
            right,
            bottom,
            ..
        } = self;
        for (value, words) in self.y.ticks(up) {
            let Some(y) = self.y_at(value) else { continue };
            put(
                svg,
                format_args!(
                    "<line x1=\"{left}\" y1=\"{y:.1}\" x2=\"{right}\" y2=\"{y:.1}\" style=\"stroke:{grid}\"/>\n\
                 <text x=\"{}\" y=\"{:.1}\" style=\"fill:{weak};text-anchor:end\">{words}</text>\n",
                    left - 8.0,
                    y + 4.0
                ),
            );
        }
        for (value, words) in self.x.ticks(along) {
            let Some(x) = self.x_at(value) else { continue };
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
                "<line x1=\"{left}\" y1=\"{bottom}\" x2=\"{right}\" y2=\"{bottom}\" style=\"stroke:{weak}\"/>\n"
            ),
        );
    }

    /// All lines, each above every band.
    pub(super) fn draw_lines(&self, svg: &mut String, lines: &[ChartLine]) {
        for line in lines {
            draw_band(svg, line, self);
        }
        for line in lines {
            draw_line(svg, line, self);
        }
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

/// How a line's stroke is broken.
pub(super) fn dash(line: &ChartLine) -> &'static str {
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

/// A text of so many letters at the most.
pub(super) fn shortened(text: &str, longest: usize) -> String {
    if text.chars().count() <= longest {
        return text.to_owned();
    }
    text.chars().take(longest - 1).chain(['…']).collect()
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

/// Adds to a drawing.
pub(super) fn put(svg: &mut String, pieces: Arguments<'_>) {
    svg.push_str(&std::fmt::format(pieces));
}
