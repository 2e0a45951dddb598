//! From a path in a container to the place where its data is.

use super::storage::Place;
use crate::cluster::kubelet::{Container, Lookup, PodSpec, VolumeSource};

/// A running container, as one sees it from inside.
pub struct Site<'a> {
    /// Its pod.
    pub pod: &'a PodSpec,
    /// The container.
    pub container: &'a Container,
    /// Which run of it.
    pub attempt: u32,
    /// Finds claims, ConfigMaps and Secrets.
    pub lookup: &'a dyn Lookup,
}

/// What is behind a path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Behind {
    /// A place and the path in it, without a slash at the start.
    Data(Place, String),
    /// Files that cannot be written: path below the mount and content; and the path asked for.
    Fixed(Vec<(String, String)>, String),
}

impl Site<'_> {
    /// An absolute path without `.`, `..` and doubled slashes, from a path as typed.
    pub(crate) fn absolute(&self, path: &str) -> String {
        let whole = if path.starts_with('/') {
            path.to_string()
        } else {
            format!("{}/{path}", super::visits::working_directory(&self.container.image))
        };
        let mut parts: Vec<&str> = Vec::new();
        for part in whole.split('/') {
            match part {
                "" | "." => {}
                ".." => _ = parts.pop(),
                part => parts.push(part),
            }
        }
        format!("/{}", parts.join("/"))
    }

    /// What is behind an absolute path: the deepest mount that covers it, else the container's own layer.
    pub(crate) fn behind(&self, path: &str) -> Behind {
        let mut best: Option<(usize, Behind)> = None;
        for mount in &self.container.mounts {
            let at = mount.path.trim_matches('/');
            let Some(rest) = below(path, at) else { continue };
            if best.as_ref().is_some_and(|(length, _)| *length >= at.len()) {
                continue;
            }
            let Some(volume) = self.pod.volumes.iter().find(|it| it.name == mount.volume) else { continue };
            let sub_path = mount.sub_path.trim_matches('/');
            let inner =
                [sub_path, rest].iter().filter(|it| !it.is_empty()).copied().collect::<Vec<_>>().join("/");
            if let Some(behind) = self.volume(&volume.name, &volume.source, inner) {
                best = Some((at.len(), behind));
            }
        }
        best.map_or_else(
            || Behind::Data(self.layer(), path.trim_start_matches('/').to_string()),
            |(_, it)| it,
        )
    }

    /// The absolute paths at which something is mounted.
    pub(crate) fn mount_points(&self) -> Vec<String> {
        self.container.mounts.iter().map(|it| mount_point(&it.path)).collect()
    }

    /// Whether something is mounted at just this absolute path.
    pub(crate) fn is_mount_point(&self, path: &str) -> bool {
        self.container.mounts.iter().any(|it| below(path, it.path.trim_matches('/')) == Some(""))
    }

    /// Whether a mount that covers an absolute path cannot be written.
    pub(crate) fn is_read_only(&self, path: &str) -> bool {
        let mut read_only = self.container.mounts.iter().filter(|it| it.read_only);
        read_only.any(|it| below(path, it.path.trim_matches('/')).is_some_and(|rest| !rest.is_empty()))
    }

    fn layer(&self) -> Place {
        Place::Layer {
            pod: self.pod.uid,
            container: self.container.name.as_str().into(),
            attempt: self.attempt,
        }
    }

    fn volume(&self, name: &str, source: &VolumeSource, inner: String) -> Option<Behind> {
        match source {
            VolumeSource::Claim { name } => {
                let volume = self.lookup.volume(&self.pod.namespace, name)?;
                Some(Behind::Data(Place::Volume(volume), inner))
            }
            VolumeSource::EmptyDir => {
                let place = Place::EmptyDir { pod: self.pod.uid, volume: name.into() };
                Some(Behind::Data(place, inner))
            }
            VolumeSource::HostPath(path) => {
                let place = Place::Node { node: self.pod.node.as_str().into(), path: path.as_str().into() };
                Some(Behind::Data(place, inner))
            }
            VolumeSource::ConfigMap { .. } | VolumeSource::Secret { .. } | VolumeSource::Projected(_) => {
                Some(Behind::Fixed(self.fixed_files(source), inner))
            }
            VolumeSource::Other => Some(Behind::Fixed(Vec::new(), inner)),
        }
    }

    fn fixed_files(&self, source: &VolumeSource) -> Vec<(String, String)> {
        let (kind, name, items) = match source {
            VolumeSource::ConfigMap { name, items, .. } => ("ConfigMap", name, items),
            VolumeSource::Secret { name, items, .. } => ("Secret", name, items),
            VolumeSource::Projected(sources) => {
                return sources.iter().flat_map(|it| self.fixed_files(it)).collect();
            }
            _ => return Vec::new(),
        };
        let Some(object) = self.lookup.config(kind, &self.pod.namespace, name) else { return Vec::new() };
        let mut files = Vec::new();
        let plain = |text: &str| text.to_string();
        let decoded = |text: &str| decode_base64(text).unwrap_or_default();
        let data: fn(&str) -> String = if kind == "Secret" { decoded } else { plain };
        for (field, read) in
            [("data", data), ("stringData", plain as fn(&str) -> String), ("binaryData", decoded)]
        {
            for (key, value) in object[field].as_object().into_iter().flatten() {
                files.push((key.clone(), read(value.as_str().unwrap_or_default())));
            }
        }
        if items.is_empty() {
            return files;
        }
        let chosen = items.iter().filter_map(|(key, path)| {
            let content = files.iter().find(|it| it.0 == *key)?.1.clone();
            Some((path.trim_matches('/').to_string(), content))
        });
        chosen.collect()
    }
}

/// A mount's path: the kubelet takes a relative one from the root.
fn mount_point(path: &str) -> String {
    format!("/{}", path.trim_matches('/'))
}

/// The rest of an absolute path below a directory, which stands without slashes at its ends; nothing if it is not below
/// it, empty for the directory itself.
fn below<'a>(path: &'a str, directory: &str) -> Option<&'a str> {
    let path = path.trim_start_matches('/');
    if directory.is_empty() {
        return Some(path);
    }
    let rest = path.strip_prefix(directory)?;
    if rest.is_empty() { Some("") } else { rest.strip_prefix('/') }
}

/// The text of a Secret's value; nothing if it is not base64 or not text.
fn decode_base64(text: &str) -> Option<String> {
    let mut bytes = Vec::new();
    let (mut bits, mut count) = (0u32, 0);
    for byte in text.bytes().filter(|it| !it.is_ascii_whitespace() && *it != b'=') {
        let value = match byte {
            b'A'..=b'Z' => byte - b'A',
            b'a'..=b'z' => byte - b'a' + 26,
            b'0'..=b'9' => byte - b'0' + 52,
            b'+' => 62,
            b'/' => 63,
            _ => return None,
        };
        bits = bits << 6 | u32::from(value);
        count += 6;
        if count >= 8 {
            count -= 8;
            bytes.push((bits >> count) as u8);
        }
    }
    String::from_utf8(bytes).ok()
}
