//! A table in plain text: cells of several lines, columns as wide as they must be and never wider than the page.

use super::text::{ascii, cut, cut_middle, width, wrap};

/// How to write to a terminal.
///
/// ```
/// use fivenines::report::Style;
///
/// let style = Style { color: false, width: 80, ascii: false };
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Style {
    /// Whether to use ANSI colors.
    pub color: bool,
    /// Columns of the page; nothing is wider.
    pub width: usize,
    /// Whether the report's own signs are ASCII: `x` instead of `×`, `-` instead of `–`.
    pub ascii: bool,
}

/// How a piece of text stands out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Tone {
    Plain,
    Bold,
    Dim,
    Good,
    Bad,
    Warn,
}

impl Style {
    /// The text in a tone, where there is color.
    pub(crate) fn tint(self, tone: Tone, text: &str) -> String {
        let code = match tone {
            _ if !self.color || text.trim().is_empty() => return text.to_owned(),
            Tone::Plain => return text.to_owned(),
            Tone::Bold => "1",
            Tone::Dim => "2",
            Tone::Good => "32",
            Tone::Bad => "31",
            Tone::Warn => "33",
        };
        format!("\u{1b}[{code}m{text}\u{1b}[0m")
    }

    /// The text wrapped to the page, each line after the first indented by `hang`.
    pub(crate) fn paragraph(self, text: &str, hang: usize, tone: Tone) -> String {
        let hang = hang.min(self.width / 2);
        // Before the text is laid out, since a sign may become several; and again after, for the ellipsis.
        let lines = wrap(&self.signs(text), self.width - hang);
        let mut out = String::new();
        for (at, line) in lines.iter().enumerate() {
            let indent = " ".repeat(if at == 0 { 0 } else { hang });
            out += &format!("{indent}{}\n", self.tint(tone, &self.signs(&cut(line, self.width - hang))));
        }
        out
    }

    pub(crate) fn signs(self, text: &str) -> String {
        if self.ascii { ascii(text) } else { text.to_owned() }
    }
}

/// A cell: lines in their tones.
#[derive(Clone, Debug, Default)]
pub(crate) struct Cell(Vec<(String, Tone)>);

impl Cell {
    pub(crate) fn new(text: impl Into<String>) -> Cell {
        Cell::toned(text, Tone::Plain)
    }

    pub(crate) fn toned(text: impl Into<String>, tone: Tone) -> Cell {
        Cell(vec![(text.into(), tone)])
    }

    /// With a further line under it, if there is one.
    pub(crate) fn under(mut self, text: Option<String>) -> Cell {
        self.0.extend(text.map(|text| (text, Tone::Dim)));
        self
    }

    fn with_signs_of(&self, style: Style) -> Cell {
        Cell(self.0.iter().map(|(line, tone)| (style.signs(line), *tone)).collect())
    }

    fn width(&self) -> usize {
        self.0.iter().map(|(line, _)| width(line)).max().unwrap_or(0)
    }
}

/// How a column behaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Column {
    /// Text that wraps where the page is narrow, over at most so many lines.
    Text(usize),
    /// Numbers: to the right, never broken.
    Number,
}

/// A table.
#[derive(Clone, Debug)]
pub(crate) struct Grid {
    columns: Vec<(String, Column)>,
    rows: Vec<Vec<Cell>>,
}

const GAP: usize = 2;
/// A text column is not squeezed below this.
const NARROWEST: usize = 10;

impl Grid {
    pub(crate) fn new(columns: Vec<(&str, Column)>) -> Grid {
        let columns = columns.into_iter().map(|(name, column)| (name.to_owned(), column)).collect();
        Grid { columns, rows: Vec::new() }
    }

    pub(crate) fn row(&mut self, cells: Vec<Cell>) {
        assert_eq!(cells.len(), self.columns.len(), "a row has a cell for every column");
        self.rows.push(cells);
    }

    fn with_signs_of(&self, style: Style) -> Grid {
        let rows = self.rows.iter().map(|row| row.iter().map(|cell| cell.with_signs_of(style)).collect());
        Grid { columns: self.columns.clone(), rows: rows.collect() }
    }

    /// Natural widths, the text columns narrowed, the widest first, until the table fits.
    fn widths(&self, page: usize) -> Vec<usize> {
        let mut widths: Vec<usize> = (0..self.columns.len())
            .map(|at| {
                let cells = self.rows.iter().map(|row| row[at].width()).max().unwrap_or(0);
                cells.max(width(&self.columns[at].0))
            })
            .collect();
        let room = page.saturating_sub(GAP * (widths.len() - 1));
        while widths.iter().sum::<usize>() > room {
            let texts = (0..widths.len()).filter(|&at| matches!(self.columns[at].1, Column::Text(_)));
            match texts.filter(|&at| widths[at] > NARROWEST).max_by_key(|&at| widths[at]) {
                Some(widest) => widths[widest] -= 1,
                None => break,
            }
        }
        widths
    }

    /// The table, no line wider than the page.
    pub(crate) fn render(&self, style: Style) -> String {
        self.with_signs_of(style).laid_out(style)
    }

    fn laid_out(&self, style: Style) -> String {
        let widths = self.widths(style.width);
        let header: Vec<Cell> = self.columns.iter().map(|(name, _)| Cell::toned(name, Tone::Bold)).collect();
        let total = (widths.iter().sum::<usize>() + GAP * (widths.len() - 1)).min(style.width);
        let mut out = self.lines(&header, &widths, style);
        let rule = "─".repeat(total);
        out += &format!("{}\n", style.tint(Tone::Dim, &style.signs(&rule)));
        for row in &self.rows {
            out += &self.lines(row, &widths, style);
        }
        out
    }

    fn lines(&self, row: &[Cell], widths: &[usize], style: Style) -> String {
        let cells: Vec<Vec<(String, Tone)>> = row
            .iter()
            .zip(widths)
            .zip(&self.columns)
            .map(|((cell, &width), column)| fit(cell, width, column.1))
            .collect();
        let height = cells.iter().map(Vec::len).max().unwrap_or(0);
        let mut out = String::new();
        for at in 0..height {
            let (mut line, mut used, mut owed) = (String::new(), 0, 0);
            for ((cell, &wide), (_, column)) in cells.iter().zip(widths).zip(&self.columns) {
                let (text, tone) =
                    cell.get(at).map_or(("", Tone::Plain), |(text, tone)| (text.as_str(), *tone));
                let space = wide.saturating_sub(width(text));
                let before = if *column == Column::Number { space } else { 0 };
                // A page too narrow even for the numbers cuts them visibly rather than running over.
                let text = cut(text, style.width.saturating_sub(used + owed + before));
                if !text.is_empty() {
                    line += &" ".repeat(owed + before);
                    line += &style.tint(tone, &style.signs(&text));
                    used += owed + before + width(&text);
                    owed = space - before + GAP;
                } else {
                    owed += wide + GAP;
                }
            }
            out += line.trim_end();
            out.push('\n');
        }
        out
    }
}

/// A cell's lines at this width: text wraps and ends in an ellipsis where it has too many lines.
fn fit(cell: &Cell, columns: usize, column: Column) -> Vec<(String, Tone)> {
    let Column::Text(most) = column else { return cell.0.clone() };
    let mut out = Vec::new();
    for (text, tone) in &cell.0 {
        let mut lines = wrap(text, columns);
        if lines.len() > most {
            let rest = lines[most - 1..].join(" ");
            lines.truncate(most - 1);
            lines.push(cut_middle(&rest, columns));
        }
        out.extend(lines.into_iter().map(|line| (line, *tone)));
    }
    out
}
