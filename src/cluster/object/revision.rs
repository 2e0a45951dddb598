//! ControllerRevisions: the templates that a StatefulSet had.

use std::rc::Rc;

use serde_json::{Value, json};

use super::pod::PodTemplate;

/// A ControllerRevision, but for its metadata.
#[derive(Clone, Debug, PartialEq)]
pub struct Revision {
    /// The patch that restores the template, as text with sorted keys.
    pub data: Rc<str>,
    /// Its number: the newest has the highest.
    pub number: i64,
    /// The template that `data` restores.
    pub template: Rc<PodTemplate>,
}

impl Revision {
    pub(crate) fn of(value: &Value) -> Revision {
        Revision {
            data: value["data"].to_string().into(),
            number: value["revision"].as_i64().unwrap_or(0),
            template: Rc::new(PodTemplate::of(&value["data"]["spec"]["template"])),
        }
    }

    /// `data` and `revision` as the API shows them.
    pub(crate) fn fields(&self) -> Value {
        let data: Value = serde_json::from_str(&self.data).unwrap_or(Value::Null);
        json!({"data": data, "revision": self.number})
    }
}
