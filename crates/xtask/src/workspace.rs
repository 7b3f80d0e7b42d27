//! Where things are: the workspace, its target directory, its tools, and cargo itself. Nothing
//! here runs a program or writes a file.

use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The top of the workspace. `cargo run` sets the variable; without it the current directory must do.
pub(crate) fn root() -> PathBuf {
    let this_crate = env::var_os("CARGO_MANIFEST_DIR").map(PathBuf::from);
    let root = this_crate.as_deref().and_then(Path::parent).and_then(Path::parent);
    root.map_or_else(|| PathBuf::from("."), Path::to_path_buf)
}

/// The directory cargo builds in, absolute.
pub(crate) fn target() -> PathBuf {
    let chosen = env::var_os("CARGO_TARGET_DIR").filter(|dir| !dir.is_empty()).map(PathBuf::from);
    let target = chosen.unwrap_or_else(|| root().join("target"));
    std::path::absolute(&target).unwrap_or(target)
}

/// Where fetched tools are kept.
pub(crate) fn tools() -> PathBuf {
    target().join("tools")
}

/// The `onderdak` program after `cargo build --release`.
pub(crate) fn onderdak() -> PathBuf {
    target().join("release").join("onderdak")
}

/// The cargo that runs us, working in the workspace and building in the same target directory.
pub(crate) fn cargo() -> Command {
    let mut cargo = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    // The target directory is made absolute here, because cargo would read a relative one from its own directory.
    cargo.current_dir(root()).env("CARGO_TARGET_DIR", target());
    // What `cargo run` says of this crate makes build scripts that look at it run again, and half the tree with them.
    for (name, _) in env::vars_os() {
        if name.to_str().is_some_and(|name| name.starts_with("CARGO_PKG_") || name.starts_with("CARGO_MANIFEST_")) {
            cargo.env_remove(name);
        }
    }
    cargo
}
