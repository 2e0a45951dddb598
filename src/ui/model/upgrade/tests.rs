use super::*;
use crate::session::Session;

const SET: &str = "\
apiVersion: apps/v1
kind: StatefulSet
metadata: {name: web}
spec:
  serviceName: web
  replicas: 3
  selector: {matchLabels: {app: web}}
  updateStrategy: {type: RollingUpdate, rollingUpdate: {partition: 0}}
  template:
    metadata: {labels: {app: web}}
    spec:
      containers:
      - {name: app, image: 'app:1', readinessProbe: {httpGet: {port: 80}}}
  volumeClaimTemplates:
  - metadata: {name: data}
    spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Gi}}}
";
const SERVICE: &str = "---
apiVersion: v1
kind: Service
metadata: {name: web}
spec: {clusterIP: None, selector: {app: web}}
";

fn apply(manifest: String) -> Action {
    Action::Apply {
        release: "r".to_owned(),
        namespace: "default".to_owned(),
        manifest,
        hooks: Vec::new(),
        force_conflicts: false,
    }
}

fn lines(upgrade: &Upgrade) -> Vec<String> {
    let mut lines: Vec<String> = upgrade.refusal.iter().chain(&upgrade.failure).cloned().collect();
    for object in &upgrade.objects {
        lines.push(format!("{} {:?}", object.key.kubectl_name(), object.fate));
        lines.extend(object.fields.iter().map(|it| {
            let word = |side: &Option<String>| side.clone().unwrap_or_else(|| "none".to_owned());
            format!("  {}: {} → {}", it.path, word(&it.old), word(&it.new))
        }));
    }
    for set in &upgrade.sets {
        lines.extend(set.steps.iter().map(|step| format!("{} {}", step.name, step.what)));
        lines.extend(set.stays.iter().cloned());
        let end = if set.is_done { "done" } else { set.end.split(": ").nth(1).unwrap_or_default() };
        lines.push(end.to_owned());
    }
    lines
}

/// Applies the set, lets `before` happen, and previews the set with one change of its text.
fn check(before: &[Action], from: &str, to: &str, expect: &[&str]) {
    let mut session = Session::new(3);
    session.act(apply(format!("{SET}{SERVICE}")));
    session.advance(Duration::seconds(120));
    for action in before {
        assert_eq!(session.act(action.clone()).refusals, Vec::<String>::new());
        session.advance(Duration::seconds(120));
    }
    let manifest = format!("{SET}{SERVICE}").replacen(from, to, 1);
    let before = session.world().cluster.resource_version();
    let found = upgrade(session.world(), &apply(manifest)).expect("it is applied");
    assert_eq!(lines(&found), expect, "{to}");
    assert_eq!(session.world().cluster.resource_version(), before, "the world is as it was");
}

#[test]
fn documents_are_counted_without_trying() {
    let (a, b) =
        ("---\n# Source: x\nkind: A\nmetadata:\n  name: a\n", "kind: B\nmetadata:\n  name: b\nx: 1\n");
    let both = format!("{a}---\n{b}");
    assert_eq!(changed_documents("", &both), 2);
    assert_eq!(changed_documents(&both, &both), 0);
    assert_eq!(changed_documents(&both, &both.replace("x: 1", "x: 2")), 1);
    assert_eq!(changed_documents(&both, a), 1);
}

#[test]
fn an_install_creates_everything_in_order() {
    let session = Session::new(3);
    let found = upgrade(session.world(), &apply(format!("{SET}{SERVICE}"))).expect("it is applied");
    let expect = [
        "sts/web Created",
        "service/web Created",
        "web-0 is created",
        "web-1 is created",
        "web-2 is created",
        "done",
    ];
    assert_eq!(lines(&found), expect);
    assert!(found.is_install);
}

#[test]
fn a_rollout_restarts_pods_from_the_highest() {
    let image = "  spec.template.spec.containers[0].image: app:1 → app:2";
    check(&[], "no", "no", &["sts/web Unchanged", "service/web Unchanged"]);
    check(
        &[],
        "app:1",
        "app:2",
        &[
            "sts/web Changed",
            image,
            "service/web Unchanged",
            "web-2 restarts",
            "web-1 restarts",
            "web-0 restarts",
            "done",
        ],
    );
    check(
        &[],
        "replicas: 3",
        "replicas: 1",
        &[
            "sts/web Changed",
            "  spec.replicas: 3 → 1",
            "service/web Unchanged",
            "web-2 is deleted",
            "web-1 is deleted",
            "done",
        ],
    );
}

fn scaled() -> Action {
    let (kind, namespace, name) = ("StatefulSet".to_owned(), "default".to_owned(), "web".to_owned());
    Action::Scale { kind, namespace, name, replicas: 5 }
}

#[test]
fn what_others_made_of_it_may_be_taken_over() {
    check(&[scaled()], "replicas: 3", "replicas: 5", &["sts/web Owned", "service/web Unchanged"]);
    let mut session = Session::new(3);
    session.act(apply(format!("{SET}{SERVICE}")));
    session.act(scaled());
    let action = apply(format!("{SET}{SERVICE}"));
    let found = upgrade(session.world(), &action).expect("it is applied");
    let manager = "\"kubectl\" with subresource \"scale\" using apps/v1";
    assert_eq!(found.objects[0].contested, [(".spec.replicas".to_owned(), manager.to_owned())]);
    let offer = crate::ui::model::offer::force(&action, &found).expect("somebody else manages a field");
    assert!(offer.consequence.contains(&format!("sts/web .spec.replicas, managed by {manager}")));
    assert!(offer.note.ends_with("--force-conflicts"));
    let crate::ui::model::offer::Deed::Act(forced) = offer.deed else { panic!("it asks for nothing") };
    assert_eq!(session.act(forced).refusals, Vec::<String>::new());
}

#[test]
fn what_stays_is_told_with_its_reason() {
    check(
        &[],
        "partition: 0}}\n  template",
        "partition: 2}}\n  minReadySeconds: 1\n  template",
        &[
            "sts/web Changed",
            "  spec.minReadySeconds: none → 1",
            "  spec.updateStrategy.rollingUpdate.partition: 0 → 2",
            "service/web Unchanged",
            "done",
        ],
    );
    let fault = Action::Fault {
        namespace: "default".to_owned(),
        pod: "web-2".to_owned(),
        fault: Some(crate::cluster::workload::Fault::NotReady),
    };
    check(
        &[fault],
        "app:1",
        "app:2",
        &[
            "sts/web Changed",
            "  spec.template.spec.containers[0].image: app:1 → app:2",
            "service/web Unchanged",
            // Under OrderedReady a pod that is not ready holds the rollout, its own update too.
            "web-0 waits to be updated until web-2 is Running and Ready; web-1 waits to be updated until web-2 is \
                 Running and Ready; web-2 is not replaced",
        ],
    );
}

#[test]
fn refusals_are_the_servers_and_stop_helm() {
    let forbidden = "server-side apply failed for object default/web apps/v1, Kind=StatefulSet: \
                         StatefulSet.apps \"web\" is invalid: spec: Forbidden: updates to statefulset spec for fields other than 'replicas', 'ordinals', 'template', \
                         'updateStrategy', 'revisionHistoryLimit', 'persistentVolumeClaimRetentionPolicy' and \
                         'minReadySeconds' are forbidden";
    check(
        &[],
        "storage: 1Gi",
        "storage: 2Gi",
        &[
            forbidden,
            "sts/web Refused",
            "  spec.volumeClaimTemplates[0].spec.resources.requests.storage: 1Gi → 2Gi",
            "service/web Unchanged",
        ],
    );
    check(&[], SERVICE, "", &["sts/web Unchanged", "service/web Deleted"]);
}
