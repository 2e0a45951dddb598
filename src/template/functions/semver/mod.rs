//! Semantic versions as Masterminds/semver reads and compares them, and Sprig's functions on them.

mod constraint;
mod version;

pub use constraint::Constraints;
pub use version::Version;

use crate::template::function::{Error, Function, Type};
use crate::template::value::{Kind, Object, Value};

/// The version functions.
pub(crate) static FUNCTIONS: &[Function] = &[
    Function::new("semver", &[Type::String], |_, a| {
        Version::parse(&a[0].text()).map(Value::object).map_err(Error::new)
    }),
    Function::new("semverCompare", &[Type::String, Type::String], |context, a| {
        // Some conditions look at all that follows.
        let length = a[0].text().len() as u64;
        context.charge(100 + 16 * length + length * length / 64)?;
        let constraints = Constraints::parse(&a[0].text()).map_err(Error::new)?;
        let version = Version::parse(&a[1].text()).map_err(Error::new)?;
        Ok(constraints.check(&version).into())
    }),
];

const OTHER: &[Type] = &[Type::Any, Type::Named("*semver.Version")];
const SELF: &[Type] = &[Type::Any];

static METHODS: &[Function] = &[
    Function::new("Compare", OTHER, |_, a| compared(a, |order| Value::Int(order as i64))),
    Function::new("Equal", OTHER, |_, a| compared(a, |order| order.is_eq().into())),
    Function::new("GreaterThan", OTHER, |_, a| compared(a, |order| order.is_gt().into())),
    Function::new("GreaterThanEqual", OTHER, |_, a| compared(a, |order| order.is_ge().into())),
    Function::new("LessThan", OTHER, |_, a| compared(a, |order| order.is_lt().into())),
    Function::new("LessThanEqual", OTHER, |_, a| compared(a, |order| order.is_le().into())),
    Function::new("Major", SELF, |_, a| part(a, |version| Value::Uint64(version.major))),
    Function::new("Minor", SELF, |_, a| part(a, |version| Value::Uint64(version.minor))),
    Function::new("Patch", SELF, |_, a| part(a, |version| Value::Uint64(version.patch))),
    Function::new("Prerelease", SELF, |_, a| part(a, |version| version.prerelease.as_str().into())),
    Function::new("Metadata", SELF, |_, a| part(a, |version| version.metadata.as_str().into())),
    Function::new("Original", SELF, |_, a| part(a, |version| version.original.as_str().into())),
    Function::new("String", SELF, |_, a| part(a, |version| version.to_string().into())),
    Function::new("IncMajor", SELF, |_, a| part(a, |version| incremented(version, 0))),
    Function::new("IncMinor", SELF, |_, a| part(a, |version| incremented(version, 1))),
    Function::new("IncPatch", SELF, |_, a| part(a, |version| incremented(version, 2))),
];

fn part(a: &[Value], read: fn(&Version) -> Value) -> Result<Value, Error> {
    a[0].downcast::<Version>().map(read).ok_or_else(super::lists::nil_dereference)
}

fn compared(a: &[Value], answer: fn(std::cmp::Ordering) -> Value) -> Result<Value, Error> {
    match (a[0].downcast::<Version>(), a[1].downcast::<Version>()) {
        (Some(left), Some(right)) => Ok(answer(left.compare(right))),
        _ => Err(super::lists::nil_dereference()),
    }
}

/// The version after `version` at the given place; a prerelease's next patch is the release itself.
fn incremented(version: &Version, place: usize) -> Value {
    let mut next = version.clone();
    match place {
        0 => (next.major, next.minor, next.patch) = (version.major.wrapping_add(1), 0, 0),
        1 => (next.minor, next.patch) = (version.minor.wrapping_add(1), 0),
        _ if version.prerelease.is_empty() => next.patch = version.patch.wrapping_add(1),
        _ => {}
    }
    next.prerelease.clear();
    next.metadata.clear();
    let v = if version.original.starts_with('v') { "v" } else { "" };
    next.original = format!("{v}{next}");
    Value::object(next)
}

impl Object for Version {
    fn type_name(&self) -> &str {
        "*semver.Version"
    }

    fn kind(&self) -> Kind {
        Kind::Pointer
    }

    fn methods(&self) -> &'static [Function] {
        METHODS
    }

    fn display(&self) -> Option<String> {
        Some(self.to_string())
    }

    fn encoded(&self) -> Value {
        self.to_string().into()
    }
}
