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

/// An address; the server refuses leading zeros.
pub(super) fn validate(text: &str, path: &Path, errors: &mut Errors) {
    if text.parse::<IpAddr>().is_ok() {
        return;
    }
    let detail = if is_sloppy_v4(text) {
        "must not have leading 0s"
    } else {
        "must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)"
    };
    errors.push(FieldError::invalid(path, text, detail));
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
    if parse_network(text).is_none() {
        let detail = "must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)";
        errors.push(FieldError::invalid(path, text, detail));
    }
}

/// The address and the length of a network's prefix.
pub(super) fn parse_network(text: &str) -> Option<(IpAddr, u32)> {
    let (address, length) = text.split_once('/')?;
    let address: IpAddr = address.parse().ok()?;
    let length: u32 = length.parse().ok()?;
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
    text.parse().is_ok_and(|address| contains(range, address))
}
