//! What `kubectl get pods` shows of a pod: the API server's own table print.
//!
//! Mirrors: `printPod` in `pkg/printers/internalversion/printers.go` of Kubernetes 1.36.

use serde_json::Value;

/// The columns READY, STATUS and the count of RESTARTS.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PodColumns {
    /// Containers that are ready.
    pub ready: usize,
    /// Containers that should be.
    pub total: usize,
    /// The word in the STATUS column.
    pub status: String,
    /// Restarts of all containers.
    pub restarts: u64,
    /// When the last restarted container had ended, as the object writes times.
    pub last_restart: Option<String>,
}

impl PodColumns {
    /// The READY column, such as `1/2`.
    pub fn ready_text(&self) -> String {
        format!("{}/{}", self.ready, self.total)
    }
}

#[derive(Default)]
struct Restarts {
    count: u64,
    last: Option<String>,
}

impl Restarts {
    fn add(&mut self, status: &Value) {
        self.count += status["restartCount"].as_u64().unwrap_or_default();
        if let Some(end) = status["lastState"]["terminated"]["finishedAt"].as_str()
            && self.last.as_deref().is_none_or(|last| last < end)
        {
            self.last = Some(end.to_string());
        }
    }
}

/// The columns of a Pod object.
pub fn pod_columns(pod: &Value) -> PodColumns {
    let list = |value: &Value| value.as_array().cloned().unwrap_or_default();
    let status = &pod["status"];
    let phase = status["phase"].as_str().unwrap_or_default();
    let mut word = status["reason"].as_str().filter(|it| !it.is_empty()).unwrap_or(phase).to_string();
    let condition = |kind: &str| list(&status["conditions"]).into_iter().find(|it| it["type"] == kind);
    if condition("PodScheduled").is_some_and(|it| it["reason"] == "SchedulingGated") {
        word = "SchedulingGated".to_string();
    }
    let init_specs = list(&pod["spec"]["initContainers"]);
    let is_sidecar =
        |name: &Value| init_specs.iter().any(|it| it["name"] == *name && it["restartPolicy"] == "Always");
    let sidecars = init_specs.iter().filter(|it| it["restartPolicy"] == "Always").count();
    let total = list(&pod["spec"]["containers"]).len() + sidecars;
    let mut ready = 0;
    let mut restarts = Restarts::default();
    let mut sidecar_restarts = Restarts::default();
    let mut is_initializing = false;
    for (index, it) in list(&status["initContainerStatuses"]).iter().enumerate() {
        restarts.add(it);
        let sidecar = is_sidecar(&it["name"]);
        if sidecar {
            sidecar_restarts.add(it);
        }
        let (ended, waiting) = (&it["state"]["terminated"], it["state"]["waiting"]["reason"].as_str());
        if ended["exitCode"] == 0 {
            continue;
        }
        if sidecar && it["started"] == true {
            ready += usize::from(it["ready"] == true);
            continue;
        }
        word = match waiting.filter(|it| !it.is_empty() && *it != "PodInitializing") {
            _ if ended.is_object() => format!("Init:{}", ended_word(ended)),
            Some(reason) => format!("Init:{reason}"),
            None => format!("Init:{index}/{}", init_specs.len()),
        };
        is_initializing = true;
        break;
    }
    let is_initialized = condition("Initialized").is_some_and(|it| it["status"] == "True");
    if !is_initializing || is_initialized {
        restarts = sidecar_restarts;
        let mut has_running = false;
        let mut failure = None;
        for it in list(&status["containerStatuses"]).iter().rev() {
            restarts.add(it);
            let ended = &it["state"]["terminated"];
            if let Some(reason) = it["state"]["waiting"]["reason"].as_str().filter(|it| !it.is_empty()) {
                word = reason.to_string();
            } else if ended.is_object() {
                word = ended_word(ended);
                if ended["exitCode"] != 0 {
                    failure = Some(word.clone());
                }
            } else if it["ready"] == true && it["state"]["running"].is_object() {
                has_running = true;
                ready += 1;
            }
        }
        if word == "Completed" {
            let is_ready = condition("Ready").is_some_and(|it| it["status"] == "True");
            match failure {
                _ if has_running && is_ready => word = "Running".to_string(),
                Some(failure) => word = failure,
                None if has_running => word = "NotReady".to_string(),
                None => {}
            }
        }
    }
    if pod["metadata"]["deletionTimestamp"].is_string() {
        if status["reason"] == "NodeLost" {
            word = "Unknown".to_string();
        } else if !matches!(phase, "Succeeded" | "Failed") {
            word = "Terminating".to_string();
        }
    }
    PodColumns { ready, total, status: word, restarts: restarts.count, last_restart: restarts.last }
}

fn ended_word(ended: &Value) -> String {
    match (ended["reason"].as_str().unwrap_or_default(), ended["signal"].as_i64().unwrap_or_default()) {
        ("", 0) => format!("ExitCode:{}", ended["exitCode"].as_i64().unwrap_or_default()),
        ("", signal) => format!("Signal:{signal}"),
        (reason, _) => reason.to_string(),
    }
}
