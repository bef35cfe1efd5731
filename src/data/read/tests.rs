use std::fs;
use std::io::Write as _;
use std::sync::Arc;

use flate2::Compression;
use flate2::write::GzEncoder;

use super::*;
use crate::data::Values;

fn write(name: &str, bytes: &[u8]) -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(name);
    fs::write(&path, bytes).unwrap();
    (folder, path)
}

fn load(name: &str, bytes: &[u8]) -> Result<Loaded, Report> {
    let (_folder, path) = write(name, bytes);
    read(&[path], &ReadOptions::default(), &Quiet)
}

/// The problems without the folder, which has another name each time.
fn problems(name: &str, bytes: &[u8]) -> Vec<String> {
    let (folder, path) = write(name, bytes);
    let report = read(&[path], &ReadOptions::default(), &Quiet).unwrap_err();
    let prefix = format!("{}/", folder.path().display());
    report
        .problems
        .iter()
        .map(|problem| problem.to_string().replace(&prefix, ""))
        .collect()
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn cells(table: &Table, column: usize) -> Vec<String> {
    (0..table.num_rows)
        .map(|row| table.columns[column].values.display(row))
        .collect()
}

#[test]
fn types_are_found_and_missing_is_missing() {
    let text = "a,b,c,d\n1,1.5,x,\n,NA,?,2\n-3,nan,\"y, z\",null\n";
    let table = load("t.csv", text.as_bytes()).unwrap().table;
    let types: Vec<&str> = table
        .columns
        .iter()
        .map(|column| column.values.type_name())
        .collect();
    assert_eq!(types, ["integer", "real", "text", "integer"]);
    assert_eq!(cells(&table, 0), ["1", "", "-3"]);
    assert_eq!(cells(&table, 1), ["1.5", "", ""]);
    assert_eq!(cells(&table, 2), ["x", "?", "y, z"]);
    assert_eq!(cells(&table, 3), ["", "2", ""]);
}

#[test]
fn delimiters_marks_and_gzip_are_seen() {
    for text in ["a\tb\n1\tx\n", "a;b\r\n1;x\r\n", "\u{feff}a|b\n1|x\n"] {
        for bytes in [text.as_bytes().to_vec(), gzip(text.as_bytes())] {
            let table = load("t.txt", &bytes).unwrap().table;
            assert_eq!(table.columns[0].name, "a", "{text:?}");
            assert_eq!(cells(&table, 1), ["x"], "{text:?}");
        }
    }
}

#[test]
fn a_first_line_with_a_number_is_no_header() {
    let table = load("t.csv", b"1,x\n2,y\n").unwrap().table;
    assert_eq!(table.num_rows, 2);
    assert_eq!(table.columns[1].name, "column_2");
}

#[test]
fn a_column_that_turns_to_text_late_keeps_every_cell() {
    let mut text = String::from("n,k\n");
    for row in 0..200_000 {
        text.push_str(&format!("{row:06},1\n"));
    }
    text.push_str("abc,1\n");
    let loaded = load("t.csv", text.as_bytes()).unwrap();
    assert!(matches!(
        loaded.table.columns[0].values,
        Values::Text { .. }
    ));
    assert_eq!(loaded.table.columns[0].values.display(7), "000007");
    assert_eq!(loaded.table.columns[0].values.display(200_000), "abc");
    let warning = loaded.warnings[0].to_string();
    assert!(
        warning.contains("line 200002, column n: the column turns from number to text; expected a number; found \"abc\""),
        "{warning}"
    );
}

#[test]
fn ids_that_begin_with_a_number_are_text_without_a_word() {
    let ids = ["00000042", "0.5", "9e3779b9", "3c6ef372", "daa66d2b"];
    let text = format!("id\n{}\n", ids.join("\n"));
    let loaded = load("t.csv", text.as_bytes()).unwrap();
    assert_eq!(cells(&loaded.table, 0), ids);
    assert!(loaded.warnings.is_empty(), "{:?}", loaded.warnings);
    // Where most are numbers, the text is the odd one.
    let loaded = load("t.csv", b"n,k\n007,1\n8,1\n?,1\n").unwrap();
    assert_eq!(cells(&loaded.table, 0), ["007", "8", "?"]);
    let told = loaded.warnings[0].to_string();
    assert!(
        told.contains("line 4, column n: the column turns"),
        "{told}"
    );
}

#[test]
fn rows_of_any_length_are_counted_over_all_blocks() {
    let row = |row: usize| match row {
        row if row % 2 == 0 => format!("{row},x\n"),
        row => format!("{row}\n"),
    };
    let text: String = (0..6000).map(row).collect();
    let told = problems("t.csv", format!("a,b\n{text}").as_bytes());
    assert_eq!(told.len(), 21);
    assert!(told[19].starts_with("t.csv, line 41: the row has another number of fields"));
    assert_eq!(
        told[20],
        "t.csv: 2980 more rows with another number of fields"
    );
}

#[test]
fn a_cell_that_is_not_utf8_is_told_wherever_it_stands() {
    for place in [5, 3000] {
        for column in 0..2 {
            let mut bytes = b"n,w\n".to_vec();
            for row in 0..4000 {
                let cell = |own: usize, fine: &str| {
                    if row == place && own == column {
                        b"caf\xe9".to_vec()
                    } else {
                        fine.as_bytes().to_vec()
                    }
                };
                bytes.extend(cell(0, &row.to_string()));
                bytes.push(b',');
                bytes.extend(cell(1, "word"));
                bytes.push(b'\n');
            }
            let name = ["n", "w"][column];
            let expected = format!(
                "t.csv, line {}, column {name}: the text is not UTF-8",
                place + 2
            );
            let told = problems("t.csv", &bytes);
            assert!(
                told.len() == 1 && told[0].starts_with(&expected),
                "{told:?}"
            );
        }
    }
}

#[test]
fn reading_ends_when_it_is_cancelled() {
    struct GiveUp;
    impl Watch for GiveUp {
        fn progress(&self, _fraction: f32) {}

        fn cancelled(&self) -> bool {
            true
        }
    }
    let text = "7,x\n".repeat(5000);
    let (_folder, path) = write("t.csv", text.as_bytes());
    let report = read(&[path], &ReadOptions::default(), &GiveUp).unwrap_err();
    assert_eq!(report.to_string(), "reading was stopped");
}

#[test]
fn infinities_are_kept_and_told() {
    let loaded = load("t.csv", b"a,b\n1.5,1\ninf,2\n").unwrap();
    assert_eq!(
        loaded.warnings[0].to_string(),
        "a: 1 infinite value; found the first in row 2 (mend them, or ignore the column)"
    );
}

#[test]
fn bad_files_are_told_with_place_expected_and_found() {
    let cases: [(&str, &[u8], &str); 8] = [
        (
            "e.csv",
            b"",
            "e.csv: the file is empty; expected a header and rows",
        ),
        (
            "h.csv",
            b"a,b\n",
            "h.csv: there are no rows; expected rows below the header; found only a header",
        ),
        (
            "r.csv",
            b"a,b\n1,2\n3\n4,5,6\n",
            "r.csv, line 3: the row has another number of fields; expected 2 fields; found 1",
        ),
        (
            "u.csv",
            b"a,b\n1,caf\xe9\n",
            "u.csv, line 2, column b: the text is not UTF-8; found \"caf\u{fffd}\" (save the file as UTF-8)",
        ),
        (
            "j.csv",
            b"\x00\x01\x02binary",
            "j.csv: this is not a text file; expected a CSV, TSV, gzip or Parquet file; found binary data",
        ),
        (
            "d.csv",
            b"a,a\n1,2\n",
            "d.csv, line 1, column 2: two columns have one name; expected a name of its own; found `a` in columns 1 and 2",
        ),
        (
            "n.csv",
            b"a,\n1,2\n",
            "n.csv, line 1, column 2: the column has no name (name it in the first line)",
        ),
        (
            "p.parquet",
            b"PAR1junkjunkjunkPAR1",
            "p.parquet: the Parquet file is damaged or cut short",
        ),
    ];
    for (name, bytes, expected) in cases {
        let found = problems(name, bytes);
        assert!(found[0].starts_with(expected), "{found:?}");
    }
    assert_eq!(problems("r.csv", b"a,b\n1,2\n3\n4,5,6\n").len(), 2);
}

#[test]
fn gzip_that_is_cut_or_damaged_is_told() {
    let packed = gzip("a,b\n1,2\n".repeat(5000).as_bytes());
    let cut = problems("t.csv.gz", &packed[..packed.len() / 2]);
    assert!(
        cut[0].starts_with("t.csv.gz: the gzip file cannot be unpacked: it ends too early"),
        "{cut:?}"
    );
    let mut damaged = packed.clone();
    for byte in &mut damaged[20..40] {
        *byte ^= 0x5A;
    }
    let damaged = problems("t.csv.gz", &damaged);
    assert!(
        damaged[0].contains("the gzip file cannot be unpacked"),
        "{damaged:?}"
    );
    assert!(
        load("t.csv.gz", b"a,b\n1,2\n").is_ok(),
        "plain text under a gzip name is read"
    );
}

#[test]
fn missing_files_and_folders_are_told_together() {
    let folder = tempfile::tempdir().unwrap();
    let paths = [folder.path().join("none.csv"), folder.path().to_path_buf()];
    let report = read(&paths, &ReadOptions::default(), &Quiet).unwrap_err();
    assert_eq!(report.problems.len(), 2);
    assert!(
        report.problems[0]
            .to_string()
            .contains("there is no such file")
    );
    assert!(report.problems[1].to_string().contains("this is a folder"));
    assert_eq!(report.exit_status(), 2);
}

#[test]
fn files_of_one_table_are_joined_by_name() {
    let folder = tempfile::tempdir().unwrap();
    let paths = [
        folder.path().join("1.csv"),
        folder.path().join("2.csv"),
        folder.path().join("3.csv"),
    ];
    fs::write(&paths[0], "a,b\n1,x\n").unwrap();
    fs::write(&paths[1], "b,a\ny,2\n").unwrap();
    fs::write(&paths[2], "a,c\n1,x\n").unwrap();
    let table = read(&paths[..2], &ReadOptions::default(), &Quiet)
        .unwrap()
        .table;
    assert_eq!(
        (cells(&table, 0), cells(&table, 1)),
        (vec!["1".into(), "2".into()], vec!["x".into(), "y".into()])
    );
    let report = read(&paths, &ReadOptions::default(), &Quiet).unwrap_err();
    assert!(report.to_string().contains("different columns"), "{report}");
}

#[test]
fn list_columns_are_cut_at_their_separator() {
    let (_folder, path) = write("t.csv", b"h,k\na|b,1\n,2\nb,3\n");
    let options = ReadOptions {
        list_separators: [("h".to_owned(), "|".to_owned())].into(),
        ..ReadOptions::default()
    };
    let table = read(&[path], &options, &Quiet).unwrap().table;
    assert_eq!(table.columns[0].values.type_name(), "list");
    assert_eq!(cells(&table, 0), ["a|b", "", "b"]);
}

#[test]
fn parquet_keeps_types_and_nulls() {
    use arrow_array::{ArrayRef, BooleanArray, Float32Array, Int64Array, RecordBatch, StringArray};
    let columns: Vec<(&str, ArrayRef)> = vec![
        (
            "i",
            Arc::new(Int64Array::from(vec![Some(1), None, Some(3)])),
        ),
        (
            "f",
            Arc::new(Float32Array::from(vec![Some(0.5), Some(1.5), None])),
        ),
        (
            "b",
            Arc::new(BooleanArray::from(vec![Some(true), Some(false), None])),
        ),
        (
            "s",
            Arc::new(StringArray::from(vec![Some("x"), None, Some("y")])),
        ),
    ];
    let batch = RecordBatch::try_from_iter(columns).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("t.parquet");
    let file = fs::File::create(&path).unwrap();
    let mut writer = ::parquet::arrow::ArrowWriter::try_new(file, batch.schema(), None).unwrap();
    writer.write(&batch).unwrap();
    writer.close().unwrap();
    let table = read(std::slice::from_ref(&path), &ReadOptions::default(), &Quiet)
        .unwrap()
        .table;
    let all: Vec<Vec<String>> = (0..4).map(|column| cells(&table, column)).collect();
    assert_eq!(
        all,
        [
            ["1", "", "3"],
            ["0.5", "1.5", ""],
            ["1", "0", ""],
            ["x", "", "y"]
        ]
    );
    let whole = fs::read(&path).unwrap();
    for cut in [whole.len() / 3, whole.len() - 9] {
        let found = problems("t.parquet", &whole[..cut]);
        assert!(
            found[0].starts_with("t.parquet: the Parquet file is damaged or cut short"),
            "{found:?}"
        );
    }
}
