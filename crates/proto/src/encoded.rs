//! A message part of which is bytes already, so that what a thousand callers get is encoded once. It must not look
//! into those bytes.

use bytes::{Buf, BufMut, Bytes};
use prost::encoding::{DecodeContext, WireType};
use prost::{DecodeError, Message};

/// A message and bytes of the same type of message: on the wire the two together are one, as protobuf defines for
/// messages that are written one behind the other.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Encoded<M> {
    /// What is not encoded yet.
    pub message: M,
    /// The fields that are.
    pub rest: Bytes,
}

impl<M> From<M> for Encoded<M> {
    fn from(message: M) -> Self {
        Self { message, rest: Bytes::new() }
    }
}

impl<M: Message> Message for Encoded<M> {
    fn encode_raw(&self, buffer: &mut impl BufMut) {
        self.message.encode_raw(buffer);
        buffer.put_slice(&self.rest);
    }

    fn merge_field(
        &mut self,
        tag: u32,
        wire_type: WireType,
        buffer: &mut impl Buf,
        context: DecodeContext,
    ) -> Result<(), DecodeError> {
        self.message.merge_field(tag, wire_type, buffer, context)
    }

    fn encoded_len(&self) -> usize {
        self.message.encoded_len().saturating_add(self.rest.len())
    }

    fn clear(&mut self) {
        self.message.clear();
        self.rest = Bytes::new();
    }
}

#[cfg(test)]
mod tests {
    use prost::Message as _;

    use super::Encoded;
    use crate::regio::v1::watch_response::Event;
    use crate::regio::v1::{BoardLocation, WatchResponse};

    #[test]
    fn a_message_in_two_parts_reads_as_the_one_it_is() {
        let event =
            Some(Event::Location(BoardLocation { service: "opvang".to_owned(), free: 3, ..Default::default() }));
        let whole = WatchResponse { resume_token: "e:7".to_owned(), event: event.clone() };
        let rest = WatchResponse { resume_token: String::new(), event }.encode_to_vec().into();
        let parts = Encoded { message: WatchResponse { resume_token: "e:7".to_owned(), event: None }, rest };
        let bytes = parts.encode_to_vec();
        assert_eq!(bytes.len(), parts.encoded_len());
        assert_eq!(WatchResponse::decode(bytes.as_slice()).unwrap(), whole);
        assert_eq!(Encoded::<WatchResponse>::decode(bytes.as_slice()).unwrap(), Encoded::from(whole));
    }
}
