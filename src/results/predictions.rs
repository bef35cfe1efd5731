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
    let labels = task
        .labels
        .iter()
        .map(|&label| (!label.is_nan()).then_some(label));
    let columns: Vec<ArrayRef> = vec![
        Arc::new(UInt32Array::from(rows.to_vec())),
        Arc::new(StringArray::from_iter_values(names)),
        Arc::new(labels.collect::<Float32Array>()),
        Arc::new(Float32Array::from(task.scores.clone())),
    ];
    Ok(RecordBatch::try_new(Arc::clone(schema), columns)?)
}

#[cfg(test)]
mod tests {
    use arrow_array::{Array as _, cast::AsArray as _, types::Float32Type, types::UInt32Type};
    use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;

    use super::*;

    fn task(task: &str, labels: &[f32], scores: &[f32]) -> TaskPredictions {
        TaskPredictions {
            task: task.to_owned(),
            labels: labels.to_vec(),
            scores: scores.to_vec(),
        }
    }

    #[test]
    fn scores_come_back_task_by_task() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("predictions").join("a.parquet");
        let tasks = vec![
            task("click", &[f32::NAN, 1.0], &[0.5, 0.25]),
            task("watch", &[3.0, 4.0], &[3.5, 4.5]),
        ];
        write(
            &path,
            &Predictions {
                rows: vec![5, 2],
                tasks,
            },
        )
        .unwrap();
        let file = std::fs::File::open(&path).unwrap();
        let reader = ParquetRecordBatchReaderBuilder::try_new(file)
            .unwrap()
            .build()
            .unwrap();
        let batches: Vec<RecordBatch> = reader.collect::<Result<_, _>>().unwrap();
        assert_eq!(batches.len(), 1);
        let batch = &batches[0];
        assert_eq!(
            batch
                .column(0)
                .as_primitive::<UInt32Type>()
                .values()
                .as_ref(),
            [5, 2, 5, 2]
        );
        let names: Vec<Option<&str>> = batch.column(1).as_string::<i32>().iter().collect();
        assert_eq!(
            names,
            [Some("click"), Some("click"), Some("watch"), Some("watch")]
        );
        let labels: Vec<Option<f32>> = batch
            .column(2)
            .as_primitive::<Float32Type>()
            .iter()
            .collect();
        assert_eq!(labels, [None, Some(1.0), Some(3.0), Some(4.0)]);
        assert_eq!(
            batch
                .column(3)
                .as_primitive::<Float32Type>()
                .values()
                .as_ref(),
            [0.5, 0.25, 3.5, 4.5]
        );
        assert_eq!(batch.column(3).null_count(), 0);
    }

    #[test]
    fn lists_of_unequal_length_are_a_report() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.parquet");
        let predictions = Predictions {
            rows: vec![5, 2],
            tasks: vec![task("click", &[1.0], &[0.5])],
        };
        let report = write(&path, &predictions).unwrap_err();
        assert_eq!(report.summary, "could not write the predictions");
        assert!(!path.exists());
    }
}
