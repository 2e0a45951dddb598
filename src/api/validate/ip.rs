//! Rules for IP addresses and networks.
//!
//! Mirrors `IsValidIP` and `IsValidCIDR` with Go's older, laxer reading of leading zeros named as such.

use std::net::{IpAddr, Ipv4Addr};

use crate::api::field::{Errors, FieldError, Path};

fn is_sloppy_v4(text: &str) -> bool {
    let parts: Vec<_> = text.split('.').collect();
    parts.len() == 4
        && parts.iter().all(|part| {
            !part.is_empty()
                && part.bytes().all(|byte| byte.is_ascii_digit())
                && part.parse::<u32>().is_ok_and(|n| n < 256)
        })
}

/// What is wrong with an address that Go's older reader takes; the server wants none of that any more.
fn strict(text: &str) -> Option<&'static str> {
    match text.parse::<IpAddr>() {
        Ok(IpAddr::V6(address)) if address.to_ipv4_mapped().is_some() => {
            Some("must not be an IPv4-mapped IPv6 address")
        }
        Ok(_) => None,
        Err(_) if is_sloppy_v4(text) => Some("must not have leading 0s"),
        Err(_) => Some("must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)"),
    }
}

/// An address; the server refuses leading zeros.
pub(super) fn validate(text: &str, path: &Path, errors: &mut Errors) {
    errors.extend(strict(text).map(|detail| FieldError::invalid(path, text, detail)));
}

/// What the server says of an IPv6 address that is not in its canonical form.
pub(crate) fn warning(text: &str, path: &Path) -> Option<String> {
    let (address, length) = text.split_once('/').map_or((text, ""), |(address, length)| (address, length));
    let canonical = address.parse::<std::net::Ipv6Addr>().ok()?.to_string();
    let (what, canonical) = match length {
        "" => ("address", canonical),
        length => ("CIDR value", format!("{canonical}/{length}")),
    };
    (canonical != text).then(|| {
        format!("{path}: IPv6 {what} {text:?} should be in RFC 5952 canonical format ({canonical:?})")
    })
}

/// An address of an endpoint.
pub(super) fn endpoint(text: &str, path: &Path, errors: &mut Errors) {
    if text.parse::<IpAddr>().is_err() && !is_sloppy_v4(text) {
        errors.push(FieldError::invalid(path, text, "must be a valid IP address"));
    }
    not_special(text, path, errors);
}

/// An address that makes sense as the target of traffic.
pub(super) fn not_special(text: &str, path: &Path, errors: &mut Errors) {
    let Ok(address) = text.parse::<IpAddr>() else { return };
    let link_local = match address {
        IpAddr::V4(address) => address.is_link_local(),
        IpAddr::V6(address) => address.segments()[0] & 0xffc0 == 0xfe80,
    };
    let local_multicast = match address {
        IpAddr::V4(address) => address.octets()[..3] == [224, 0, 0],
        IpAddr::V6(address) => address.segments()[0] & 0xff0f == 0xff02,
    };
    let complaints = [
        (address.is_unspecified(), format!("may not be unspecified ({text})")),
        (address.is_loopback(), "may not be in the loopback range (127.0.0.0/8, ::1/128)".to_owned()),
        (link_local, "may not be in the link-local range (169.254.0.0/16, fe80::/10)".to_owned()),
        (
            local_multicast,
            "may not be in the link-local multicast range (224.0.0.0/24, ff02::/10)".to_owned(),
        ),
    ];
    for (_, detail) in complaints.into_iter().filter(|(applies, _)| *applies) {
        errors.push(FieldError::invalid(path, text, detail));
    }
}

/// A network.
pub(super) fn network(text: &str, path: &Path, errors: &mut Errors) {
    let (address, length) = text.split_once('/').unwrap_or((text, ""));
    let detail = match (parse_network(text), parse_network(&without_zeros(address, length))) {
        (None, None) => "must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)",
        (None, Some(_)) => "must not have leading 0s in IP or prefix length",
        (Some((IpAddr::V6(address), _)), _) if address.to_ipv4_mapped().is_some() => {
            "must not have an IPv4-mapped IPv6 address"
        }
        (Some((address, length)), _) if length < 128 && bits(address) << length != 0 => {
            "must not have bits set beyond the prefix length"
        }
        _ => return,
    };
    errors.push(FieldError::invalid(path, text, detail));
}

/// A network as Go's older reader takes it.
fn without_zeros(address: &str, length: &str) -> String {
    let plain = |part: &str| part.parse::<u32>().map_or_else(|_| part.to_owned(), |part| part.to_string());
    let address = if is_sloppy_v4(address) {
        address.split('.').map(plain).collect::<Vec<_>>().join(".")
    } else {
        address.to_owned()
    };
    let digits = length.bytes().all(|byte| byte.is_ascii_digit());
    format!("{address}/{}", if digits { plain(length) } else { length.to_owned() })
}

/// The address and the length of a network's prefix.
pub(super) fn parse_network(text: &str) -> Option<(IpAddr, u32)> {
    let (address, length) = text.split_once('/')?;
    let address: IpAddr = address.parse().ok()?;
    let is_plain =
        length == "0" || (!length.starts_with('0') && length.bytes().all(|byte| byte.is_ascii_digit()));
    let length: u32 = length.parse().ok().filter(|_| is_plain)?;
    (length <= if address.is_ipv4() { 32 } else { 128 }).then_some((address, length))
}

fn bits(address: IpAddr) -> u128 {
    match address {
        IpAddr::V4(address) => u128::from(u32::from(address)) << 96,
        IpAddr::V6(address) => u128::from(address),
    }
}

/// Whether an address lies in a network of the same family.
pub(super) fn contains(network: (IpAddr, u32), address: IpAddr) -> bool {
    let (base, length) = network;
    if base.is_ipv4() != address.is_ipv4() {
        return false;
    }
    length == 0 || (bits(base) ^ bits(address)) >> (128 - length) == 0
}

/// Whether the cluster's addresses for Services hold an address.
pub(crate) fn in_service_range(text: &str) -> bool {
    let range = (IpAddr::V4(Ipv4Addr::new(10, 96, 0, 0)), 16);
    let ends = [Ipv4Addr::new(10, 96, 0, 0), Ipv4Addr::new(10, 96, 255, 255)];
    text.parse().is_ok_and(|address: IpAddr| {
        contains(range, address) && ends.iter().all(|end| IpAddr::V4(*end) != address)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(rule: fn(&str, &Path, &mut Errors), cases: &[(&str, &str)]) {
        for (text, expect) in cases {
            let mut errors = Errors::new();
            rule(text, &Path::new("x"), &mut errors);
            let detail = errors.first().map_or("", |error| error.detail.as_str());
            assert!(detail.starts_with(expect) && detail.is_empty() == expect.is_empty(), "{text}: {detail}");
        }
    }

    #[test]
    fn addresses() {
        let cases = [
            ("10.0.0.1", ""),
            ("2001:DB8::1", ""),
            ("10.0.0.01", "must not have leading 0s"),
            ("::ffff:1.2.3.4", "must not be an IPv4-mapped"),
            ("10.0.0.256", "must be a valid IP"),
        ];
        check(validate, &cases);
        let path = Path::new("x");
        assert_eq!(warning("2001:db8::1", &path), None);
        assert!(warning("2001:DB8::1", &path).is_some_and(|text| text.ends_with("(\"2001:db8::1\")")));
        assert!(warning("2001:DB8::/32", &path).is_some_and(|text| text.ends_with("(\"2001:db8::/32\")")));
    }

    #[test]
    fn networks() {
        let cases = [
            ("10.0.0.0/8", ""),
            ("0.0.0.0/0", ""),
            ("::/0", ""),
            ("10.0.0.1/32", ""),
            ("10.0.0.1/8", "must not have bits set"),
            ("010.0.0.0/8", "must not have leading 0s in IP"),
            ("10.0.0.0/08", "must not have leading 0s in IP"),
            ("10.0.0.0/33", "must be a valid CIDR"),
            ("10.0.0.0", "must be a valid CIDR"),
        ];
        check(network, &cases);
    }
}
