//! Logs and traces. Logs are JSON lines, or plain lines for people; traces go to an OTLP collector when one is
//! configured, in bounded batches that never make a caller wait. Personal data must never get here: spans and log
//! lines name things by their opaque ids only.

use std::io::IsTerminal as _;
use std::path::Path;
use std::time::Duration;

use opentelemetry::propagation::{Extractor, Injector, TextMapPropagator as _};
use opentelemetry::trace::{TraceContextExt as _, TracerProvider as _};
use opentelemetry_otlp::WithExportConfig as _;
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::propagation::TraceContextPropagator;
use opentelemetry_sdk::trace::SdkTracerProvider;
use tonic::metadata::MetadataMap;
use tracing::Span;
use tracing_appender::rolling::{self, RollingFileAppender, Rotation};
use tracing_opentelemetry::OpenTelemetrySpanExt as _;
use tracing_subscriber::filter::filter_fn;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;
use tracing_subscriber::{EnvFilter, Layer as _};

use crate::reader;

/// So many files, one for each day on which somebody looked, are kept where it goes to files who looked at what.
const FILES_OF_ACCESS: usize = 31;

/// How logs look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogFormat {
    /// One JSON object a line.
    Json,
    /// Lines for people.
    Text,
}

/// How to log and trace.
#[derive(Debug, Clone)]
pub struct Options {
    /// How logs look.
    pub format: LogFormat,
    /// Address of an OTLP collector (gRPC); none: no traces.
    pub otlp_endpoint: Option<String>,
}

/// Why telemetry cannot start.
#[derive(Debug, thiserror::Error)]
pub enum TelemetryError {
    /// The exporter cannot be built.
    #[error("the OTLP exporter cannot be built")]
    Exporter(#[from] opentelemetry_otlp::ExporterBuildError),
    /// The files of who looked at what cannot be made.
    #[error("the file of who looked at what cannot be made")]
    Access(#[from] rolling::InitError),
    /// A name of ours is no filter.
    #[error("what is logged always cannot be said")]
    Filter(#[from] tracing_subscriber::filter::ParseError),
    /// Somebody else set a subscriber.
    #[error("logging was set up twice")]
    Twice(#[from] tracing_subscriber::util::TryInitError),
}

/// Keeps telemetry running; dropping it sends what is left.
#[derive(Debug)]
pub struct Guard(Option<SdkTracerProvider>);

impl Drop for Guard {
    fn drop(&mut self) {
        if let Some(provider) = self.0.take()
            && let Err(error) = provider.shutdown_with_timeout(Duration::from_secs(2))
        {
            tracing::debug!(%error, "The last traces could not be sent");
        }
    }
}

/// Starts logs and, when a collector is configured, traces.
pub fn init(service: &'static str, options: &Options) -> Result<Guard, TelemetryError> {
    start(service, options, "info,sqlx=warn,async_nats=warn", None)
}

/// The same for a terminal somebody looks at: only what needs attention. Who looked at what is written to files in a
/// folder, one a day, of which the oldest goes.
pub fn init_quiet(service: &'static str, options: &Options, folder: &Path) -> Result<Guard, TelemetryError> {
    let files = RollingFileAppender::builder().rotation(Rotation::DAILY).max_log_files(FILES_OF_ACCESS);
    let files = files.filename_prefix(reader::TARGET).filename_suffix("log").build(folder)?;
    start(service, options, "warn", Some(files))
}

fn start(
    service: &'static str,
    options: &Options,
    usual: &str,
    access: Option<RollingFileAppender>,
) -> Result<Guard, TelemetryError> {
    let mut filter = EnvFilter::try_from_env("ONDERDAK_LOG").unwrap_or_else(|_| EnvFilter::new(usual));
    let has_file = access.is_some();
    if has_file {
        // Whatever is asked of the logs, who looked at what is written down, with the call it was.
        for always in [format!("{}=info", reader::TARGET), format!("{}[call]=info", module_path!())] {
            filter = filter.add_directive(always.parse()?);
        }
    }
    let json = (options.format == LogFormat::Json).then(|| {
        tracing_subscriber::fmt::layer().json().flatten_event(true).with_span_list(false).with_writer(std::io::stderr)
    });
    let text = (options.format == LogFormat::Text).then(|| {
        tracing_subscriber::fmt::layer()
            .with_target(false)
            .with_ansi(std::io::stderr().is_terminal())
            .with_writer(std::io::stderr)
            .with_filter(filter_fn(move |line| !has_file || (line.target() != reader::TARGET && !line.is_span())))
    });
    let access = access.map(|files| {
        let lines = tracing_subscriber::fmt::layer().with_target(false).with_ansi(false).with_writer(files);
        lines.with_filter(filter_fn(|line| line.target() == reader::TARGET || line.is_span()))
    });
    let provider = options.otlp_endpoint.as_deref().map(|endpoint| provider(service, endpoint)).transpose()?;
    let traces = provider.as_ref().map(|provider| tracing_opentelemetry::layer().with_tracer(provider.tracer(service)));
    tracing_subscriber::registry().with(filter).with(json).with(text).with(access).with(traces).try_init()?;
    Ok(Guard(provider))
}

fn provider(service: &'static str, endpoint: &str) -> Result<SdkTracerProvider, TelemetryError> {
    let exporter = opentelemetry_otlp::SpanExporter::builder()
        .with_tonic()
        .with_endpoint(endpoint)
        .with_timeout(Duration::from_secs(3))
        .build()?;
    let resource = Resource::builder().with_service_name(service).build();
    Ok(SdkTracerProvider::builder().with_batch_exporter(exporter).with_resource(resource).build())
}

/// The span of one call; it continues the caller's trace. A trace that is not collected costs a span and no more.
pub fn call_span(request: &tonic::codegen::http::Request<()>) -> Span {
    let span = tracing::info_span!("call", rpc = request.uri().path());
    if request.headers().contains_key(crate::call::TRACEPARENT) {
        let parent = TraceContextPropagator::new().extract(&Headers(request.headers()));
        // Fails only where no collector is configured; there is no trace to continue then.
        let _ = span.set_parent(parent);
    }
    span
}

/// The trace context to store with an event: of the current span where traces are collected, otherwise the caller's.
pub fn traceparent(metadata: &MetadataMap) -> Option<String> {
    let context = Span::current().context();
    if context.span().span_context().is_valid() {
        let mut carrier = Carrier::default();
        TraceContextPropagator::new().inject_context(&context, &mut carrier);
        return carrier.0;
    }
    let given = metadata.get(crate::call::TRACEPARENT)?.to_str().ok()?;
    is_traceparent(given).then(|| given.to_owned())
}

/// Whether a text has the shape of a W3C trace context: it goes onto the bus, so nothing else may pass.
fn is_traceparent(given: &str) -> bool {
    let parts: Vec<&str> = given.split('-').collect();
    let lengths: Vec<usize> = parts.iter().map(|part| part.len()).collect();
    let is_hex = |part: &&str| part.bytes().all(|byte| byte.is_ascii_digit() || matches!(byte, b'a'..=b'f'));
    let is_zero = |part: &&str| part.bytes().all(|byte| byte == b'0');
    lengths == [2, 32, 16, 2]
        && parts.iter().all(is_hex)
        && parts.first() != Some(&"ff")
        && !parts.iter().skip(1).take(2).any(is_zero)
}

struct Headers<'a>(&'a tonic::codegen::http::HeaderMap);

impl Extractor for Headers<'_> {
    fn get(&self, key: &str) -> Option<&str> {
        self.0.get(key)?.to_str().ok()
    }

    fn keys(&self) -> Vec<&str> {
        self.0.keys().map(tonic::codegen::http::HeaderName::as_str).collect()
    }
}

#[derive(Default)]
struct Carrier(Option<String>);

impl Injector for Carrier {
    fn set(&mut self, key: &str, value: String) {
        if key == crate::call::TRACEPARENT {
            self.0 = Some(value);
        }
    }
}
