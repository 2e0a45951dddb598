//! Rules for CronJobs.
//!
//! Mirrors `ValidateCronJobCreate`, its update, and the parser of schedules.

use serde_json::Value;

use super::check::{not_negative, one_of};
use super::{job, metadata, spec_path};
use crate::api::field::{Errors, FieldError, Path, Raw, quoted};
use crate::api::label_selector;
use crate::api::names;
use crate::api::read::{has, text};

pub(super) fn validate(object: &Value, errors: &mut Errors) {
    // The controller appends a dash and ten digits to make the names of Jobs.
    const LONGEST: usize = 52;
    metadata::validate(object, true, names::dns_subdomain, errors);
    spec(&object["spec"], &Value::Null, errors);
    let name = text(&object["metadata"], "name");
    if name.len() > LONGEST {
        let at = Path::new("metadata").child("name");
        errors.push(FieldError::invalid(&at, name, names::too_long(LONGEST)));
    }
}

pub(super) fn validate_update(new: &Value, old: &Value, errors: &mut Errors) {
    metadata::validate_update(new, old, errors);
    spec(&new["spec"], &old["spec"], errors);
}

fn spec(spec: &Value, before: &Value, errors: &mut Errors) {
    let path = spec_path();
    schedule(spec, text(before, "schedule").contains("TZ"), &path.child("schedule"), errors);
    not_negative(spec, "startingDeadlineSeconds", &path, errors);
    if spec["timeZone"] != before["timeZone"] {
        time_zone(&spec["timeZone"], &path.child("timeZone"), errors);
    }
    one_of(spec, "concurrencyPolicy", &["Allow", "Forbid", "Replace"], &path, errors);
    let (template, at) = (&spec["jobTemplate"]["spec"], path.child("jobTemplate").child("spec"));
    job::spec(template, &at, errors);
    if has(template, "selector") {
        let shown = Raw(label_selector::shown(&template["selector"]));
        errors.push(FieldError::invalid(&at.child("selector"), shown, "`selector` will be auto-generated"));
    }
    if template["manualSelector"] == true {
        errors.push(FieldError::not_supported(&at.child("manualSelector"), true, &["nil", "false"]));
    }
    for field in ["successfulJobsHistoryLimit", "failedJobsHistoryLimit"] {
        not_negative(spec, field, &path, errors);
    }
}

fn schedule(spec: &Value, had_zone: bool, path: &Path, errors: &mut Errors) {
    let schedule = text(spec, "schedule");
    if schedule.is_empty() {
        errors.push(FieldError::required(path, ""));
        return;
    }
    if let Err(why) = parse(schedule) {
        errors.push(FieldError::invalid(path, schedule, why));
    }
    if !schedule.contains("TZ") {
        return;
    }
    if !had_zone {
        let detail = "cannot use TZ or CRON_TZ in schedule, use timeZone field instead";
        errors.push(FieldError::invalid(path, schedule, detail));
    } else if has(spec, "timeZone") {
        let detail = "cannot use both timeZone field and TZ or CRON_TZ in schedule";
        errors.push(FieldError::invalid(path, schedule, detail));
    }
}

/// The name of a time zone; which zones there are is not known here.
fn time_zone(zone: &Value, path: &Path, errors: &mut Errors) {
    let Some(zone) = zone.as_str() else { return };
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b".-_+".contains(&byte);
    let fine = |part: &str| {
        (1..=14).contains(&part.len())
            && part.bytes().all(allowed)
            && !matches!(part, "." | "..")
            && !part.starts_with('-')
    };
    let detail = if zone.is_empty() {
        "timeZone must be nil or non-empty string".to_owned()
    } else if !zone.split('/').all(fine) {
        format!("unknown time zone {zone}")
    } else if zone.eq_ignore_ascii_case("Local") {
        "timeZone must be an explicit time zone as defined in https://www.iana.org/time-zones".to_owned()
    } else {
        return;
    };
    errors.push(FieldError::invalid(path, zone, detail));
}

/// The fields of a schedule: least and most, and names in place of numbers.
const FIELDS: [(u32, u32, &[&str]); 5] = [
    (0, 59, &[]),
    (0, 23, &[]),
    (1, 31, &[]),
    (1, 12, &["", "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]),
    (0, 6, &["sun", "mon", "tue", "wed", "thu", "fri", "sat"]),
];

/// Why the server's library does not understand a schedule.
fn parse(schedule: &str) -> Result<(), String> {
    const NAMED: [&str; 7] =
        ["@yearly", "@annually", "@monthly", "@weekly", "@daily", "@midnight", "@hourly"];
    let zone = schedule.starts_with("TZ=") || schedule.starts_with("CRON_TZ=");
    let schedule = match schedule.split_once(' ') {
        Some((_, rest)) if zone => rest.trim(),
        _ => schedule,
    };
    if let Some(duration) = schedule.strip_prefix("@every ") {
        let is_duration = duration.starts_with(|first: char| first.is_ascii_digit() || "+-.".contains(first))
            && duration.ends_with(['s', 'm', 'h']);
        let why = format!("failed to parse duration {schedule}: time: invalid duration {}", quoted(duration));
        return if is_duration { Ok(()) } else { Err(why) };
    }
    if schedule.starts_with('@') {
        let is_known = NAMED.contains(&schedule);
        return if is_known { Ok(()) } else { Err(format!("unrecognized descriptor: {schedule}")) };
    }
    let fields: Vec<_> = schedule.split_whitespace().collect();
    if fields.len() != FIELDS.len() {
        let shown = fields.join(" ");
        return Err(format!("expected exactly {} fields, found {}: [{shown}]", FIELDS.len(), fields.len()));
    }
    for (field, bounds) in fields.iter().zip(FIELDS) {
        for expression in field.split(',').filter(|expression| !expression.is_empty()) {
            range(expression, bounds)?;
        }
    }
    Ok(())
}

fn range(expression: &str, (least, most, names): (u32, u32, &[&str])) -> Result<(), String> {
    let parts: Vec<_> = expression.split('/').collect();
    let ends: Vec<_> = parts[0].split('-').collect();
    let (start, mut end) = match (ends[0], ends.len()) {
        ("*" | "?", _) => (least, most),
        (start, 1) => {
            let start = integer(start, names)?;
            (start, start)
        }
        (start, 2) => (integer(start, names)?, integer(ends[1], names)?),
        (start, _) => {
            integer(start, names)?;
            return Err(format!("too many hyphens: {expression}"));
        }
    };
    let mut step = 1;
    match parts.len() {
        1 => {}
        2 => {
            step = integer(parts[1], &[])?;
            if ends.len() == 1 {
                end = most;
            }
        }
        _ => return Err(format!("too many slashes: {expression}")),
    }
    if start < least {
        return Err(format!("beginning of range ({start}) below minimum ({least}): {expression}"));
    }
    if end > most {
        return Err(format!("end of range ({end}) above maximum ({most}): {expression}"));
    }
    if start > end {
        return Err(format!("beginning of range ({start}) beyond end of range ({end}): {expression}"));
    }
    if step == 0 {
        return Err(format!("step of range should be a positive number: {expression}"));
    }
    Ok(())
}

fn integer(text: &str, names: &[&str]) -> Result<u32, String> {
    if let Some(place) = names.iter().position(|name| !name.is_empty() && name.eq_ignore_ascii_case(text)) {
        return u32::try_from(place).map_err(|_| String::new());
    }
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        let why = format!("strconv.Atoi: parsing {}: invalid syntax", quoted(text));
        return Err(format!("failed to parse int from {text}: {why}"));
    }
    if text.starts_with('-') && digits.bytes().any(|digit| digit != b'0') {
        return Err(format!("negative number ({text}) not allowed: {text}"));
    }
    digits.parse().map_err(|_| {
        let why = format!("strconv.Atoi: parsing {}: value out of range", quoted(text));
        format!("failed to parse int from {text}: {why}")
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::validate::check::finds;

    #[test]
    fn schedules() {
        for fine in ["*/5 * * * *", "0 0 1 JAN-mar mon", "@daily", "@every 1h30m", "0,30 8-18/2 ? * 0"] {
            assert_eq!(parse(fine), Ok(()), "{fine}");
        }
        for (schedule, why) in [
            ("* * *", "expected exactly 5 fields, found 3: [* * *]"),
            ("60 * * * *", "end of range (60) above maximum (59): 60"),
            ("* * 0 * *", "beginning of range (0) below minimum (1): 0"),
            ("5-1 * * * *", "beginning of range (5) beyond end of range (1): 5-1"),
            ("*/0 * * * *", "step of range should be a positive number: */0"),
            ("x * * * *", "failed to parse int from x: strconv.Atoi: parsing \"x\": invalid syntax"),
            ("@often", "unrecognized descriptor: @often"),
        ] {
            assert_eq!(parse(schedule), Err(why.to_owned()));
        }
    }

    #[test]
    fn zones() {
        let check = |zone: &str, expected: &[&str]| {
            finds(|errors| time_zone(&zone.into(), &Path::new("z"), errors), expected);
        };
        check("Europe/Berlin", &[]);
        check("Europe/", &["z: Invalid value: \"Europe/\": unknown time zone Europe/"]);
        check("", &["z: Invalid value: \"\": timeZone must be nil or non-empty string"]);
    }
}
