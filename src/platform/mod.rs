//! The browser behind small traits, with in-memory twins.
