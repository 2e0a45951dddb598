//! The runtime script of the recordings: the variable `SIM` of a container, `sim …` commands, image names.

use statefulset_playground::cluster::kubelet::{Container, Handler, PodSpec, Port, Pull, PullFailure};
use statefulset_playground::cluster::workload::{Answer, Delays, Exit, Machine, Program, Request};

/// The machine under the recordings' kubelet.
pub(super) fn machine() -> Machine {
    Machine {
        delays: Delays {
            watch: 60,
            volumes: 300,
            sandbox: 300,
            create: 20,
            start: 20,
            stop_sandbox: 10,
            remove: 30,
            relist_phase: 950,
            queue_phase: 850,
        },
        program,
        pull,
        pod_ip: |pod| annotation_of(pod, "sim/ip"),
        sandbox_error: |pod| annotation_of(pod, "sim/sandbox-error"),
    }
}

fn annotation_of(pod: &PodSpec, key: &str) -> Option<String> {
    pod.annotations.iter().find(|it| it.0 == key).map(|it| it.1.clone())
}

fn pull(image: &str, _is_present: bool) -> Pull {
    let takes = if image.contains("slow") { 8000 } else { 1200 };
    let outcome = if image.contains("missing") {
        Err(PullFailure::NotFound)
    } else if image.contains("private") {
        Err(PullFailure::Denied)
    } else {
        Ok(72_099_501)
    };
    Pull { takes, outcome }
}

fn millis(seconds: &str) -> u64 {
    (seconds.parse::<f64>().expect("a number of seconds") * 1000.0) as u64
}

fn program(_pod: &PodSpec, container: &Container) -> Program {
    let script = container.env.iter().find(|it| it.0 == "SIM").map(|it| it.1.as_str()).unwrap_or_default();
    let value = |key: &str| {
        script
            .split(';')
            .find_map(|part| part.strip_prefix(key).and_then(|rest| rest.strip_prefix('=')))
            .map(str::to_string)
    };
    let number = |key: &str| value(key).map(|it| it.parse::<i64>().expect("a number"));
    let exit = number("exit").map(|code| Exit {
        code,
        after: value("after").map_or(0, |it| millis(&it)),
        first_starts: number("upto").map(|it| it as u32),
        reason: value("reason"),
    });
    Program {
        exit,
        stop: value("stop").map_or(200, |it| millis(&it)),
        stop_code: number("stopcode").unwrap_or(0),
        // An error's text may hold anything: it takes the rest of the script.
        start_error: script.split_once("starterr=").map(|it| it.1.to_string()),
        create_error: script.split_once("createerr=").map(|it| it.1.to_string()),
        respond,
    }
}

fn respond(request: &Request<'_>) -> Answer {
    let running = request.running_for;
    let check = |is_ok: bool| if is_ok { Answer::ok() } else { Answer::failed("not ok\n") };
    match request.handler {
        Handler::Exec(words) => {
            let words: Vec<&str> = words.iter().map(String::as_str).collect();
            match words.as_slice() {
                ["sim", "ok"] => Answer::ok(),
                ["sim", "fail"] => check(false),
                ["sim", "ok-after", seconds] => check(running >= millis(seconds)),
                ["sim", "ok-until", seconds] => check(running < millis(seconds)),
                ["sim", "fail-between", from, to] => check(!(millis(from)..millis(to)).contains(&running)),
                ["sim", "sleep", seconds] => Answer::after(millis(seconds), None),
                _ => Answer::ok(),
            }
        }
        Handler::Sleep(seconds) => Answer::after(seconds * 1000, None),
        // The recordings' server listens on one port and takes the answer from the path.
        Handler::Http { port, path, .. } if *port == Port::Number(18300) => match path.as_str() {
            "/hang" => Answer::after(3000, None),
            _ => match path.trim_start_matches('/').parse::<u32>() {
                Ok(code) if !(200..400).contains(&code) => {
                    Answer::failed(format!("HTTP probe failed with statuscode: {code}"))
                }
                _ => Answer::ok(),
            },
        },
        Handler::Http { port, path, .. } => {
            let dial = format!("dial tcp {}:{}: connect: connection refused", request.pod_ip, number(port));
            Answer::failed(format!("Get \"http://{}:{}{path}\": {dial}", request.pod_ip, number(port)))
        }
        Handler::Tcp { port, .. } if *port == Port::Number(18300) => Answer::ok(),
        Handler::Tcp { port, .. } | Handler::Grpc { port } => Answer::failed(format!(
            "dial tcp {}:{}: connect: connection refused",
            request.pod_ip,
            number(port)
        )),
    }
}

fn number(port: &Port) -> u64 {
    match port {
        Port::Number(number) => *number,
        Port::Name(_) => 0,
    }
}
