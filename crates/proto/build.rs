//! Generates the Rust types from the `.proto` files with protox, so that no protoc is needed, and a module for each
//! package. It must not know a package or a message by name, but for the watch that is encoded once.

use std::error::Error;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use prost::Message as _;
use prost_types::field_descriptor_proto::Type;
use prost_types::{FieldDescriptorProto, FileDescriptorProto};

fn main() -> Result<(), Box<dyn Error>> {
    let root = Path::new("../../proto");
    println!("cargo::rerun-if-changed=../../proto");
    let descriptors = protox::compile(proto_files(&root.join("onderdak"))?, [root])?;
    let bytes = descriptors.encode_to_vec();
    let ours: Vec<_> =
        descriptors.file.iter().filter(|file| file.package().starts_with("onderdak.")).cloned().collect();

    let out = PathBuf::from(std::env::var("OUT_DIR")?);
    std::fs::write(out.join("descriptors.bin"), &bytes)?;
    std::fs::write(out.join("modules.rs"), modules(&ours)?)?;
    tonic_prost_build::configure()
        .extern_path(".google.protobuf.Timestamp", "::pbjson_types::Timestamp")
        .codec_path("crate::codec::Small")
        .include_file("packages.rs")
        .compile_fds(descriptors)?;
    encode_once(&out.join("onderdak.regio.v1.rs"))?;
    let served = ours.iter().filter(|file| !file.service.is_empty());
    served.into_iter().try_for_each(|file| read_questions(&out.join(format!("{}.rs", file.package()))))?;
    // A newer service may say more than this version knows; what is known still reads.
    let mut json = pbjson_build::Builder::new();
    json.register_descriptors(&bytes)?.ignore_unknown_fields().ignore_unknown_enum_variants().build(&[".onderdak"])?;
    packages(&ours).try_for_each(|package| read_numbers_once(&out.join(format!("{package}.serde.rs"))))?;
    Ok(())
}

/// The packages, each once.
fn packages(files: &[FileDescriptorProto]) -> impl Iterator<Item = &str> {
    let mut packages: Vec<&str> = files.iter().map(FileDescriptorProto::package).collect();
    packages.sort_unstable();
    packages.dedup();
    packages.into_iter()
}

/// A module for each package, with its JSON form; and which messages ask for a command.
fn modules(files: &[FileDescriptorProto]) -> Result<String, Box<dyn Error>> {
    let mut text = String::new();
    for package in packages(files) {
        let wrong = || format!("the package {package} must be called onderdak.<name>.v<number>");
        let mut parts = package.split('.').skip(1);
        let (name, version) = parts.next().zip(parts.next()).ok_or_else(wrong)?;
        let serde = format!("concat!(env!(\"OUT_DIR\"), \"/{package}.serde.rs\")");
        writeln!(text, "/// The package `{package}`.\npub mod {name} {{\n/// Its only version.\npub mod {version} {{")?;
        writeln!(text, "pub use crate::packages::onderdak::{name}::{version}::*;\ninclude!({serde});\n}}\n}}")?;
    }
    for file in files {
        let module = file.package().replace('.', "::");
        let is_command = |field: &FieldDescriptorProto| field.name() == "command_id" && field.r#type() == Type::String;
        for message in file.message_type.iter().filter(|message| message.field.iter().any(is_command)) {
            let of = format!("crate::packages::{module}::{}", message.name());
            let is_location = |field: &FieldDescriptorProto| field.name() == "location_id" && !field.proto3_optional();
            let location = if message.field.iter().any(is_location) { "Some(&self.location_id)" } else { "None" };
            writeln!(
                text,
                "impl Commanding for {of} {{
                    fn command_id(&self) -> &str {{ &self.command_id }}
                    fn location_id(&self) -> Option<&str> {{ {location} }}
                }}"
            )?;
        }
    }
    Ok(text)
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
