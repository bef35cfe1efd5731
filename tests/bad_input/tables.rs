//! Tables that cannot be read.

use std::fs;

use crate::bench::{Bench, Tested, experiment, good_table, gzip};

/// A table, and what is said of it.
type Case<'a> = (&'a str, &'a [u8], &'a [&'a str]);

/// Every command that reads a table refuses it with the same words.
fn refused_everywhere(bench: &Bench, cases: &[Case<'_>]) -> Tested {
    for (name, content, parts) in cases {
        bench.file(name, content)?;
        bench.refused(&["inspect", name], parts)?;
        bench.refused(&["new", name], parts)?;
        bench.refused_experiment("over", &experiment(name, ""), parts)?;
    }
    Ok(())
}

#[test]
fn a_table_that_cannot_be_read_says_where_and_why() -> Tested {
    let bench = Bench::new()?;
    let good = good_table();
    let ragged = format!("{good}1,2\n1,2,3,4,5,6\n\n9\n");
    let unclosed = format!("{good}1,\"abc,0.2,1,3\n1,b,0.2,1,3\n");
    let mut not_text = good.clone().into_bytes();
    not_text.extend(b"1,\xff\xfe,0.5,1,2\n2,a,\xc3\x28,0,3\n");
    let cases: [Case<'_>; 7] = [
        (
            "empty.csv",
            b"",
            &["empty.csv: the file is empty", "expected a header and rows"],
        ),
        (
            "mark.csv",
            b"\xef\xbb\xbf",
            &["mark.csv: the file is empty"],
        ),
        (
            "blank.csv",
            b"\n\n\n",
            &[
                "blank.csv: the file has blank lines only",
                "expected a header",
            ],
        ),
        (
            "header.csv",
            b"a,b,c\n",
            &["header.csv: there are no rows", "found only a header"],
        ),
        (
            "ragged.csv",
            ragged.as_bytes(),
            &[
                "ragged.csv, line 202: the row has another number of fields; expected 5 fields; found 2",
                "line 203: the row has another number of fields; expected 5 fields; found 6",
                "line 205: the row has another number of fields; expected 5 fields; found 1",
            ],
        ),
        (
            "unclosed.csv",
            unclosed.as_bytes(),
            &["unclosed.csv, line 202", "perhaps a quote is not closed"],
        ),
        (
            "not_text.csv",
            &not_text,
            &[
                "not_text.csv, line 202, column city: the text is not UTF-8",
                "not_text.csv, line 203, column x",
            ],
        ),
    ];
    refused_everywhere(&bench, &cases)
}

#[test]
fn a_file_that_is_no_table_says_so() -> Tested {
    let bench = Bench::new()?;
    let good = good_table();
    let utf16: Vec<u8> = [0xFEFF]
        .into_iter()
        .chain(good.encode_utf16())
        .flat_map(u16::to_le_bytes)
        .collect();
    let cases: [Case<'_>; 6] = [
        (
            "utf16.csv",
            &utf16,
            &[
                "utf16.csv: the text is not UTF-8; found UTF-16",
                "save the file as UTF-8",
            ],
        ),
        (
            "junk.csv",
            &[7, 0, 200, 1, 0, 255, 3],
            &["junk.csv: this is not a text file", "found binary data"],
        ),
        (
            "twice.csv",
            b"a,b,a,,b\n1,2,3,4,5\n",
            &[
                "twice.csv, line 1, column 3: two columns have one name",
                "found `a` in columns 1 and 3",
                "column 4: the column has no name",
                "found `b` in columns 2 and 5",
            ],
        ),
        (
            "cut.parquet",
            b"PAR1\x01\x02\x03\x04\x05\x06\x07\x08",
            &[
                "cut.parquet: the Parquet file is damaged or cut short",
                "found",
            ],
        ),
        (
            "text.parquet",
            good.as_bytes(),
            &["text.parquet: the Parquet file is damaged or cut short"],
        ),
        (
            "tiny.parquet",
            b"PAR1",
            &["tiny.parquet: the Parquet file is damaged or cut short"],
        ),
    ];
    refused_everywhere(&bench, &cases)
}

#[test]
fn files_that_are_not_there_are_told_together() -> Tested {
    let bench = Bench::new()?;
    bench.file("empty.csv", "")?;
    let parts = [
        "missing.csv: there is no such file",
        "empty.csv: the file is empty",
        ".: this is a folder; expected a CSV, TSV, gzip or Parquet file",
        "good.csv/below: the file cannot be read",
    ];
    let words = ["inspect", "missing.csv", "empty.csv", ".", "good.csv/below"];
    bench.refused(&words, &parts)
}

#[test]
fn broken_gzip_is_told_and_unpacked_text_under_its_name_is_read_with_a_warning() -> Tested {
    let bench = Bench::new()?;
    let packed = gzip(&bench.path("whole.csv.gz"), &good_table())?;
    bench.works(&["inspect", "whole.csv.gz"], &["200 rows"])?;
    bench.file("cut.csv.gz", &packed[..packed.len() / 2])?;
    let parts = ["cut.csv.gz: the gzip file cannot be unpacked: it ends too early"];
    bench.refused(&["inspect", "cut.csv.gz"], &parts)?;
    bench.file("plain.csv.gz", good_table())?;
    let parts = [
        "200 rows",
        "plain.csv.gz: the file is not packed; expected gzip",
    ];
    bench.works(&["inspect", "plain.csv.gz"], &parts)
}

#[test]
fn lines_are_counted_as_an_editor_counts_them() -> Tested {
    let bench = Bench::new()?;
    let rows = "a,b\n1,2\n1\n\n\n1\n1,\"x\ny\",4\n1,2\n1";
    for (name, text) in [
        ("lf.csv", rows.to_owned()),
        ("crlf.csv", rows.replace('\n', "\r\n")),
    ] {
        bench.file(name, &text)?;
        let said = bench.run(&["inspect", name])?;
        let told: Vec<&str> = said
            .err
            .split(", line ")
            .skip(1)
            .filter_map(|rest| rest.split(':').next())
            .collect();
        assert_eq!(told, ["3", "6", "7", "10"], "{name}: {said:?}");
    }
    Ok(())
}

#[test]
fn a_parquet_file_without_its_end_is_told() -> Tested {
    let bench = Bench::new()?;
    let mut content = b"PAR1".to_vec();
    content.extend((0..4000_u32).flat_map(u32::to_le_bytes));
    bench.file("cut.parquet", content)?;
    let parts = ["cut.parquet: the Parquet file is damaged or cut short"];
    bench.refused(&["inspect", "cut.parquet"], &parts)
}

#[test]
fn files_with_other_columns_do_not_make_one_table() -> Tested {
    let bench = Bench::new()?;
    bench.file("other.csv", "user,town\n1,a\n")?;
    let parts = [
        "other.csv: the files have different columns",
        "without: city, x, click, secs; besides: town",
    ];
    bench.refused(&["inspect", "good.csv", "other.csv"], &parts)
}

#[test]
fn a_late_turn_from_number_to_text_names_its_line() -> Tested {
    let bench = Bench::new()?;
    let mut text = "user,x,click\n".to_owned();
    for row in 0..200_000 {
        text.push_str(&format!("{},{},{}\n", row % 50, row % 977, row % 2));
    }
    text.push_str("1,oops,maybe\n");
    bench.file("late.csv", text)?;
    let parts = [
        "late.csv, line 200002, column x: the column turns from number to text; expected a number; found \"oops\"",
        "late.csv, line 200002, column click",
    ];
    bench.works(&["inspect", "late.csv"], &parts)?;
    let text = "[data]\npath = \"late.csv\"\n[data.columns]\nx = { role = \"dense\" }\n\
        click = { role = \"label\", task = \"regression\" }\n";
    let labels = [
        "late.csv, line 200002, column click",
        "click: a regression label must be a number",
        "x: ",
    ];
    bench.refused_experiment("late", text, &labels)
}

#[test]
fn labels_that_cannot_be_learnt_are_told_together() -> Tested {
    let bench = Bench::new()?;
    let mut text = "x,one,none,word,inf\n".to_owned();
    for row in 0..60 {
        let inf = if row == 30 { "-inf" } else { "1.5" };
        text.push_str(&format!("{row}.5,1,,{},{inf}\n", ["a", "b", "c"][row % 3]));
    }
    bench.file("labels.csv", text)?;
    let text = "[data]\npath = \"labels.csv\"\n[data.columns]\n\
        one = { role = \"label\", task = \"binary\" }\nnone = { role = \"label\", task = \"regression\" }\n\
        word = { role = \"label\", task = \"regression\" }\ninf = { role = \"label\", task = \"regression\" }\n\
        gone = { role = \"label\" }\n";
    let parts = [
        "one: the label has one class only in the training rows; expected both yes and no; found yes in all",
        "none: the label",
        "word: a regression label must be a number; found",
        "inf: 1 row is infinite, the first is row 31; found -inf",
        "data.columns.gone: no such column",
    ];
    bench.refused_experiment("labels", text, &parts)?;
    let table = format!("{}1,a,inf,1,2\n1,a,1,1,-inf\n", good_table());
    fs::write(bench.path("inf.csv"), table)?;
    let parts = [
        "x: 1 row is infinite, the first is row 201; found inf",
        "secs: 1 row is infinite, the first is row 202",
    ];
    bench.refused_experiment("inf", &experiment("inf.csv", ""), &parts)
}
