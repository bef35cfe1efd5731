//! Test scores as Parquet: `row`, `task`, `label` (null where missing), `score`; task by task.

use std::path::Path;
use std::sync::Arc;

use arrow_array::{ArrayRef, Float32Array, RecordBatch, StringArray, UInt32Array};
use arrow_schema::{DataType, Field, Schema};
use parquet::arrow::ArrowWriter;
use parquet::basic::Compression;
use parquet::file::properties::WriterProperties;

use super::atomic::{Cause, replace};
use crate::error::Report;
use crate::train::{Predictions, TaskPredictions};

/// Writes the scores of a run as a whole.
pub(super) fn write(path: &Path, predictions: &Predictions) -> Result<(), Report> {
    replace(path, "the predictions", |file| {
        let schema = Arc::new(Schema::new(vec![
            Field::new("row", DataType::UInt32, false),
            Field::new("task", DataType::Utf8, false),
            Field::new("label", DataType::Float32, true),
            Field::new("score", DataType::Float32, false),
        ]));
        let properties = WriterProperties::builder()
            .set_compression(Compression::ZSTD(parquet::basic::ZstdLevel::default()))
            .set_created_by(concat!("mtl-lab ", env!("CARGO_PKG_VERSION")).to_owned())
            .build();
        let mut writer = ArrowWriter::try_new(file, Arc::clone(&schema), Some(properties))?;
        for task in &predictions.tasks {
            writer.write(&batch(&schema, &predictions.rows, task)?)?;
        }
        writer.close()?;
        Ok(())
    })
}

fn batch(schema: &Arc<Schema>, rows: &[u32], task: &TaskPredictions) -> Result<RecordBatch, Cause> {
    let names = std::iter::repeat_n(task.task.as_str(), rows.len());
    let labels = task.labels.iter().map(|&label| (!label.is_nan()).then_some(label));
    let columns: Vec<ArrayRef> = vec![
        Arc::new(UInt32Array::from(rows.to_vec())),
        Arc::new(StringArray::from_iter_values(names)),
        Arc::new(labels.collect::<Float32Array>()),
        Arc::new(Float32Array::from(task.scores.clone())),
    ];
    Ok(RecordBatch::try_new(Arc::clone(schema), columns)?)
}
