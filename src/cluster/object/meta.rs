//! What every object has: name, identity, versions, labels, owners, finalizers, deletion.

use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::fmt;
use std::rc::Rc;

use serde_json::{Map, Value, json};

use super::Kind;
use crate::cluster::time::Instant;
use crate::gather::Gather;

/// Labels or annotations.
pub type Labels = BTreeMap<Rc<str>, Rc<str>>;

/// Namespace (empty for objects of the whole cluster) and name: what tells objects of one kind apart.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Key {
    /// The namespace, or empty.
    pub namespace: Rc<str>,
    /// The name.
    pub name: Rc<str>,
}

impl Key {
    /// The key of a name in a namespace.
    pub fn new(namespace: &str, name: &str) -> Key {
        Key { namespace: namespace.into(), name: name.into() }
    }

    /// How this key stands to that of a name in a namespace. Keys are compared more often than anything else is done
    /// with them, and most share the very text of their namespace, which then needs no look.
    pub(crate) fn order(&self, namespace: &str, name: &str) -> Ordering {
        let namespaces = if std::ptr::eq(&*self.namespace, namespace) {
            Ordering::Equal
        } else {
            (*self.namespace).cmp(namespace)
        };
        namespaces.then_with(|| (*self.name).cmp(name))
    }

    /// The key of another name in the same namespace.
    pub(crate) fn sibling(&self, name: &str) -> Key {
        Key { namespace: self.namespace.clone(), name: name.into() }
    }
}

impl Ord for Key {
    fn cmp(&self, other: &Key) -> Ordering {
        self.order(&other.namespace, &other.name)
    }
}

impl PartialOrd for Key {
    fn partial_cmp(&self, other: &Key) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// The identity of one object for all time: another object of the same name has another.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Uid(pub u64);

impl Uid {
    /// Reads an identity as [`Uid`] prints it; any other text gives some identity that no object has.
    pub fn parse(text: &str) -> Uid {
        let number = text.rsplit('-').next().and_then(|tail| u64::from_str_radix(tail, 16).ok());
        match number {
            Some(number) if Uid(number).to_string() == text => Uid(number),
            _ => {
                Uid(u64::MAX
                    - text.bytes().fold(7, |sum: u64, byte| (sum * 31 + u64::from(byte)) % (1 << 40)))
            }
        }
    }
}

/// In the shape of a random UUID; the last group counts.
impl fmt::Display for Uid {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut mixed = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        let groups = [
            (mixed >> 32, 8),
            (mixed >> 16 & 0xffff, 4),
            (mixed >> 4 & 0xfff | 0x4000, 4),
            (mixed >> 2 & 0x3fff | 0x8000, 4),
            (self.0, if self.0 >> 48 == 0 { 12 } else { 16 }),
        ];
        // Identities are spelled often: digit by digit is quicker than what the formatter does for padding.
        let mut text = String::with_capacity(36);
        for (place, (number, digits)) in groups.into_iter().enumerate() {
            if place > 0 {
                text.push('-');
            }
            for digit in (0..digits).rev() {
                text.push(char::from(b"0123456789abcdef"[(number >> (4 * digit)) as usize & 0xf]));
            }
        }
        formatter.write_str(&text)
    }
}

/// One owner of an object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OwnerReference {
    /// Group and version of the owner.
    pub api_version: Rc<str>,
    /// Kind of the owner.
    pub kind: Rc<str>,
    /// Name of the owner.
    pub name: Rc<str>,
    /// Identity of the owner.
    pub uid: Uid,
    /// Whether the owner manages the object.
    pub controller: Option<bool>,
    /// Whether a foreground deletion of the owner waits for the object.
    pub block_owner_deletion: Option<bool>,
}

impl OwnerReference {
    /// The reference of a managing controller, as `metav1.NewControllerRef` makes it.
    pub(crate) fn controller(kind: Kind, meta: &Meta) -> OwnerReference {
        OwnerReference {
            api_version: kind.api_version().into(),
            kind: kind.name().into(),
            name: meta.name.clone(),
            uid: meta.uid,
            controller: Some(true),
            block_owner_deletion: Some(true),
        }
    }

    pub(crate) fn is_controller(&self) -> bool {
        self.controller == Some(true)
    }

    fn from_value(value: &Value) -> OwnerReference {
        let text = |field: &str| value[field].as_str().unwrap_or("").into();
        OwnerReference {
            api_version: text("apiVersion"),
            kind: text("kind"),
            name: text("name"),
            uid: Uid::parse(value["uid"].as_str().unwrap_or("")),
            controller: value["controller"].as_bool(),
            block_owner_deletion: value["blockOwnerDeletion"].as_bool(),
        }
    }

    fn to_value(&self) -> Value {
        let mut value = json!({
            "apiVersion": &*self.api_version, "kind": &*self.kind, "name": &*self.name,
            "uid": self.uid.to_string(),
        });
        if let Some(controller) = self.controller {
            value["controller"] = controller.into();
        }
        if let Some(block) = self.block_owner_deletion {
            value["blockOwnerDeletion"] = block.into();
        }
        value
    }
}

/// That an object is being deleted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Deletion {
    /// `deletionTimestamp`: when the grace period ends.
    pub at: Instant,
    /// `deletionGracePeriodSeconds`.
    pub grace: u64,
}

/// The metadata of an object.
#[derive(Clone, Debug, PartialEq)]
pub struct Meta {
    /// Name, unique for kind and namespace.
    pub name: Rc<str>,
    /// Namespace, empty for objects of the whole cluster.
    pub namespace: Rc<str>,
    /// Identity.
    pub uid: Uid,
    /// Rises with every write.
    pub resource_version: u64,
    /// Rises with every change of what is wanted; 0 for kinds that do not count it.
    pub generation: u64,
    /// 1 for the first object of its kind and name, 2 for the second. Not part of the API.
    pub incarnation: u32,
    /// When it was created.
    pub created: Instant,
    /// Whether and when it is being deleted.
    pub deletion: Option<Deletion>,
    /// Labels.
    pub labels: Rc<Labels>,
    /// Annotations.
    pub annotations: Rc<Labels>,
    /// Owners.
    pub owners: Rc<[OwnerReference]>,
    /// What must be done before it may vanish.
    pub finalizers: Rc<[Rc<str>]>,
    /// Who manages which fields, for objects that were applied on the server's side. `kubectl` does not show it.
    pub managed: Option<Rc<Value>>,
}

impl Meta {
    /// The metadata of a new object; the store fills identity and versions in.
    pub(crate) fn new(key: Key) -> Meta {
        Meta {
            name: key.name,
            namespace: key.namespace,
            uid: Uid(0),
            resource_version: 0,
            generation: 0,
            incarnation: 0,
            created: Instant(0),
            deletion: None,
            labels: Rc::default(),
            annotations: Rc::default(),
            owners: Rc::new([]),
            finalizers: Rc::new([]),
            managed: None,
        }
    }

    /// Namespace and name.
    pub fn key(&self) -> Key {
        Key { namespace: self.namespace.clone(), name: self.name.clone() }
    }

    /// Whether it is being deleted.
    pub fn is_terminating(&self) -> bool {
        self.deletion.is_some()
    }

    /// The owner that manages it.
    pub fn controller(&self) -> Option<&OwnerReference> {
        self.owners.iter().find(|owner| owner.is_controller())
    }

    /// The value of a label.
    pub fn label(&self, name: &str) -> Option<&str> {
        self.labels.get(name).map(|value| &**value)
    }

    pub(crate) fn has_finalizer(&self, name: &str) -> bool {
        self.finalizers.iter().any(|finalizer| &**finalizer == name)
    }

    pub(crate) fn remove_finalizer(&mut self, name: &str) {
        self.finalizers = self.finalizers.iter().filter(|finalizer| &***finalizer != name).cloned().collect();
    }

    pub(crate) fn add_finalizer(&mut self, name: &str) {
        if !self.has_finalizer(name) {
            self.finalizers = self.finalizers.iter().cloned().chain([name.into()]).collect();
        }
    }

    /// What a client may say about metadata; the rest is the server's.
    pub(crate) fn from_value(value: &Value, namespaced: bool) -> Meta {
        let namespace = if namespaced { value["namespace"].as_str().unwrap_or("default") } else { "" };
        let mut meta = Meta::new(Key::new(namespace, value["name"].as_str().unwrap_or("")));
        meta.labels = Rc::new(labels_from(&value["labels"]));
        meta.annotations = Rc::new(labels_from(&value["annotations"]));
        let list = |field: &str| value[field].as_array().cloned().unwrap_or_default();
        meta.owners = list("ownerReferences").iter().map(OwnerReference::from_value).collect();
        meta.finalizers = list("finalizers").iter().filter_map(Value::as_str).map(Rc::from).collect();
        meta
    }

    /// As the API shows it.
    pub(crate) fn to_value(&self) -> Value {
        let mut map = Map::new();
        map.insert("name".into(), Value::from(&*self.name));
        if !self.namespace.is_empty() {
            map.insert("namespace".into(), Value::from(&*self.namespace));
        }
        map.insert("uid".into(), Value::from(self.uid.to_string()));
        map.insert("resourceVersion".into(), Value::from(self.resource_version.to_string()));
        if self.generation > 0 {
            map.insert("generation".into(), Value::from(self.generation));
        }
        map.insert("creationTimestamp".into(), Value::from(self.created.to_string()));
        if let Some(deletion) = self.deletion {
            map.insert("deletionTimestamp".into(), Value::from(deletion.at.to_string()));
            map.insert("deletionGracePeriodSeconds".into(), Value::from(deletion.grace));
        }
        for (field, labels) in [("labels", &self.labels), ("annotations", &self.annotations)] {
            if !labels.is_empty() {
                map.insert(field.into(), labels_to(labels));
            }
        }
        if !self.owners.is_empty() {
            let owners: Vec<_> = self.owners.iter().map(OwnerReference::to_value).collect();
            map.insert("ownerReferences".into(), Value::from(owners));
        }
        if !self.finalizers.is_empty() {
            let finalizers: Vec<_> = self.finalizers.iter().map(|name| Value::from(&**name)).collect();
            map.insert("finalizers".into(), Value::from(finalizers));
        }
        Value::Object(map)
    }
}

/// Labels of a JSON map; what is no text is left out.
pub(crate) fn labels_from(value: &Value) -> Labels {
    let pairs = value.as_object().into_iter().flatten();
    pairs.filter_map(|(key, value)| Some((key.as_str().into(), value.as_str()?.into()))).gather()
}

pub(crate) fn labels_to(labels: &Labels) -> Value {
    Value::Object(labels.iter().map(|(key, value)| (key.to_string(), Value::from(&**value))).gather())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn identities_survive_text() {
        for number in [1, 77, 1 << 33, u64::MAX - 9] {
            assert_eq!(Uid::parse(&Uid(number).to_string()), Uid(number));
        }
        assert_ne!(Uid::parse("00000001"), Uid(1));
        assert_eq!(Uid(1).to_string().len(), 36);
    }
}
