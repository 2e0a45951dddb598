//! `.Capabilities`: what the cluster and Helm are able to.

use crate::template::function::{Error, Function, Type};
use crate::template::value::{Kind, List, ListType, Named, Object, Value};

/// The Kubernetes version that a rendering is for.
#[derive(Clone, Debug)]
pub struct KubeVersion {
    /// As given, with a `v`: `v1.36.0`, `v1.31.2+k3s1`.
    pub version: String,
    /// Without what a vendor adds: `v1.31.2`.
    pub normalized: String,
    /// `1`.
    pub major: String,
    /// `36`.
    pub minor: String,
}

/// `.Capabilities` itself.
#[derive(Clone)]
pub struct Capabilities {
    kube_version: Value,
    api_versions: Value,
    helm_version: Value,
}

/// The value of `.Capabilities` for a Kubernetes version, the API versions it serves (with and without kinds), and
/// the version of Helm that the engine follows.
pub fn capabilities<T: AsRef<str>>(version: KubeVersion, api_versions: impl IntoIterator<Item = T>) -> Value {
    let names = api_versions.into_iter().map(|name| name.as_ref().into()).collect();
    Value::object(Capabilities {
        kube_version: Value::object(version),
        api_versions: Value::List(List::new(ListType::Named(&VERSIONS), names)),
        helm_version: Value::object(HelmVersion),
    })
}

impl Object for Capabilities {
    fn type_name(&self) -> &str {
        "*common.Capabilities"
    }

    fn field(&self, name: &str) -> Option<Value> {
        self.fields().into_iter().find(|(field, _)| *field == name).map(|(_, value)| value)
    }

    fn fields(&self) -> Vec<(&'static str, Value)> {
        vec![
            ("KubeVersion", self.kube_version.clone()),
            ("APIVersions", self.api_versions.clone()),
            ("HelmVersion", self.helm_version.clone()),
        ]
    }
}

static KUBE_VERSION_METHODS: &[Function] = &[
    Function::new("GitVersion", &[Type::Any], |_, a| {
        Ok(a[0].downcast::<KubeVersion>().map_or("", |version| &version.version).into())
    }),
    Function::new("String", &[Type::Any], |_, a| {
        Ok(a[0].downcast::<KubeVersion>().map_or("", |version| &version.normalized).into())
    }),
];

/// The field that Go keeps to itself, but prints.
const HIDDEN: &str = "normalizedVersion";

impl Object for KubeVersion {
    fn type_name(&self) -> &str {
        "common.KubeVersion"
    }

    fn field(&self, name: &str) -> Option<Value> {
        let found = self.fields().into_iter().find(|(field, _)| *field == name && name != HIDDEN);
        found.map(|(_, value)| value)
    }

    fn fields(&self) -> Vec<(&'static str, Value)> {
        vec![
            ("Version", self.version.as_str().into()),
            (HIDDEN, self.normalized.as_str().into()),
            ("Major", self.major.as_str().into()),
            ("Minor", self.minor.as_str().into()),
        ]
    }

    fn methods(&self) -> &'static [Function] {
        KUBE_VERSION_METHODS
    }

    fn printed(&self) -> Option<String> {
        Some(self.normalized.clone())
    }

    fn encoded(&self) -> Value {
        Value::map(self.fields().into_iter().filter(|(name, _)| *name != HIDDEN))
    }
}

/// Helm's own version.
struct HelmVersion;

impl Object for HelmVersion {
    fn type_name(&self) -> &str {
        "version.BuildInfo"
    }

    fn kind(&self) -> Kind {
        Kind::Struct
    }

    fn field(&self, name: &str) -> Option<Value> {
        self.fields().into_iter().find(|(field, _)| *field == name).map(|(_, value)| value)
    }

    fn fields(&self) -> Vec<(&'static str, Value)> {
        vec![
            ("Version", "v4.2.4".into()),
            ("GitCommit", "".into()),
            ("GitTreeState", "".into()),
            ("GoVersion", "go1.27.3".into()),
            ("KubeClientVersion", "v1.36".into()),
        ]
    }

    fn encoded(&self) -> Value {
        Value::map([
            ("version", Value::from("v4.2.4")),
            ("go_version", "go1.27.3".into()),
            ("kube_client_version", "v1.36".into()),
        ])
    }
}

/// The API versions of a cluster: a `[]string` that knows what it holds.
static VERSIONS: Named =
    Named { name: "common.VersionSet", element: "string", zero: None, methods: VERSIONS_METHODS };

const VERSIONS_METHODS: &[Function] =
    &[Function::new("Has", &[Type::Named("common.VersionSet"), Type::String], |_, a| has(a))];

fn has(a: &[Value]) -> Result<Value, Error> {
    let wanted = a[1].text();
    let found = a[0].as_list().is_some_and(|list| list.iter().any(|name| name.as_str() == Some(&*wanted)));
    Ok(found.into())
}
