//! How fast an autoscaler may act: limits, stabilization, policies.
//!
//! Mirrors `normalizeDesiredReplicas` and `normalizeDesiredReplicasWithBehaviors`.

use serde_json::Value;

use crate::cluster::{Duration, Instant};

/// How long recommendations hold an autoscaler back from taking pods away, unless it says otherwise.
const DOWNSCALE_STABILIZATION: Duration = Duration(300_000);

/// What the controller remembers of one autoscaler.
#[derive(Clone, Debug, Default)]
pub(crate) struct Memory {
    recommendations: Vec<(Instant, i64)>,
    ups: Vec<(Instant, i64)>,
    downs: Vec<(Instant, i64)>,
}

/// Reason and message of a condition.
type Told = (&'static str, &'static str);

/// A number of pods within all limits, and what the conditions AbleToScale and ScalingLimited say.
pub(super) struct Verdict {
    pub(super) replicas: i64,
    pub(super) able: Told,
    pub(super) is_limited: bool,
    pub(super) limit: Told,
}

const READY: Told = ("ReadyForNewScale", "recommended size matches current size");
const DOWN_STABILIZED: Told = (
    "ScaleDownStabilized",
    "recent recommendations were higher than current one, applying the highest recent recommendation",
);
const UP_STABILIZED: Told = (
    "ScaleUpStabilized",
    "recent recommendations were lower than current one, applying the lowest recent recommendation",
);
const WITHIN: Told = ("DesiredWithinRange", "the desired count is within the acceptable range");
const TOO_MANY: Told =
    ("TooManyReplicas", "the desired replica count is more than the maximum replica count");
const TOO_FEW: Told = ("TooFewReplicas", "the desired replica count is less than the minimum replica count");
const TOO_FAST: Told =
    ("ScaleUpLimit", "the desired replica count is increasing faster than the maximum scale rate");
const TOO_FAST_DOWN: Told =
    ("ScaleDownLimit", "the desired replica count is decreasing faster than the maximum scale rate");

impl Memory {
    /// The first sync counts what there is as a recommendation.
    pub(super) fn begin(&mut self, current: i64, now: Instant) {
        if self.recommendations.is_empty() {
            self.recommendations.push((now, current));
        }
    }

    /// Brings a proposal within what the specification allows.
    pub(super) fn normalize(
        &mut self,
        behavior: &Value,
        current: i64,
        proposed: i64,
        limits: (i64, i64),
        now: Instant,
    ) -> Verdict {
        let (stable, able) = match behavior.is_object() {
            true => self.stabilize_both(behavior, current, proposed, now),
            false => self.stabilize_down(proposed, now),
        };
        let able = if stable == proposed { READY } else { able };
        let (replicas, limit) = match behavior.is_object() {
            true => self.limit_by_policies(behavior, current, stable, limits, now),
            false => limit_by_doubling(current, stable, limits),
        };
        Verdict { replicas, able, is_limited: replicas != stable, limit }
    }

    fn stabilize_down(&mut self, proposed: i64, now: Instant) -> (i64, Told) {
        let is_recent = |at: Instant| at + DOWNSCALE_STABILIZATION >= now;
        let recent = self.recommendations.iter().filter(|(at, _)| is_recent(*at));
        let most = recent.map(|(_, replicas)| *replicas).max().unwrap_or(proposed).max(proposed);
        self.recommendations.retain(|(at, _)| is_recent(*at));
        self.recommendations.push((now, proposed));
        (most, DOWN_STABILIZED)
    }

    fn stabilize_both(&mut self, behavior: &Value, current: i64, proposed: i64, now: Instant) -> (i64, Told) {
        let window = |direction: &str, default: Duration| {
            let seconds = behavior[direction]["stabilizationWindowSeconds"].as_i64();
            seconds.map_or(default, Duration::seconds)
        };
        let (up, down) = (window("scaleUp", Duration(0)), window("scaleDown", DOWNSCALE_STABILIZATION));
        let recent = |window: Duration| {
            let is_recent = move |at: Instant| at + window > now;
            self.recommendations.iter().filter(move |(at, _)| is_recent(*at)).map(|(_, replicas)| *replicas)
        };
        let least = recent(up).fold(proposed, i64::min);
        let most = recent(down).fold(proposed, i64::max);
        let mut stable = current;
        if stable < least {
            stable = least;
        }
        if stable > most {
            stable = most;
        }
        self.recommendations.retain(|(at, _)| *at + up >= now || *at + down >= now);
        self.recommendations.push((now, proposed));
        (stable, if proposed >= current { UP_STABILIZED } else { DOWN_STABILIZED })
    }

    fn limit_by_policies(
        &self,
        behavior: &Value,
        current: i64,
        wanted: i64,
        (low, high): (i64, i64),
        now: Instant,
    ) -> (i64, Told) {
        if wanted > current {
            let fastest = self.fastest(&behavior["scaleUp"], current, true, now).max(current);
            let (most, told) = if high > fastest { (fastest, TOO_FAST) } else { (high, TOO_MANY) };
            if wanted > most {
                return (most, told);
            }
        } else if wanted < current {
            let fastest = self.fastest(&behavior["scaleDown"], current, false, now).min(current);
            let (least, told) = if low < fastest { (fastest, TOO_FAST_DOWN) } else { (low, TOO_FEW) };
            if wanted < least {
                return (least, told);
            }
        }
        (wanted, WITHIN)
    }

    /// How far the policies of one direction let the number go.
    fn fastest(&self, rules: &Value, current: i64, up: bool, now: Instant) -> i64 {
        let select = rules["selectPolicy"].as_str().unwrap_or("Max");
        if select == "Disabled" {
            return current;
        }
        let policies = rules["policies"].as_array().into_iter().flatten();
        let proposals = policies.map(|policy| {
            let period = Duration::seconds(policy["periodSeconds"].as_i64().unwrap_or(0));
            let changed = |changes: &[(Instant, i64)]| -> i64 {
                changes.iter().filter(|(at, _)| *at + period > now).map(|(_, change)| *change).sum()
            };
            let start = current - changed(&self.ups) + changed(&self.downs);
            let value = policy["value"].as_i64().unwrap_or(0);
            match (policy["type"] == "Percent", up) {
                (false, true) => start.saturating_add(value),
                (false, false) => start.saturating_sub(value),
                (true, true) => (start as f64 * (1.0 + value as f64 / 100.0)).ceil() as i64,
                (true, false) => (start as f64 * (1.0 - value as f64 / 100.0)) as i64,
            }
        });
        // The greatest change is the highest number on the way up, the lowest on the way down.
        let found = if (select == "Min") == up { proposals.min() } else { proposals.max() };
        found.unwrap_or(current)
    }

    /// Remembers a change for the policies.
    pub(super) fn scaled(&mut self, behavior: &Value, before: i64, after: i64, now: Instant) {
        if !behavior.is_object() {
            return;
        }
        let (list, direction) =
            if after > before { (&mut self.ups, "scaleUp") } else { (&mut self.downs, "scaleDown") };
        let policies = behavior[direction]["policies"].as_array().into_iter().flatten();
        let longest = policies.filter_map(|policy| policy["periodSeconds"].as_i64()).max().unwrap_or(0);
        list.retain(|(at, _)| *at + Duration::seconds(longest) >= now);
        list.push((now, (after - before).abs()));
    }
}

/// Without `behavior` a number at most doubles at once, and four are always allowed.
fn limit_by_doubling(current: i64, wanted: i64, (low, high): (i64, i64)) -> (i64, Told) {
    let fastest = (2 * current).max(4);
    let (most, told) = if high > fastest { (fastest, TOO_FAST) } else { (high, TOO_MANY) };
    if wanted < low {
        (low, TOO_FEW)
    } else if wanted > most {
        (most, told)
    } else {
        (wanted, WITHIN)
    }
}
