//! What every table of the page is made of.

use maud::{Markup, html};

use super::number::Reading;

/// A table that scrolls by itself where it is wider than the page.
pub(super) fn table(head: &Markup, body: &Markup) -> Markup {
    html! { div.table { table { thead { tr { (head) } } tbody { (body) } } } }
}

/// A number with its interval under it.
pub(super) fn number(reading: &Reading) -> Markup {
    html! { td.number { (reading.value) @if let Some(interval) = &reading.interval { span.interval { (interval) } } } }
}

/// The same of what may have none.
pub(super) fn number_or_nothing(reading: Option<&Reading>) -> Markup {
    reading.map_or_else(|| html! { td.number {} }, number)
}
