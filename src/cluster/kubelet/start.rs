//! Starting containers inside a sync: back-off, image, configuration, creation, start, postStart hook.

use std::rc::Rc;

use super::container_spec::{Container, PullPolicy};
use super::images;
use super::pod_spec::{Millis, millis_of};
use super::pod_status::Terminated;
use super::runtime::RunState;
use super::sync::{Stage, Step, go_duration};
use super::volumes::environment_error;
use super::worker::{PodWorker, Report, Surroundings};

impl PodWorker {
    pub(super) fn advance_start(
        &mut self,
        stage: Stage,
        around: &mut Surroundings<'_>,
        reports: &mut Vec<Report>,
        now: Millis,
    ) {
        let Some(name) = self.plan.starts.front().cloned() else {
            self.complete_sync(around, now);
            return;
        };
        let Some(container) = self.pod.container(&name).map(|(_, it)| it.clone()) else {
            self.plan.starts.pop_front();
            self.step = Step::Starting(Stage::Next);
            return;
        };
        match stage {
            Stage::Next => self.begin_start(&container, around, reports, now),
            Stage::Pulling { asked, began, outcome, .. } => match outcome {
                Ok(bytes) => {
                    around.node.images.insert(images::full_name(&container.image));
                    let text = format!(
                        "Successfully pulled image \"{}\" in {} ({} including waiting). Image size: {bytes} bytes.",
                        container.image,
                        go_duration(now - began),
                        go_duration(now - asked)
                    );
                    self.say_of(reports, &name, false, "Pulled", text);
                    self.configure(&container, around, reports, now);
                }
                Err(failure) => {
                    let error = images::failure_text(&container.image, &failure);
                    let text = format!("Failed to pull image \"{}\": {error}", container.image);
                    self.say_of(reports, &name, true, "Failed", text);
                    let key = images::full_name(&container.image);
                    self.pulls.step(&key, now, now);
                    self.pull_errors.insert(key, error.clone());
                    self.fail_start(&name, "ErrImagePull", Some(error), "ErrImagePull", reports);
                }
            },
            Stage::Creating { .. } => {
                let program = self.program(&container, around);
                if let Some(error) = program.create_error {
                    self.fail_start(&name, "CreateContainerError", Some(error.clone()), &error, reports);
                    return;
                }
                let uid = self.pod.uid;
                Rc::make_mut(&mut self.runtime).create(uid, &name, &container.image, program);
                self.say_of(reports, &name, false, "Created", "Container created");
                self.step = Step::Starting(Stage::Launching { until: now + around.machine.delays.start });
            }
            Stage::Launching { .. } => self.launch(&container, reports, now),
            Stage::PostStart { failure: None, .. } => self.started(&name),
            Stage::PostStart { failure: Some(failure), .. } => {
                self.say_of(reports, &name, true, "FailedPostStartHook", "PostStartHook failed");
                let grace = millis_of(self.pod.grace);
                let until = self
                    .kill_container(&name, "FailedPostStartHook", grace, now, reports, now)
                    .unwrap_or(now);
                self.step = Step::Starting(Stage::PostStartKill { until, failure });
            }
            Stage::PostStartKill { failure, .. } => {
                self.start_errors.insert(name, ("PostStartHookError".to_string(), Some(failure)));
                self.skip_start(true);
            }
        }
    }

    fn begin_start(
        &mut self,
        container: &Container,
        around: &mut Surroundings<'_>,
        reports: &mut Vec<Report>,
        now: Millis,
    ) {
        let name = container.name.as_str();
        // What counts is what was seen when the sync began: a container that this sync killed does not.
        if let Some(end) = self.seen.last_exit(name).and_then(|it| it.finished) {
            let key = format!("{name}/{}", container.image);
            if let Some(until) = self.restarts.until_since(&key, end, now) {
                let text = format!("Back-off restarting failed container {name} in pod {}", self.pod.label());
                self.say_of(reports, name, true, "BackOff", text);
                let message = format!(
                    "back-off {} restarting failed container={name} pod={}",
                    go_duration(self.restarts.delay(&key)),
                    self.pod.label()
                );
                self.start_errors.insert(name.to_string(), ("CrashLoopBackOff".to_string(), Some(message)));
                self.plan.back_off_end = Some(self.plan.back_off_end.map_or(until, |it| it.min(until)));
                self.skip_start(true);
                return;
            }
            self.restarts.step(&key, end, now);
        }
        let image = container.image.as_str();
        if let Some(error) = images::name_error(image) {
            let text = format!("Failed to apply default image tag \"{image}\": {error}");
            self.say_of(reports, name, true, "InspectFailed", text.clone());
            self.fail_start(name, "InvalidImageName", Some(text), "InvalidImageName", reports);
            return;
        }
        let key = images::full_name(image);
        let is_present = around.node.images.contains(&key);
        match container.pull_policy {
            PullPolicy::IfNotPresent | PullPolicy::Never if is_present => {
                let text = format!(
                    "Container image \"{image}\" already present on machine and can be accessed by the pod"
                );
                self.say_of(reports, name, false, "Pulled", text);
                self.configure(container, around, reports, now);
            }
            PullPolicy::Never => {
                let text = format!("Container image \"{image}\" is not present with pull policy of Never");
                self.say_of(reports, name, true, "ErrImageNeverPull", text.clone());
                self.fail_start(name, "ErrImageNeverPull", Some(text), "ErrImageNeverPull", reports);
            }
            _ if self.pulls.holds(&key, now) => {
                let text = format!("Back-off pulling image \"{image}\"");
                self.say_of(reports, name, false, "BackOff", text.clone());
                let message = match self.pull_errors.get(&key) {
                    Some(error) => format!("{text}: ErrImagePull: {error}"),
                    None => text,
                };
                self.fail_start(name, "ImagePullBackOff", Some(message), "ImagePullBackOff", reports);
            }
            _ => {
                self.say_of(reports, name, false, "Pulling", format!("Pulling image \"{image}\""));
                let pull = (around.machine.pull)(image, is_present);
                let began = around.node.registry_free.max(now);
                let until = began + pull.takes;
                around.node.registry_free = until;
                self.step =
                    Step::Starting(Stage::Pulling { until, asked: now, began, outcome: pull.outcome });
            }
        }
    }

    /// Checks the container's environment, then creates it.
    fn configure(
        &mut self,
        container: &Container,
        around: &mut Surroundings<'_>,
        reports: &mut Vec<Report>,
        now: Millis,
    ) {
        if let Some(error) = environment_error(&self.pod, container, around.lookup) {
            let name = &container.name;
            self.fail_start(name, "CreateContainerConfigError", Some(error.clone()), &error, reports);
        } else {
            self.step = Step::Starting(Stage::Creating { until: now + around.machine.delays.create });
        }
    }

    fn launch(&mut self, container: &Container, reports: &mut Vec<Report>, now: Millis) {
        let name = container.name.as_str();
        let error = self.runtime.newest(name).and_then(|run| run.program.start_error.clone());
        if let Some(error) = error {
            if let Some(run) = Rc::make_mut(&mut self.runtime).newest_mut(name) {
                run.state = RunState::Exited(Terminated {
                    exit_code: 128,
                    reason: "StartError".to_string(),
                    message: Some(error.clone()),
                    started: None,
                    finished: Some(now),
                    container_id: run.id.clone(),
                });
            }
            self.fail_start(name, "RunContainerError", Some(error.clone()), &error, reports);
            return;
        }
        Rc::make_mut(&mut self.runtime).start(name, now);
        let attempt = self.runtime.newest(name).map_or(0, |run| run.attempt);
        reports.push(Report::Started { container: name.to_string(), attempt });
        self.say_of(reports, name, false, "Started", "Container started");
        self.plan.has_acted = true;
        match &container.post_start {
            None => self.started(name),
            Some(hook) => {
                let answer = self.ask(container, hook, now);
                let until = now + answer.takes;
                self.step = Step::Starting(Stage::PostStart { until, failure: answer.failure });
            }
        }
    }

    fn started(&mut self, name: &str) {
        self.start_errors.remove(name);
        self.skip_start(false);
    }

    #[allow(clippy::too_many_arguments)] // one call form for all the ways a start fails
    fn fail_start(
        &mut self,
        name: &str,
        reason: &str,
        message: Option<String>,
        event: &str,
        reports: &mut Vec<Report>,
    ) {
        self.say_of(reports, name, true, "Failed", format!("Error: {event}"));
        self.start_errors.insert(name.to_string(), (reason.to_string(), message));
        self.skip_start(true);
    }

    /// Goes on to the next container in line. After a failed init container the others wait.
    fn skip_start(&mut self, has_failed: bool) {
        let name = self.plan.starts.pop_front();
        self.plan.has_error |= has_failed;
        let is_init = name.is_some_and(|name| self.pod.init_containers.iter().any(|it| it.name == name));
        if has_failed && is_init {
            self.plan.starts.clear();
        }
        self.step = Step::Starting(Stage::Next);
    }
}
