//! What the programs in containers do: when they end, how long they take to stop, how they answer probes.
//!
//! A playground runs no real images. Every container runs a well-behaved server, unless its name, command or
//! image says otherwise (see [`default_program`]), and a reader can give one a [`Fault`].

use super::kubelet::{
    Container, Handler, Millis, PodSpec, Port, Pull, PullFailure, RestartPolicy, is_never_pushed, millis_of,
};

/// The end of a program that ends by itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exit {
    /// Exit code.
    pub code: i64,
    /// Milliseconds after its start.
    pub after: Millis,
    /// Only this many first starts end so; later ones run on.
    pub first_starts: Option<u32>,
    /// The reason that the runtime gives; `None` for `Completed` or `Error` by the code.
    pub reason: Option<String>,
}

/// What one container's program does.
#[derive(Debug, Clone)]
pub struct Program {
    /// How it ends by itself, if it does.
    pub exit: Option<Exit>,
    /// Milliseconds from SIGTERM to the end.
    pub stop: Millis,
    /// Exit code after SIGTERM.
    pub stop_code: i64,
    /// Why the runtime cannot create the container.
    pub create_error: Option<String>,
    /// Why the runtime cannot start the container.
    pub start_error: Option<String>,
    /// Answers probes and runs hooks.
    pub respond: fn(&Request<'_>) -> Answer,
}

/// A probe or a hook that reaches a container.
#[derive(Debug)]
pub struct Request<'a> {
    /// What it does.
    pub handler: &'a Handler,
    /// The pod.
    pub pod: &'a PodSpec,
    /// The container.
    pub container: &'a Container,
    /// Milliseconds since the container's start.
    pub running_for: Millis,
    /// Its address.
    pub pod_ip: &'a str,
}

/// What came of a probe or a hook.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// Milliseconds.
    pub takes: Millis,
    /// The failure's output, if it failed.
    pub failure: Option<String>,
    /// The same will be answered for as long as the container runs.
    pub lasts: bool,
}

impl Answer {
    /// Success at once, this time.
    pub fn ok() -> Answer {
        Answer::after(0, None)
    }

    /// Success at once, for as long as the container runs.
    pub fn always_ok() -> Answer {
        Answer { lasts: true, ..Answer::ok() }
    }

    /// Failure at once.
    pub fn failed(output: impl Into<String>) -> Answer {
        Answer::after(0, Some(output.into()))
    }

    /// What comes after so many milliseconds: success, or a failure's output.
    pub fn after(takes: Millis, failure: Option<String>) -> Answer {
        Answer { takes, failure, lasts: false }
    }
}

/// What a reader can do to a pod's program.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Fault {
    /// Ends with exit code 1 two seconds after each start.
    CrashLoop,
    /// Uses more memory than its limit two seconds after each start: exit code 137, `OOMKilled`.
    OutOfMemory,
    /// Runs, but readiness probes fail.
    NotReady,
    /// Answers nothing: every probe times out.
    Hang,
    /// Ignores SIGTERM, so that it is killed when the grace period ends.
    IgnoresTerm,
}

/// How long the steps of a node take, in milliseconds.
#[derive(Debug, Clone, Copy)]
pub struct Delays {
    /// From a change of a pod at the API server to its kubelet acting on it.
    pub watch: Millis,
    /// Setting up a pod's volumes.
    pub volumes: Millis,
    /// Making a sandbox.
    pub sandbox: Millis,
    /// Creating a container.
    pub create: Millis,
    /// Starting a container.
    pub start: Millis,
    /// Stopping a sandbox.
    pub stop_sandbox: Millis,
    /// From the end of a pod's containers being reported to its removal.
    pub remove: Millis,
    /// Where in a second the kubelet looks at the runtime, and where at its queue of retries.
    pub relist_phase: Millis,
    /// Where in a second the kubelet looks at its queue of retries, in milliseconds.
    pub queue_phase: Millis,
}

/// How the nodes of a world do their work: everything below the kubelet.
#[derive(Debug, Clone, Copy)]
pub struct Machine {
    /// How long things take.
    pub delays: Delays,
    /// What runs in a container.
    pub program: fn(&PodSpec, &Container) -> Program,
    /// What pulling an image comes to; the flag says whether the node has it already.
    pub pull: fn(&str, bool) -> Pull,
    /// The address that a pod must get, if not the next free one.
    pub pod_ip: fn(&PodSpec) -> Option<String>,
    /// Why the pod's sandbox cannot be made.
    pub sandbox_error: fn(&PodSpec) -> Option<String>,
}

impl Machine {
    /// The nodes of the page: believable delays, well-behaved programs.
    pub fn believable() -> Machine {
        Machine {
            delays: Delays {
                watch: 60,
                volumes: 300,
                sandbox: 350,
                create: 120,
                start: 150,
                stop_sandbox: 120,
                remove: 60,
                relist_phase: 900,
                queue_phase: 850,
            },
            program: default_program,
            pull: default_pull,
            pod_ip: |_| None,
            sandbox_error: |_| None,
        }
    }
}

/// A pull takes 1.2 to 4 s by the image's name, half a second if all layers are there.
fn default_pull(image: &str, is_present: bool) -> Pull {
    let seed = fingerprint(image);
    let outcome =
        if is_never_pushed(image) { Err(PullFailure::NotFound) } else { Ok(20_000_000 + seed % 160_000_000) };
    let takes = match (&outcome, is_present) {
        (Err(_), _) => 900 + seed % 600,
        (Ok(_), true) => 400 + seed % 200,
        (Ok(_), false) => 1200 + seed % 2800,
    };
    Pull { takes, outcome }
}

/// A small number that depends on a text alone (FNV-1a).
pub fn fingerprint(text: &str) -> u64 {
    text.bytes()
        .fold(0xcbf2_9ce4_8422_2325, |hash: u64, byte| (hash ^ u64::from(byte)).wrapping_mul(0x100_0000_01b3))
}

/// What a container runs, judged by what its manifest says:
/// * `command` and `args` as words; a shell's `-c` script is read as far as `sleep N`, `exit N`, `true`, `false`
///   and simple sequences of them go. What is not understood counts as done at once in an init container, a Job's
///   or a `restartPolicy: Never` pod, and as a server otherwise.
/// * no command: a server that stops 0.2 to 0.9 s after SIGTERM, except images that end at once without a
///   terminal (`busybox`, `alpine`, `hello-world` …).
pub fn default_program(pod: &PodSpec, container: &Container) -> Program {
    let seed = fingerprint(&format!("{}/{}", pod.name, container.name));
    let server = Program {
        exit: None,
        stop: 200 + seed % 700,
        stop_code: 0,
        create_error: None,
        start_error: None,
        respond: answer_well,
    };
    let ends = |code: i64, after: Millis| Program {
        exit: Some(Exit { code, after, first_starts: None, reason: None }),
        // A shell or `sleep` as process 1 ignores SIGTERM.
        stop: Millis::MAX / 4,
        stop_code: 137,
        ..server.clone()
    };
    let is_task = pod.restart_policy != RestartPolicy::Always
        || pod.init_containers.iter().any(|it| it.name == container.name && !it.is_sidecar);
    let words: Vec<&str> = container.command.iter().chain(&container.args).map(String::as_str).collect();
    if words.is_empty() {
        let name = container
            .image
            .rsplit('/')
            .next()
            .unwrap_or_default()
            .split([':', '@'])
            .next()
            .unwrap_or_default();
        return match name {
            "hello-world" | "busybox" | "alpine" | "ubuntu" | "debian" => ends(0, 100),
            _ if is_task => ends(0, 1000 + seed % 1500),
            _ => server,
        };
    }
    match script_end(&words) {
        Some(Ending::After(code, after)) => ends(code, after.max(50)),
        Some(Ending::Never) => Program { stop: Millis::MAX / 4, stop_code: 137, ..server },
        None if is_task => ends(0, 800 + seed % 1200),
        None => server,
    }
}

enum Ending {
    After(i64, Millis),
    /// Never.
    Never,
}

/// When a command line of `sleep`, `exit`, `true` and `false` ends; `None` if it holds anything else that decides.
fn script_end(words: &[&str]) -> Option<Ending> {
    let program = words.first()?.rsplit('/').next()?;
    if matches!(program, "sh" | "bash" | "ash") {
        let script = words
            .iter()
            .position(|it| it.starts_with('-') && it.ends_with('c'))
            .and_then(|at| words.get(at + 1))?;
        let mut time = 0;
        let mut decided = false;
        if script.contains("while true") || script.contains("while :") {
            return Some(Ending::Never);
        }
        for command in script.split(['\n', ';', '&']).map(str::trim).filter(|it| !it.is_empty()) {
            let parts: Vec<&str> = command.split_whitespace().collect();
            match parts.as_slice() {
                ["sleep", "infinity" | "inf"] => return Some(Ending::Never),
                ["sleep", amount] => {
                    time += sleep_time(amount)?;
                    decided = true;
                }
                ["exit", code] => return Some(Ending::After(code.parse().ok()?, time)),
                ["exit"] | ["true"] => return Some(Ending::After(0, time)),
                ["false"] => return Some(Ending::After(1, time)),
                ["tail", "-f", ..] => return Some(Ending::Never),
                _ => {}
            }
        }
        return decided.then_some(Ending::After(0, time));
    }
    match (program, words.get(1)) {
        ("sleep", Some(&("infinity" | "inf"))) => Some(Ending::Never),
        ("sleep", Some(amount)) => Some(Ending::After(0, sleep_time(amount)?)),
        ("true" | "echo" | "wget" | "date", _) => Some(Ending::After(0, 100)),
        ("false", _) => Some(Ending::After(1, 100)),
        _ => None,
    }
}

fn sleep_time(text: &str) -> Option<Millis> {
    let (number, unit) = match text.strip_suffix(['s', 'm', 'h', 'd']) {
        Some(number) => (number, &text[number.len()..]),
        None => (text, "s"),
    };
    let seconds = number.parse::<f64>().ok().filter(|it| (0.0..1e9).contains(it))?;
    let factor = match unit {
        "m" => 60e3,
        "h" => 3600e3,
        "d" => 86400e3,
        _ => 1e3,
    };
    Some((seconds * factor) as Millis)
}

/// A server that is up: every probe succeeds, hooks take as long as their `sleep`.
pub fn answer_well(request: &Request<'_>) -> Answer {
    match request.handler {
        Handler::Exec(words) => {
            let words: Vec<&str> = words.iter().map(String::as_str).collect();
            match script_end(&words) {
                Some(Ending::After(0, takes)) => Answer::after(takes, None),
                Some(Ending::After(_, takes)) => Answer::after(takes, Some(String::new())),
                Some(Ending::Never) => Answer::after(Millis::MAX / 4, None),
                None => Answer::always_ok(),
            }
        }
        Handler::Sleep(seconds) => Answer::after(millis_of(*seconds), None),
        Handler::Http { scheme, port, path, .. } => match unreachable_port(request, port) {
            Some(port) => Answer::failed(format!(
                "Get \"{scheme}://{ip}:{port}{path}\": dial tcp {ip}:{port}: connect: connection refused",
                ip = request.pod_ip
            )),
            None => Answer::always_ok(),
        },
        Handler::Tcp { port, .. } | Handler::Grpc { port } => match unreachable_port(request, port) {
            Some(port) => {
                Answer::failed(format!("dial tcp {}:{port}: connect: connection refused", request.pod_ip))
            }
            None => Answer::always_ok(),
        },
    }
}

/// The port if no container of the pod declares it while some ports are declared: nothing listens there.
fn unreachable_port(request: &Request<'_>, port: &Port) -> Option<u64> {
    let number = resolve_port(request.container, port)?;
    let mut declared = request.pod.all_containers().flat_map(|(_, it)| &it.ports).peekable();
    declared.peek()?;
    (!declared.any(|(_, it)| *it == number)).then_some(number)
}

/// The number of a port; `None` for a name that the container does not declare.
pub fn resolve_port(container: &Container, port: &Port) -> Option<u64> {
    match port {
        Port::Number(number) => Some(*number),
        Port::Name(name) => container.ports.iter().find(|(it, _)| it == name).map(|(_, number)| *number),
    }
}

/// The program under a reader's fault.
pub fn with_fault(program: Program, fault: Option<Fault>) -> Program {
    let ends = |code, reason: Option<&str>| {
        Some(Exit { code, after: 2000, first_starts: None, reason: reason.map(str::to_string) })
    };
    match fault {
        Some(Fault::CrashLoop) => Program { exit: ends(1, None), ..program },
        Some(Fault::OutOfMemory) => Program { exit: ends(137, Some("OOMKilled")), ..program },
        Some(Fault::IgnoresTerm) => Program { stop: Millis::MAX / 4, stop_code: 137, ..program },
        Some(Fault::Hang) => Program { stop: Millis::MAX / 4, stop_code: 137, ..program },
        Some(Fault::NotReady) | None => program,
    }
}
