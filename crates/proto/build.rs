//! Generates the Rust types from the `.proto` files with protox, so that no protoc is needed.
//! It must not know a message by name, except which packages also travel as JSON.

use std::error::Error;
use std::path::{Path, PathBuf};

use prost::Message as _;

/// Packages whose messages go over the bus or out as JSON.
const JSON: &[&str] = &[
    ".onderdak.availability.v1",
    ".onderdak.housing_first.v1",
    ".onderdak.logeerplek.v1",
    ".onderdak.nachtdienst.v1",
    ".onderdak.opvang.v1",
    ".onderdak.privacy.v1",
    ".onderdak.regio.v1",
];

/// Packages that hold a service.
const SERVED: &[&str] = &["feed", "housing_first", "logeerplek", "nachtdienst", "opvang", "privacy", "regio"];

fn main() -> Result<(), Box<dyn Error>> {
    let root = Path::new("../../proto");
    println!("cargo::rerun-if-changed=../../proto");
    let descriptors = protox::compile(proto_files(&root.join("onderdak"))?, [root])?;
    let bytes = descriptors.encode_to_vec();

    let out = PathBuf::from(std::env::var("OUT_DIR")?);
    std::fs::write(out.join("descriptors.bin"), &bytes)?;
    tonic_prost_build::configure()
        .extern_path(".google.protobuf.Timestamp", "::pbjson_types::Timestamp")
        .codec_path("crate::codec::Small")
        .include_file("packages.rs")
        .compile_fds(descriptors)?;
    encode_once(&out.join("onderdak.regio.v1.rs"))?;
    SERVED.iter().try_for_each(|package| read_questions(&out.join(format!("onderdak.{package}.v1.rs"))))?;
    // A newer service may say more than this version knows; what is known still reads.
    let mut json = pbjson_build::Builder::new();
    json.register_descriptors(&bytes)?.ignore_unknown_fields().ignore_unknown_enum_variants().build(JSON)?;
    JSON.iter().try_for_each(|package| read_numbers_once(&out.join(format!("{}.serde.rs", &package[1..]))))?;
    Ok(())
}

/// The server of `Watch` answers with messages that are bytes already: a change is encoded once, not for each of a
/// thousand who watch. tonic can exchange a type only for clients and servers together.
fn encode_once(file: &Path) -> Result<(), Box<dyn Error>> {
    let text = std::fs::read_to_string(file)?;
    let (before, server) = text.split_once("pub mod regio_service_server").ok_or("no server of regio was generated")?;
    if server.matches("super::WatchResponse").count() != 2 {
        return Err("the generated server of regio has another shape than this build knows".into());
    }
    let server = server.replace("super::WatchResponse", "crate::encoded::Encoded<super::WatchResponse>");
    Ok(std::fs::write(file, format!("{before}pub mod regio_service_server{server}"))?)
}

/// A server reads with a codec of its own: tonic takes one for clients and servers together.
fn read_questions(file: &Path) -> Result<(), Box<dyn Error>> {
    let text = std::fs::read_to_string(file)?;
    let (clients, server) = text.split_once("_server {").ok_or("no server was generated")?;
    if server.contains("_client {") || !server.contains("crate::codec::Small::default()") {
        return Err(format!("{} has another shape than this build knows", file.display()).into());
    }
    let server = server.replace("crate::codec::Small::default()", "crate::codec::Asked::default()");
    Ok(std::fs::write(file, format!("{clients}_server {{{server}"))?)
}

/// pbjson reads every number as text first, makes an error of that, and then reads it as a number: a fifth of the
/// time of reading a report. Ours looks once.
fn read_numbers_once(file: &Path) -> Result<(), std::io::Error> {
    let text = std::fs::read_to_string(file)?;
    std::fs::write(file, text.replace("::pbjson::private::NumberDeserialize", "crate::number::Number"))
}

/// All `.proto` files below a folder, in a fixed order.
fn proto_files(folder: &Path) -> Result<Vec<PathBuf>, std::io::Error> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            files.extend(proto_files(&path)?);
        } else if path.extension().is_some_and(|ending| ending == "proto") {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}
