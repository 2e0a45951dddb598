//! The templates a set had: one ControllerRevision each.
//!
//! Mirrors `getStatefulSetRevisions`, `truncateHistory` and `pkg/controller/history`.

use std::collections::BTreeSet;
use std::rc::Rc;

use super::{RevisionRef, Sync};
use crate::cluster::object::{Body, Kind, Meta, Object, OwnerReference, Revision, Uid};
use crate::cluster::store::NOBODY;
use crate::cluster::{Cluster, DeleteOptions};
use crate::gather::sort_by;

/// The label that carries a revision's hash.
const HASH_LABEL: &str = "controller.kubernetes.io/hash";
/// Longest part of a set's name in the name of a revision.
const MAX_PREFIX: usize = 223;

/// The set's revisions by number, then age, then name: those it owns and those that nobody owns.
pub(super) fn list(cluster: &Cluster, set: &Object) -> Vec<Rc<Object>> {
    let mut revisions: Vec<_> = of_owner(cluster, set, set.meta.uid)
        .filter(|revision| revision.meta.controller().is_some_and(|owner| owner.uid == set.meta.uid))
        .cloned()
        .collect();
    revisions.extend(of_owner(cluster, set, NOBODY).cloned());
    if revisions.len() < 2 {
        return revisions;
    }
    sort_by(&mut revisions, |left, right| {
        // Time stamps of objects are whole seconds.
        let order = |object: &Object| (number(object), object.meta.created.0 / 1000);
        order(left).cmp(&order(right)).then_with(|| left.meta.name.cmp(&right.meta.name))
    });
    revisions
}

/// The revisions of an owner, or of nobody, that the set's selector matches.
fn of_owner<'a>(cluster: &'a Cluster, set: &'a Object, owner: Uid) -> impl Iterator<Item = &'a Rc<Object>> {
    let selector = set.as_stateful_set().map(|set| &set.spec.selector);
    cluster.store.owned(owner, Kind::ControllerRevision).filter(move |revision| {
        revision.meta.namespace == set.meta.namespace
            && selector.is_some_and(|selector| selector.matches(&revision.meta.labels))
    })
}

fn number(revision: &Object) -> i64 {
    revision.as_revision().map_or(0, |revision| revision.number)
}

/// Makes the set the owner of its revisions that nobody owns.
pub(super) fn adopt_orphans(cluster: &mut Cluster, set: &Object) {
    if set.meta.is_terminating() {
        return;
    }
    let orphans: Vec<_> = of_owner(cluster, set, NOBODY).cloned().collect();
    for revision in orphans {
        let mut revision = (*revision).clone();
        let owner = OwnerReference::controller(Kind::StatefulSet, &set.meta);
        revision.meta.owners = revision.meta.owners.iter().cloned().chain([owner]).collect();
        cluster.write(revision);
    }
}

/// The revision that pods have which are not updated, the one that updated pods have (made if it is new), and how
/// often a name was taken.
pub(super) fn current_and_update(
    cluster: &mut Cluster,
    set: &Object,
    revisions: &[Rc<Object>],
) -> (RevisionRef, RevisionRef, u32) {
    let (spec, status) = match set.as_stateful_set() {
        Some(set) => (&set.spec, &set.status),
        None => unreachable!("only StatefulSets are synced here"),
    };
    let mut collisions = status.collision_count.unwrap_or(0);
    let next = revisions.last().map_or(1, |last| number(last) + 1);
    let same = revisions
        .iter()
        .rev()
        .find(|revision| revision.as_revision().is_some_and(|revision| revision.data == spec.revision_data));
    let reference = |revision: &Object| RevisionRef {
        name: revision.meta.name.clone(),
        template: revision
            .as_revision()
            .map_or_else(|| spec.template.clone(), |revision| revision.template.clone()),
    };
    let update = match (same, revisions.last()) {
        (Some(same), Some(last)) if Rc::ptr_eq(same, last) => reference(same),
        (Some(same), _) => {
            let mut renewed = (**same).clone();
            if let Body::Revision(revision) = &mut renewed.body {
                revision.number = next;
            }
            let reference = reference(&renewed);
            cluster.write(renewed);
            reference
        }
        (None, _) => reference(&create(cluster, set, next, &mut collisions)),
    };
    let current = revisions.iter().find(|revision| revision.meta.name == status.current_revision);
    let current = current.map_or_else(|| update.clone(), |revision| reference(revision));
    (current, update, collisions)
}

/// A new revision; if its name is taken by other data, the next name.
fn create(cluster: &mut Cluster, set: &Object, number: i64, collisions: &mut u32) -> Rc<Object> {
    let Some(spec) = set.as_stateful_set().map(|set| set.spec.clone()) else {
        unreachable!("only StatefulSets are synced here")
    };
    let label = hash(&spec.revision_data, *collisions);
    loop {
        let hash = hash(&spec.revision_data, *collisions);
        let prefix: String = set.meta.name.chars().take(MAX_PREFIX).collect();
        let key = set.key().sibling(&format!("{prefix}-{hash}"));
        if let Some(taken) = cluster.store.get(Kind::ControllerRevision, &key) {
            if taken.as_revision().is_some_and(|taken| taken.data == spec.revision_data) {
                return taken.clone();
            }
            *collisions += 1;
            continue;
        }
        let mut meta = Meta::new(key);
        let mut labels = spec.template.labels.clone();
        labels.insert(HASH_LABEL.into(), label.as_str().into());
        meta.labels = Rc::new(labels);
        meta.annotations = set.meta.annotations.clone();
        meta.owners = Rc::new([OwnerReference::controller(Kind::StatefulSet, &set.meta)]);
        let revision = Revision { data: spec.revision_data.clone(), number, template: spec.template.clone() };
        let now = cluster.now;
        return cluster.store.create(Object { meta, body: Body::Revision(revision) }, now);
    }
}

/// The hash in a revision's name: FNV-1 of data and collision count, its decimal digits spelled in an alphabet
/// without vowels. Mirrors `HashControllerRevision`.
fn hash(data: &str, collisions: u32) -> String {
    const ALPHABET: &[u8] = b"bcdfghjklmnpqrstvwxz2456789";
    let count = collisions.to_string();
    let number = data
        .bytes()
        .chain(count.bytes())
        .fold(0x811c_9dc5_u32, |hash, byte| hash.wrapping_mul(0x0100_0193) ^ u32::from(byte));
    number.to_string().bytes().map(|digit| char::from(ALPHABET[digit as usize % ALPHABET.len()])).collect()
}

/// Deletes the oldest revisions that neither the set nor a pod uses, down to the limit.
pub(super) fn truncate(
    cluster: &mut Cluster,
    sync: &Sync,
    in_use: impl FnOnce() -> BTreeSet<Rc<str>>,
    revisions: &[Rc<Object>],
) {
    let limit = sync.spec.revision_history_limit;
    if revisions.len() <= limit {
        return;
    }
    let mut live = in_use();
    live.extend([sync.current.name.clone(), sync.update.name.clone()]);
    let unused: Vec<_> = revisions
        .iter()
        .filter(|revision| !live.contains(&revision.meta.name))
        .map(|revision| revision.key())
        .collect();
    for key in unused.iter().take(unused.len().saturating_sub(limit)) {
        // Someone else may have deleted it; then it is gone as it should be.
        let _ = cluster.delete_object(Kind::ControllerRevision, key, &DeleteOptions::default());
    }
}

#[cfg(test)]
mod tests {
    use super::hash;

    /// Data and name of a revision that the real controller made.
    #[test]
    fn hashes_as_the_real_controller() {
        let data = concat!(
            r#"{"spec":{"template":{"$patch":"replace","metadata":{"labels":{"app":"nginx"}},"spec":{"containers":"#,
            r#"[{"image":"nginx:1.25","imagePullPolicy":"IfNotPresent","name":"nginx","ports":[{"containerPort":80,"#,
            r#""name":"web","protocol":"TCP"}],"resources":{},"terminationMessagePath":"/dev/termination-log","#,
            r#""terminationMessagePolicy":"File","volumeMounts":[{"mountPath":"/usr/share/nginx/html","name":"www"}]"#,
            r#"}],"dnsPolicy":"ClusterFirst","restartPolicy":"Always","schedulerName":"default-scheduler","#,
            r#""securityContext":{},"terminationGracePeriodSeconds":10}}}}"#
        );
        assert_eq!(hash(data, 0), "787744f97");
    }
}
