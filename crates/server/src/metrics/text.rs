//! Prometheus' text format, version 0.0.4.
//!
//! ```text
//! # HELP outcrop_rounds_total Rounds of the sync protocol that were answered.
//! # TYPE outcrop_rounds_total counter
//! outcrop_rounds_total{operation="pull",outcome="ok"} 17
//! ```
//!
//! Written by hand: it is a page of code, all names and labels are known beforehand, and counters
//! that are plain arrays of numbers need neither locks nor look-ups.

use std::fmt::{Display, Write as _};

use super::histogram::Histogram;

/// The content type of the format.
pub(crate) const CONTENT_TYPE: &str = "text/plain; version=0.0.4; charset=utf-8";

/// Labels of one number: their names and values.
pub(super) type Labels<'a> = &'a [(&'a str, &'a str)];

/// A page of metrics.
#[derive(Debug, Default)]
pub(super) struct Page(String);

/// One family of metrics on a page: the numbers of one name.
pub(super) struct Family<'a> {
    page: &'a mut Page,
    name: &'a str,
}

impl Page {
    /// Numbers that only grow.
    pub(super) fn counter<'a>(&'a mut self, name: &'a str, help: &str) -> Family<'a> {
        self.family(name, "counter", help)
    }

    /// Numbers that come and go.
    pub(super) fn gauge<'a>(&'a mut self, name: &'a str, help: &str) -> Family<'a> {
        self.family(name, "gauge", help)
    }

    /// Durations.
    pub(super) fn histogram<'a>(&'a mut self, name: &'a str, help: &str) -> Family<'a> {
        self.family(name, "histogram", help)
    }

    fn family<'a>(&'a mut self, name: &'a str, kind: &str, help: &str) -> Family<'a> {
        let help = help.replace('\\', "\\\\").replace('\n', "\\n");
        // A `String` takes whatever it is given.
        let _ = write!(self.0, "# HELP {name} {help}\n# TYPE {name} {kind}\n");
        Family { page: self, name }
    }

    pub(super) fn finish(self) -> String {
        self.0
    }
}

impl Family<'_> {
    /// A number.
    pub(super) fn number(self, labels: Labels<'_>, value: impl Display) -> Self {
        self.line("", labels, None, value)
    }

    /// Durations.
    pub(super) fn durations(mut self, labels: Labels<'_>, durations: &Histogram) -> Self {
        let mut count = 0;
        for (bound, so_far) in durations.cumulated() {
            self = self.line("_bucket", labels, Some(("le", bound)), so_far);
            count = so_far;
        }
        self.line("_sum", labels, None, durations.total().as_secs_f64())
            .line("_count", labels, None, count)
    }

    fn line(
        self,
        suffix: &str,
        labels: Labels<'_>,
        last: Option<(&str, &str)>,
        value: impl Display,
    ) -> Self {
        let (out, name) = (&mut self.page.0, self.name);
        let _ = write!(out, "{name}{suffix}");
        let mut separator = '{';
        for (label, value) in labels.iter().copied().chain(last) {
            let _ = write!(out, "{separator}{label}=\"{}\"", escaped(value));
            separator = ',';
        }
        if separator == ',' {
            out.push('}');
        }
        let _ = writeln!(out, " {value}");
        self
    }
}

fn escaped(value: &str) -> String {
    value.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn a_page_is_written_as_prometheus_reads_it() {
        let mut page = Page::default();
        page.counter("a_total", "Of a\\b,\nall.").number(&[], 1).number(&[("x", "\"\\\n")], 2.5);
        let durations = Histogram::default();
        durations.observe(Duration::from_millis(1_500));
        page.histogram("b_seconds", "Durations.").durations(&[("y", "z")], &durations);
        let text = page.finish();
        let (first, second) = text.split_once("# HELP b").unwrap();
        assert_eq!(
            first,
            "# HELP a_total Of a\\\\b,\\nall.\n# TYPE a_total counter\na_total 1\n\
             a_total{x=\"\\\"\\\\\\n\"} 2.5\n"
        );
        assert!(second.contains("b_seconds_bucket{y=\"z\",le=\"1\"} 0\n"), "{second}");
        assert!(second.contains("b_seconds_bucket{y=\"z\",le=\"2.5\"} 1\n"), "{second}");
        assert!(second.ends_with("b_seconds_sum{y=\"z\"} 1.5\nb_seconds_count{y=\"z\"} 1\n"));
    }
}
