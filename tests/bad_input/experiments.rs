//! Experiment files that cannot be trained.

use crate::bench::{Bench, Tested, experiment};

#[test]
fn every_wrong_key_is_told_at_once_with_the_nearest_known() -> Tested {
    let bench = Bench::new()?;
    let text = "naem = \"x\"\nseeds = []\n[data]\npath = \"good.csv\"\nsplt = {}\n[data.columns]\n\
        clik = { role = \"label\" }\nsecs = { role = \"label\", taks = \"regression\" }\n[training]\n\
        epochs = 0\nbatch_size = 0\noptimizer = { name = \"adm\", lr = -1 }\nactivation = \"reul\"\n\
        [[variants]]\nname = \"a\"\nstructure = \"shared_botom\"\n\
        bottom = { kind = \"mlp\", units = [0, 1000000000] }\ntowers = { default = [-1] }\n\
        [[variants]]\nname = \"a\"\nstrategy = \"equa\"\nbottom = \"mlpp\"\n";
    let parts = [
        "many.toml, line 1: unknown key `naem` at the top of the file (did you mean `name`?)",
        "many.toml, line 5: unknown key `splt` in `data` (did you mean `split`?)",
        "many.toml, line 8: unknown key `taks` in `data.columns.secs` (did you mean `task`?)",
        "seeds: there is no seed; expected at least one",
        "data.columns.clik: no such column (did you mean `click`?)",
        "training.epochs: out of range; expected a whole number from 1 to 10000; found 0",
        "training.batch_size: out of range",
        "training.optimizer.name: unknown optimizer `adm` (did you mean `adam`?)",
        "training.activation: unknown activation `reul` (did you mean `relu`?)",
        "variants[0].structure.name: unknown structure `shared_botom` (did you mean `shared_bottom`?)",
        "variants[0].bottom.units[0]: out of range; expected a width from 1 to 8192; found 0",
        "variants[0].bottom.units[1]: out of range; expected a width from 1 to 8192; found 1000000000",
        "variants[0].towers.default[0]: out of range; expected a width from 1 to 8192; found -1",
        "variants[1].name: the name `a` is taken by variants[0]; expected a name of its own",
        "variants[1].strategy.name: unknown strategy `equa` (did you mean `equal`?)",
        "variants[1].bottom.kind: unknown bottom `mlpp` (did you mean `mlp`?)",
    ];
    bench.refused_experiment("many", text, &parts)?;
    // Data that cannot be read do not hide what else is wrong.
    let text = text.replace("good.csv", "gone.csv");
    let parts: Vec<&str> = parts
        .into_iter()
        .filter(|part| !part.starts_with("data.columns"))
        .chain(["gone.csv: there is no such file"])
        .collect();
    bench.refused_experiment("many", &text, &parts)
}

#[test]
fn numbers_beyond_sense_are_told() -> Tested {
    let bench = Bench::new()?;
    let text = "batch_size = 2000000000\nembedding_dim = 0\nl2_embedding = -1\nl2_dnn = nan\ndropout = 1.0\n\
        clip_norm = -1\nearly_stop = { patience = 0 }\noptimizer = { name = \"adam\", lr = 1e30 }\n";
    let parts = [
        "training.batch_size: out of range; expected a whole number from 1 to 1048576; found 2000000000",
        "training.embedding_dim: out of range; expected a whole number from 1 to 1024; found 0",
        "training.l2_embedding: out of range; expected a finite number from 0; found -1",
        "training.l2_dnn: out of range; expected a finite number from 0; found NaN",
        "training.dropout: out of range; expected a share from 0 to below 1; found 1",
        "training.clip_norm: out of range; expected a finite number above 0; found -1",
        "training.early_stop.patience: out of range; expected at least 1; found 0",
        "training.optimizer.lr: out of range; expected a number from 0.00000001 to 10; found 1e30",
    ];
    bench.refused_experiment("absurd", &experiment("good.csv", text), &parts)?;
    for lr in ["0", "0.0", "-0.1", "nan", "inf"] {
        let text = format!("optimizer = {{ name = \"sgd\", lr = {lr} }}\n");
        let parts = [
            "training.optimizer.lr: out of range; expected a number",
            "found",
        ];
        bench.refused_experiment("rate", &experiment("good.csv", &text), &parts)?;
    }
    Ok(())
}

#[test]
fn networks_beyond_all_memory_are_refused_before_they_are_built() -> Tested {
    let bench = Bench::new()?;
    let wide = format!("bottom = {{ kind = \"mlp\", units = {:?} }}", [8192; 16]);
    let text = experiment("good.csv", &format!("[[variants]]\n{wide}\n"));
    let parts = [
        "variants[0]: the network does not fit in memory; expected at most 500000000 weights; found 1007956338",
    ];
    bench.refused_experiment("wide", &text, &parts)?;
    // A single bottom would fit.
    let many = "structure = { name = \"mmoe\", experts = 64 }\nbottom = { kind = \"mlp\", units = [4096, 4096] }";
    let text = experiment("good.csv", &format!("[[variants]]\n{many}\n"));
    let parts = [
        "variants[0]: the network does not fit in memory; expected at most 500000000 weights; found 1079253490",
    ];
    bench.refused_experiment("many", &text, &parts)?;
    let deep = format!("towers = {{ default = {:?} }}", [4; 17]);
    let text = experiment("good.csv", &format!("[[variants]]\n{deep}\n"));
    let parts = ["variants[0].towers.default: too many layers; expected at most 16; found 17"];
    bench.refused_experiment("deep", &text, &parts)
}

#[test]
fn wrong_types_are_told_with_what_was_expected() -> Tested {
    let bench = Bench::new()?;
    let text = "seeds = \"one\"\ndata = { path = 3, columns = { click = \"label\" } }\nvariants = 5\n\
        [training]\nepochs = \"ten\"\nbatch_norm = 1\noptimizer = { name = \"adam\", lr = \"fast\" }\n";
    let parts = [
        "types.toml, line 1: `seeds` has the wrong type; expected a list of",
        "line 2: `data.path` has the wrong type; expected a text or a list of texts; found the number 3",
        "line 2: `data.columns.click` has the wrong type; expected a table",
        "line 3: `variants` has the wrong type",
        "line 5: `training.epochs` has the wrong type; expected a whole number from 0 to 4294967295; found the text \"ten\"",
        "line 6: `training.batch_norm` has the wrong type; expected true or false; found the number 1",
        "training.optimizer.lr: wrong type; expected a number from 0.00000001 to 10; found \"fast\"",
    ];
    bench.refused_experiment("types", text, &parts)
}

#[test]
fn parts_without_rows_are_told() -> Tested {
    let bench = Bench::new()?;
    let split = |lines: &str| experiment("good.csv", &format!("[data.split]\n{lines}"));
    let tiny = split("validation = 0.001\ntest = 0.001\n");
    let parts = [
        "data.split: the validation part has no rows",
        "data.split: the test part has no rows",
    ];
    bench.refused_experiment("tiny", &tiny, &parts)?;
    let none = split("validation = 0.0\ntest = 1.5\n");
    let parts = [
        "data.split.validation: out of range; expected a share above 0 and below 1; found 0",
        "data.split.test: the share is out of range; expected a number from 0 to below 1; found 1.5",
    ];
    bench.refused_experiment("none", &none, &parts)?;
    let all = split("validation = 0.5\ntest = 0.5\n");
    let parts =
        ["data.split: no rows are left for training; expected validation + test below 1; found 1"];
    bench.refused_experiment("all", &all, &parts)?;
    let words = split("method = \"column\"\ncolumn = \"city\"\n");
    let parts = [
        "city: some values name no part of the split; expected train, validation (valid, val, dev) or test; found `a` (",
    ];
    bench.refused_experiment("words", &words, &parts)?;
    let column = split("method = \"time\"\ncolumn = \"usr\"\n");
    let parts = ["data.split.column: no such column; found usr (did you mean `user`?)"];
    bench.refused_experiment("column", &column, &parts)?;
    let lacking = split("method = \"grup\"\n");
    let parts = [
        "unknown word `grup` for `data.split.method`; expected one of random, time, group, column (did you mean `group`?)",
    ];
    bench.refused_experiment("method", &lacking, &parts)?;
    for (rest, part) in [("train", "test"), ("test", "training")] {
        let mut table = "x,click,part\n".to_owned();
        for row in 0..40 {
            let own = if row < 5 { "val" } else { rest };
            table.push_str(&format!("{row},{},{own}\n", row % 2));
        }
        bench.file("parts.csv", table)?;
        let text = "[data]\npath = \"parts.csv\"\nsplit = { method = \"column\", column = \"part\" }\n\
            [data.columns]\nclick = { role = \"label\" }\n";
        let part = format!("data.split: the {part} part has no rows");
        bench.refused_experiment("parts", text, &[&part])?;
    }
    Ok(())
}

#[test]
fn a_file_that_is_no_experiment_is_told_alone() -> Tested {
    let bench = Bench::new()?;
    bench.file("syntax.toml", "seeds = [1]\n[data\npath = \"x\"\n")?;
    bench.file("binary.toml", [0xFF, 0xFE, 0])?;
    bench.file("twice.toml", "seeds = [1]\nseeds = [2]\n")?;
    bench.file("empty.toml", "")?;
    let cases: [(&str, &[&str]); 7] = [
        ("syntax.toml", &["syntax.toml, line 2, column 6", "found"]),
        (
            "twice.toml",
            &["twice.toml, line 2, column 1: duplicate key; found `seeds`"],
        ),
        (
            "binary.toml",
            &["binary.toml: not a text file; expected UTF-8 text"],
        ),
        ("empty.toml", &["data.path: no file is named"]),
        (
            "gone.toml",
            &["gone.toml: there is no such file (check the path"],
        ),
        (
            ".",
            &[".: this is a folder; expected an experiment file (.toml)"],
        ),
        (
            "good.csv",
            &["good.csv, line 1", "this looks like a table; `mtl-lab new`"],
        ),
    ];
    for (name, parts) in cases {
        bench.refused(&["run", name, "--out", "out"], parts)?;
        let told = bench.run(&["run", name, "--out", "out"])?.err;
        assert_eq!(
            told.matches("\n  ").count(),
            1 + told.matches("because").count(),
            "{told}"
        );
        assert!(!bench.path("out").exists());
    }
    Ok(())
}

#[test]
fn a_device_that_is_not_there_is_told_with_the_rest_and_nothing_is_begun() -> Tested {
    let bench = Bench::new()?;
    bench.file("e.toml", experiment("good.csv", "epocs = 3\n"))?;
    for device in ["gpu:99", "gpu:x", "tpu", ""] {
        let found = format!("found {device}");
        let parts = [
            "--device: there is no such device; expected auto, cpu",
            found.as_str(),
            "unknown key `epocs` in `training` (did you mean `epochs`?)",
        ];
        bench.refused(
            &["run", "e.toml", "--device", device, "--out", "out"],
            &parts,
        )?;
        assert!(!bench.path("out").exists());
    }
    Ok(())
}

#[test]
fn structures_say_which_labels_they_need() -> Tested {
    let bench = Bench::new()?;
    let variant = |structure: &str| {
        experiment(
            "good.csv",
            &format!("[[variants]]\nstructure = {structure}\n"),
        )
    };
    let refused = [
        (
            r#""esmm""#,
            "variants[0].structure.conversion: the conversion is the click itself; expected the name of another binary \
             label; found click (name the label that follows a click, such as a purchase)",
        ),
        (
            r#"{ name = "esmm", conversion = "secs" }"#,
            "variants[0].structure.conversion: there is no such label; expected the name of a binary label; found secs, \
             which is regression",
        ),
        (
            r#""pepnet""#,
            "variants[0].structure.prior: no column is named; expected the name of at least one sparse or dense column (name \
             those that tell users and items apart, such as `[\"user_id\", \"video_id\"]`)",
        ),
        (
            r#"{ name = "pepnet", prior = ["secs"] }"#,
            "variants[0].structure.prior[0]: `secs` is not a feature; expected the name of a sparse or dense column; found \
             secs with the role label",
        ),
        (
            r#""aitm""#,
            "variants[0].structure.constraint: only probabilities can be held below each other; expected 0, or binary \
             labels only; found secs, which is regression",
        ),
    ];
    for (structure, part) in refused {
        bench.refused_experiment("labels", &variant(structure), &[part])?;
    }
    Ok(())
}
