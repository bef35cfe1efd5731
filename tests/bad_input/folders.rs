//! Results folders and files that cannot be written or read, and what must never be overwritten.

use std::fs;
use std::io::Write as _;
use std::process::Command;

use crate::bench::{Bench, Tested, experiment, good_table};

/// Trains into a folder.
fn trained(bench: &Bench, out: &str) -> Tested {
    bench.file("e.toml", experiment("good.csv", ""))?;
    bench.works(
        &["run", "e.toml", "--device", "cpu", "--out", out],
        &["results are in"],
    )
}

#[test]
fn a_results_folder_that_cannot_be_written_is_wrong_input() -> Tested {
    let bench = Bench::new()?;
    bench.file("e.toml", experiment("good.csv", ""))?;
    bench.file("other/letter.txt", "dear")?;
    let cases = [
        ("good.csv", "good.csv: a file is in the way"),
        (
            "good.csv/below",
            "good.csv/below: the folder cannot be written",
        ),
        (
            "other",
            "other: the folder holds other files; found letter.txt",
        ),
        #[cfg(target_os = "linux")]
        (
            "/proc/nowhere",
            "/proc/nowhere: the folder cannot be written",
        ),
    ];
    for (out, part) in cases {
        let words = ["run", "e.toml", "--device", "cpu", "--out", out];
        bench.refused(&words, &[part, "choose another folder with `--out`"])?;
    }
    assert_eq!(fs::read_to_string(bench.path("other/letter.txt"))?, "dear");
    Ok(())
}

#[test]
fn results_are_never_overwritten_and_only_resumed_by_their_own_experiment() -> Tested {
    let bench = Bench::new()?;
    trained(&bench, "out")?;
    let before = fs::read(bench.path("out/results.json"))?;
    let again = ["run", "e.toml", "--device", "cpu", "--out", "out"];
    let part = "out: the folder already holds results (go on with `--resume`";
    bench.refused(&again, &[part])?;
    let text = experiment("good.csv", "").replace("epochs = 1", "epochs = 2");
    bench.file("other.toml", text.replace("[1]", "[1, 2]"))?;
    let words = [
        "run",
        "other.toml",
        "--device",
        "cpu",
        "--out",
        "out",
        "--resume",
    ];
    let parts = [
        "seeds: it was changed since the training began",
        "training: it was changed",
    ];
    bench.refused(&words, &parts)?;
    bench.file("good.csv", format!("{}1,a,0.5,1,3\n", good_table()))?;
    let words = [
        "run", "e.toml", "--device", "cpu", "--out", "out", "--resume",
    ];
    bench.refused(&words, &["data: it was changed since the training began"])?;
    assert_eq!(fs::read(bench.path("out/results.json"))?, before);
    let words = [
        "run", "e.toml", "--device", "cpu", "--out", "gone", "--resume",
    ];
    bench.refused(
        &words,
        &["gone: not a results folder; expected a folder with experiment.toml"],
    )
}

#[test]
fn a_report_of_what_is_no_results_folder_is_refused() -> Tested {
    let bench = Bench::new()?;
    trained(&bench, "out")?;
    bench.file(
        "newer/experiment.toml",
        fs::read(bench.path("out/experiment.toml"))?,
    )?;
    bench.file("newer/results.json", r#"{ "format": 99 }"#)?;
    bench.file("torn/experiment.toml", "x = ")?;
    let cases: [(&[&str], &str); 8] = [
        (
            &["report", "gone"],
            "gone: not a results folder; expected a folder with experiment.toml",
        ),
        (&["report", "good.csv"], "good.csv: not a results folder"),
        (&["report", "."], ".: not a results folder"),
        (&["report", "torn"], "experiment.toml, line 1"),
        (
            &["report", "newer"],
            "written by a newer version; expected format 1; found format 99",
        ),
        (
            &["report", "out", "--format", "pdf"],
            "--format: unknown format; expected html, md, csv, tensorboard; found pdf",
        ),
        (
            &["report", "out", "--baseline", "seprate"],
            "--baseline: there is no such variant; expected shared, equal, separate; found seprate",
        ),
        (
            &["report", "out", "-o", "gone/r.html"],
            "gone/r.html: the file's folder is not there",
        ),
    ];
    for (words, part) in cases {
        bench.refused(words, &[part])?;
    }
    bench.refused(
        &["report", "out", "-o", "out"],
        &["out: this is a folder; expected the name of a file"],
    )
}

#[test]
fn a_damaged_results_folder_still_gives_its_report_and_says_what_is_lost() -> Tested {
    let bench = Bench::new()?;
    trained(&bench, "out")?;
    let events = fs::read(bench.path("out/events.jsonl"))?;
    let torn = &events[..events.len() - 20];
    bench.file("out/events.jsonl", torn)?;
    bench.works(&["report", "out"], &["wrote"])?;
    let mended = fs::read_to_string(bench.path("out/report.html"))?;
    assert!(mended.contains("separate"), "the report names the variants");
    bench.file("out/events.jsonl", [&b"junk\n"[..], &events].concat())?;
    let part = "events.jsonl: 1 line was not understood and skipped, the first is line 1";
    bench.works(&["report", "out"], &[part])?;
    bench.file("out/results.json", "{")?;
    bench.file("out/data_card.json", "junk")?;
    let parts = [
        "warning: results.json: left aside",
        "warning: data_card.json: the facts about the data are lost",
    ];
    bench.works(&["report", "out", "--format", "md"], &parts)
}

#[test]
fn new_names_labels_that_do_not_exist_and_overwrites_nothing() -> Tested {
    let bench = Bench::new()?;
    let parts = [
        "--labels: there is no such column; found `clik` (did you mean `click`?)",
        "--labels: there is no such column; found `nope`",
    ];
    bench.refused(
        &[
            "new",
            "good.csv",
            "--labels",
            "clik,secs,nope,",
            "-o",
            "e.toml",
        ],
        &parts,
    )?;
    assert!(!bench.path("e.toml").exists());
    bench.file("mine.toml", "mine")?;
    let part =
        "mine.toml: the file exists already and is left as it is (name another file with -o)";
    bench.refused(
        &["new", "good.csv", "--labels", "click", "-o", "mine.toml"],
        &[part],
    )?;
    assert_eq!(fs::read_to_string(bench.path("mine.toml"))?, "mine");
    bench.refused(&["new", "good.csv", "-o", "."], &[".: this is a folder"])?;
    bench.refused(
        &["new", "good.csv", "-o", "gone/e.toml"],
        &["gone/e.toml: the file cannot be written"],
    )
}

#[test]
fn a_replay_needs_weights_that_adapt_and_overwrites_nothing() -> Tested {
    let bench = Bench::new()?;
    bench.refused(&["replay", "gone"], &["gone: not a results folder"])?;
    trained(&bench, "fixed")?;
    let part = "fixed: no variant adapts its weights; expected a variant whose tasks share something, with a strategy \
                that is not fixed";
    bench.refused(&["replay", "fixed"], &[part])?;
    let text = fs::read_to_string(bench.path("fixed/experiment.toml"))?;
    bench.file(
        "fixed/experiment.toml",
        text.replacen("\"equal\"", "\"uncertainty\"", 1),
    )?;
    bench.file("mine.toml", "mine")?;
    let part =
        "mine.toml: the file exists already and is left as it is (name another file with -o)";
    bench.refused(&["replay", "fixed", "-o", "mine.toml"], &[part])?;
    assert_eq!(fs::read_to_string(bench.path("mine.toml"))?, "mine");
    bench.refused(&["replay", "fixed", "-o", "."], &[".: this is a folder"])
}

#[test]
fn recipes_that_cannot_be_followed_are_refused() -> Tested {
    let bench = Bench::new()?;
    let words =
        "synth mmoe --rows 0 --cosine 2 --dims 1 --scale nan --sines 99999999999 -o gone/s.csv";
    let parts = [
        "rows: there must be rows; expected 1 or more; found 0",
        "dims: two directions need two dimensions; expected 2 or more; found 1",
        "cosine: no angle has this cosine; expected a number from -1 to 1; found 2",
        "scale: out of range; expected a number from -1000000 to 1000000; found NaN",
        "sines: out of range; expected at most 10000; found 99999999999",
        "gone/s.csv: the file's folder is not there; expected a folder that exists; found no gone",
    ];
    bench.refused(&words.split(' ').collect::<Vec<_>>(), &parts)?;
    for (words, part) in [
        (
            "synth mmoe --rows 99999999999999 -o s.csv",
            "rows: the table would not fit in memory; expected at most 4901960 rows with 102 columns; found 99999999999999",
        ),
        (
            "synth mmoe --dims 18446744073709551615 -o s.csv",
            "dims: out of range; expected at most 100000",
        ),
        (
            "synth short-video --rows 99999999999999 -o s.csv",
            "rows: the table would not fit in memory",
        ),
        (
            "synth short-video --rows 0 -o s.csv",
            "rows: there must be rows",
        ),
        ("synth short-video --rows 10 -o .", ".: this is a folder"),
        (
            "synth short-video --rows 10 -o good.csv",
            "good.csv: the file exists already and is left as it is",
        ),
        (
            "synth short-video --rows 10 -o good.csv/s.csv",
            "found the file good.csv",
        ),
        ("synth mmoe --rows ten -o s.csv", "invalid value 'ten'"),
        ("synth mmoe", "--output"),
        ("inspect", "<DATA>"),
        ("frobnicate --x", "--x"),
    ] {
        bench.refused(&words.split(' ').collect::<Vec<_>>(), &[part])?;
        assert!(!bench.path("s.csv").exists());
    }
    Ok(())
}

/// A folder on a disk of its own that is nearly full; unmounted when dropped.
struct SmallDisk(std::path::PathBuf);

impl SmallDisk {
    /// `None` where mounting is not permitted.
    fn mount(at: std::path::PathBuf) -> Option<Self> {
        fs::create_dir_all(&at).ok()?;
        let mut mount = Command::new("mount");
        mount
            .args(["-t", "tmpfs", "-o", "size=64k", "none"])
            .arg(&at);
        mount
            .output()
            .is_ok_and(|done| done.status.success())
            .then_some(Self(at))
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        // A disk that stays mounted hurts nobody but the folder's cleaning.
        drop(Command::new("umount").arg(&self.0).output());
    }
}

#[test]
fn a_full_disk_is_a_failure_that_keeps_what_was_finished() -> Tested {
    let bench = Bench::new()?;
    let Some(_disk) = SmallDisk::mount(bench.path("disk")) else {
        writeln!(
            std::io::stderr(),
            "skipped: mounting a small disk is not permitted"
        )?;
        return Ok(());
    };
    bench.file("e.toml", experiment("good.csv", ""))?;
    let words = ["run", "e.toml", "--device", "cpu", "--out", "disk/out"];
    let part = "the disk is full; free some space and go on with `--resume`";
    bench.ends(&words, 1, &["error: could not write", part])?;
    assert!(bench.path("disk/out/experiment.toml").is_file());
    bench.works(&["report", "disk/out", "-o", "r.html"], &["wrote r.html"])
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_below_a_made_up_table_is_a_failure() -> Tested {
    let bench = Bench::new()?;
    let words = ["synth", "short-video", "--rows", "500", "-o", "/dev/full"];
    bench.ends(&words, 1, &["could not write /dev/full", "because: "])
}
