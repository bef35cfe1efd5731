//! Tables in Parquet.

use std::fs::File;
use std::path::Path;
use std::sync::Arc;

use arrow_array::cast::AsArray as _;
use arrow_array::types::{
    Date32Type, Date64Type, Float32Type, Float64Type, Int8Type, Int16Type, Int32Type, Int64Type,
    TimestampMicrosecondType, TimestampMillisecondType, TimestampNanosecondType,
    TimestampSecondType, UInt8Type, UInt16Type, UInt32Type, UInt64Type,
};
use arrow_array::{Array as _, ArrayRef, ArrowPrimitiveType, OffsetSizeTrait, RecordBatch};
use arrow_schema::{DataType, TimeUnit};
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::{
    ArrowReaderMetadata, ArrowReaderOptions, ParquetRecordBatchReaderBuilder,
};
use rayon::prelude::*;

use super::Stopped;
use super::column::Builder;
use super::findings::Findings;
use super::progress::Progress;
use crate::error::{Problem, catch_panic};

const BATCH: usize = 8192;

/// Adds the rows of a file to `whole`.
pub(super) fn read(
    path: &Path,
    whole: &mut Option<Vec<Builder>>,
    progress: &Progress<'_>,
    findings: &mut Findings,
) -> Result<(), Stopped> {
    match sound(|| try_read(path, whole, progress, findings)) {
        Ok(()) => Ok(()),
        Err(Fault::Stopped) => Err(Stopped),
        Err(Fault::Damaged(found)) => {
            let place = path.display().to_string();
            let problem = Problem::new(place.clone(), "the Parquet file is damaged or cut short");
            findings.add(&place, "damaged files", || {
                problem.found(found).help("write or copy the file again")
            });
            Ok(())
        }
    }
}

enum Fault {
    Stopped,
    Damaged(String),
}

/// Damaged files make the library panic in places.
fn sound(read: impl FnOnce() -> Result<(), Fault>) -> Result<(), Fault> {
    catch_panic(read).unwrap_or_else(|panic| Err(Fault::Damaged(panic)))
}

fn damaged(error: &dyn std::error::Error) -> Fault {
    Fault::Damaged(error.to_string())
}

fn try_read(
    path: &Path,
    whole: &mut Option<Vec<Builder>>,
    progress: &Progress<'_>,
    findings: &mut Findings,
) -> Result<(), Fault> {
    let file = File::open(path).map_err(|error| damaged(&error))?;
    let bytes = file.metadata().map_or(0, |facts| facts.len());
    let metadata = ArrowReaderMetadata::load(&file, ArrowReaderOptions::default())
        .map_err(|error| damaged(&error))?;
    let place = path.display().to_string();
    let schema = Arc::clone(metadata.schema());
    let rows = metadata.metadata().file_metadata().num_rows().max(0) as u64;
    let known = findings_before(findings);
    for field in schema.fields() {
        if !is_supported(field.data_type()) {
            let problem = Problem::new(
                format!("{place}, column {}", field.name()),
                "the column's type cannot be used",
            )
            .expected("numbers, text, true/false, dates or lists of these")
            .found(field.data_type().to_string());
            findings.add(&place, "columns of other types", || problem);
        }
    }
    if rows == 0 {
        let problem = Problem::new(place.clone(), "there are no rows").expected("rows");
        findings.add(&place, "files without rows", || problem);
    }
    if findings_before(findings) != known {
        return Ok(());
    }
    let names: Vec<&String> = schema.fields().iter().map(|field| field.name()).collect();
    let columns = if let Some(columns) = whole {
        columns
    } else {
        let make = |field: &arrow_schema::FieldRef| match field.data_type() {
            DataType::List(_) | DataType::LargeList(_) => Builder::list(field.name().clone()),
            DataType::Utf8
            | DataType::LargeUtf8
            | DataType::Utf8View
            | DataType::Dictionary(..) => Builder::text(field.name().clone()),
            _ => Builder::new(field.name().clone()),
        };
        whole.insert(schema.fields().iter().map(make).collect())
    };
    let field_of = |column: &Builder| names.iter().position(|name| *name == column.name());
    let fields: Option<Vec<usize>> = columns.iter().map(field_of).collect();
    let Some(fields) = fields.filter(|fields| fields.len() == names.len()) else {
        let problem = Problem::new(place.clone(), "the files have different columns")
            .expected("the columns of the first file");
        findings.add(&place, "files with other columns", || problem);
        return Ok(());
    };
    for column in columns.iter_mut() {
        column.expect(column.len() + rows as usize);
    }
    let bytes_of_row = bytes as f64 / (rows.max(1) * names.len().max(1) as u64) as f64;
    // Columns lie apart in the file, so each is read by itself, as many at once as there are cores.
    let columns = columns.par_iter_mut().zip(fields);
    let read = columns.map(|(column, field)| {
        sound(|| {
            read_column(path, &metadata, field, |array| {
                add(array, column);
                progress.advance((bytes_of_row * array.len() as f64) as u64);
                !progress.stopped()
            })
        })
    });
    let outcomes: Vec<Result<(), Fault>> = read.collect();
    outcomes.into_iter().collect()
}

/// Calls `take` with the values of a column, piece by piece, until it says no.
fn read_column(
    path: &Path,
    metadata: &ArrowReaderMetadata,
    field: usize,
    mut take: impl FnMut(&ArrayRef) -> bool,
) -> Result<(), Fault> {
    // A handle of its own: copies of one share the place where they read.
    let file = File::open(path).map_err(|error| damaged(&error))?;
    let only = ProjectionMask::roots(metadata.parquet_schema(), [field]);
    let reader = ParquetRecordBatchReaderBuilder::new_with_metadata(file, metadata.clone())
        .with_projection(only)
        .with_batch_size(BATCH)
        .build()
        .map_err(|error| damaged(&error))?;
    for batch in reader {
        let batch: RecordBatch = batch.map_err(|error| damaged(&error))?;
        if !batch.columns().iter().all(&mut take) {
            return Err(Fault::Stopped);
        }
    }
    Ok(())
}

fn findings_before(findings: &Findings) -> bool {
    findings.is_empty()
}

fn is_supported(kind: &DataType) -> bool {
    match kind {
        DataType::List(item) | DataType::LargeList(item) => {
            !matches!(item.data_type(), DataType::List(_) | DataType::LargeList(_))
                && is_supported(item.data_type())
        }
        DataType::Dictionary(_, value) => matches!(**value, DataType::Utf8 | DataType::LargeUtf8),
        DataType::Timestamp(..)
        | DataType::Date32
        | DataType::Date64
        | DataType::Decimal128(..)
        | DataType::Null
        | DataType::Boolean
        | DataType::Utf8
        | DataType::LargeUtf8
        | DataType::Utf8View => true,
        kind => kind.is_integer() || matches!(kind, DataType::Float32 | DataType::Float64),
    }
}

fn add(array: &ArrayRef, column: &mut Builder) {
    let rows = array.len();
    match array.data_type() {
        DataType::Int8 => integers::<Int8Type>(array, column, i64::from),
        DataType::Int16 => integers::<Int16Type>(array, column, i64::from),
        DataType::Int32 => integers::<Int32Type>(array, column, i64::from),
        DataType::Int64 => integers::<Int64Type>(array, column, |value| value),
        DataType::UInt8 => integers::<UInt8Type>(array, column, i64::from),
        DataType::UInt16 => integers::<UInt16Type>(array, column, i64::from),
        DataType::UInt32 => integers::<UInt32Type>(array, column, i64::from),
        DataType::UInt64 => integers::<UInt64Type>(array, column, |value| {
            i64::try_from(value).unwrap_or(i64::MAX)
        }),
        DataType::Date32 => integers::<Date32Type>(array, column, i64::from),
        DataType::Date64 => {
            integers::<Date64Type>(array, column, |value| value.div_euclid(86_400_000));
        }
        DataType::Timestamp(TimeUnit::Second, _) => {
            integers::<TimestampSecondType>(array, column, |value| value);
        }
        DataType::Timestamp(TimeUnit::Millisecond, _) => {
            integers::<TimestampMillisecondType>(array, column, |value| value.div_euclid(1_000));
        }
        DataType::Timestamp(TimeUnit::Microsecond, _) => {
            integers::<TimestampMicrosecondType>(array, column, |value| {
                value.div_euclid(1_000_000)
            });
        }
        DataType::Timestamp(TimeUnit::Nanosecond, _) => {
            integers::<TimestampNanosecondType>(array, column, |value| {
                value.div_euclid(1_000_000_000)
            });
        }
        DataType::Float32 => each(array, rows, column, |row, column| {
            column.add_real(f64::from(array.as_primitive::<Float32Type>().value(row)));
        }),
        DataType::Float64 => each(array, rows, column, |row, column| {
            column.add_real(array.as_primitive::<Float64Type>().value(row));
        }),
        DataType::Decimal128(_, scale) => {
            let unit = 10_f64.powi(-i32::from(*scale));
            let values = array.as_primitive::<arrow_array::types::Decimal128Type>();
            each(array, rows, column, |row, column| {
                column.add_real(values.value(row) as f64 * unit);
            });
        }
        DataType::Boolean => each(array, rows, column, |row, column| {
            column.add_integer(i64::from(array.as_boolean().value(row)));
        }),
        DataType::Utf8 => {
            let values = array.as_string::<i32>();
            each(array, rows, column, |row, column| {
                column.add_text(values.value(row));
            });
        }
        DataType::LargeUtf8 => {
            let values = array.as_string::<i64>();
            each(array, rows, column, |row, column| {
                column.add_text(values.value(row));
            });
        }
        DataType::Utf8View => {
            let values = array.as_string_view();
            each(array, rows, column, |row, column| {
                column.add_text(values.value(row));
            });
        }
        DataType::Dictionary(..) => {
            let keys = array.as_any_dictionary();
            let texts = texts(keys.values());
            let codes = keys.normalized_keys();
            each(array, rows, column, |row, column| {
                match texts.get(codes[row]) {
                    Some(Some(text)) => column.add_text(text),
                    _ => column.add_missing(),
                }
            });
        }
        DataType::List(_) => lists::<i32>(array, column),
        DataType::LargeList(_) => lists::<i64>(array, column),
        _ => (0..rows).for_each(|_| column.add_missing()),
    }
}

fn each(array: &ArrayRef, rows: usize, column: &mut Builder, take: impl Fn(usize, &mut Builder)) {
    for row in 0..rows {
        if array.is_null(row) {
            column.add_missing();
        } else {
            take(row, column);
        }
    }
}

fn integers<T: ArrowPrimitiveType>(
    array: &ArrayRef,
    column: &mut Builder,
    whole: impl Fn(T::Native) -> i64,
) {
    let values = array.as_primitive::<T>();
    each(array, array.len(), column, |row, column| {
        column.add_integer(whole(values.value(row)));
    });
}

fn lists<O: OffsetSizeTrait>(array: &ArrayRef, column: &mut Builder) {
    let lists = array.as_list::<O>();
    each(array, array.len(), column, |row, column| {
        let items = texts(&lists.value(row));
        column.add_list(items.iter().flatten().map(String::as_str));
    });
}

/// The values of an array as text; `None` where null.
fn texts(array: &ArrayRef) -> Vec<Option<String>> {
    let mut builder = Builder::new(String::new());
    add(array, &mut builder);
    let (_, values) = builder.finish();
    (0..array.len())
        .map(|row| (!values.is_missing(row)).then(|| values.display(row)))
        .collect()
}
