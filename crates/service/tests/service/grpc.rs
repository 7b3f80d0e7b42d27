//! Where a service listens, and what it takes: loopback only, a free port, requests of a decent size, callers that
//! say who they are.

use std::sync::{Arc, Mutex};

use futures::stream::{self, BoxStream};
use identity::claims::{Audience, Claims};
use identity::signer::Signer;
use identity::{Caller, Source, Tokens, Verifier};
use proto::feed::v1::feed_service_client::FeedServiceClient;
use proto::feed::v1::feed_service_server::{FeedService, FeedServiceServer};
use proto::feed::v1::{HeadRequest, HeadResponse, ReadRequest, ReadResponse};
use service::client::{Identified, identified};
use service::grpc::{self, LARGEST_REQUEST, ServeError};
use testkit::{SECONDS_10, wait_for};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio_util::sync::{CancellationToken, DropGuard};
use tonic::service::Routes;
use tonic::transport::Channel;
use tonic::{Code, Request, Response, Status};
use tonic_types::StatusExt as _;

/// Where the callers of these tests signed in.
const ISSUER: &str = "https://aanmelden.example.org";

/// Believes the tokens of these tests.
pub(crate) fn verifier() -> Arc<Verifier> {
    let options = identity::Options { issuer: ISSUER.to_owned(), audience: identity::AUDIENCE.to_owned() };
    let region = model::id::RegionId::parse("proef").expect("a region");
    Arc::new(Verifier::with_keys(options, region, signer().keys()).expect("an issuer"))
}

fn signer() -> Signer {
    Signer::new(&[7; 32]).expect("a key")
}

/// A token of somebody in a role.
pub(crate) fn token(role: &str, id: &str) -> String {
    let until = model::moment::later(service::clock::now(), jiff::SignedDuration::from_mins(10));
    let claims = Claims {
        iss: ISSUER.to_owned(),
        sub: id.to_owned(),
        aud: Audience::One(identity::AUDIENCE.to_owned()),
        exp: until.as_second(),
        iat: None,
        onderdak_rol: role.to_owned(),
        onderdak_regio: "proef".to_owned(),
        onderdak_locaties: Vec::new(),
        nonce: None,
        sid: None,
    };
    signer().sign("at+jwt", &claims).expect("a token")
}

/// Serves routes until the guard goes; gives a channel to them.
pub(crate) async fn serve(routes: Routes) -> (Channel, DropGuard) {
    let listener = grpc::bind("127.0.0.1:0".parse().expect("an address")).expect("loopback has a free port");
    let address = listener.local_addr().expect("a bound socket has an address");
    let stop = CancellationToken::new();
    tokio::spawn(grpc::serve(listener, routes, verifier(), stop.clone()));
    (channel(&address.to_string()).await, stop.drop_guard())
}

pub(crate) async fn channel(address: &str) -> Channel {
    let endpoint = Channel::from_shared(format!("http://{address}")).expect("an address");
    wait_for("the service to listen", SECONDS_10, async || endpoint.connect().await.map_err(|error| error.to_string()))
        .await
}

/// The same channel, for a beheerder.
pub(crate) fn known(channel: Channel) -> Identified {
    identified(channel, Tokens::fixed(&token("beheerder", "b-1")))
}

/// A feed that remembers who called.
#[derive(Clone, Default)]
struct Visitors(Arc<Mutex<Vec<Caller>>>);

#[tonic::async_trait]
impl FeedService for Visitors {
    type ReadStream = BoxStream<'static, Result<ReadResponse, Status>>;

    async fn read(&self, _request: Request<ReadRequest>) -> Result<Response<Self::ReadStream>, Status> {
        Ok(Response::new(Box::pin(stream::empty())))
    }

    async fn head(&self, request: Request<HeadRequest>) -> Result<Response<HeadResponse>, Status> {
        let caller = request.extensions().get::<Caller>().cloned().expect("the caller was put there");
        self.0.lock().expect("no test panics here").push(caller);
        Ok(Response::new(HeadResponse::default()))
    }
}

fn saying(authorization: &str) -> Request<HeadRequest> {
    let mut request = Request::new(HeadRequest {});
    request.metadata_mut().insert("authorization", authorization.parse().expect("metadata"));
    request
}

fn from(role: &str, id: &str) -> Request<HeadRequest> {
    saying(&format!("Bearer {}", token(role, id)))
}

#[tokio::test]
async fn a_token_that_is_not_believed_is_got_anew_for_the_next_call() {
    let (channel, _guard) = serve(Routes::new(FeedServiceServer::new(Visitors::default()))).await;
    let folder = testkit::TempDir::new("token");
    let file = folder.path().join("token");
    std::fs::write(&file, "eyJ.van.gisteren").expect("a file");
    let mut feed = FeedServiceClient::new(identified(channel, Tokens::new(Source::File(file.clone()))));
    let nobody = feed.head(HeadRequest {}).await.expect_err("it is no token");
    assert_eq!(nobody.code(), Code::Unauthenticated);
    std::fs::write(&file, token("beheerder", "b-1")).expect("a file");
    feed.head(HeadRequest {}).await.expect("the new one, at once");
}

#[tokio::test]
async fn an_address_that_others_can_reach_is_refused() {
    for address in ["0.0.0.0:0", "[::]:0", "192.0.2.7:8080", "[2001:db8::1]:8080", "[::ffff:192.0.2.7]:8080"] {
        let refused = grpc::bind(address.parse().expect("an address")).expect_err("not loopback");
        assert!(matches!(refused, ServeError::NotLoopback { .. }), "{address}: {refused:?}");
        assert!(refused.to_string().contains(address) && refused.to_string().contains("127.0.0.1"), "{refused}");
    }
    assert!(grpc::bind("127.0.0.1:0".parse().expect("an address")).is_ok());
}

#[tokio::test]
async fn a_port_that_is_taken_is_named() {
    let taken = grpc::bind("127.0.0.1:0".parse().expect("an address")).expect("loopback has a free port");
    let address = taken.local_addr().expect("a bound socket has an address");
    let refused = grpc::bind(address).expect_err("the port is taken");
    assert!(matches!(refused, ServeError::Bind { .. }), "{refused:?}");
    let said = service::Chain(&refused).to_string();
    assert!(said.starts_with(&format!("poort {address} is niet vrij: ")), "{said}");
}

#[tokio::test]
async fn a_call_without_a_good_token_is_unauthenticated_and_does_not_reach_the_service() {
    let visitors = Visitors::default();
    let routes = Routes::new(FeedServiceServer::new(visitors.clone()));
    let (channel, _stop) = serve(routes).await;
    let mut client = FeedServiceClient::new(channel);
    let nobody = Request::new(HeadRequest {});
    let requests = [
        (nobody, "UNAUTHENTICATED"),
        (saying("Bearer "), "UNAUTHENTICATED"),
        (saying("Basic Zzp6"), "UNAUTHENTICATED"),
        (saying("Bearer iets"), "TOKEN_UNREADABLE"),
        (from("koning", "k-1"), "TOKEN_WITHOUT_ROLE"),
    ];
    for (request, reason) in requests {
        let shown = format!("{:?}", request.metadata());
        let status = client.head(request).await.expect_err(&shown);
        assert_eq!(status.code(), Code::Unauthenticated, "{shown}");
        let info = status.get_details_error_info().expect("a reason");
        assert_eq!((info.reason.as_str(), info.domain.as_str()), (reason, "onderdak"), "{shown}");
        let sentence = status.get_details_localized_message().expect("a sentence");
        assert_eq!((sentence.locale.as_str(), sentence.message.as_str()), ("nl", status.message()), "{shown}");
    }
    assert!(visitors.0.lock().expect("no test panics here").is_empty());
}

#[tokio::test]
async fn the_caller_reaches_the_service_and_who_may_not_does_not() {
    let visitors = Visitors::default();
    let routes = Routes::new(FeedServiceServer::new(visitors.clone()));
    let (channel, _stop) = serve(routes).await;
    let mut client = FeedServiceClient::new(channel);
    client.head(from("beheerder", "b-17")).await.expect("a good token");
    let refused = client.head(from("dispatcher", "d-17")).await.expect_err("not for a dispatcher");
    assert_eq!(refused.code(), Code::PermissionDenied);
    assert_eq!(refused.get_details_error_info().expect("a reason").reason, "NOT_YOUR_ROLE");
    let seen: Vec<String> =
        visitors.0.lock().expect("no test panics here").iter().map(|caller| caller.actor.to_string()).collect();
    assert_eq!(seen, ["beheerder:b-17"]);
}

#[tokio::test]
async fn a_request_with_too_many_headers_is_refused() {
    let visitors = Visitors::default();
    let (channel, _stop) = serve(Routes::new(FeedServiceServer::new(visitors.clone()))).await;
    let refused = FeedServiceClient::new(channel).head(saying(&"x".repeat(64 * 1024))).await;
    assert!(refused.is_err());
    assert!(visitors.0.lock().expect("no test panics here").is_empty());
}

#[tokio::test]
async fn a_service_describes_its_contracts() {
    use tonic_reflection::pb::v1::server_reflection_client::ServerReflectionClient;
    use tonic_reflection::pb::v1::server_reflection_request::MessageRequest;
    use tonic_reflection::pb::v1::{ServerReflectionRequest, server_reflection_response::MessageResponse};
    let (channel, _stop) = serve(Routes::new(FeedServiceServer::new(Visitors::default()))).await;
    let list = ServerReflectionRequest {
        host: String::new(),
        message_request: Some(MessageRequest::ListServices(String::new())),
    };
    let asked = ServerReflectionClient::new(channel).server_reflection_info(stream::iter([list])).await;
    let answer = asked.expect("reflection is served").into_inner().message().await.expect("an answer").expect("one");
    let Some(MessageResponse::ListServicesResponse(services)) = answer.message_response else { panic!("{answer:?}") };
    assert!(services.service.iter().any(|service| service.name == "onderdak.feed.v1.FeedService"), "{services:?}");
}

/// Calls a method with a request that holds one text of so many bytes; what it answers does not matter.
pub(crate) async fn call_with(channel: Channel, path: &'static str, bytes: usize) -> Result<Response<()>, Status> {
    let mut grpc = tonic::client::Grpc::new(channel);
    grpc.ready().await.expect("the channel is open");
    let codec = tonic_prost::ProstCodec::<String, ()>::default();
    let mut request = Request::new("x".repeat(bytes));
    let token = format!("Bearer {}", token("beheerder", "b-1"));
    request.metadata_mut().insert("authorization", token.parse().expect("metadata"));
    grpc.unary(request, tonic::codegen::http::uri::PathAndQuery::from_static(path), codec).await
}

#[tokio::test]
async fn a_request_that_is_too_large_is_refused() {
    let visitors = Visitors::default();
    let feed = FeedServiceServer::new(visitors.clone()).max_decoding_message_size(LARGEST_REQUEST);
    let (channel, _stop) = serve(Routes::new(feed)).await;
    let refused = call_with(channel, "/onderdak.feed.v1.FeedService/Head", LARGEST_REQUEST).await;
    assert_eq!(refused.expect_err("too large").code(), Code::OutOfRange);
    assert!(visitors.0.lock().expect("no test panics here").is_empty());
}

/// A feed on a port of its own.
async fn a_feed() -> (std::net::SocketAddr, DropGuard) {
    let listener = grpc::bind("127.0.0.1:0".parse().expect("an address")).expect("loopback has a free port");
    let address = listener.local_addr().expect("a bound socket has an address");
    let stop = CancellationToken::new();
    let routes = Routes::new(FeedServiceServer::new(Visitors::default()));
    tokio::spawn(grpc::serve(listener, routes, verifier(), stop.clone()));
    (address, stop.drop_guard())
}

#[tokio::test]
async fn who_connects_and_does_not_greet_is_put_out() {
    let (address, _stop) = a_feed().await;
    let said: [&[u8]; 3] = [b"", b"PRI * HTTP/2.0\r\n", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0"];
    let silent = said.map(async |said| {
        let mut socket = tokio::net::TcpStream::connect(address).await.expect("it listens");
        socket.write_all(said).await.expect("it takes that");
        // What the server says first is read too; then the connection ends, in whichever way.
        tokio::time::timeout(SECONDS_10 * 3, socket.read_to_end(&mut Vec::new())).await.is_ok()
    });
    assert_eq!(futures::future::join_all(silent).await, [true; 3], "a silent connection is closed");
}

#[tokio::test]
async fn a_question_that_is_not_protobuf_is_the_fault_of_who_asks() {
    let (address, _stop) = a_feed().await;
    let mut client = tonic::client::Grpc::new(channel(&address.to_string()).await);
    client.ready().await.expect("it answers");
    // A message of another shape: its first field is a number here, and a text there.
    let mut question = Request::new(HeadResponse { service: "huis".to_owned(), ..HeadResponse::default() });
    let token = format!("Bearer {}", token("beheerder", "b"));
    question.metadata_mut().insert("authorization", token.parse().expect("metadata"));
    let codec = proto::codec::Small::<HeadResponse, ReadResponse>::default();
    let path = "/onderdak.feed.v1.FeedService/Read".parse().expect("a path");
    let refused = client.server_streaming(question, path, codec).await.expect_err("that is no question");
    assert_eq!(refused.code(), Code::InvalidArgument, "{refused:?}");
    assert_eq!(refused.get_details_error_info().expect("a reason").reason, "UNREADABLE_MESSAGE");
    assert!(refused.message().starts_with("Dit bericht is niet te lezen."), "{}", refused.message());
}
