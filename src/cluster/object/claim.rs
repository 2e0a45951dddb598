//! PersistentVolumeClaims.

use std::rc::Rc;

use serde_json::{Map, Value, json};

/// `status.phase` of a claim.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ClaimPhase {
    /// No volume yet.
    Pending,
    /// Has its volume.
    Bound,
    /// Its volume is gone.
    Lost,
}

impl ClaimPhase {
    /// As the API spells it.
    pub fn name(self) -> &'static str {
        match self {
            ClaimPhase::Pending => "Pending",
            ClaimPhase::Bound => "Bound",
            ClaimPhase::Lost => "Lost",
        }
    }
}

/// A claim, but for its metadata.
#[derive(Clone, Debug, PartialEq)]
pub struct Claim {
    /// As it stands in the object, without `storageClassName` and `volumeName`.
    pub spec: Rc<Value>,
    /// `spec.storageClassName`; `None` if absent.
    pub class: Option<Rc<str>>,
    /// `spec.volumeName`: the volume it is bound to.
    pub volume: Option<Rc<str>>,
    /// Phase.
    pub phase: ClaimPhase,
    /// `status.capacity.storage`.
    pub capacity: Option<Rc<str>>,
}

impl Claim {
    pub(crate) fn of(spec: &Value) -> Claim {
        let mut spec = spec.clone();
        let mut take = |field: &str| spec.as_object_mut().and_then(|map| map.remove(field));
        let (class, volume) = (take("storageClassName"), take("volumeName"));
        Claim {
            class: class.as_ref().and_then(Value::as_str).map(Rc::from),
            volume: volume.as_ref().and_then(Value::as_str).filter(|name| !name.is_empty()).map(Rc::from),
            phase: ClaimPhase::Pending,
            capacity: None,
            spec: Rc::new(spec),
        }
    }

    /// `spec.resources.requests.storage`.
    pub fn request(&self) -> &str {
        self.spec["resources"]["requests"]["storage"].as_str().unwrap_or("")
    }

    pub(crate) fn spec_value(&self) -> Value {
        let mut spec = (*self.spec).clone();
        if let Some(class) = &self.class {
            spec["storageClassName"] = Value::from(&**class);
        }
        if let Some(volume) = &self.volume {
            spec["volumeName"] = Value::from(&**volume);
        }
        spec
    }

    pub(crate) fn status_value(&self) -> Value {
        let mut map = Map::new();
        map.insert("phase".into(), Value::from(self.phase.name()));
        if let Some(capacity) = &self.capacity {
            map.insert("accessModes".into(), self.spec["accessModes"].clone());
            map.insert("capacity".into(), json!({"storage": &**capacity}));
        }
        Value::Object(map)
    }
}
