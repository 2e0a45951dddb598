//! How long the verdict on a long manifest takes: reading, decoding, defaulting, admission and the rules.
//!
//! Judges a manifest of at least 2,000 lines (StatefulSets, Services, ConfigMaps and claims) as a reader's editor has
//! it judged, as new objects and as changes of what is live; prints the median and the slowest of many runs.
//! `cargo bench --bench verdict`.

use std::time::Instant as Clock;

use serde_json::Value;
use statefulset_playground::api::body::Body;
use statefulset_playground::api::check::{Context, check};
use statefulset_playground::api::gates::Gates;
use statefulset_playground::api::surroundings::Bare;

const LINES: usize = 2_000;
const RUNS: usize = 200;

const APP: &str = r#"apiVersion: v1
kind: Service
metadata:
  name: web-NUMBER
  labels:
    app.kubernetes.io/name: web
    app.kubernetes.io/instance: web-NUMBER
spec:
  clusterIP: None
  selector:
    app.kubernetes.io/instance: web-NUMBER
  ports:
  - name: http
    port: 80
    targetPort: http
---
apiVersion: v1
kind: ConfigMap
metadata:
  name: web-NUMBER
data:
  settings.conf: |
    listen = 0.0.0.0:8000
    workers = 4
    log = info
---
apiVersion: v1
kind: PersistentVolumeClaim
metadata:
  name: shared-NUMBER
spec:
  accessModes:
  - ReadWriteOnce
  storageClassName: standard
  resources:
    requests:
      storage: 1Gi
---
apiVersion: apps/v1
kind: StatefulSet
metadata:
  name: web-NUMBER
  labels:
    app.kubernetes.io/name: web
    app.kubernetes.io/instance: web-NUMBER
spec:
  serviceName: web-NUMBER
  replicas: 3
  podManagementPolicy: Parallel
  selector:
    matchLabels:
      app.kubernetes.io/instance: web-NUMBER
  template:
    metadata:
      labels:
        app.kubernetes.io/name: web
        app.kubernetes.io/instance: web-NUMBER
    spec:
      terminationGracePeriodSeconds: 10
      securityContext:
        fsGroup: 1000
      containers:
      - name: app
        image: registry.example/visits/app:1.0
        args:
        - --config=/etc/app/settings.conf
        env:
        - name: POD_NAME
          valueFrom:
            fieldRef:
              fieldPath: metadata.name
        - name: LEVEL
          value: "3"
        ports:
        - name: http
          containerPort: 8000
        readinessProbe:
          httpGet:
            path: /ready
            port: http
          periodSeconds: 5
        livenessProbe:
          tcpSocket:
            port: http
        resources:
          requests:
            cpu: 100m
            memory: 64Mi
          limits:
            memory: 128Mi
        volumeMounts:
        - name: data
          mountPath: /data
        - name: config
          mountPath: /etc/app
      volumes:
      - name: config
        configMap:
          name: web-NUMBER
  volumeClaimTemplates:
  - metadata:
      name: data
    spec:
      accessModes:
      - ReadWriteOnce
      resources:
        requests:
          storage: 1Gi
"#;

fn main() {
    let lines = APP.lines().count() + 1;
    let apps = LINES.div_ceil(lines);
    let manifest: Vec<String> = (0..apps).map(|number| APP.replace("NUMBER", &number.to_string())).collect();
    let manifest = manifest.join("---\n");
    println!("{} lines, {} bytes", manifest.lines().count(), manifest.len());
    let live = judge(&manifest, None);
    report("new", || judge(&manifest, None));
    report("changed", || judge(&manifest, Some(&live)));
}

/// Judges every document; gives the objects as the server would store them.
fn judge(manifest: &str, live: Option<&[Value]>) -> Vec<Value> {
    let context = Context { namespace: "default", gates: Gates::default() };
    let mut world = Bare::default();
    let documents = manifest.split("---\n").enumerate();
    documents
        .map(|(index, text)| {
            let live = live.map(|live| &live[index]);
            let verdict = check(&Body::yaml(text), live, context, &mut world);
            verdict.object.expect("the manifest is accepted")
        })
        .collect()
}

fn report(what: &str, judge: impl Fn() -> Vec<Value>) {
    let mut times: Vec<f64> = (0..RUNS)
        .map(|_| {
            let clock = Clock::now();
            std::hint::black_box(judge());
            clock.elapsed().as_secs_f64() * 1e3
        })
        .collect();
    times.sort_by(f64::total_cmp);
    println!("{what}: median {:.2} ms, slowest {:.2} ms of {RUNS} runs", times[RUNS / 2], times[RUNS - 1]);
}
