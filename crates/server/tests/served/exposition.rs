//! A reader of Prometheus' text format that takes nothing else.
//! <https://prometheus.io/docs/instrumenting/exposition_formats/>

use std::collections::{BTreeMap, BTreeSet};

/// A page of metrics: each line that was read, by its name and labels.
pub(crate) struct Page(BTreeMap<String, f64>);

impl Page {
    /// Reads a page, and panics at the first thing that is wrong with it.
    pub(crate) fn read(text: &str) -> Self {
        assert!(text.ends_with('\n'), "the last line has no end");
        let mut numbers = BTreeMap::new();
        let mut families = BTreeSet::new();
        let mut family = (String::new(), String::new());
        let mut lines = text.lines();
        while let Some(line) = lines.next() {
            if let Some(help) = line.strip_prefix("# HELP ") {
                let (name, words) = help.split_once(' ').expect("a name and its help");
                assert!(is_name(name) && !words.is_empty(), "{line}");
                assert!(families.insert(name.to_owned()), "{name} comes twice");
                let kind = lines.next().and_then(|line| line.strip_prefix("# TYPE "));
                let (same, kind) = kind.expect("a type follows").split_once(' ').expect("a type");
                assert_eq!(same, name);
                assert!(["counter", "gauge", "histogram"].contains(&kind), "{kind}");
                assert_eq!(kind == "counter", name.ends_with("_total"), "{name}");
                family = (name.to_owned(), kind.to_owned());
                continue;
            }
            let (key, value) = line.rsplit_once(' ').expect("a number");
            let (name, labels) = take_apart(key);
            let base = match &*family.1 {
                "histogram" => ["_bucket", "_sum", "_count"]
                    .iter()
                    .find_map(|end| name.strip_suffix(end))
                    .expect("a part of a histogram"),
                _ => name,
            };
            assert_eq!(base, family.0, "{line}");
            let value: f64 = value.parse().unwrap_or_else(|_| panic!("{line}"));
            assert!(value >= 0.0, "{line}");
            let names: BTreeSet<_> = labels.iter().map(|(name, _)| name).collect();
            assert_eq!(names.len(), labels.len(), "a label comes twice: {line}");
            assert_eq!(name.ends_with("_bucket"), names.contains(&"le".to_owned()), "{line}");
            assert!(numbers.insert(key.to_owned(), value).is_none(), "twice: {line}");
        }
        let page = Self(numbers);
        page.check_histograms();
        page
    }

    /// The number of a name with its labels, just as it is written.
    pub(crate) fn number(&self, key: &str) -> f64 {
        *self.0.get(key).unwrap_or_else(|| panic!("there is no {key}"))
    }

    pub(crate) fn keys(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }

    /// Buckets must grow, end with one for all, and that one must be the count.
    fn check_histograms(&self) {
        let mut series: BTreeMap<String, Vec<(f64, f64)>> = BTreeMap::new();
        for (key, count) in &self.0 {
            let (name, labels) = take_apart(key);
            let Some(name) = name.strip_suffix("_bucket") else { continue };
            let mut rest = Vec::new();
            let mut bound = None;
            for (label, value) in labels {
                if label == "le" {
                    bound = Some(value.replace("+Inf", "inf").parse().unwrap());
                } else {
                    rest.push(format!("{label}=\"{value}\""));
                }
            }
            let labels =
                if rest.is_empty() { String::new() } else { format!("{{{}}}", rest.join(",")) };
            let series = series.entry(format!("{name}_count{labels}")).or_default();
            series.push((bound.unwrap(), *count));
        }
        assert!(!series.is_empty());
        for (count, mut buckets) in series {
            buckets.sort_by(|one, other| one.0.total_cmp(&other.0));
            assert!(buckets.is_sorted_by(|one, other| one.1 <= other.1), "{count}");
            let last = buckets.last().unwrap();
            assert_eq!((last.0, last.1), (f64::INFINITY, self.number(&count)), "{count}");
        }
    }
}

fn is_name(name: &str) -> bool {
    let is_first = |c: char| c.is_ascii_alphabetic() || c == '_' || c == ':';
    name.starts_with(is_first) && name.chars().all(|c| is_first(c) || c.is_ascii_digit())
}

/// Name and labels.
fn take_apart(key: &str) -> (&str, Vec<(String, String)>) {
    let Some((name, rest)) = key.split_once('{') else {
        assert!(is_name(key), "{key}");
        return (key, Vec::new());
    };
    assert!(is_name(name), "{key}");
    let mut rest = rest.strip_suffix('}').expect("labels end");
    let mut labels = Vec::new();
    loop {
        let (label, value) = rest.split_once("=\"").expect("a label");
        assert!(is_name(label) && !label.contains(':'), "{key}");
        let (value, after) = quoted(value);
        labels.push((label.to_owned(), value));
        match after.strip_prefix(',') {
            Some(more) => rest = more,
            None => break assert!(after.is_empty(), "{key}"),
        }
    }
    (name, labels)
}

/// A value up to its closing quote, and what follows.
fn quoted(text: &str) -> (String, &str) {
    let mut value = String::new();
    let mut letters = text.char_indices();
    while let Some((at, letter)) = letters.next() {
        match letter {
            '"' => return (value, &text[at + 1..]),
            '\\' => match letters.next().expect("something is escaped").1 {
                'n' => value.push('\n'),
                letter @ ('\\' | '"') => value.push(letter),
                other => panic!("\\{other}"),
            },
            letter => value.push(letter),
        }
    }
    panic!("no closing quote: {text}")
}
