// Sessions as the page keeps them, so that a test can begin in the middle of one.

/** A StatefulSet `web` with a headless Service, and more manifests. */
export function webManifest({ replicas = 3, policy = "Parallel", spec = "", resources = "{}", more = "" } = {}) {
  return `apiVersion: v1
kind: Service
metadata: {name: web, namespace: default}
spec: {clusterIP: None, selector: {app: web}, ports: [{name: http, port: 80}]}
---
apiVersion: apps/v1
kind: StatefulSet
metadata: {name: web, namespace: default}
spec:
  serviceName: web
  replicas: ${replicas}
  podManagementPolicy: ${policy}
  ${spec}
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      containers:
      - name: app
        image: registry.example/visits/app-python:1.0
        ports: [{name: http, containerPort: 8000}]
        resources: ${resources}
        readinessProbe: {httpGet: {path: /, port: http}}
        volumeMounts: [{name: data, mountPath: /app/data}]
  volumeClaimTemplates:
  - metadata: {name: data}
    spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Gi}}}
${more}`;
}

/** What the reader did first: applied a manifest. */
export const applied = (manifest, at = 0) => ({
  at,
  action: { do: "apply", release: "web", namespace: "default", manifest, hooks: [] },
});

/** Before the page loads: its last visit ended at this second of this log. */
export async function rememberSession(context, { log, end = 60, at = end, nodes = 3 }) {
  const session = { version: 1, nodes, log, at: at * 1000, end: end * 1000 };
  await context.addInitScript(
    (text) => localStorage.setItem("statefulset-playground/session", text),
    JSON.stringify(session),
  );
}
