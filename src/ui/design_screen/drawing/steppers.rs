//! − and + under the layers that bottoms and towers have.

use eframe::egui::{Rect, Ui, pos2, vec2};

use super::sheet::Sheet;
use crate::experiment::{Draft, VariantDraft};
use crate::model::Part;
use crate::session::Picture;
use crate::spec::ParamValue;
use crate::ui::design_screen::widths::step;
use crate::ui::icon::{Icon, icon_button_at};

/// Draws them below a sheet that lies here.
pub fn ui(
    ui: &Ui,
    place: Rect,
    sheet: &Sheet,
    picture: &Picture,
    draft: &mut Draft,
    variant: usize,
) {
    for column in &sheet.columns {
        let Some((part, depth)) = column.stepped else {
            continue;
        };
        let width = column.width / depth.max(1) as f32;
        for layer in 0..depth {
            let name = match part {
                Part::Embeddings => "embeddings".to_owned(),
                Part::Bottom => format!("bottom layer {}", layer + 1),
                _ => format!("tower layer {}", layer + 1),
            };
            let x = place.left() + column.left + width * (layer as f32 + 0.5);
            for (side, icon, word, up) in [
                (-1.0, Icon::Minus, "Narrower", false),
                (1.0, Icon::Plus, "Wider", true),
            ] {
                let center = pos2(x + side * 13.0, place.center().y);
                let button = Rect::from_center_size(center, vec2(24.0, 24.0));
                let response = icon_button_at(ui, button, icon, &format!("{word} {name}"));
                if response.clicked() {
                    change(draft, variant, (part, layer), up, picture);
                }
            }
        }
    }
}

/// Changes a width where it is written down: in the variant if it has its own, else in the first.
fn change(
    draft: &mut Draft,
    variant: usize,
    (part, layer): (Part, usize),
    up: bool,
    picture: &Picture,
) {
    let owner = |has: fn(&VariantDraft) -> bool, draft: &Draft| {
        if draft.variants.get(variant).is_some_and(has) {
            variant
        } else {
            0
        }
    };
    match part {
        Part::Embeddings => {
            let width = step(i64::from(draft.training.embedding_dim), up);
            draft.training.embedding_dim = u32::try_from(width).unwrap_or(1);
        }
        Part::Bottom => {
            let index = owner(|variant| variant.bottom.is_some(), draft);
            let Some(owner) = draft.variants.get_mut(index) else {
                return;
            };
            let bottom = owner
                .bottom
                .get_or_insert_with(VariantDraft::default_bottom);
            let mut widths = picture.bottom.clone();
            if let Some(width) = widths.get_mut(layer) {
                *width = step(*width, up);
            }
            let widths = ParamValue::Widths(widths);
            bottom.params.insert("units".to_owned(), widths);
        }
        Part::Tower => {
            let index = owner(|variant| variant.towers.is_some(), draft);
            let Some(owner) = draft.variants.get_mut(index) else {
                return;
            };
            let towers = owner
                .towers
                .get_or_insert_with(VariantDraft::default_towers);
            let all = std::iter::once(&mut towers.default).chain(towers.per_task.values_mut());
            for widths in all {
                if let Some(width) = widths.get_mut(layer) {
                    *width = step(*width, up);
                }
            }
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::{Part, change};
    use crate::experiment::Draft;
    use crate::session::Picture;

    #[test]
    fn a_step_changes_the_variant_that_has_the_widths() {
        let mut draft = Draft {
            variants: Draft::default_variants(),
            ..Draft::default()
        };
        let picture = Picture {
            bottom: vec![128, 128],
            ..Picture::default()
        };
        change(&mut draft, 1, (Part::Bottom, 1), true, &picture);
        let bottom = draft.variants[0].bottom.clone().unwrap();
        assert_eq!(
            crate::spec::ParamValue::Widths(vec![128, 192]),
            bottom.params["units"]
        );
        assert_eq!(draft.variants[1].bottom, None);
        change(&mut draft, 1, (Part::Tower, 0), false, &picture);
        assert_eq!(draft.variants[0].towers.as_ref().unwrap().default, [48, 32]);
    }
}
