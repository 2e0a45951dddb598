//! The kinds of objects that the cluster stores.

/// Name, `apiVersion`, resource name, and whether objects of the kind live in a namespace.
type Row = (&'static str, &'static str, &'static str, bool);

macro_rules! kinds {
    ($($kind:ident, $version:literal, $resource:literal, $namespaced:literal;)*) => {
        /// A kind of object. The API server of the simulated cluster knows no others.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Kind { $(#[doc = concat!("`", stringify!($kind), "` of ", $version, ".")] $kind,)* }

        /// All kinds, in the order of [`Kind`].
        const ALL: &[(Kind, Row)] = &[$((Kind::$kind, (stringify!($kind), $version, $resource, $namespaced)),)*];
    };
}

kinds! {
    Pod, "v1", "pods", true;
    Service, "v1", "services", true;
    ConfigMap, "v1", "configmaps", true;
    Secret, "v1", "secrets", true;
    ServiceAccount, "v1", "serviceaccounts", true;
    PersistentVolumeClaim, "v1", "persistentvolumeclaims", true;
    PersistentVolume, "v1", "persistentvolumes", false;
    Node, "v1", "nodes", false;
    Namespace, "v1", "namespaces", false;
    LimitRange, "v1", "limitranges", true;
    ResourceQuota, "v1", "resourcequotas", true;
    Endpoints, "v1", "endpoints", true;
    StatefulSet, "apps/v1", "statefulsets", true;
    Deployment, "apps/v1", "deployments", true;
    ReplicaSet, "apps/v1", "replicasets", true;
    DaemonSet, "apps/v1", "daemonsets", true;
    ControllerRevision, "apps/v1", "controllerrevisions", true;
    Job, "batch/v1", "jobs", true;
    CronJob, "batch/v1", "cronjobs", true;
    PodDisruptionBudget, "policy/v1", "poddisruptionbudgets", true;
    HorizontalPodAutoscaler, "autoscaling/v2", "horizontalpodautoscalers", true;
    Ingress, "networking.k8s.io/v1", "ingresses", true;
    IngressClass, "networking.k8s.io/v1", "ingressclasses", false;
    NetworkPolicy, "networking.k8s.io/v1", "networkpolicies", true;
    StorageClass, "storage.k8s.io/v1", "storageclasses", false;
    PriorityClass, "scheduling.k8s.io/v1", "priorityclasses", false;
    Role, "rbac.authorization.k8s.io/v1", "roles", true;
    RoleBinding, "rbac.authorization.k8s.io/v1", "rolebindings", true;
    ClusterRole, "rbac.authorization.k8s.io/v1", "clusterroles", false;
    ClusterRoleBinding, "rbac.authorization.k8s.io/v1", "clusterrolebindings", false;
    EndpointSlice, "discovery.k8s.io/v1", "endpointslices", true;
}

impl Kind {
    /// How many kinds there are.
    pub(crate) const COUNT: usize = ALL.len();

    fn row(self) -> &'static Row {
        &ALL[self as usize].1
    }

    /// The name, as in a manifest.
    pub fn name(self) -> &'static str {
        self.row().0
    }

    /// Group and version, as in a manifest.
    pub fn api_version(self) -> &'static str {
        self.row().1
    }

    /// The group, empty for the core.
    pub fn group(self) -> &'static str {
        self.row().1.split_once('/').map_or("", |(group, _)| group)
    }

    /// The plural name in paths and messages, as in `statefulsets`.
    pub fn resource(self) -> &'static str {
        self.row().2
    }

    /// Resource and group, as messages name them: `pods`, `statefulsets.apps`.
    pub fn qualified_resource(self) -> String {
        match self.group() {
            "" => self.resource().to_owned(),
            group => format!("{}.{group}", self.resource()),
        }
    }

    /// Whether its objects live in namespaces.
    pub fn is_namespaced(self) -> bool {
        self.row().3
    }

    /// The kind of that name; `None` if the cluster has none.
    pub fn named(name: &str) -> Option<Kind> {
        ALL.iter().find(|(_, row)| row.0 == name).map(|(kind, _)| *kind)
    }

    /// Every kind.
    pub fn all() -> impl Iterator<Item = Kind> {
        ALL.iter().map(|(kind, _)| *kind)
    }
}
