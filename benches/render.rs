//! How fast charts render: reading, parsing, merging of values, rendering and printing of our largest charts, and what
//! a reader waits for who edits one value.
//!
//! Prints a table of milliseconds, the best of several runs; then how `tpl` costs with more templates in the chart,
//! which must not rise, since a call copies none of them. `cargo bench --bench render`.

use std::fs;
use std::path::Path;
use std::time::Instant as Clock;

use statefulset_playground::chart::values::{Sources, ValuesFile};
use statefulset_playground::chart::{Chart, FileTree, Helm, Log, Release, render};
use statefulset_playground::template::functions::library;
use statefulset_playground::template::{Engine, Templates};

/// How long one figure is measured at least.
const SECONDS: f64 = 0.4;

/// Milliseconds that `work` takes, the best of its runs.
fn best(mut work: impl FnMut()) -> f64 {
    let mut best = f64::INFINITY;
    let begin = Clock::now();
    while begin.elapsed().as_secs_f64() < SECONDS {
        let start = Clock::now();
        work();
        best = best.min(start.elapsed().as_secs_f64() * 1e3);
    }
    best
}

fn files(folder: &Path, prefix: &str, tree: &mut FileTree) {
    for entry in fs::read_dir(folder).into_iter().flatten().filter_map(Result::ok) {
        let name = format!("{prefix}{}", entry.file_name().to_string_lossy());
        if entry.path().is_dir() {
            files(&entry.path(), &format!("{name}/"), tree);
        } else {
            tree.insert(name, fs::read(entry.path()).expect("a file of a chart can be read"));
        }
    }
}

/// A chart with as many templates as asked for, one of which calls `tpl`.
fn many_templates(count: usize) -> FileTree {
    let mut tree = FileTree::new();
    tree.insert("Chart.yaml".into(), b"apiVersion: v2\nname: many\nversion: 1.0.0\n".to_vec());
    for number in 0..count {
        let text =
            format!("{{{{ define \"many.{number}\" }}}}name: {{{{ .Release.Name }}}}-{number}{{{{ end }}}}");
        tree.insert(format!("templates/_{number}.tpl"), text.into_bytes());
    }
    let calls = r#"{{ range $i := until 200 }}{{ $text := printf "{{ include \"many.0\" . }} %d" $i }}{{ tpl $text $ }}
{{ end }}"#;
    tree.insert("templates/NOTES.txt".into(), calls.as_bytes().to_vec());
    tree
}

fn main() {
    let charts = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/charts");
    println!(
        "{:<14}{:>9}{:>9}{:>9}{:>9}{:>9}{:>10}{:>10}{:>9}",
        "ms", "read", "parse", "merge", "render", "edit", "explained", "in all", "per s"
    );
    for name in ["lab-a", "lab-b-go", "lab-e-go", "queue", "umbrella", "database"] {
        let mut tree = FileTree::new();
        files(&charts.join(name).join("chart"), "", &mut tree);
        let own = String::from_utf8_lossy(&tree["values.yaml"]).into_owned();
        let sources = |text: String| Sources {
            files: vec![ValuesFile { path: "values.yaml".into(), text }],
            ..Sources::default()
        };
        let merge = |text: String| sources(text).merge().expect("the values can be read");
        let chart = Chart::load_folder(&tree).expect("the chart can be read");
        let mut release = Release::new("web", "default");
        release.skip_schema_validation = true;
        let run = |helm: &Helm, values: String, release: &Release| {
            let rendering = render(helm, &chart, &merge(values), release, &mut Log::default());
            rendering.map_or(0, |rendering| rendering.manifest().len())
        };
        let read = best(|| drop(Chart::load_folder(&tree)));
        let parse = best(|| {
            let engine = Engine::new(library());
            let mut templates = Templates::new(&engine);
            for template in chart.templates.iter() {
                drop(templates.add(&template.name, &template.text));
            }
        });
        let merging = best(|| drop(merge(own.clone())));
        let helm = Helm::default();
        let rendering = best(|| assert!(run(&helm, String::new(), &release) > 0, "{name} renders"));
        let mut turn = 0;
        // A value that no template reads: the work is that of any edit.
        let edit = best(|| {
            turn += 1;
            assert!(run(&helm, format!("{own}\nbench: {turn}\n"), &release) > 0, "{name} renders");
        });
        release.provenance = true;
        let explained = best(|| assert!(run(&helm, String::new(), &release) > 0, "{name} renders"));
        release.provenance = false;
        let whole = best(|| {
            let chart = Chart::load_folder(&tree).expect("the chart can be read");
            let values = merge(String::new());
            drop(render(&Helm::default(), &chart, &values, &release, &mut Log::default()));
        });
        println!(
            "{name:<14}{read:>9.3}{parse:>9.3}{merging:>9.3}{rendering:>9.3}{edit:>9.3}{explained:>10.3}{whole:>10.3}\
             {:>9.0}",
            1e3 / whole
        );
    }
    println!("\n{:<14}{:>12}", "templates", "us per tpl");
    for count in [10, 100, 1_000] {
        let chart = Chart::load_folder(&many_templates(count)).expect("the chart can be read");
        let helm = Helm::default();
        let values = Sources::default().merge().expect("no values can be merged");
        let release = Release::new("web", "default");
        let render = |calls: &str| {
            let mut chart = chart.clone();
            let mut templates = chart.templates.to_vec();
            templates.iter_mut().filter(|template| template.name.ends_with("NOTES.txt")).for_each(
                |template| {
                    template.text = template.text.replace("until 200", calls).into();
                },
            );
            chart.templates = templates.into();
            best(|| drop(render(&helm, &chart, &values, &release, &mut Log::default())))
        };
        // What the chart itself costs is the same in both.
        println!("{count:<14}{:>12.2}", (render("until 1200") - render("until 200")));
    }
}
