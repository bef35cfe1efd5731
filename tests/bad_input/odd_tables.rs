//! Tables that look odd and must work all the same.

use std::fs;

use serde_json::Value;

use crate::bench::{Bench, Tested, experiment, good_table};

fn inspected(bench: &Bench, words: &[&str]) -> Result<Value, Box<dyn std::error::Error>> {
    let mut all = vec!["inspect", "--json"];
    all.extend(words);
    let said = bench.run(&all)?;
    assert_eq!(said.status, Some(0), "{said:?}");
    Ok(serde_json::from_str(&said.out)?)
}

fn names(value: &Value) -> Vec<&str> {
    let columns = value["columns"].as_array().into_iter().flatten();
    columns
        .filter_map(|column| column["profile"]["name"].as_str())
        .collect()
}

#[test]
fn text_tables_of_every_dress_hold_the_same() -> Tested {
    let bench = Bench::new()?;
    let good = good_table();
    let plain = inspected(&bench, &["good.csv"])?;
    assert_eq!(
        (plain["rows"].as_u64(), names(&plain)),
        (Some(200), vec!["user", "city", "x", "click", "secs"])
    );
    let quoted = good.trim_end().replace(',', "\",\"");
    let quoted = format!("\"{}\"\n", quoted.replace('\n', "\"\n\""));
    let dresses = [
        ("crlf.csv", good.replace('\n', "\r\n")),
        ("mark.csv", format!("\u{feff}{good}")),
        ("semicolon.csv", good.replace(',', ";")),
        ("tab.tsv", good.replace(',', "\t")),
        ("pipe.txt", good.replace(',', "|")),
        ("quoted.csv", quoted),
        ("no_last_line_end.csv", good.trim_end().to_owned()),
        ("blank_end.csv", format!("{good}\n\n")),
    ];
    for (name, text) in dresses {
        bench.file(name, text)?;
        assert_eq!(inspected(&bench, &[name])?, plain, "{name}");
    }
    let bare = good.split_once('\n').map_or("", |(_, rows)| rows);
    bench.file("bare.csv", bare)?;
    let bare = inspected(&bench, &["bare.csv"])?;
    assert_eq!(bare["rows"], 200);
    assert_eq!(names(&bare)[..2], ["column_1", "column_2"]);
    let twice = inspected(&bench, &["good.csv", "tab.tsv"])?;
    assert_eq!(
        (twice["rows"].as_u64(), names(&twice)),
        (Some(400), names(&plain))
    );
    Ok(())
}

#[test]
fn several_files_train_as_one_table() -> Tested {
    let bench = Bench::new()?;
    bench.file("more.csv", good_table())?;
    let text = experiment("good.csv", "").replace("\"good.csv\"", "[\"good.csv\", \"more.csv\"]");
    bench.file("e.toml", text)?;
    bench.works(&["run", "e.toml", "--device", "cpu", "--out", "out"], &[])?;
    let card: Value = serde_json::from_slice(&fs::read(bench.path("out/data_card.json"))?)?;
    assert_eq!(card["rows"], 400);
    Ok(())
}

#[test]
fn strange_names_and_values_go_through_new_and_run() -> Tested {
    let bench = Bench::new()?;
    let mut text = "\"用户.编号\",\"a \"\"b\"\"\",\"two\nlines\",\"back\\slash\",点击\n".to_owned();
    for row in 0..120 {
        let city = ["北京", "上海, 浦东", "深\n圳"][row * 7 % 3];
        text.push_str(&format!(
            "{},\"{city}\",{},{},{}\n",
            row % 9,
            row % 13,
            row % 5,
            row * 11 % 3 % 2
        ));
    }
    bench.file("表.csv", text)?;
    let seen = inspected(&bench, &["表.csv"])?;
    assert_eq!(seen["rows"], 120);
    let expected = vec!["用户.编号", "a \"b\"", "two\nlines", "back\\slash", "点击"];
    assert_eq!(names(&seen), expected);
    bench.works(
        &["new", "表.csv", "--labels", "点击", "-o", "e.toml"],
        &["wrote e.toml"],
    )?;
    let written = fs::read_to_string(bench.path("e.toml"))?;
    bench.file(
        "e.toml",
        written
            .replace("epochs = 10", "epochs = 1")
            .replace("[1, 2, 3]", "[1]"),
    )?;
    bench.works(
        &["run", "e.toml", "--device", "cpu", "--out", "out"],
        &["点击"],
    )?;
    let results: Value = serde_json::from_slice(&fs::read(bench.path("out/results.json"))?)?;
    assert_eq!(results["tasks"][0]["name"], "点击");
    bench.works(&["report", "out", "--format", "md", "-o", "r.md"], &[])?;
    assert!(fs::read_to_string(bench.path("r.md"))?.contains("点击"));
    Ok(())
}

#[test]
fn labels_that_some_rows_lack_are_masked_and_counted() -> Tested {
    let bench = Bench::new()?;
    let mut text = "x,click,secs\n".to_owned();
    for row in 0..200 {
        let click = if row % 4 == 0 {
            String::new()
        } else {
            (row * 7 % 3 % 2).to_string()
        };
        text.push_str(&format!("{},{click},{}\n", row * 31 % 17, row % 11));
    }
    bench.file("gaps.csv", text)?;
    bench.file("e.toml", experiment("gaps.csv", ""))?;
    bench.works(
        &["run", "e.toml", "--device", "cpu", "--out", "out"],
        &["results are in"],
    )?;
    let card: Value = serde_json::from_slice(&fs::read(bench.path("out/data_card.json"))?)?;
    let counted = |task: usize| -> u64 {
        let counts = card["labels"][task]["labeled"].as_array();
        counts.into_iter().flatten().filter_map(Value::as_u64).sum()
    };
    assert_eq!((counted(0), counted(1)), (150, 200), "{card}");
    Ok(())
}

#[test]
fn columns_that_teach_nothing_or_too_much_are_warned_of() -> Tested {
    let bench = Bench::new()?;
    let mut text = "same,row_id,copy,x,click\n".to_owned();
    for row in 0..300 {
        let click = row * 7 % 5 % 2;
        text.push_str(&format!("1,k{row},{click},{},{click}\n", row % 10));
    }
    bench.file("odd.csv", text)?;
    let seen = inspected(&bench, &["odd.csv"])?;
    assert_eq!(seen["columns"][0]["inferred"]["role"], "ignore");
    assert_eq!(
        seen["columns"][0]["inferred"]["reason"],
        "constant: always 1"
    );
    let warned = seen["warnings"].to_string();
    for part in [
        "row_id: 300 distinct values in 300 rows",
        "copy: gives click away",
    ] {
        assert!(warned.contains(part), "{part}: {warned}");
    }
    Ok(())
}

#[test]
fn the_smallest_tables_train() -> Tested {
    let bench = Bench::new()?;
    let tables = [
        // Rows of both classes are in training; one is left for each other part.
        (
            "tiny.csv",
            "x,click,part\n1,0,train\n2,1,train\n3,1,val\n4,0,test\n",
        ),
        (
            "one_column.csv",
            "x,click,part\nu,0,train\nv,1,train\nu,0,val\nw,1,val\nu,0,test\nv,1,test\n",
        ),
    ];
    for (name, text) in tables {
        bench.file(name, text)?;
        let text = format!(
            "seeds = [1]\n[data]\npath = \"{name}\"\nsplit = {{ method = \"column\", column = \"part\" }}\n\
             [data.columns]\nclick = {{ role = \"label\", task = \"binary\" }}\npart = {{ role = \"ignore\" }}\n\
             [training]\nepochs = 1\n"
        );
        bench.file("e.toml", text)?;
        let out = format!("out-{name}");
        bench.works(
            &["run", "e.toml", "--device", "cpu", "--out", &out],
            &["results are in"],
        )?;
    }
    Ok(())
}
