//! Sprig's functions on paths, and the one that asks the network.

use super::path::{base, clean, dir, extension};
use crate::template::function::{Function, Type};

const TEXT: &[Type] = &[Type::String];

/// The path functions; the `os` ones are those of Linux, where both are the same.
pub(crate) static FUNCTIONS: &[Function] = &[
    Function::new("base", TEXT, |_, a| Ok(base(&a[0].text()).into())),
    Function::new("clean", TEXT, |_, a| Ok(clean(&a[0].text()).into())),
    Function::new("dir", TEXT, |_, a| Ok(dir(&a[0].text()).into())),
    Function::new("ext", TEXT, |_, a| Ok(extension(&a[0].text()).into())),
    Function::new("isAbs", TEXT, |_, a| Ok(a[0].text().starts_with('/').into())),
    Function::new("osBase", TEXT, |_, a| Ok(base(&a[0].text()).into())),
    Function::new("osClean", TEXT, |_, a| Ok(clean(&a[0].text()).into())),
    Function::new("osDir", TEXT, |_, a| Ok(dir(&a[0].text()).into())),
    Function::new("osExt", TEXT, |_, a| Ok(extension(&a[0].text()).into())),
    Function::new("osIsAbs", TEXT, |_, a| Ok(a[0].text().starts_with('/').into())),
    // Helm answers the empty text unless DNS is enabled on its command line.
    Function::new("getHostByName", TEXT, |_, _| Ok("".into())),
];
