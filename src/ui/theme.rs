//! Every color, gap and size of the window; no other file names one.
//!
//! Text has a contrast of at least 4.5 to 1 on every ground it stands on, lines 3 to 1. Variant colors are those of
//! Okabe and Ito, in an order that keeps neighbors far apart, lightened or darkened for the ground.

use eframe::egui;
use eframe::egui::{
    Color32, Context, CornerRadius, FontDefinitions, FontFamily, FontId, Margin, Stroke, TextStyle,
    Theme,
};
use eframe::egui::{ThemePreference, vec2};

use crate::data::Role;
use crate::session::{Level, Light, ThemeChoice};
use crate::train::Status;

/// Half a gap, inside of controls.
pub const GAP_SMALL: f32 = 6.0;
/// Between things that belong together.
pub const GAP: f32 = 10.0;
/// Between groups.
pub const GAP_LARGE: f32 = 16.0;
/// Between cards.
pub const CARD_GAP: f32 = 14.0;
/// The width of the rail.
pub const RAIL_WIDTH: f32 = 148.0;
/// The height of a table's row.
pub const ROW_HEIGHT: f32 = 30.0;
/// The height of a line with controls.
pub const LINE_HEIGHT: f32 = 28.0;
/// The height of a cell in small tables.
pub const CELL_HEIGHT: f32 = 24.0;
/// The width of a variant's name in tables; longer ones are cut.
pub const NAME_WIDTH: f32 = 190.0;
/// The width of a verdict's word.
pub const WORD_WIDTH: f32 = 92.0;
/// The height of the bars above and below.
pub const BAR_HEIGHT: f32 = 52.0;
/// The height of the buttons that matter most.
pub const BIG_BUTTON: f32 = 40.0;
/// The width of numbers to be set.
pub const NUMBER_WIDTH: f32 = 76.0;
/// The room beside a list for its scroll bar.
pub const SCROLL_WIDTH: f32 = 10.0;
/// The corners of cards.
pub const CARD_RADIUS: u8 = 10;
/// The corners of controls.
pub const CONTROL_RADIUS: u8 = 6;
/// The width of lines around things.
pub const LINE: f32 = 1.0;

/// The colors of one ground.
#[derive(Debug)]
pub struct Tokens {
    /// Behind everything.
    pub ground: Color32,
    /// Bars and rail.
    pub bar: Color32,
    /// Cards.
    pub card: Color32,
    /// Fields and codes.
    pub field: Color32,
    /// Controls at rest.
    pub control: Color32,
    /// Controls under the pointer.
    pub control_hovered: Color32,
    /// Controls pressed.
    pub control_active: Color32,
    /// Lines between and around.
    pub line: Color32,
    /// Text.
    pub text: Color32,
    /// Text that matters less.
    pub weak: Color32,
    /// The one color that asks to be clicked.
    pub accent: Color32,
    /// Text on the accent.
    pub on_accent: Color32,
    /// What is selected.
    pub selected: Color32,
    /// The part of a bar that is done.
    pub progress: Color32,
    /// Text that matters more.
    pub strong: Color32,
    /// Done, ready.
    pub good: Color32,
    /// Worth a look.
    pub warning: Color32,
    /// Wrong.
    pub error: Color32,
    /// Behind a warning.
    pub warning_ground: Color32,
    /// Behind an error.
    pub error_ground: Color32,
    sparse: Color32,
    sequence: Color32,
    dense: Color32,
    label: Color32,
    variants: [Color32; 8],
}

#[expect(clippy::disallowed_methods, reason = "the one place that makes colors")]
const fn rgb(hex: u32) -> Color32 {
    Color32::from_rgb((hex >> 16) as u8, (hex >> 8) as u8, hex as u8)
}

static DARK: Tokens = Tokens {
    ground: rgb(0x12_15_1A),
    bar: rgb(0x18_1C_22),
    card: rgb(0x1D_22_2A),
    field: rgb(0x14_18_1E),
    control: rgb(0x2A_31_3B),
    control_hovered: rgb(0x36_3F_4C),
    control_active: rgb(0x42_4D_5D),
    line: rgb(0x33_3B_47),
    text: rgb(0xD9_DE_E6),
    weak: rgb(0xA6_AF_BD),
    accent: rgb(0x6C_BE_F5),
    on_accent: rgb(0x0B_1A_26),
    selected: rgb(0x1F_44_5E),
    progress: rgb(0x1B_5A_88),
    strong: rgb(0xFF_FF_FF),
    good: rgb(0x4F_CB_9D),
    warning: rgb(0xF2_B8_4B),
    error: rgb(0xFF_8A_7A),
    warning_ground: rgb(0x35_2C_18),
    error_ground: rgb(0x3A_20_1E),
    sparse: rgb(0x6C_BE_F5),
    sequence: rgb(0xE2_9F_C8),
    dense: rgb(0x4F_CB_9D),
    label: rgb(0xFF_9D_5C),
    variants: [
        rgb(0x4A_A8_F0),
        rgb(0xF2_7A_3A),
        rgb(0x2F_C4_94),
        rgb(0xE0_92_C2),
        rgb(0xE6_B0_2E),
        rgb(0x9A_DC_FF),
        rgb(0xF0_E4_42),
        rgb(0xB4_BB_C6),
    ],
};

static LIGHT: Tokens = Tokens {
    ground: rgb(0xF3_F4_F7),
    bar: rgb(0xFB_FB_FD),
    card: rgb(0xFF_FF_FF),
    field: rgb(0xF6_F7_F9),
    control: rgb(0xE8_EB_F0),
    control_hovered: rgb(0xDB_E0_E8),
    control_active: rgb(0xCB_D2_DD),
    line: rgb(0xD6_DB_E3),
    text: rgb(0x26_2C_36),
    weak: rgb(0x54_5E_6D),
    accent: rgb(0x00_62_A8),
    on_accent: rgb(0xFF_FF_FF),
    selected: rgb(0xCF_E6_F7),
    progress: rgb(0x8C_C8_EE),
    strong: rgb(0x00_00_00),
    good: rgb(0x00_73_50),
    warning: rgb(0x8A_55_00),
    error: rgb(0xB3_26_1E),
    warning_ground: rgb(0xFD_F3_DC),
    error_ground: rgb(0xFC_E8_E5),
    sparse: rgb(0x00_62_A8),
    sequence: rgb(0x9C_3F_78),
    dense: rgb(0x00_73_50),
    label: rgb(0xAE_48_00),
    variants: [
        rgb(0x00_72_B2),
        rgb(0xD5_5E_00),
        rgb(0x00_8A_65),
        rgb(0xB8_5A_90),
        rgb(0xB0_78_00),
        rgb(0x2A_8A_C4),
        rgb(0x8A_82_00),
        rgb(0x55_5B_66),
    ],
};

/// The colors of a ground.
pub fn tokens(dark: bool) -> &'static Tokens {
    if dark { &DARK } else { &LIGHT }
}

/// The colors of what is being drawn.
pub fn of(ui: &egui::Ui) -> &'static Tokens {
    tokens(ui.visuals().dark_mode)
}

/// The color of a variant, by its place in the experiment; the ninth begins anew.
pub fn variant_color(index: usize, dark: bool) -> Color32 {
    let colors = &tokens(dark).variants;
    colors[index % colors.len()]
}

/// How often the colors were all used up before this variant; what is told by color is told by shape too from 1 on.
pub fn color_round(index: usize) -> usize {
    index / DARK.variants.len()
}

/// The color of what all tasks share.
pub fn shared_color(dark: bool) -> Color32 {
    tokens(dark).accent
}

/// The color of what a task has for itself.
pub fn own_color(dark: bool) -> Color32 {
    tokens(dark).label
}

/// The color of a role.
pub fn role_color(role: Role, dark: bool) -> Color32 {
    let tokens = tokens(dark);
    match role {
        Role::Sparse => tokens.sparse,
        Role::Sequence => tokens.sequence,
        Role::Dense => tokens.dense,
        Role::Label => tokens.label,
        Role::Ignore => tokens.weak,
    }
}

/// The color of a station's state.
pub fn light_color(light: Light, dark: bool) -> Color32 {
    let tokens = tokens(dark);
    match light {
        Light::Empty => tokens.weak,
        Light::Working => tokens.accent,
        Light::Ready => tokens.good,
        Light::Attention => tokens.warning,
    }
}

/// The color of a run's state.
pub fn status_color(status: Status, dark: bool) -> Color32 {
    let tokens = tokens(dark);
    match status {
        Status::Queued => tokens.weak,
        Status::Running => tokens.accent,
        Status::Finished => tokens.good,
        Status::Stopped => tokens.warning,
        Status::Failed | Status::Diverged => tokens.error,
    }
}

/// The color of a notice.
pub fn level_color(level: Level, dark: bool) -> Color32 {
    let tokens = tokens(dark);
    match level {
        Level::Good => tokens.good,
        Level::Warning => tokens.warning,
        Level::Error => tokens.error,
    }
}

/// A quarter of a color's strength, to fill what it outlines.
pub fn tint(color: Color32) -> Color32 {
    color.gamma_multiply(0.22)
}

/// The letters of the window, the arrows and signs of formulas among them.
pub fn fonts() -> FontDefinitions {
    let mut fonts = FontDefinitions::default();
    if let Some(family) = fonts.families.get_mut(&FontFamily::Proportional) {
        family.insert(family.len().min(1), "Hack".to_owned());
    }
    fonts
}

/// Gives both grounds their looks.
pub fn install(ctx: &Context) {
    ctx.set_fonts(fonts());
    for (theme, dark) in [(Theme::Dark, true), (Theme::Light, false)] {
        let mut style = (*ctx.style_of(theme)).clone();
        put_fonts(&mut style);
        put_spacing(&mut style);
        put_colors(&mut style.visuals, tokens(dark));
        style.animation_time = 0.1;
        ctx.set_style_of(theme, style);
    }
}

/// Chooses the ground.
pub fn choose(ctx: &Context, choice: ThemeChoice) {
    ctx.set_theme(match choice {
        ThemeChoice::Dark => ThemePreference::Dark,
        ThemeChoice::Light => ThemePreference::Light,
        ThemeChoice::System => ThemePreference::System,
    });
}

fn put_fonts(style: &mut egui::Style) {
    let sizes = [
        (TextStyle::Small, 12.0, FontFamily::Proportional),
        (TextStyle::Body, 14.5, FontFamily::Proportional),
        (TextStyle::Button, 14.5, FontFamily::Proportional),
        (TextStyle::Heading, 20.0, FontFamily::Proportional),
        (TextStyle::Monospace, 13.0, FontFamily::Monospace),
    ];
    for (text, size, family) in sizes {
        style.text_styles.insert(text, FontId::new(size, family));
    }
}

fn put_spacing(style: &mut egui::Style) {
    let spacing = &mut style.spacing;
    spacing.item_spacing = vec2(GAP_SMALL + 2.0, GAP_SMALL + 1.0);
    spacing.button_padding = vec2(GAP, 5.0);
    spacing.window_margin = Margin::same(14);
    spacing.menu_margin = Margin::same(8);
    spacing.combo_width = 120.0;
    spacing.tooltip_width = 360.0;
    spacing.scroll.floating_allocated_width = SCROLL_WIDTH;
    spacing.scroll.foreground_color = false;
    spacing.icon_width = 17.0;
    spacing.icon_width_inner = 10.0;
}

fn put_colors(visuals: &mut egui::Visuals, tokens: &Tokens) {
    visuals.panel_fill = tokens.ground;
    visuals.window_fill = tokens.card;
    visuals.window_stroke = Stroke::new(LINE, tokens.line);
    visuals.window_corner_radius = CornerRadius::same(CARD_RADIUS);
    visuals.menu_corner_radius = CornerRadius::same(CARD_RADIUS);
    visuals.extreme_bg_color = tokens.field;
    visuals.text_edit_bg_color = Some(tokens.field);
    visuals.code_bg_color = tokens.field;
    visuals.faint_bg_color = tokens.field;
    visuals.hyperlink_color = tokens.accent;
    visuals.warn_fg_color = tokens.warning;
    visuals.error_fg_color = tokens.error;
    visuals.weak_text_color = Some(tokens.weak);
    visuals.selection.bg_fill = tokens.selected;
    visuals.selection.stroke = Stroke::new(LINE, tokens.text);
    visuals.slider_trailing_fill = true;
    let widgets = &mut visuals.widgets;
    for (state, fill, line, text) in [
        (
            &mut widgets.noninteractive,
            tokens.card,
            tokens.line,
            tokens.text,
        ),
        (
            &mut widgets.inactive,
            tokens.control,
            tokens.line,
            tokens.text,
        ),
        (
            &mut widgets.hovered,
            tokens.control_hovered,
            tokens.accent,
            tokens.text,
        ),
        (
            &mut widgets.active,
            tokens.control_active,
            tokens.accent,
            tokens.strong,
        ),
        (
            &mut widgets.open,
            tokens.control_hovered,
            tokens.accent,
            tokens.text,
        ),
    ] {
        state.bg_fill = fill;
        state.weak_bg_fill = fill;
        state.bg_stroke = Stroke::new(LINE, line);
        state.fg_stroke = Stroke::new(1.2, text);
        state.corner_radius = CornerRadius::same(CONTROL_RADIUS);
        state.expansion = 0.0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Relative luminance and contrast as WCAG 2.2 defines them.
    fn luminance(color: Color32) -> f64 {
        let linear = |byte: u8| {
            let value = f64::from(byte) / 255.0;
            if value <= 0.04045 {
                value / 12.92
            } else {
                ((value + 0.055) / 1.055).powf(2.4)
            }
        };
        0.2126 * linear(color.r()) + 0.7152 * linear(color.g()) + 0.0722 * linear(color.b())
    }

    fn contrast(a: Color32, b: Color32) -> f64 {
        let (a, b) = (luminance(a), luminance(b));
        (a.max(b) + 0.05) / (a.min(b) + 0.05)
    }

    #[test]
    fn text_stands_out_from_every_ground() {
        for tokens in [&DARK, &LIGHT] {
            for ground in [tokens.ground, tokens.bar, tokens.card, tokens.field] {
                for text in [
                    tokens.text,
                    tokens.weak,
                    tokens.accent,
                    tokens.good,
                    tokens.warning,
                    tokens.error,
                    tokens.sparse,
                    tokens.sequence,
                    tokens.dense,
                    tokens.label,
                ] {
                    assert!(contrast(text, ground) >= 4.5, "{text:?} on {ground:?}");
                }
            }
            assert!(contrast(tokens.text, tokens.progress) >= 4.5);
            for control in [
                tokens.control,
                tokens.control_hovered,
                tokens.control_active,
            ] {
                assert!(contrast(tokens.text, control) >= 4.5, "{control:?}");
            }
            assert!(contrast(tokens.on_accent, tokens.accent) >= 4.5);
            assert!(contrast(tokens.warning, tokens.warning_ground) >= 4.5);
            assert!(contrast(tokens.error, tokens.error_ground) >= 4.5);
        }
    }

    #[test]
    fn lines_stand_out_and_neighbors_differ() {
        for (tokens, dark) in [(&DARK, true), (&LIGHT, false)] {
            for index in 0..8 {
                let color = variant_color(index, dark);
                assert!(contrast(color, tokens.card) >= 3.0, "{index} {dark}");
                assert_ne!(color, variant_color(index + 1, dark));
            }
        }
        assert_eq!(variant_color(8, true), variant_color(0, true));
    }
}
