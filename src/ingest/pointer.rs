//! RFC 6901 pointers: where in an entry something is.

/// `base` and the member called `name` below it.
#[must_use]
pub fn join(base: &str, name: &str) -> String {
    let name = super::fault::shorten(name);
    if name.contains(['~', '/']) {
        return format!("{base}/{}", name.replace('~', "~0").replace('/', "~1"));
    }
    format!("{base}/{name}")
}
