//! Probes and lifecycle hooks as a container's specification has them, with the API server's defaults.

use serde_json::Value;

use super::pod_spec::{text, texts};

/// What a probe or a lifecycle hook does.
#[derive(Debug, Clone, PartialEq)]
pub enum Handler {
    /// A command in the container: program and arguments.
    Exec(Vec<String>),
    /// An HTTP GET.
    Http {
        /// `http` or `https`.
        scheme: String,
        /// The pod's own address if not given.
        host: Option<String>,
        /// The port.
        port: Port,
        /// With a slash at the start.
        path: String,
    },
    /// A TCP connection.
    Tcp {
        /// The pod's own address if not given.
        host: Option<String>,
        /// The port.
        port: Port,
    },
    /// A gRPC health check.
    Grpc {
        /// The port.
        port: Port,
    },
    /// Seconds; hooks only.
    Sleep(u64),
}

/// A port by number or by its name in the container's `ports`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Port {
    /// By number.
    Number(u64),
    /// By name.
    Name(String),
}

/// A probe; times in seconds.
#[derive(Debug, Clone, PartialEq)]
pub struct Probe {
    /// What it does.
    pub handler: Handler,
    /// From the container's start to the first probe.
    pub initial_delay: u64,
    /// From one probe to the next.
    pub period: u64,
    /// After which a probe counts as failed.
    pub timeout: u64,
    /// Successes in a row that count as success.
    pub success_threshold: u32,
    /// Failures in a row that count as failure.
    pub failure_threshold: u32,
    /// Overrides the pod's grace period when this probe has the container killed.
    pub grace: Option<u64>,
}

pub(super) fn read_probe(value: &Value) -> Option<Probe> {
    let handler = read_handler(value)?;
    let number = |key: &str, default: u64| value[key].as_u64().filter(|it| *it > 0).unwrap_or(default);
    Some(Probe {
        handler,
        initial_delay: number("initialDelaySeconds", 0),
        period: number("periodSeconds", 10),
        timeout: number("timeoutSeconds", 1),
        success_threshold: number("successThreshold", 1) as u32,
        failure_threshold: number("failureThreshold", 3) as u32,
        grace: value["terminationGracePeriodSeconds"].as_u64(),
    })
}

pub(super) fn read_handler(value: &Value) -> Option<Handler> {
    let port = |it: &Value| match it.as_u64() {
        Some(number) => Port::Number(number),
        None => Port::Name(text(it)),
    };
    let host = |it: &Value| it["host"].as_str().filter(|it| !it.is_empty()).map(str::to_string);
    if value["exec"].is_object() {
        return Some(Handler::Exec(texts(&value["exec"]["command"])));
    }
    let http = &value["httpGet"];
    if http.is_object() {
        let path = text(&http["path"]);
        return Some(Handler::Http {
            scheme: http["scheme"].as_str().unwrap_or("HTTP").to_ascii_lowercase(),
            host: host(http),
            port: port(&http["port"]),
            path: if path.starts_with('/') { path } else { format!("/{path}") },
        });
    }
    if value["tcpSocket"].is_object() {
        return Some(Handler::Tcp {
            host: host(&value["tcpSocket"]),
            port: port(&value["tcpSocket"]["port"]),
        });
    }
    if value["grpc"].is_object() {
        return Some(Handler::Grpc { port: port(&value["grpc"]["port"]) });
    }
    value["sleep"]["seconds"].as_u64().map(Handler::Sleep)
}
