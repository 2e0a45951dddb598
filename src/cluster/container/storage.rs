//! The data of all volumes and containers.

use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::rc::Rc;

use super::mounts::{Behind, Site};
use super::visits::visits_file;
use crate::cluster::object::Uid;
use crate::cluster::ordered_map::OrderedMap;

/// Where data lives.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Place {
    /// A PersistentVolume, by name.
    Volume(Rc<str>),
    /// An emptyDir of a pod.
    EmptyDir {
        /// The pod's uid.
        pod: Uid,
        /// The volume's name in the pod.
        volume: Rc<str>,
    },
    /// What one run of a container wrote outside of all mounts.
    Layer {
        /// The pod's uid.
        pod: Uid,
        /// The container.
        container: Rc<str>,
        /// Which run of it.
        attempt: u32,
    },
    /// A directory of a node.
    Node {
        /// The node.
        node: Rc<str>,
        /// The directory.
        path: Rc<str>,
    },
}

/// Why a file cannot be read or written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FileError {
    /// There is no such file or directory.
    NotFound,
    /// It is a directory.
    IsDirectory,
    /// It is not a directory.
    NotDirectory,
    /// It cannot be written.
    ReadOnly,
}

impl FileError {
    /// As a tool in the container says it.
    pub fn as_str(self) -> &'static str {
        match self {
            FileError::NotFound => "No such file or directory",
            FileError::IsDirectory => "Is a directory",
            FileError::NotDirectory => "Not a directory",
            FileError::ReadOnly => "Read-only file system",
        }
    }
}

/// Longest file, in bytes, that a container may write.
const LONGEST_FILE: usize = 1 << 20;

type Files = BTreeMap<Rc<str>, Rc<str>>;

/// Where one run of a container counts visits: found once, since nothing that it follows from changes while it runs.
#[derive(Debug)]
struct Counter {
    attempt: u32,
    place: Place,
    path: Rc<str>,
    is_json: bool,
}

/// The data of all volumes and containers. A clone shares it until it changes.
#[derive(Debug, Clone, Default)]
pub struct Storage {
    places: OrderedMap<Place, Rc<Files>>,
    /// By pod and container.
    counters: OrderedMap<(Uid, Rc<str>), Rc<Counter>>,
}

impl Storage {
    /// A file's text.
    ///
    /// # Errors
    /// If there is no such file, or it is a directory.
    pub fn read_file(&self, site: &Site<'_>, path: &str) -> Result<String, FileError> {
        let path = site.absolute(path);
        if let Some(text) = given_file(site, &path) {
            return Ok(text);
        }
        let found = match site.behind(&path) {
            Behind::Data(place, inner) => {
                self.places.get(&place).and_then(|files| files.get(&*inner)).map(|it| it.to_string())
            }
            Behind::Fixed(files, inner) => files.into_iter().find(|it| it.0 == inner).map(|it| it.1),
        };
        match found {
            Some(text) => Ok(text),
            None if self.list_directory(site, &path).is_ok() => Err(FileError::IsDirectory),
            None => Err(FileError::NotFound),
        }
    }

    /// The names in a directory, sorted.
    ///
    /// # Errors
    /// If there is no such directory, or it is a file.
    pub fn list_directory(&self, site: &Site<'_>, path: &str) -> Result<Vec<String>, FileError> {
        let path = site.absolute(path);
        let (paths, inner): (Vec<String>, String) = match site.behind(&path) {
            Behind::Data(place, inner) => {
                let keys = self.places.get(&place).into_iter().flat_map(|it| it.keys());
                (keys.map(|it| it.to_string()).collect(), inner)
            }
            Behind::Fixed(files, inner) => (files.into_iter().map(|it| it.0).collect(), inner),
        };
        if paths.contains(&inner) && !inner.is_empty() {
            return Err(FileError::NotDirectory);
        }
        let prefix = if inner.is_empty() { String::new() } else { format!("{inner}/") };
        let below = paths.iter().filter_map(|it| it.strip_prefix(&prefix));
        let mut names: Vec<String> =
            below.filter_map(|it| it.split('/').next()).map(str::to_string).collect();
        let directory = if path == "/" { String::new() } else { path.clone() };
        let points = site.mount_points();
        // Directories that a mount or the image brings with it.
        let given = points.iter().map(String::as_str).chain(IMAGE_PATHS);
        let working = super::visits::working_directory(&site.container.image);
        for point in given.chain([working]) {
            if let Some(rest) = point.strip_prefix(&directory).and_then(|it| it.strip_prefix('/'))
                && let Some(name) = rest.split('/').next().filter(|it| !it.is_empty())
            {
                names.push(name.to_string());
            }
        }
        names.sort();
        names.dedup();
        let exists = path == "/" || path == working || points.contains(&path) || !names.is_empty();
        if exists { Ok(names) } else { Err(FileError::NotFound) }
    }

    /// Writes a file.
    ///
    /// # Errors
    /// If it cannot be written there.
    pub fn write_file(&mut self, site: &Site<'_>, path: &str, text: &str) -> Result<(), FileError> {
        let (place, inner) = writable(site, &site.absolute(path))?;
        if text.len() > LONGEST_FILE {
            return Err(FileError::ReadOnly);
        }
        self.put(&place, inner.into(), text);
        Ok(())
    }

    fn put(&mut self, place: &Place, path: Rc<str>, text: &str) {
        match self.places.get_mut(place) {
            Some(files) => {
                Rc::make_mut(files).insert(path, text.into());
            }
            None => {
                let mut files = Files::new();
                files.insert(path, text.into());
                self.places.insert(place.clone(), Rc::new(files));
            }
        }
    }

    /// Serves one visit of the sample app: its counter goes up by one. The new count, or nothing if the container
    /// does not run the app or its file cannot be written.
    pub fn visit(&mut self, site: &Site<'_>) -> Option<u64> {
        let counter = self.counter(site)?;
        let old = self.places.get(&counter.place).and_then(|files| read_count(files.get(&counter.path)?));
        let count = old.unwrap_or_default() + 1;
        let text = if counter.is_json { format!("{{\"visits\": {count}}}") } else { count.to_string() };
        self.put(&counter.place, Rc::clone(&counter.path), &text);
        Some(count)
    }

    fn counter(&mut self, site: &Site<'_>) -> Option<Rc<Counter>> {
        let (uid, name) = (site.pod.uid, site.container.name.as_str());
        let known =
            self.counters.find(|(pod, container)| pod.cmp(&uid).then_with(|| (**container).cmp(name)));
        if let Some(counter) = known.filter(|counter| counter.attempt == site.attempt) {
            return Some(Rc::clone(counter));
        }
        let file = visits_file(site)?;
        let (place, path) = writable(site, &file).ok()?;
        let is_json = file.ends_with(".json");
        let counter = Rc::new(Counter { attempt: site.attempt, place, path: path.into(), is_json });
        self.counters.insert((uid, name.into()), Rc::clone(&counter));
        Some(counter)
    }

    /// The sample app's count; nothing if the container does not run it.
    pub fn count(&self, site: &Site<'_>) -> Option<u64> {
        let path = visits_file(site)?;
        Some(self.read_file(site, &path).ok().and_then(|text| read_count(&text)).unwrap_or_default())
    }

    /// The files on a PersistentVolume: path and text.
    pub fn volume(&self, name: &str) -> Vec<(String, String)> {
        let files = self.places.get(&Place::Volume(name.into()));
        files
            .into_iter()
            .flat_map(|it| it.iter())
            .map(|(path, text)| (path.to_string(), text.to_string()))
            .collect()
    }

    /// Forgets what a pod held by itself: layers and emptyDirs.
    pub fn forget_pod(&mut self, uid: Uid) {
        let counters = self.counters.range(|(pod, _)| pod.cmp(&uid).then(Ordering::Greater));
        let counters = counters.map(|(key, _)| key).take_while(|(pod, _)| *pod == uid);
        for key in counters.cloned().collect::<Vec<_>>() {
            self.counters.remove(&key);
        }
        self.retain(|place| match place {
            Place::EmptyDir { pod, .. } | Place::Layer { pod, .. } => *pod != uid,
            Place::Volume(_) | Place::Node { .. } => true,
        });
    }

    /// Forgets the layers of a container's earlier runs.
    pub fn forget_layers(&mut self, uid: Uid, name: &str, newest: u32) {
        self.retain(|place| {
            !matches!(place, Place::Layer { pod, container, attempt } if *pod == uid && **container == *name && *attempt < newest)
        });
    }

    /// Forgets a PersistentVolume's data.
    pub fn forget_volume(&mut self, name: &str) {
        self.retain(|place| !matches!(place, Place::Volume(it) if **it == *name));
    }

    fn retain(&mut self, keeps: impl Fn(&Place) -> bool) {
        let gone: Vec<Place> = self.places.keys().filter(|place| !keeps(place)).cloned().collect();
        for place in gone {
            self.places.remove(&place);
        }
    }
}

/// Where the file of an absolute path is written: the place and the path in it.
fn writable(site: &Site<'_>, path: &str) -> Result<(Place, String), FileError> {
    if site.is_read_only(path) {
        return Err(FileError::ReadOnly);
    }
    match site.behind(path) {
        Behind::Fixed(..) => Err(FileError::ReadOnly),
        Behind::Data(_, inner) if inner.is_empty() => Err(FileError::IsDirectory),
        Behind::Data(place, inner) => Ok((place, inner)),
    }
}

/// Directories that every image has.
const IMAGE_PATHS: [&str; 6] = ["/bin", "/etc", "/proc", "/tmp", "/usr", "/var"];

/// Files that the kubelet gives to every container.
fn given_file(site: &Site<'_>, path: &str) -> Option<String> {
    let namespace = &site.pod.namespace;
    match path {
        "/etc/hostname" => Some(format!("{}\n", site.pod.name)),
        "/etc/resolv.conf" => Some(format!(
            "search {namespace}.svc.cluster.local svc.cluster.local cluster.local\nnameserver 10.96.0.10\noptions ndots:5\n"
        )),
        "/var/run/secrets/kubernetes.io/serviceaccount/namespace" => Some(namespace.clone()),
        _ => None,
    }
}

/// The number in a counter's file: the whole text, or the field `visits` of a JSON object.
fn read_count(text: &str) -> Option<u64> {
    if let Ok(count) = text.trim().parse() {
        return Some(count);
    }
    let json: serde_json::Value = serde_json::from_str(text.trim()).ok()?;
    json.as_u64().or_else(|| json["visits"].as_u64())
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::cluster::kubelet::{Lookup, PodSpec};

    /// Any claim is bound, and any ConfigMap holds the same.
    struct Others(Value);

    impl Lookup for Others {
        fn config(&self, kind: &str, _: &str, _: &str) -> Option<&Value> {
            (kind == "ConfigMap").then_some(&self.0)
        }

        fn volume(&self, _: &str, claim: &str) -> Option<Rc<str>> {
            Some(format!("pv-{claim}").into())
        }
    }

    fn with_site<T>(
        image: &str,
        mounts: Value,
        volumes: Value,
        uid: &str,
        attempt: u32,
        act: impl FnOnce(&Site<'_>) -> T,
    ) -> T {
        let pod = PodSpec::read(&json!({
            "metadata": {"name": "web-0", "namespace": "default", "uid": uid},
            "spec": {"containers": [{"name": "app", "image": image, "volumeMounts": mounts}], "volumes": volumes},
        }));
        let others = Others(json!({"data": {"config.json": "{}"}}));
        act(&Site { pod: &pod, container: &pod.containers[0], attempt, lookup: &others })
    }

    #[test]
    fn data_lives_where_it_is_mounted() {
        let claim = json!([{"name": "v", "persistentVolumeClaim": {"claimName": "v-web-0"}}]);
        let empty = json!([{"name": "v", "emptyDir": {}}]);
        // Volumes, and the count after: the same container, a restart, a new pod.
        for (volumes, mounts, expected) in [
            (claim, json!([{"name": "v", "mountPath": "/app/data"}]), [2, 3, 4]),
            (empty, json!([{"name": "v", "mountPath": "/app/data"}]), [2, 3, 1]),
            (json!([]), json!([]), [2, 1, 1]),
        ] {
            let mut storage = Storage::default();
            let mut counts = Vec::new();
            for (uid, attempt) in [("a", 0), ("a", 0), ("a", 1), ("b", 0)] {
                let count = with_site(
                    "x/visits/app-python:1",
                    mounts.clone(),
                    volumes.clone(),
                    uid,
                    attempt,
                    |site| storage.visit(site),
                );
                counts.push(count.expect("the app counts"));
            }
            assert_eq!(counts[1..], expected, "{volumes}");
        }
    }

    #[test]
    fn shows_config_by_sub_path() {
        let volumes = json!([{"name": "c", "configMap": {"name": "settings"}}]);
        let mounts = json!([{"name": "c", "mountPath": "/config.json", "subPath": "config.json"}]);
        with_site("nginx", mounts, volumes, "a", 0, |site| {
            let mut storage = Storage::default();
            assert_eq!(storage.read_file(site, "/config.json"), Ok("{}".to_string()));
            assert_eq!(storage.write_file(site, "/config.json", "x"), Err(FileError::ReadOnly));
            assert_eq!(storage.read_file(site, "/none"), Err(FileError::NotFound));
            assert_eq!(storage.read_file(site, "/etc/hostname"), Ok("web-0\n".to_string()));
        });
    }
}
