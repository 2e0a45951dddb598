//! The data of all volumes and containers.

use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::rc::Rc;

use super::mounts::{Behind, Site};
use super::visits::visits_file;
use crate::cluster::kubelet::Millis;
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

/// By path. The sample app writes no other files than its counters.
type Files = BTreeMap<Rc<str>, Count>;

/// What a counter's file holds.
#[derive(Debug, Clone)]
struct Count {
    /// Visits so far, without those of `visitors`.
    so_far: u64,
    /// Whether it is written as a field of a JSON object, or as a plain number.
    is_json: bool,
    visitors: Vec<Visitor>,
}

/// Visits in regular turns, as probes make them: counted from the time, not one by one.
#[derive(Debug, Clone)]
struct Visitor {
    pod: Uid,
    first: Millis,
    period: Millis,
}

impl Visitor {
    fn visits(&self, until: Millis) -> u64 {
        until.checked_sub(self.first).map_or(0, |late| late / self.period + 1)
    }
}

impl Count {
    fn at(&self, now: Millis) -> u64 {
        self.so_far + self.visitors.iter().map(|it| it.visits(now)).sum::<u64>()
    }

    fn text(&self, now: Millis) -> String {
        let count = self.at(now);
        if self.is_json { format!("{{\"visits\": {count}}}") } else { count.to_string() }
    }
}

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
    /// A file's text at `now`.
    ///
    /// # Errors
    /// If there is no such file, or it is a directory.
    pub fn read_file(&self, site: &Site<'_>, path: &str, now: Millis) -> Result<String, FileError> {
        let path = site.absolute(path);
        if let Some(text) = given_file(site, &path) {
            return Ok(text);
        }
        let found = match site.behind(&path) {
            Behind::Data(place, inner) => {
                self.places.get(&place).and_then(|files| files.get(&*inner)).map(|it| it.text(now))
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

    /// Serves one visit of the sample app at `now`: its counter goes up by one. The new count, or nothing if the
    /// container does not run the app or its file cannot be written.
    pub fn visit(&mut self, site: &Site<'_>, now: Millis) -> Option<u64> {
        let counter = self.counter(site)?;
        let count = self.count_mut(&counter);
        count.so_far += 1;
        Some(count.at(now))
    }

    /// From now on one visit at `first` and each `period` milliseconds (at least 1) after it, until
    /// [`Storage::end_visits`].
    pub fn visit_regularly(&mut self, site: &Site<'_>, first: Millis, period: Millis) {
        let pod = site.pod.uid;
        if let Some(counter) = self.counter(site) {
            self.count_mut(&counter).visitors.push(Visitor { pod, first, period: period.max(1) });
        }
    }

    /// Ends all regular visits to a pod; `until` was the last moment of them.
    pub fn end_visits(&mut self, pod: Uid, until: Millis) {
        let counters: Vec<_> = self.counters_of(pod).map(|(_, counter)| Rc::clone(counter)).collect();
        for counter in counters {
            let Some(files) = self.places.get_mut(&counter.place).map(Rc::make_mut) else { continue };
            let Some(count) = files.get_mut(&counter.path) else { continue };
            let ended = count.visitors.iter().filter(|it| it.pod == pod).map(|it| it.visits(until));
            count.so_far += ended.sum::<u64>();
            count.visitors.retain(|it| it.pod != pod);
        }
    }

    /// What a counter's file holds; the file is made if there is none.
    fn count_mut(&mut self, counter: &Counter) -> &mut Count {
        if !self.places.contains(&counter.place) {
            self.places.insert(counter.place.clone(), Rc::default());
        }
        let files = self.places.get_mut(&counter.place).expect("it was put there");
        let new = || Count { so_far: 0, is_json: counter.is_json, visitors: Vec::new() };
        Rc::make_mut(files).entry(Rc::clone(&counter.path)).or_insert_with(new)
    }

    fn counters_of(&self, pod: Uid) -> impl Iterator<Item = (&(Uid, Rc<str>), &Rc<Counter>)> {
        let from = self.counters.range(move |(other, _)| other.cmp(&pod).then(Ordering::Greater));
        from.take_while(move |((other, _), _)| *other == pod)
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

    /// The sample app's count at `now`; nothing if the container does not run it.
    pub fn count(&self, site: &Site<'_>, now: Millis) -> Option<u64> {
        let path = visits_file(site)?;
        let Behind::Data(place, inner) = site.behind(&path) else { return Some(0) };
        let found = self.places.get(&place).and_then(|files| files.get(&*inner));
        Some(found.map_or(0, |it| it.at(now)))
    }

    /// The files on a PersistentVolume at `now`: path and text.
    pub fn volume(&self, name: &str, now: Millis) -> Vec<(String, String)> {
        let files = self.places.get(&Place::Volume(name.into()));
        files
            .into_iter()
            .flat_map(|it| it.iter())
            .map(|(path, count)| (path.to_string(), count.text(now)))
            .collect()
    }

    /// Forgets what a pod held by itself: layers and emptyDirs.
    pub fn forget_pod(&mut self, uid: Uid) {
        for key in self.counters_of(uid).map(|(key, _)| key.clone()).collect::<Vec<_>>() {
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
                    |site| storage.visit(site, 0),
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
            let storage = Storage::default();
            assert_eq!(storage.read_file(site, "/config.json", 0), Ok("{}".to_string()));
            assert_eq!(writable(site, "/config.json"), Err(FileError::ReadOnly));
            assert_eq!(storage.read_file(site, "/none", 0), Err(FileError::NotFound));
            assert_eq!(storage.read_file(site, "/etc/hostname", 0), Ok("web-0\n".to_string()));
        });
    }

    #[test]
    fn counts_regular_visits_from_the_time() {
        let mut storage = Storage::default();
        with_site("x/visits/app-go:1", json!([]), json!([]), "a", 0, |site| {
            storage.visit_regularly(site, 1_000, 500);
            // The time, and the count then; the visit in between is one more.
            for (now, expected) in [(0, 0), (999, 0), (1_000, 1), (1_499, 1), (1_500, 2)] {
                assert_eq!(storage.count(site, now), Some(expected), "at {now}");
            }
            assert_eq!(storage.visit(site, 1_500), Some(3));
            assert_eq!(
                storage.read_file(site, "/data/visits.json", 2_000),
                Ok("{\"visits\": 4}".to_string())
            );
            storage.end_visits(site.pod.uid, 2_600);
            assert_eq!(storage.count(site, 9_000), Some(5));
        });
    }
}
