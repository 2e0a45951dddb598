//! The sample app of the lab charts: a small web server that counts visits in a file.

use std::rc::Rc;

use serde_json::Value;

use super::mounts::Site;
use crate::cluster::kubelet::{Lookup, PodSpec};

/// Image names (last part, without tag) that run the sample app, their working directory, and where they count
/// when nothing says otherwise.
const APPS: [(&str, &str, &str); 4] = [
    ("app-python", "/app", "/app/data/visits.txt"),
    ("app-go", "/", "/data/visits.json"),
    ("fastapi", "/app", "/data/visits.txt"),
    ("visits", "/app", "/app/data/visits.txt"),
];

/// Directories that the app counts in if a volume is mounted there, and the file's name.
const DIRECTORIES: [(&str, &str); 5] = [
    ("/app/data", "visits.txt"),
    ("/app/visits", "visits"),
    ("/visits", "visits"),
    ("/data", "visits.json"),
    ("/var/lib/visits", "visits"),
];

/// Variables that name the file.
const VARIABLES: [&str; 4] = ["VISITS_FILE", "VISITS_PATH", "COUNTER_FILE", "COUNT_FILE"];

/// The last part of an image's name, without tag and digest.
fn short_name(image: &str) -> &str {
    let last = image.split('@').next().unwrap_or(image).rsplit('/').next().unwrap_or(image);
    last.split(':').next().unwrap_or(last)
}

fn app(image: &str) -> Option<&'static (&'static str, &'static str, &'static str)> {
    let name = short_name(image);
    APPS.iter().find(|(prefix, ..)| {
        name == *prefix || name.strip_prefix(prefix).is_some_and(|it| it.starts_with('-'))
    })
}

/// The directory in which an image's commands run.
pub fn working_directory(image: &str) -> &'static str {
    app(image).map_or("/", |(_, directory, _)| directory)
}

/// The file in which a container of the sample app counts; `None` for other containers. In this order: a variable
/// `VISITS_FILE`, `VISITS_PATH`, `COUNTER_FILE` or `COUNT_FILE`; an argument `-file`; a known directory that has a
/// volume; the image's own place.
pub fn visits_file(site: &Site<'_>) -> Option<String> {
    let (name, _, own) = app(&site.container.image)?;
    let container = site.container;
    let variable =
        container.env.iter().find(|(key, value)| VARIABLES.contains(&key.as_str()) && !value.is_empty());
    if let Some((_, value)) = variable {
        return Some(site.absolute(value));
    }
    let words: Vec<&str> = container.command.iter().chain(&container.args).map(String::as_str).collect();
    for (at, word) in words.iter().enumerate() {
        let Some(option) = word.strip_prefix("--").or_else(|| word.strip_prefix('-')) else { continue };
        if let Some(value) = option.strip_prefix("file=") {
            return Some(site.absolute(value));
        }
        if let ("file", Some(value)) = (option, words.get(at + 1)) {
            return Some(site.absolute(value));
        }
    }
    for (directory, file) in DIRECTORIES {
        if site.is_mount_point(directory) {
            // FastAPI's app writes a plain number wherever it counts.
            let file = if *name == "fastapi" { "visits.txt" } else { file };
            return Some(format!("{directory}/{file}"));
        }
    }
    Some((*own).to_string())
}

/// A cluster without other objects.
struct Nothing;

impl Lookup for Nothing {
    fn config(&self, _: &str, _: &str, _: &str) -> Option<&Value> {
        None
    }

    fn volume(&self, _: &str, _: &str) -> Option<Rc<str>> {
        None
    }
}

/// The file in which a container of a pod template would count, before any pod is made; `None` for containers that do
/// not run the sample app.
pub fn counts_in(template: &Value, container: &str) -> Option<String> {
    let mut images = template["spec"]["containers"].as_array().into_iter().flatten();
    images.find_map(|it| it["image"].as_str().and_then(app))?;
    let pod = PodSpec::read(template);
    let container = pod.containers.iter().find(|it| it.name == container)?;
    visits_file(&Site { pod: &pod, container, attempt: 0, lookup: &Nothing })
}
