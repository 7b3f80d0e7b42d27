//! How messages become bytes on the wire: prost, with small buffers. A thousand who watch keep a buffer each, for as
//! long as they watch.

use std::marker::PhantomData;

use tonic::Status;
use tonic::codec::{BufferSettings, Codec, EncodeBuf, Encoder};
use tonic_prost::ProstCodec;

/// What a buffer has room for at first, and at how many bytes it is sent on.
const ROOM: usize = 512;
const FULL: usize = 2 * 1024;

/// The codec of every service.
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
