//! Time against size, as SVG.

use std::fmt::Write as _;

/// Where the plot is, from the root of the project.
pub(crate) const FILE: &str = "crates/bench/growth.svg";

/// One thing at several sizes, `(artifacts, seconds)`: here, and with stock.
pub(crate) struct Line {
    pub(crate) name: &'static str,
    pub(crate) ours: Vec<(f64, f64)>,
    pub(crate) stock: Vec<(f64, f64)>,
}

/// The whole picture, and the part of it in which lines are.
const WIDTH: f64 = 760.0;
const HEIGHT: f64 = 440.0;
const LEFT: f64 = 70.0;
const RIGHT: f64 = 560.0;
const TOP: f64 = 20.0;
const BOTTOM: f64 = 390.0;

/// Colours that most people tell apart.
const COLOURS: &[&str] = &["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#8a6d00"];

/// A logarithmic axis: from one power of ten to another, onto a part of the picture.
struct Axis {
    low: i32,
    high: i32,
    from: f64,
    to: f64,
}

impl Axis {
    #[allow(clippy::cast_possible_truncation)] // powers of ten of figures that were measured
    fn new(values: impl Iterator<Item = f64> + Clone, from: f64, to: f64) -> Self {
        let least = values.clone().fold(f64::INFINITY, f64::min);
        let most = values.fold(f64::MIN_POSITIVE, f64::max);
        let low = least.log10().floor() as i32;
        Self { low, high: (most.log10().ceil() as i32).max(low + 1), from, to }
    }

    fn place(&self, value: f64) -> f64 {
        let part = (value.log10() - f64::from(self.low)) / f64::from(self.high - self.low);
        self.from + part * (self.to - self.from)
    }

    fn marks(&self) -> impl Iterator<Item = (f64, f64)> {
        (self.low..=self.high).map(|power| 10_f64.powi(power)).map(|at| (at, self.place(at)))
    }
}

/// Draws them.
pub(crate) fn svg(lines: &[Line]) -> String {
    let points = || lines.iter().flat_map(|line| line.ours.iter().chain(&line.stock));
    let across = Axis::new(points().map(|point| point.0), LEFT, RIGHT);
    let up = Axis::new(points().map(|point| point.1), BOTTOM, TOP);
    let mut out = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {HEIGHT}\" \
         font-family=\"sans-serif\" font-size=\"13\" fill=\"#333\">\n\
         <title>Time against size</title>\n\
         <rect width=\"{WIDTH}\" height=\"{HEIGHT}\" fill=\"#fff\"/>\n"
    );
    for (value, x) in across.marks() {
        rule(&mut out, [x, TOP, x, BOTTOM]);
        label(&mut out, "middle", [x, BOTTOM + 18.0], &format!("{value}"));
    }
    for (value, y) in up.marks() {
        rule(&mut out, [LEFT, y, RIGHT, y]);
        label(&mut out, "end", [LEFT - 6.0, y + 4.0], &format!("{value} s"));
    }
    label(&mut out, "middle", [f64::midpoint(LEFT, RIGHT), HEIGHT - 12.0], "artifacts");
    let legend = RIGHT + 20.0;
    label(&mut out, "start", [legend, TOP + 10.0], "Outcrop: solid, fossil: dashed");
    for (number, (line, colour)) in lines.iter().zip(COLOURS.iter().cycle()).enumerate() {
        path(&mut out, colour, "", &line.ours, &across, &up);
        path(&mut out, colour, " stroke-dasharray=\"5 4\"", &line.stock, &across, &up);
        let y = TOP + 34.0 + 22.0 * number as f64;
        writeln!(
            out,
            "<path d=\"M{legend} {} h24\" stroke=\"{colour}\" stroke-width=\"2\"/>",
            y - 4.0
        )
        .unwrap();
        label(&mut out, "start", [legend + 32.0, y], line.name);
    }
    out.push_str("</svg>\n");
    out
}

fn rule(out: &mut String, [x1, y1, x2, y2]: [f64; 4]) {
    writeln!(
        out,
        "<line x1=\"{x1:.1}\" y1=\"{y1:.1}\" x2=\"{x2:.1}\" y2=\"{y2:.1}\" stroke=\"#ddd\"/>"
    )
    .unwrap();
}

fn label(out: &mut String, anchor: &str, [x, y]: [f64; 2], text: &str) {
    writeln!(out, "<text x=\"{x:.1}\" y=\"{y:.1}\" text-anchor=\"{anchor}\">{text}</text>")
        .unwrap();
}

fn path(
    out: &mut String,
    colour: &str,
    dash: &str,
    points: &[(f64, f64)],
    across: &Axis,
    up: &Axis,
) {
    let places = points.iter().map(|(x, y)| (across.place(*x), up.place(*y)));
    let line: Vec<_> = places.clone().map(|(x, y)| format!("{x:.1},{y:.1}")).collect();
    writeln!(
        out,
        "<polyline points=\"{}\" fill=\"none\" stroke=\"{colour}\" stroke-width=\"2\"{dash}/>",
        line.join(" ")
    )
    .unwrap();
    for (x, y) in places {
        writeln!(out, "<circle cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"3\" fill=\"{colour}\"/>").unwrap();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_straight_line_of_powers_is_straight() {
        let ours = vec![(1e3, 0.01), (1e4, 0.1), (1e5, 1.0)];
        let stock = ours.iter().map(|(x, y)| (*x, y * 10.0)).collect();
        let drawn = svg(&[Line { name: "clone", ours, stock }]);
        // From a corner to the middle; stock's runs from a mark above it to the top.
        assert!(
            drawn.contains("<polyline points=\"70.0,390.0 315.0,266.7 560.0,143.3\""),
            "{drawn}"
        );
        assert!(
            drawn.contains("<polyline points=\"70.0,266.7 315.0,143.3 560.0,20.0\""),
            "{drawn}"
        );
        assert!(drawn.contains(">10000</text>") && drawn.contains(">0.01 s</text>"));
    }
}
