//! Mistakes in a file, each with its place, and how they are shown.

use std::fmt;
use std::ops::Range;

use miette::{
    GraphicalReportHandler, GraphicalTheme, LabeledSpan, MietteError, MietteSpanContents, Severity,
    SourceCode, SourceSpan, SpanContents, ThemeCharacters, ThemeStyles,
};

/// One mistake in a file.
///
/// ```
/// use fivenines::experiment::Experiment;
///
/// let report = Experiment::parse("x.toml", "horizom = \"1y\"").unwrap_err();
/// let diagnostic = &report.diagnostics()[0];
/// assert_eq!(diagnostic.message, "unknown key `horizom`; did you mean `horizon`?");
/// assert_eq!(diagnostic.span, Some(0..7));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// What is wrong: a lowercase fragment.
    pub message: String,
    /// The bytes of the file that are wrong; nothing where the file could not be read at all.
    pub span: Option<Range<usize>>,
    /// A word or two beside the underlined bytes.
    pub label: Option<String>,
    /// What to do about it, or what there is to choose from.
    pub help: Option<String>,
}

impl Diagnostic {
    /// A mistake at these bytes of a file.
    pub fn new(span: Range<usize>, message: impl Into<String>) -> Diagnostic {
        Diagnostic { message: message.into(), span: Some(span), label: None, help: None }
    }

    /// A mistake of a file that could not be read.
    pub fn nowhere(message: impl Into<String>) -> Diagnostic {
        Diagnostic { message: message.into(), span: None, label: None, help: None }
    }

    /// Adds a word or two beside the underlined bytes.
    #[must_use]
    pub fn label(mut self, label: impl Into<String>) -> Diagnostic {
        self.label = Some(label.into());
        self
    }

    /// Adds advice.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Diagnostic {
        self.help = Some(help.into());
        self
    }
}

/// How a [`Report`] is shown.
///
/// ```
/// use fivenines::experiment::Style;
///
/// assert_eq!(Style::PLAIN, Style { width: 100, unicode: false, color: false });
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Style {
    /// Columns of the terminal.
    pub width: usize,
    /// Draw with box characters, rather than with ASCII only.
    pub unicode: bool,
    /// Use ANSI colors.
    pub color: bool,
}

impl Style {
    /// For a file or a terminal of unknown abilities.
    pub const PLAIN: Style = Style { width: 100, unicode: false, color: false };
}

/// All that is wrong with a file: at least one mistake, in the order of the file.
///
/// ```
/// use fivenines::experiment::{Experiment, Style};
///
/// let report = Experiment::parse("x.toml", "horizon = \"1y\"\nseed = -1\ntitle = 3").unwrap_err();
/// let text = report.render(Style::PLAIN);
/// assert!(text.contains("error: `seed` must be a whole number from 0"));
/// assert!(text.contains("[x.toml:2:8]"));
/// assert!(text.contains("error: `title` must be a text in quotes, not 3"));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    name: String,
    source: String,
    diagnostics: Vec<Diagnostic>,
}

/// More than this many mistakes are counted but not shown.
const SHOWN: usize = 50;
/// A longer message is cut.
const LONGEST_MESSAGE: usize = 1000;
/// A longer line is not shown with its mistake: it would fill the screen.
const LONGEST_LINE: usize = 500;

impl Report {
    /// The report on a file of that name and content.
    ///
    /// # Panics
    /// When there is no mistake.
    pub fn new(name: &str, source: &str, mut diagnostics: Vec<Diagnostic>) -> Report {
        assert!(!diagnostics.is_empty(), "a report is about mistakes");
        for diagnostic in &mut diagnostics {
            diagnostic.span = diagnostic.span.take().map(|span| inside(source, span));
            clip(&mut diagnostic.message);
            diagnostic.help.iter_mut().for_each(clip);
        }
        diagnostics.sort_by_key(|diagnostic| diagnostic.span.as_ref().map(|span| span.start));
        Report { name: name.to_owned(), source: source.to_owned(), diagnostics }
    }

    /// The mistakes, in the order of the file.
    pub fn diagnostics(&self) -> &[Diagnostic] {
        &self.diagnostics
    }

    /// The file's name, as it was given.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Line and column of a byte of the file, both from 1; columns count characters.
    pub fn position(&self, at: usize) -> (usize, usize) {
        position(&self.source, at)
    }

    /// The mistakes for people: each with its line, the bytes underlined, and advice.
    pub fn render(&self, style: Style) -> String {
        let handler = handler(style);
        let mut text = String::new();
        for (index, diagnostic) in self.diagnostics.iter().take(SHOWN).enumerate() {
            if index > 0 {
                text.push('\n');
            }
            let mut shown = String::new();
            let shape = Shape { report: self, diagnostic, header: self.header(diagnostic) };
            handler.render_report(&mut shown, &shape).expect("a string takes all that is written to it");
            // The header is indented by the handler, for the sake of a code line that is not there.
            text.push_str(shown.strip_prefix("  ").unwrap_or(&shown));
        }
        let more = self.diagnostics.len().saturating_sub(SHOWN);
        if more > 0 {
            text.push_str(&format!("\nand {more} more\n"));
        }
        text
    }

    /// The message, with the place where no excerpt will show it.
    fn header(&self, diagnostic: &Diagnostic) -> String {
        match &diagnostic.span {
            Some(span) if self.shows(span) => diagnostic.message.clone(),
            Some(span) => {
                let (line, column) = self.position(span.start);
                format!("{}:{line}:{column}: {}", self.name, diagnostic.message)
            }
            None => format!("{}: {}", self.name, diagnostic.message),
        }
    }

    /// True when the line of a span is short enough to be shown.
    fn shows(&self, span: &Range<usize>) -> bool {
        let before = self.source[..span.start].bytes().rev().take_while(|&byte| byte != b'\n').count();
        let after = self.source[span.start..].bytes().take_while(|&byte| byte != b'\n').count();
        before + after <= LONGEST_LINE
    }

    /// The part of a span on its first line: a text of many lines is not underlined whole.
    fn first_line(&self, span: &Range<usize>) -> Range<usize> {
        let text = &self.source[span.clone()];
        span.start..span.start + text.find(['\n', '\r']).unwrap_or(text.len())
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.render(Style::PLAIN))
    }
}

impl std::error::Error for Report {}

/// What was written may be long, and messages quote it.
fn clip(text: &mut String) {
    if text.len() > LONGEST_MESSAGE {
        text.truncate(text.floor_char_boundary(LONGEST_MESSAGE));
        text.push_str("...");
    }
}

/// The part of a span that lies inside a text, on whole characters.
fn inside(source: &str, span: Range<usize>) -> Range<usize> {
    let start = source.floor_char_boundary(span.start);
    let end = source.ceil_char_boundary(span.end.max(start));
    start..end
}

/// Line and column of a byte, both from 1; columns count characters.
pub(super) fn position(source: &str, at: usize) -> (usize, usize) {
    let before = &source[..source.floor_char_boundary(at)];
    let line = before.bytes().filter(|&byte| byte == b'\n').count();
    let column = before.rsplit('\n').next().unwrap_or("").chars().count();
    (line + 1, column + 1)
}

fn handler(style: Style) -> GraphicalReportHandler {
    let mut characters = if style.unicode { ThemeCharacters::unicode() } else { ThemeCharacters::ascii() };
    characters.error = "error:".into();
    let styles = if style.color { ThemeStyles::ansi() } else { ThemeStyles::none() };
    GraphicalReportHandler::new_themed(GraphicalTheme { characters, styles })
        .with_width(style.width.clamp(40, 200))
        .with_links(false)
        .with_context_lines(1)
        .with_break_words(false)
        .without_syntax_highlighting()
}

/// One diagnostic in the shape that the handler takes.
struct Shape<'a> {
    report: &'a Report,
    diagnostic: &'a Diagnostic,
    header: String,
}

impl fmt::Debug for Shape<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.diagnostic.fmt(f)
    }
}

impl fmt::Display for Shape<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.header)
    }
}

impl std::error::Error for Shape<'_> {}

impl miette::Diagnostic for Shape<'_> {
    fn severity(&self) -> Option<Severity> {
        Some(Severity::Error)
    }

    fn help<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        self.diagnostic.help.as_ref().map(|help| Box::new(help) as Box<dyn fmt::Display>)
    }

    fn source_code(&self) -> Option<&dyn SourceCode> {
        Some(self)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        let span = self.diagnostic.span.clone().filter(|span| self.report.shows(span))?;
        let span = self.report.first_line(&span);
        let label = LabeledSpan::new_primary_with_span(self.diagnostic.label.clone(), span);
        Some(Box::new(std::iter::once(label)))
    }
}

impl SourceCode for Shape<'_> {
    /// Columns count characters, and the file has its name. Without context lines, for the place in the header, exactly the
    /// span is returned; with any, its whole line and no other.
    fn read_span<'a>(
        &'a self,
        span: &SourceSpan,
        before: usize,
        _after: usize,
    ) -> Result<Box<dyn SpanContents<'a> + 'a>, MietteError> {
        let source = self.report.source.as_str();
        let (mut start, mut end) = (span.offset(), span.offset() + span.len());
        if before > 0 {
            start = source[..start].rfind('\n').map_or(0, |at| at + 1);
            end = source[end..].find('\n').map_or(source.len(), |at| end + at);
            // Else the handler would count the end of a line of Windows as another line.
            end -= usize::from(source[start..end].ends_with('\r'));
        }
        let (line, column) = self.report.position(start);
        Ok(Box::new(MietteSpanContents::new_named(
            self.report.name.clone(),
            &source.as_bytes()[start..end],
            SourceSpan::from(start..end),
            line - 1,
            column - 1,
            1,
        )))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn render(source: &str, diagnostic: Diagnostic) -> String {
        Report::new("x.toml", source, vec![diagnostic]).render(Style::PLAIN)
    }

    #[test]
    fn columns_count_characters() {
        let source = "a = 1\nü = 'ü' # x";
        assert_eq!(position(source, source.find('#').unwrap()), (2, 9));
        let text = render(source, Diagnostic::new(11..15, "m"));
        assert!(text.contains("[x.toml:2:5]"), "{text}");
    }

    #[test]
    fn lines_may_end_as_on_windows() {
        for source in ["a = 1\r\nb = 'c'\r\n", "a = 1\r\nb = 'c'\r"] {
            let text = render(source, Diagnostic::new(11..14, "m"));
            assert!(text.contains("[x.toml:2:5]") && text.contains("2 | b = 'c'\n"), "{text}");
        }
    }

    #[test]
    fn a_long_line_is_named_and_not_shown() {
        let source = format!("a = '{}'", "x".repeat(10_000));
        assert_eq!(
            render(&source, Diagnostic::new(4..10_006, "m").help("h")),
            "error: x.toml:1:5: m\n  help: h\n"
        );
    }

    #[test]
    fn what_could_not_be_read_has_no_place() {
        assert_eq!(
            render("", Diagnostic::nowhere("there is no such file")),
            "error: x.toml: there is no such file\n"
        );
    }

    #[test]
    fn spans_beyond_the_file_are_brought_inside() {
        let report = Report::new("x", "aü", vec![Diagnostic::new(2..99, "m")]);
        assert_eq!(report.diagnostics()[0].span, Some(1..3));
        assert!(!report.render(Style { width: 0, unicode: true, color: true }).is_empty());
        assert!(!render("", Diagnostic::new(7..9, "m")).is_empty());
    }

    #[test]
    fn only_the_first_mistakes_are_shown() {
        let report = Report::new("x", "a", vec![Diagnostic::new(0..1, "m"); 60]);
        assert!(report.to_string().ends_with("\nand 10 more\n"));
    }
}
