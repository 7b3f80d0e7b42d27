//! How messages become bytes on the wire and back: prost, with small buffers. A thousand who watch keep a buffer each,
//! for as long as they watch. It must not look at what a message says.

use std::collections::HashMap;
use std::marker::PhantomData;

use tonic::codec::{BufferSettings, Codec, DecodeBuf, Decoder, EncodeBuf, Encoder};
use tonic::{Code, Status};
use tonic_prost::ProstCodec;
use tonic_types::{ErrorDetails, StatusExt as _};

/// What a buffer has room for at first, and at how many bytes it is sent on.
const ROOM: usize = 512;
const FULL: usize = 2 * 1024;

/// What is said of a question that is not protobuf, or not of this contract.
const UNREADABLE: &str = "Dit bericht is niet te lezen.";

/// The codec of every client.
pub type Small<T, U> = Side<T, U, false>;
/// The codec of every server: a question that is not protobuf is the fault of who asks.
pub type Asked<T, U> = Side<T, U, true>;

/// The codec of one side of a call.
#[derive(Debug, Clone, Default)]
pub struct Side<T, U, const IS_ASKED: bool>(PhantomData<(T, U)>);

impl<T, U, const IS_ASKED: bool> Codec for Side<T, U, IS_ASKED>
where
    T: prost::Message + Send + 'static,
    U: prost::Message + Default + Send + 'static,
{
    type Encode = T;
    type Decode = U;
    type Encoder = Exact<T>;
    type Decoder = Readable<<ProstCodec<T, U> as Codec>::Decoder, IS_ASKED>;

    fn encoder(&mut self) -> Self::Encoder {
        Exact(PhantomData)
    }

    fn decoder(&mut self) -> Self::Decoder {
        Readable(ProstCodec::<T, U>::raw_decoder(BufferSettings::new(ROOM, FULL)))
    }
}

/// Reads messages; whoever is asked says so when it cannot read the question.
#[derive(Debug, Clone)]
pub struct Readable<D, const IS_ASKED: bool>(D);

impl<D: Decoder<Error = Status>, const IS_ASKED: bool> Decoder for Readable<D, IS_ASKED> {
    type Item = D::Item;
    type Error = Status;

    fn decode(&mut self, buffer: &mut DecodeBuf<'_>) -> Result<Option<D::Item>, Status> {
        self.0.decode(buffer).map_err(|status| if IS_ASKED { unreadable(&status) } else { status })
    }

    fn buffer_settings(&self) -> BufferSettings {
        self.0.buffer_settings()
    }
}

fn unreadable(status: &Status) -> Status {
    let mut details = ErrorDetails::new();
    details.set_error_info("UNREADABLE_MESSAGE", "onderdak", HashMap::new());
    details.set_localized_message("nl", UNREADABLE);
    Status::with_error_details(Code::InvalidArgument, format!("{UNREADABLE} ({})", status.message()), details)
}

/// Asks for the room a message needs before it is written, in whole steps. A buffer that is a few bytes too small
/// doubles, and then stays that large.
#[derive(Debug, Clone)]
pub struct Exact<T>(PhantomData<T>);

impl<T: prost::Message> Encoder for Exact<T> {
    type Item = T;
    type Error = Status;

    fn encode(&mut self, message: T, buffer: &mut EncodeBuf<'_>) -> Result<(), Status> {
        buffer.reserve(message.encoded_len().next_multiple_of(ROOM));
        message.encode(buffer).map_err(|error| Status::internal(error.to_string()))
    }

    fn buffer_settings(&self) -> BufferSettings {
        BufferSettings::new(ROOM, FULL)
    }
}
