//! A collector of traces and metrics: it takes OTLP over HTTP, and keeps what it decodes.

use std::collections::BTreeMap;

use opentelemetry_proto::tonic::collector::metrics::v1::ExportMetricsServiceRequest;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::common::v1::{AnyValue, KeyValue};
use opentelemetry_proto::tonic::metrics::v1::metric::Data;
use opentelemetry_proto::tonic::metrics::v1::number_data_point;
use opentelemetry_proto::tonic::trace::v1::Span as ProtoSpan;
use opentelemetry_proto::tonic::trace::v1::status::StatusCode;
use prost::Message as _;

use crate::support::{Act, Seen, Server, reply};

/// Attributes as text.
pub(crate) type Attributes = BTreeMap<String, String>;

/// A span that has come.
#[derive(Debug, Clone)]
pub(crate) struct Span {
    pub(crate) service: String,
    pub(crate) scope: String,
    pub(crate) name: String,
    pub(crate) kind: i32,
    pub(crate) trace: Vec<u8>,
    pub(crate) id: Vec<u8>,
    pub(crate) parent: Vec<u8>,
    pub(crate) attributes: Attributes,
    pub(crate) events: Vec<(String, Attributes)>,
    pub(crate) is_error: bool,
    pub(crate) words: String,
}

impl Span {
    #[track_caller]
    pub(crate) fn get(&self, name: &str) -> &str {
        self.attributes.get(name).unwrap_or_else(|| panic!("no {name} in {self:?}"))
    }

    #[track_caller]
    pub(crate) fn event(&self, name: &str) -> &Attributes {
        let found = self.events.iter().find(|(known, _)| known == name);
        &found.unwrap_or_else(|| panic!("no {name} in {self:?}")).1
    }
}

/// One measurement: its attributes, its sum or how many were measured.
#[derive(Debug, Clone)]
pub(crate) struct Point {
    pub(crate) metric: String,
    pub(crate) unit: String,
    pub(crate) attributes: Attributes,
    pub(crate) value: u64,
}

/// A collector that ends with the process.
pub(crate) struct Collector(Server);

impl Collector {
    pub(crate) fn start() -> Self {
        Self::start_with(|_| Act::Send(reply("200 OK", "application/x-protobuf", b"")))
    }

    /// One that answers as it is told.
    pub(crate) fn start_with(act: impl Fn(&Seen) -> Act + Send + Sync + 'static) -> Self {
        Self(Server::start(act))
    }

    pub(crate) fn endpoint(&self) -> &str {
        &self.0.origin
    }

    fn bodies(&self, path: &str) -> Vec<Vec<u8>> {
        let start = format!("post {path} http/1.1\r\n");
        let seen = self.0.seen().into_iter();
        let sent = seen.filter(|seen| seen.head.starts_with(&start));
        sent.map(|seen| {
            assert!(seen.head.contains("\r\ncontent-type: application/x-protobuf\r\n"));
            seen.body
        })
        .collect()
    }

    pub(crate) fn spans(&self) -> Vec<Span> {
        let mut spans = Vec::new();
        for body in self.bodies("/v1/traces") {
            let request = ExportTraceServiceRequest::decode(&body[..]).unwrap();
            for resource in request.resource_spans {
                let about = attributes(&resource.resource.unwrap().attributes);
                let service = about["service.name"].clone();
                for scope in resource.scope_spans {
                    let name = scope.scope.unwrap().name;
                    spans.extend(scope.spans.into_iter().map(|span| told(span, &service, &name)));
                }
            }
        }
        spans
    }

    pub(crate) fn named(&self, name: &str) -> Vec<Span> {
        self.spans().into_iter().filter(|span| span.name == name).collect()
    }

    #[track_caller]
    pub(crate) fn only(&self, name: &str) -> Span {
        let found = self.named(name);
        assert_eq!(found.len(), 1, "{found:?}");
        found[0].clone()
    }

    /// All measurements, in the order in which they came.
    pub(crate) fn points(&self) -> Vec<Point> {
        let mut points = Vec::new();
        let decode = |body: Vec<u8>| ExportMetricsServiceRequest::decode(&body[..]).unwrap();
        let requests = self.bodies("/v1/metrics").into_iter().map(decode);
        let scopes = requests.flat_map(|request| request.resource_metrics);
        let scopes = scopes.flat_map(|resource| resource.scope_metrics);
        for metric in scopes.flat_map(|scope| scope.metrics) {
            let (name, unit) = (metric.name, metric.unit);
            let mut add = |about: &[KeyValue], value| {
                let (metric, unit, attributes) = (name.clone(), unit.clone(), attributes(about));
                points.push(Point { metric, unit, attributes, value });
            };
            match metric.data.unwrap() {
                Data::Sum(sum) => {
                    assert!(sum.is_monotonic);
                    for point in sum.data_points {
                        let Some(number_data_point::Value::AsInt(value)) = point.value else {
                            panic!("{point:?}")
                        };
                        add(&point.attributes, value.try_into().unwrap());
                    }
                }
                Data::Histogram(histogram) => {
                    for point in histogram.data_points {
                        assert!(point.sum.unwrap() > 0.0 && point.sum.unwrap() < 60.0);
                        assert!(point.explicit_bounds.contains(&0.005));
                        add(&point.attributes, point.count);
                    }
                }
                other => panic!("{other:?}"),
            }
        }
        points
    }

    /// The last value of a measurement with exactly these attributes.
    #[track_caller]
    pub(crate) fn value(&self, metric: &str, about: &[(&str, &str)]) -> u64 {
        let about = about.iter().map(|&(name, value)| (name.to_owned(), value.to_owned()));
        let about: Attributes = about.collect();
        let points = self.points();
        let found =
            points.iter().rfind(|point| point.metric == metric && point.attributes == about);
        found.unwrap_or_else(|| panic!("no {metric} {about:?} in {points:#?}")).value
    }

    /// All that has come, as it came.
    pub(crate) fn everything(&self) -> String {
        let seen = self.0.seen();
        seen.iter().map(|seen| String::from_utf8_lossy(&seen.body)).collect()
    }
}

fn told(span: ProtoSpan, service: &str, scope: &str) -> Span {
    let status = span.status.unwrap_or_default();
    assert!(span.end_time_unix_nano >= span.start_time_unix_nano);
    Span {
        service: service.to_owned(),
        scope: scope.to_owned(),
        name: span.name,
        kind: span.kind,
        trace: span.trace_id,
        id: span.span_id,
        parent: span.parent_span_id,
        attributes: attributes(&span.attributes),
        events: span
            .events
            .into_iter()
            .map(|event| (event.name, attributes(&event.attributes)))
            .collect(),
        is_error: status.code == StatusCode::Error as i32,
        words: status.message,
    }
}

fn attributes(all: &[KeyValue]) -> Attributes {
    let mut attributes = Attributes::new();
    for one in all {
        let value = match one.value.clone() {
            Some(AnyValue { value: Some(Value::StringValue(text)) }) => text,
            Some(AnyValue { value: Some(Value::IntValue(number)) }) => number.to_string(),
            Some(AnyValue { value: Some(Value::DoubleValue(number)) }) => number.to_string(),
            Some(AnyValue { value: Some(Value::BoolValue(is)) }) => is.to_string(),
            // Lists of texts, as the resource has them.
            other => format!("{other:?}"),
        };
        let known = attributes.insert(one.key.clone(), value);
        assert!(known.is_none(), "{} twice", one.key);
    }
    attributes
}
