//! Plots as SVG and PNG.

use fivenines::report::Plot;

use super::{fixture, xml};

#[test]
fn plots_of_the_checkout_service_are_as_a_person_has_seen_them() {
    let elsewhere = [Plot::Tornado, Plot::Pareto, Plot::Sweep, Plot::Losses];
    for plot in Plot::ALL.into_iter().filter(|plot| !elsewhere.contains(plot)) {
        let svg = plot.svg(&fixture::checkout()).expect("there is something to plot");
        insta::assert_snapshot!(format!("{}_svg", plot.name()), without_fonts(&svg));
    }
}

/// The plot less the letters' outlines, which are checked to be there.
pub fn without_fonts(svg: &str) -> String {
    let mut parts = svg.split("base64,");
    let mut text = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (font, rest) = part.split_once(')').expect("a font ends");
        assert!(font.len() > 50_000, "{} letters of a font", font.len());
        text += &format!("base64,…){rest}");
    }
    assert!(text.contains("base64,…"));
    text
}

#[test]
fn every_plot_is_well_formed_and_the_same_twice() {
    for (name, results) in fixture::all() {
        for plot in Plot::ALL {
            let svg = plot.svg(&results);
            assert_eq!(svg, plot.svg(&results));
            if let Some(svg) = svg {
                xml::check(&svg).unwrap_or_else(|error| panic!("{name} {}: {error}", plot.name()));
                assert!(!svg.contains("<script"), "{name}");
            }
        }
    }
}

#[test]
fn a_png_has_twice_the_pixels_and_something_in_them() {
    let bytes = Plot::Downtime.png(&fixture::checkout()).expect("there is something to plot");
    assert_eq!(bytes, Plot::Downtime.png(&fixture::checkout()).expect("again"));
    let mut reader = png::Decoder::new(bytes.as_slice()).read_info().expect("a PNG");
    let mut pixels = vec![0; reader.output_buffer_size()];
    let info = reader.next_frame(&mut pixels).expect("an image");
    assert_eq!(info.width, 1920);
    assert_eq!(pixels[..3], [255, 255, 255]);
    let inked = pixels.chunks(3).filter(|pixel| pixel.iter().all(|channel| *channel < 100)).count();
    assert!(inked > 2000, "only {inked} dark pixels: where is the text?");
}

#[test]
fn what_cannot_be_plotted_is_left_out() {
    let exact = fixture::exact_only();
    assert!(Plot::Downtime.svg(&exact).is_some());
    assert!([Plot::Causes, Plot::Years, Plot::Timeline].iter().all(|plot| plot.svg(&exact).is_none()));
    let mut empty = fixture::checkout();
    empty.designs.clear();
    assert!(Plot::ALL.iter().all(|plot| plot.svg(&empty).is_none()));
}

#[test]
fn thirty_designs_are_not_crammed_into_one_plot() {
    let svg = Plot::Downtime.svg(&fixture::sweep(30)).expect("there is something to plot");
    assert!(svg.contains("Showing the first 12 of 30 designs."));
}
