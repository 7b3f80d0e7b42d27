//! No field of any call takes a number that may be a BSN. The fields are those of the contracts themselves, so that a new
//! one is tried too. It must not know a call by name, but for what is said in [`TAKES_DIGITS`].

use std::collections::{BTreeMap, HashMap};

use bytes::{Buf as _, BufMut as _, Bytes};
use onderdak::client::command_id;
use onderdak::suite::Service;
use prost::Message as _;
use prost::encoding::{WireType, encode_key, encode_varint};
use prost_types::field_descriptor_proto::{Label, Type};
use prost_types::{DescriptorProto, FieldDescriptorProto, FileDescriptorSet};
use tonic::codec::{Codec, DecodeBuf, Decoder, EncodeBuf, Encoder};
use tonic::{Code, Request, Status};
use tonic_types::StatusExt as _;

use crate::house::House;

/// It passes the eleven test, and nobody has it.
const BSN: &str = "111222333";

/// Fields in which such digits are no mistake, and why.
const TAKES_DIGITS: [(&str, &str); 2] = [
    ("onderdak.privacy.v1.EraseRequest.value", "what was typed by mistake must be erased too"),
    ("onderdak.regio.v1.WatchRequest.resume_token", "a place in the stream; it is not kept"),
];

/// What such a field names must be there already. Nothing is called by these digits, so nothing comes of them, and a list
/// that begins after them or holds only those is empty or whole.
const LOOKED_UP: [&str; 8] = [
    "after_location_id",
    "location_id",
    "place_id",
    "pool",
    "pools",
    "retire_place_id",
    "seen_at_location_id",
    "to_place_id",
];

/// Ids that people give; every other one is made by a service, and nothing else is taken for it.
const GIVEN: [&str; 9] = [
    "after_location_id",
    "command_id",
    "location_id",
    "other_staff_id",
    "place_id",
    "retire_place_id",
    "seen_at_location_id",
    "staff_id",
    "to_place_id",
];

/// Here the same name is that of something new. Written as the fields that lead to it.
const NEW: [&str; 6] = [
    "onderdak.logeerplek.v1.AddPlaceRequest.place_id",
    "onderdak.logeerplek.v1.RegisterLocationRequest.location_id",
    "onderdak.opvang.v1.AddPlaceRequest.place_id",
    "onderdak.opvang.v1.PlanCapacityRequest.steps.add_place.place_id",
    "onderdak.opvang.v1.PlanCapacityRequest.steps.add_place.profile.pool",
    "onderdak.opvang.v1.RegisterLocationRequest.location_id",
];

pub(crate) struct Contracts {
    messages: HashMap<String, DescriptorProto>,
    /// Package, path and request of every call.
    pub(crate) calls: Vec<(String, String, String)>,
}

impl Contracts {
    pub(crate) fn read() -> Self {
        let set = FileDescriptorSet::decode(proto::DESCRIPTORS).unwrap();
        let (mut messages, mut calls) = (HashMap::new(), Vec::new());
        for file in set.file {
            let package = file.package().to_owned();
            for message in file.message_type {
                messages.insert(format!(".{package}.{}", message.name()), message);
            }
            for service in file.service.iter().filter(|_| package.starts_with("onderdak.")) {
                for method in &service.method {
                    let path = format!("/{package}.{}/{}", service.name(), method.name());
                    calls.push((package.clone(), path, method.input_type().to_owned()));
                }
            }
        }
        Self { messages, calls }
    }

    /// A message that holds these texts in the fields of these names, and nothing where it has no such field.
    pub(crate) fn holding(&self, message: &str, texts: &[(&str, &str)]) -> Vec<u8> {
        let mut bytes = Vec::new();
        for field in &self.messages[message].field {
            let text = texts.iter().find(|(name, _)| *name == field.name());
            if let Some((_, text)) = text.filter(|_| field.r#type() == Type::String) {
                encode_key(u32::try_from(field.number()).unwrap(), WireType::LengthDelimited, &mut bytes);
                encode_varint(u64::try_from(text.len()).unwrap(), &mut bytes);
                bytes.extend_from_slice(text.as_bytes());
            }
        }
        bytes
    }

    /// Every string in a message, by the numbers of the fields that lead to it.
    fn strings(&self, message: &str) -> Vec<Vec<i32>> {
        let mut found = Vec::new();
        for field in &self.messages[message].field {
            match field.r#type() {
                Type::String => found.push(vec![field.number()]),
                Type::Message if field.type_name() != ".google.protobuf.Timestamp" => {
                    let inner = self.strings(field.type_name()).into_iter();
                    found.extend(inner.map(|path| [vec![field.number()], path].concat()));
                }
                _ => {}
            }
        }
        found
    }

    /// The field at the end of a path, as `message.field`, and all fields that lead to it.
    fn names(&self, message: &str, path: &[i32]) -> (String, String) {
        let (mut of, mut last, mut whole) = (message, String::new(), message[1..].to_owned());
        for number in path {
            let field = self.messages[of].field.iter().find(|field| field.number() == *number).unwrap();
            last = format!("{}.{}", &of[1..], field.name());
            whole = format!("{whole}.{}", field.name());
            of = field.type_name();
        }
        (last, whole)
    }

    /// A message as somebody might send it, with the number at the end of the path.
    fn sent(&self, package: &str, message: &str, path: &[i32]) -> Vec<u8> {
        let mut bytes = Vec::new();
        let mut chosen: BTreeMap<i32, i32> = BTreeMap::new();
        let fields = &self.messages[message].field;
        // Of fields of which only one can be sent, the one on the path; otherwise the first.
        for field in fields.iter().filter(|field| path.first() == Some(&field.number())).chain(fields) {
            if let Some(of) = field.oneof_index {
                chosen.entry(of).or_insert(field.number());
            }
        }
        for field in fields {
            let is_chosen = field.oneof_index.is_none_or(|of| chosen[&of] == field.number());
            if is_chosen {
                let rest = path.split_first().filter(|(first, _)| **first == field.number()).map(|(_, rest)| rest);
                self.put(package, field, rest, &mut bytes);
            }
        }
        bytes
    }

    fn put(&self, package: &str, field: &FieldDescriptorProto, rest: Option<&[i32]>, bytes: &mut Vec<u8>) {
        let number = u32::try_from(field.number()).unwrap();
        let mut put = |inner: &[u8]| {
            encode_key(number, WireType::LengthDelimited, bytes);
            encode_varint(u64::try_from(inner.len()).unwrap(), bytes);
            bytes.extend_from_slice(inner);
        };
        match field.r#type() {
            Type::String if rest.is_some() => put(BSN.as_bytes()),
            Type::String => put(plausible(field.name()).as_bytes()),
            Type::Message if field.type_name() == ".google.protobuf.Timestamp" => {
                put(&model::wire::time_out(service::clock::now()).encode_to_vec());
            }
            Type::Message => put(&self.sent(package, field.type_name(), rest.unwrap_or_default())),
            Type::Double => {
                encode_key(number, WireType::SixtyFourBit, bytes);
                bytes.put_f64_le(if field.name() == "latitude" { 52.3 } else { 5.2 });
            }
            _ => {
                let value = if field.r#type() == Type::Sint32 { 2 } else { number_of(package, field) };
                if field.label() == Label::Repeated {
                    let mut packed = Vec::new();
                    encode_varint(value, &mut packed);
                    put(&packed);
                } else {
                    encode_key(number, WireType::Varint, bytes);
                    encode_varint(value, bytes);
                }
            }
        }
    }
}

/// What somebody might send in a field of such a name.
fn plausible(name: &str) -> String {
    match name {
        "command_id" => command_id(),
        "phone" => "000-000 00 01".to_owned(),
        name if name.ends_with("_id") && !GIVEN.contains(&name) => "0".repeat(32),
        "also_pools" => "generalistisch".to_owned(),
        "pool" => "ambulant".to_owned(),
        "role" => "beheerder".to_owned(),
        name if name.contains("gemeente") || name == "residence" => "gm0034".to_owned(),
        _ => "iets".to_owned(),
    }
}

fn number_of(package: &str, field: &FieldDescriptorProto) -> u64 {
    let is_planned = matches!(package, "onderdak.opvang.v1" | "onderdak.nachtdienst.v1");
    let tomorrow = service::clock::now().to_zoned(jiff::tz::TimeZone::UTC).date().tomorrow().unwrap();
    match (field.name(), field.type_name()) {
        (_, ".onderdak.availability.v1.Kind") if package == "onderdak.opvang.v1" => 2,
        (_, ".onderdak.nachtdienst.v1.MeldingStatus") => 3,
        (_, ".onderdak.nachtdienst.v1.MeldingResult") => 2,
        (_, ".onderdak.nachtdienst.v1.TeamState") => 4,
        (_, ".onderdak.availability.v1.PlaceStatus") => 4,
        (_, ".onderdak.availability.v1.TrajectStage") => 5,
        // Plans and shifts are of tomorrow, everything else is of long ago.
        ("year", _) if is_planned => u64::try_from(tomorrow.year()).unwrap(),
        ("month", _) if is_planned => u64::try_from(tomorrow.month()).unwrap(),
        ("day", _) if is_planned => u64::try_from(tomorrow.day()).unwrap(),
        ("year", _) => 2026,
        ("max_age", _) => 99,
        ("until_minute", _) => 600,
        ("max_household" | "household_size", _) => 9,
        _ => 1,
    }
}

#[tokio::test]
async fn no_field_of_any_call_takes_a_number_that_may_be_a_bsn() {
    let house = House::start().await;
    house.location("iets", 1).await;
    let contracts = Contracts::read();
    let to = &house.connection;
    let (mut taken, mut tried) = (Vec::new(), 0);
    for (package, call, input) in &contracts.calls {
        let is_of = |service: &Service| *package == format!("onderdak.{}.v1", service.name().replace('-', "_"));
        // What is of no service is served by every service that owns a log.
        let addresses = Service::all().find(is_of).map_or_else(|| to.owners().collect(), |it| vec![to.address(it)]);
        for path in contracts.strings(input) {
            let (field, whole) = contracts.names(input, &path);
            if TAKES_DIGITS.iter().any(|(name, _)| *name == field) {
                continue;
            }
            for address in &addresses {
                tried += 1;
                let bytes = contracts.sent(package, input, &path);
                let mut grpc = tonic::client::Grpc::new(to.channel(address).map_err(|it| it.sentence).unwrap());
                grpc.ready().await.unwrap();
                let request = Request::new(Bytes::from(bytes));
                let answer = grpc.unary(request, call.parse().unwrap(), Raw).await;
                if !is_refused(&whole, answer.as_ref().err()) {
                    let answer = answer.err();
                    let said = answer.as_ref().map(|status| (wrong_field(status), status.message().to_owned()));
                    taken.push(format!("{call}: {whole}: {said:?}"));
                }
            }
        }
    }
    assert!(tried > 200, "{tried}");
    assert_eq!(taken, Vec::<String>::new());
}

/// Whether exactly this field was refused; or nothing is known by these digits.
fn is_refused(name: &str, status: Option<&Status>) -> bool {
    let field = name.rsplit('.').next().unwrap();
    let is_looked_up = LOOKED_UP.contains(&field) && !NEW.contains(&name);
    let Some(status) = status else { return is_looked_up && (field.starts_with("after_") || field == "pool") };
    let is_named = wrong_field(status).is_some_and(|wrong| {
        let last = wrong.rsplit('.').next().unwrap_or_default();
        last.split('[').next() == Some(field)
    });
    let is_unknown = matches!(status.code(), Code::NotFound | Code::FailedPrecondition);
    (status.code() == Code::InvalidArgument && is_named) || (is_looked_up && is_unknown)
}

fn wrong_field(status: &Status) -> Option<String> {
    Some(status.get_details_bad_request()?.field_violations.into_iter().next()?.field)
}

/// Bytes as they are.
#[derive(Clone, Copy, Default)]
pub(crate) struct Raw;

impl Codec for Raw {
    type Encode = Bytes;
    type Decode = Bytes;
    type Encoder = Self;
    type Decoder = Self;

    fn encoder(&mut self) -> Self {
        Self
    }

    fn decoder(&mut self) -> Self {
        Self
    }
}

impl Encoder for Raw {
    type Item = Bytes;
    type Error = Status;

    fn encode(&mut self, item: Bytes, to: &mut EncodeBuf<'_>) -> Result<(), Status> {
        to.put(item);
        Ok(())
    }
}

impl Decoder for Raw {
    type Item = Bytes;
    type Error = Status;

    fn decode(&mut self, from: &mut DecodeBuf<'_>) -> Result<Option<Bytes>, Status> {
        Ok(Some(from.copy_to_bytes(from.remaining())))
    }
}
