//! A table as a CSV file, compressed if its name ends in `.gz`.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;

use flate2::{Compression, GzBuilder};

use crate::error::Report;

use super::super::table::Table;

/// Writes a table with a header line; equal tables give equal bytes, compressed or not.
///
/// # Errors
///
/// What the file system says.
pub fn write_csv(path: &Path, table: &Table) -> Result<(), Report> {
    let failed = |error: csv::Error| {
        Report::failure(format!("could not write {}", path.display())).caused_by(error)
    };
    let file = File::create(path).map_err(|error| failed(error.into()))?;
    let file = BufWriter::new(file);
    if path
        .extension()
        .is_some_and(|extension| extension.eq_ignore_ascii_case("gz"))
    {
        // No name and no time in the header: the same data are the same bytes tomorrow.
        let mut zipped = GzBuilder::new().mtime(0).write(file, Compression::best());
        rows(table, &mut zipped).map_err(failed)?;
        zipped
            .finish()
            .and_then(|mut file| file.flush())
            .map_err(|error| failed(error.into()))
    } else {
        rows(table, file).map_err(failed)
    }
}

fn rows(table: &Table, out: impl Write) -> Result<(), csv::Error> {
    let mut writer = csv::Writer::from_writer(out);
    writer.write_record(table.columns.iter().map(|column| &column.name))?;
    for row in 0..table.num_rows {
        writer.write_record(
            table
                .columns
                .iter()
                .map(|column| column.values.display(row)),
        )?;
    }
    writer.flush()?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::io::Read as _;

    use super::*;
    use crate::data::test_columns::{gappy, reals, table, text};

    #[test]
    fn gaps_are_empty_and_compressed_bytes_are_reproducible() {
        let table = table(vec![
            gappy("a", [Some(1), None, Some(-3)]),
            reals("b", [0.5, 2.0, f64::NAN]),
            text("c", &["x", "say \"y\", please", ""]),
        ]);
        let expected = "a,b,c\n1,0.5,x\n,2,\"say \"\"y\"\", please\"\n-3,,\n";
        let folder = tempfile::tempdir().unwrap();
        let plain = folder.path().join("plain.csv");
        write_csv(&plain, &table).unwrap();
        assert_eq!(std::fs::read_to_string(&plain).unwrap(), expected);
        let zipped = folder.path().join("zipped.csv.gz");
        write_csv(&zipped, &table).unwrap();
        let bytes = std::fs::read(&zipped).unwrap();
        // Magic, deflate, no flags, no time.
        assert_eq!(bytes[..8], [0x1f, 0x8b, 8, 0, 0, 0, 0, 0]);
        let mut read = String::new();
        flate2::read::GzDecoder::new(bytes.as_slice())
            .read_to_string(&mut read)
            .unwrap();
        assert_eq!(read, expected);
    }

    #[test]
    fn a_folder_that_is_not_there_is_reported() {
        let report = write_csv(Path::new("/nowhere/at/all.csv"), &Table::default()).unwrap_err();
        assert!(
            report
                .to_string()
                .starts_with("could not write /nowhere/at/all.csv\n  because: "),
            "{report}"
        );
    }
}
