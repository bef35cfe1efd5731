//! What a registry entry tells of itself, beside the pointer or the focus.

use eframe::egui::{Response, RichText, Ui};

use super::params::label_of;
use crate::spec::{ParamSpec, Spec};
use crate::ui::theme;

/// Shows an entry's help while the pointer is on the control, or the keyboard.
pub fn on(response: Response, spec: &Spec) -> Response {
    if response.has_focus() && !response.hovered() {
        response.show_tooltip_ui(|ui| help_ui(ui, spec));
    }
    response.on_hover_ui(|ui| help_ui(ui, spec))
}

/// Label, summary, formula, parameters and source.
fn help_ui(ui: &mut Ui, spec: &Spec) {
    ui.set_max_width(400.0);
    ui.label(RichText::new(spec.label).strong());
    ui.label(spec.summary);
    if !spec.formula.is_empty() {
        ui.label(RichText::new(spec.formula).monospace());
    }
    for param in spec.params {
        param_ui(ui, param);
    }
    if let Some(paper) = spec.paper {
        ui.add_space(2.0);
        ui.hyperlink_to(RichText::new(paper.citation).small(), paper.url);
    }
}

fn param_ui(ui: &mut Ui, param: &ParamSpec) {
    let weak = theme::of(ui).weak;
    ui.add_space(2.0);
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing.x = theme::GAP_SMALL;
        ui.label(RichText::new(label_of(param.name)).strong().size(13.0));
        let kind = &param.kind;
        let text = format!("{} ({})", kind.default_text(), kind.range_text());
        ui.label(RichText::new(text).color(weak).small());
    });
    ui.label(RichText::new(param.meaning).color(weak).small());
}
