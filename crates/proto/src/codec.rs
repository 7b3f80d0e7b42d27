//! How messages become bytes on the wire: prost, with small buffers. A thousand who watch keep a buffer each, for as
//! long as they watch.

use std::marker::PhantomData;

use tonic::codec::{BufferSettings, Codec};
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
    type Encoder = <ProstCodec<T, U> as Codec>::Encoder;
    type Decoder = <ProstCodec<T, U> as Codec>::Decoder;

    fn encoder(&mut self) -> Self::Encoder {
        ProstCodec::<T, U>::raw_encoder(BufferSettings::new(ROOM, FULL))
    }

    fn decoder(&mut self) -> Self::Decoder {
        ProstCodec::<T, U>::raw_decoder(BufferSettings::new(ROOM, FULL))
    }
}
