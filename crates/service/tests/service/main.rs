//! What a service does around its rules, against real things: a nats-server alone and three as a cluster, a log on
//! SQLite, gRPC over a socket. The domain counts beds and exists only here.

mod beds;
mod broker;
mod call;
mod cloudevents;
mod drain;
mod grpc;
mod lines;
mod log;
mod outage;
mod relay;
mod relaying;
mod restart;
mod retry;
mod stream;
mod traceparent;
mod unusable;
