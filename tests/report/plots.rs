//! Plots as SVG and PNG.

use fivenines::report::Plot;

use crate::fixture;

#[test]
fn dump() {
    for (name, results) in fixture::all() {
        for plot in Plot::ALL {
            if let Some(svg) = plot.svg(&results) {
                std::fs::write(format!("/tmp/plots/{name}-{}.svg", plot.name()), svg).unwrap();
            }
            if let Some(png) = plot.png(&results) {
                std::fs::write(format!("/tmp/plots/{name}-{}.png", plot.name()), png).unwrap();
            }
        }
    }
}
