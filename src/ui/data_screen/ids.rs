//! How the values of a sparse column or of a list become ids, and how wide the embeddings of these are.

use eframe::egui::Ui;

use crate::data::{ColumnSpec, Role};
use crate::session::Session;
use crate::ui::card;
use crate::ui::icon::{Icon, small_icon_button};

const WIDEST: u32 = 1024;
const MOST_BUCKETS: u32 = 1 << 30;

/// Draws the rows; what is left as it is stays out of the experiment file.
pub fn ui(ui: &mut Ui, role: Role, session: &Session, spec: &mut ColumnSpec) {
    let before = spec.clone();
    if role == Role::Sparse {
        let help = if spec.hash_buckets.is_some() {
            "Hashed ids are not counted"
        } else {
            "Ids seen less often in training share one"
        };
        let is_counted = spec.hash_buckets.is_none();
        card::row(ui, "Rarest id kept", help, |ui| {
            let mut count = spec.min_count.unwrap_or(1);
            let field = card::number(&mut count).range(1..=100_000);
            if ui.add_enabled(is_counted, field).changed() {
                spec.min_count = Some(count).filter(|&count| count > 1);
            }
        });
    }
    let help = "So many ids in all, each value's by its hash, for columns with too many values; off: an id for every value";
    card::row(ui, "Hash buckets", help, |ui| {
        let mut number = spec.hash_buckets.unwrap_or(0);
        let field = card::number(&mut number).range(0..=MOST_BUCKETS);
        let field = field.custom_formatter(|number, _| match number {
            0.0 => "off".to_owned(),
            number => number.to_string(),
        });
        if ui.add_enabled(spec.min_count.is_none(), field).changed() {
            spec.hash_buckets = Some(number).filter(|&number| number > 0);
        }
    });
    let help = "The width of this column's embeddings; as all: that of the training settings";
    card::row(ui, "Embedding width", help, |ui| {
        let of_all = session.draft.training.embedding_dim;
        let is_own = spec.embedding_dim.is_some();
        let mut width = spec.embedding_dim.unwrap_or(of_all);
        let field = card::number(&mut width).range(1..=WIDEST).speed(0.2);
        let field = field.suffix(if is_own { "" } else { " as all" });
        if ui.add(field).changed() {
            spec.embedding_dim = Some(width);
        }
        if is_own && small_icon_button(ui, Icon::Cross, "As wide as all", true).clicked() {
            spec.embedding_dim = None;
        }
    });
    // Of itself a width says that the column is sparse.
    if *spec != before && role == Role::Sequence {
        spec.role = Some(role);
    }
}
