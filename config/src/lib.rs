//! The typed configuration and its defaults.
