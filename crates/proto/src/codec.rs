//! How messages become bytes on the wire: prost, with small buffers. A thousand who watch keep a buffer each, for as
//! long as they watch.

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
#[derive(Debug, Clone, Default)]
pub struct Small<T, U>(PhantomData<(T, U)>);

impl<T, U> Codec for Small<T, U>
where
    T: prost::Message + Send + 'static,
    U: prost::Message + Default + Send + 'static,
{
    type Encode = T;
    type Decode = U;
    type Encoder = Exact<T>;
    type Decoder = <ProstCodec<T, U> as Codec>::Decoder;

    fn encoder(&mut self) -> Self::Encoder {
        Exact(PhantomData)
    }

    fn decoder(&mut self) -> Self::Decoder {
        ProstCodec::<T, U>::raw_decoder(BufferSettings::new(ROOM, FULL))
    }
}

/// The codec of a server: a question that is not protobuf is the fault of who asks.
#[derive(Debug, Clone, Default)]
pub struct Asked<T, U>(PhantomData<(T, U)>);

impl<T, U> Codec for Asked<T, U>
where
    T: prost::Message + Send + 'static,
    U: prost::Message + Default + Send + 'static,
{
    type Encode = T;
    type Decode = U;
    type Encoder = Exact<T>;
    type Decoder = Readable<<ProstCodec<T, U> as Codec>::Decoder>;

    fn encoder(&mut self) -> Self::Encoder {
        Exact(PhantomData)
    }

    fn decoder(&mut self) -> Self::Decoder {
        Readable(Small::<T, U>(PhantomData).decoder())
    }
}

/// Reads questions, and says so when one cannot be read.
#[derive(Debug, Clone)]
pub struct Readable<D>(D);

impl<D: Decoder<Error = Status>> Decoder for Readable<D> {
    type Item = D::Item;
    type Error = Status;

    fn decode(&mut self, buffer: &mut DecodeBuf<'_>) -> Result<Option<D::Item>, Status> {
        self.0.decode(buffer).map_err(|status| {
            let mut details = ErrorDetails::new();
            details.set_error_info("UNREADABLE_MESSAGE", "onderdak", HashMap::new());
            details.set_localized_message("nl", UNREADABLE);
            Status::with_error_details(Code::InvalidArgument, format!("{UNREADABLE} ({})", status.message()), details)
        })
    }

    fn buffer_settings(&self) -> BufferSettings {
        self.0.buffer_settings()
    }
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
