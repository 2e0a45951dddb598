//! The resolver of a container: search list and `ndots`, as its `/etc/resolv.conf` sets them.

use super::{Answer, Query, Rcode, RecordType, Zone, answer};

/// Dots that a name needs to be tried as it is first (`options ndots:5`).
const NDOTS: usize = 5;

/// The names that a pod's resolver tries, in order, for a name as typed. With its final dot a name is tried alone.
pub fn candidates(name: &str, namespace: &str) -> Vec<String> {
    if name.ends_with('.') {
        return vec![name.to_string()];
    }
    let search =
        [format!("{namespace}.svc.cluster.local."), "svc.cluster.local.".into(), "cluster.local.".into()];
    let searched = search.iter().map(|suffix| format!("{name}.{suffix}"));
    let plain = format!("{name}.");
    if name.matches('.').count() >= NDOTS {
        std::iter::once(plain).chain(searched).collect()
    } else {
        searched.chain(std::iter::once(plain)).collect()
    }
}

/// What came of resolving a name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Resolution {
    /// The name that was answered, or the last one tried.
    pub name: String,
    /// Its answer.
    pub answer: Answer,
    /// How many names were tried.
    pub tried: usize,
}

/// Resolves a name from a pod in `namespace`: the first candidate that has records of the type.
pub fn resolve(zone: &Zone, name: &str, namespace: &str, kind: RecordType) -> Resolution {
    let mut last = None;
    for (at, name) in candidates(name, namespace).into_iter().enumerate() {
        let found = answer(zone, &Query { name: name.clone(), kind });
        let is_hit = found.rcode == Rcode::NoError && !found.answer.is_empty();
        let resolution = Resolution { name, answer: found, tried: at + 1 };
        if is_hit {
            return resolution;
        }
        // A name that exists without such records ends nothing, but says more than one that does not exist.
        let is_better = resolution.answer.rcode == Rcode::NoError;
        if is_better || last.as_ref().is_none_or(|it: &Resolution| it.answer.rcode == Rcode::NxDomain) {
            last = Some(resolution);
        }
    }
    last.expect("a name has at least itself as a candidate")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn searches_before_the_name_itself_unless_it_has_five_dots() {
        assert_eq!(
            candidates("web-0.nginx", "default"),
            [
                "web-0.nginx.default.svc.cluster.local.",
                "web-0.nginx.svc.cluster.local.",
                "web-0.nginx.cluster.local.",
                "web-0.nginx."
            ]
        );
        assert_eq!(
            candidates("web-0.nginx.default.svc.cluster.local", "a")[0],
            "web-0.nginx.default.svc.cluster.local."
        );
        assert_eq!(candidates("nginx.", "a"), ["nginx."]);
    }
}
