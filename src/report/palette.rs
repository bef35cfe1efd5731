//! The colors of the variants and of the ground, light and dark.

/// The colors of the variants on a light ground: those of Okabe and Ito, darkened to 3 to 1, neighbors far apart.
pub static VARIANTS_LIGHT: [&str; 8] = [
    "#0072b2", "#d55e00", "#008a65", "#b85a90", "#b07800", "#2a8ac4", "#8a8200", "#555b66",
];

/// The colors of the variants on a dark ground.
pub static VARIANTS_DARK: [&str; 8] = [
    "#4aa8f0", "#f27a3a", "#2fc494", "#e092c2", "#e6b02e", "#9adcff", "#f0e442", "#b4bbc6",
];

/// The colors of a chart besides those of its lines; anything that CSS takes for a color.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct ChartColors {
    /// Behind everything; `none` for see-through.
    pub ground: &'static str,
    /// Titles and labels.
    pub text: &'static str,
    /// Numbers at the axes.
    pub weak: &'static str,
    /// The grid.
    pub line: &'static str,
}

impl ChartColors {
    /// For a file of its own, on white.
    pub const LIGHT: Self = Self {
        ground: "#ffffff",
        text: "#262c36",
        weak: "#545e6d",
        line: "#d6dbe3",
    };
    /// For a file of its own, on dark.
    pub const DARK: Self = Self {
        ground: "#1d222a",
        text: "#d9dee6",
        weak: "#a6afbd",
        line: "#333b47",
    };
    /// For a page that sets these variables for both grounds.
    pub const PAGE: Self = Self {
        ground: "none",
        text: "var(--text)",
        weak: "var(--weak)",
        line: "var(--line)",
    };
}
