//! A chart as a picture or as numbers.

use eframe::egui::Ui;
use resvg::{tiny_skia, usvg};

use super::axes::is_log;
use super::chart::metric_label;
use super::model::{ChartModel, csv};
use super::settings::Settings;
use crate::report::{Band, Chart, ChartColors, ChartLine, VARIANTS_LIGHT};
use crate::session::Command;
use crate::ui::theme;

/// Pixels of the picture for each unit of the drawing.
const SCALE: f32 = 2.0;

/// The entries of a chart's menu.
pub fn menu_ui(ui: &mut Ui, model: &ChartModel, settings: &Settings, commands: &mut Vec<Command>) {
    let name = format!("{} {}", model.title(), metric_label(&model.metric));
    drawing_ui(ui, &name, || chart(model, settings), commands);
    numbers_ui(ui, &name, || csv(model, settings.x.word()), commands);
}

/// The entries that make a picture.
pub fn drawing_ui(ui: &mut Ui, name: &str, chart: impl Fn() -> Chart, commands: &mut Vec<Command>) {
    let svg = || chart().svg(&ChartColors::LIGHT);
    save_ui(ui, "Save as PNG…", (name, "png"), commands, || {
        png(&svg()?)
    });
    save_ui(ui, "Save as SVG…", (name, "svg"), commands, || {
        Some(svg()?.into_bytes())
    });
}

/// The entries that give the numbers.
pub fn numbers_ui(ui: &mut Ui, name: &str, csv: impl Fn() -> String, commands: &mut Vec<Command>) {
    let text = "Save the data as CSV…";
    save_ui(ui, text, (name, "csv"), commands, || {
        Some(csv().into_bytes())
    });
    if ui.button("Copy the data").clicked() {
        commands.push(Command::Copy(csv()));
        ui.close();
    }
}

fn save_ui(
    ui: &mut Ui,
    text: &str,
    (name, ending): (&str, &str),
    commands: &mut Vec<Command>,
    bytes: impl FnOnce() -> Option<Vec<u8>>,
) {
    if ui.button(text).clicked() {
        if let Some(bytes) = bytes() {
            commands.push(Command::SaveBytes {
                name: format!("{name}.{ending}"),
                bytes,
            });
        }
        ui.close();
    }
}

/// The chart to be drawn.
fn chart(model: &ChartModel, settings: &Settings) -> Chart {
    let lines = model.curves.iter().map(|curve| {
        let band = curve
            .points
            .band
            .iter()
            .map(|&[x, low, high]| Band { x, low, high });
        ChartLine {
            label: if curve.train {
                format!("{}, train", curve.name)
            } else {
                curve.name.clone()
            },
            color: VARIANTS_LIGHT[curve.variant % VARIANTS_LIGHT.len()].to_owned(),
            dashed: curve.train,
            points: curve.points.mean.iter().map(|&[x, y]| (x, y)).collect(),
            band: (!curve.points.band.is_empty()).then(|| band.collect()),
        }
    });
    Chart {
        title: model.title(),
        x_label: settings.x.word().to_owned(),
        y_label: metric_label(&model.metric).to_owned(),
        log_y: is_log(model, settings),
        lines: lines.collect(),
    }
}

/// The drawing as a picture, in the window's own font so that no system font is needed.
fn png(svg: &str) -> Option<Vec<u8>> {
    let mut options = usvg::Options::default();
    let fonts = options.fontdb_mut();
    for font in theme::fonts().font_data.values() {
        fonts.load_font_data(font.font.as_ref().as_ref().to_vec());
    }
    let family = fonts
        .faces()
        .next()
        .and_then(|face| face.families.first().map(|(name, _)| name.clone()));
    if let Some(family) = family {
        fonts.set_sans_serif_family(family.clone());
        options.font_family = family;
    }
    let tree = usvg::Tree::from_str(svg, &options).ok()?;
    let size = tree.size().to_int_size().scale_by(SCALE)?;
    let mut picture = tiny_skia::Pixmap::new(size.width(), size.height())?;
    resvg::render(
        &tree,
        tiny_skia::Transform::from_scale(SCALE, SCALE),
        &mut picture.as_mut(),
    );
    picture.encode_png().ok()
}
