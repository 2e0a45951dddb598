//! `.Capabilities`: what the cluster offers.

use crate::chart::release::Release;
use crate::chart::version::KubeVersion;
use crate::template::Value;
use crate::template::function::{Context, Error, Function, Type};
use crate::template::value::{List, ListType, Named, Object};

/// The version of Helm that this engine follows.
const HELM_VERSION: &str = "v4.2.4";
/// The version of Go that this Helm was built with.
const GO_VERSION: &str = "go1.27.3";

/// What Helm 4.2.4 knows without a cluster.
const API_VERSIONS: [&str; 55] = [
    "v1",
    "admissionregistration.k8s.io/v1",
    "admissionregistration.k8s.io/v1alpha1",
    "admissionregistration.k8s.io/v1beta1",
    "internal.apiserver.k8s.io/v1alpha1",
    "apps/v1",
    "apps/v1beta1",
    "apps/v1beta2",
    "authentication.k8s.io/v1",
    "authentication.k8s.io/v1alpha1",
    "authentication.k8s.io/v1beta1",
    "authorization.k8s.io/v1",
    "authorization.k8s.io/v1beta1",
    "autoscaling/v1",
    "autoscaling/v2",
    "batch/v1",
    "batch/v1beta1",
    "certificates.k8s.io/v1",
    "certificates.k8s.io/v1beta1",
    "certificates.k8s.io/v1alpha1",
    "coordination.k8s.io/v1alpha2",
    "coordination.k8s.io/v1beta1",
    "coordination.k8s.io/v1",
    "discovery.k8s.io/v1",
    "discovery.k8s.io/v1beta1",
    "events.k8s.io/v1",
    "events.k8s.io/v1beta1",
    "extensions/v1beta1",
    "flowcontrol.apiserver.k8s.io/v1",
    "flowcontrol.apiserver.k8s.io/v1beta1",
    "flowcontrol.apiserver.k8s.io/v1beta2",
    "flowcontrol.apiserver.k8s.io/v1beta3",
    "networking.k8s.io/v1",
    "networking.k8s.io/v1beta1",
    "node.k8s.io/v1",
    "node.k8s.io/v1alpha1",
    "node.k8s.io/v1beta1",
    "policy/v1",
    "policy/v1beta1",
    "rbac.authorization.k8s.io/v1",
    "rbac.authorization.k8s.io/v1beta1",
    "rbac.authorization.k8s.io/v1alpha1",
    "resource.k8s.io/v1",
    "resource.k8s.io/v1beta2",
    "resource.k8s.io/v1beta1",
    "resource.k8s.io/v1alpha3",
    "scheduling.k8s.io/v1alpha2",
    "scheduling.k8s.io/v1beta1",
    "scheduling.k8s.io/v1",
    "storage.k8s.io/v1beta1",
    "storage.k8s.io/v1",
    "storage.k8s.io/v1alpha1",
    "storagemigration.k8s.io/v1beta1",
    "apiextensions.k8s.io/v1beta1",
    "apiextensions.k8s.io/v1",
];

static VERSION_SET: Named = Named {
    name: "common.VersionSet",
    element: "string",
    zero: None,
    methods: &[Function::new("Has", &[Type::Any, Type::String], has)],
};

/// `.Capabilities` of a release.
pub(crate) fn capabilities(release: &Release) -> Value {
    let versions = API_VERSIONS.into_iter().chain(release.api_versions.iter().map(String::as_str));
    let versions = List::new(ListType::Named(&VERSION_SET), versions.map(Value::from).collect());
    Value::object(Capabilities {
        kube_version: Value::object(Kubernetes(release.kube_version.clone())),
        api_versions: Value::List(versions),
        helm_version: Value::object(BuildInfo),
    })
}

struct Capabilities {
    kube_version: Value,
    api_versions: Value,
    helm_version: Value,
}

impl Object for Capabilities {
    fn type_name(&self) -> &str {
        "*common.Capabilities"
    }

    fn field(&self, name: &str) -> Option<Value> {
        match name {
            "KubeVersion" => Some(self.kube_version.clone()),
            "APIVersions" => Some(self.api_versions.clone()),
            "HelmVersion" => Some(self.helm_version.clone()),
            _ => None,
        }
    }

    fn fields(&self) -> Vec<(&'static str, Value)> {
        ["KubeVersion", "APIVersions", "HelmVersion"]
            .into_iter()
            .filter_map(|name| Some((name, self.field(name)?)))
            .collect()
    }
}

struct Kubernetes(KubeVersion);

impl Object for Kubernetes {
    fn type_name(&self) -> &str {
        "common.KubeVersion"
    }

    fn field(&self, name: &str) -> Option<Value> {
        let KubeVersion { version, major, minor, .. } = &self.0;
        match name {
            "Version" => Some(Value::from(version.as_str())),
            "Major" => Some(Value::from(major.as_str())),
            "Minor" => Some(Value::from(minor.as_str())),
            _ => None,
        }
    }

    fn fields(&self) -> Vec<(&'static str, Value)> {
        ["Version", "Major", "Minor"].into_iter().filter_map(|name| Some((name, self.field(name)?))).collect()
    }

    fn methods(&self) -> &'static [Function] {
        const METHODS: &[Function] = &[
            Function::new("GitVersion", &[Type::Any], git_version),
            Function::new("String", &[Type::Any], string),
        ];
        METHODS
    }

    fn display(&self) -> Option<String> {
        Some(self.0.normalized.clone())
    }
}

fn git_version(_: &mut Context<'_>, arguments: &[Value]) -> Result<Value, Error> {
    let version = arguments.first().and_then(Value::downcast::<Kubernetes>);
    Ok(version.map_or(Value::Nil, |version| Value::from(version.0.version.as_str())))
}

fn string(_: &mut Context<'_>, arguments: &[Value]) -> Result<Value, Error> {
    let version = arguments.first().and_then(Value::downcast::<Kubernetes>);
    Ok(version.map_or(Value::Nil, |version| Value::from(version.0.normalized.as_str())))
}

fn has(context: &mut Context<'_>, arguments: &[Value]) -> Result<Value, Error> {
    let [Value::List(versions), wanted] = arguments else { return Ok(Value::Bool(false)) };
    context.charge(versions.len() as u64)?;
    Ok(Value::Bool(versions.iter().any(|version| version.as_str() == wanted.as_str())))
}

struct BuildInfo;

impl Object for BuildInfo {
    fn type_name(&self) -> &str {
        "version.BuildInfo"
    }

    fn field(&self, name: &str) -> Option<Value> {
        self.fields().into_iter().find(|(field, _)| *field == name).map(|(_, value)| value)
    }

    fn fields(&self) -> Vec<(&'static str, Value)> {
        vec![
            ("Version", Value::from(HELM_VERSION)),
            ("GitCommit", Value::from("")),
            ("GitTreeState", Value::from("")),
            ("GoVersion", Value::from(GO_VERSION)),
            ("KubeClientVersion", Value::from("v1.36")),
        ]
    }
}
