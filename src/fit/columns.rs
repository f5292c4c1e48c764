//! Which columns of a log mean what, and which of its rows count.

use std::fmt;
use std::str::FromStr;

use super::date::Order;
use crate::units::text::nearest;

/// Which columns of a log mean what. Names are compared without regard to case and to blanks around them.
///
/// ```
/// use fivenines::fit::Columns;
///
/// let columns = Columns { start: "began".into(), end: Some("ended".into()), ..Columns::default() };
/// assert!(columns.units.is_empty(), "the whole log is one unit");
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Columns {
    /// When an outage began.
    pub start: String,
    /// When it ended; without it and `down`, nobody knows, as in a log of replacements.
    pub end: Option<String>,
    /// How long it took: a number of minutes, or a text such as `90s`. Taken before the end.
    pub down: Option<String>,
    /// What tells units apart; without any, the whole log is one unit.
    pub units: Vec<String>,
    /// What tells groups apart, each of which gets laws of its own; without any, the whole log is one group.
    pub groups: Vec<String>,
    /// How many units a row's group has.
    pub population: Option<String>,
    /// Conditions that a row must meet, all of them.
    pub conditions: Vec<Condition>,
    /// The order of day and month, where the log does not tell.
    pub order: Option<Order>,
}

/// How a condition compares.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Compare {
    Equal,
    Unequal,
    Below,
    AtMost,
    Above,
    AtLeast,
}

/// Longer signs first, so that `<=` is not read as `<`.
const SIGNS: [(&str, Compare); 6] = [
    ("!=", Compare::Unequal),
    ("<=", Compare::AtMost),
    (">=", Compare::AtLeast),
    ("=", Compare::Equal),
    ("<", Compare::Below),
    (">", Compare::Above),
];

/// A condition on a column, such as `System=18`, `cause!=Network` or `node<256`.
///
/// `=` and `!=` compare texts, or numbers where both sides are; the others compare numbers, and no text meets them.
///
/// ```
/// use fivenines::fit::Condition;
///
/// let small: Condition = "node < 256".parse().unwrap();
/// assert_eq!(small.column(), "node");
/// assert!(small.holds("31") && !small.holds("256") && !small.holds("n/a"));
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Condition {
    column: String,
    compare: Compare,
    value: String,
}

impl Condition {
    /// The column's name as it was written.
    pub fn column(&self) -> &str {
        &self.column
    }

    /// True where a field of that column meets the condition.
    pub fn holds(&self, field: &str) -> bool {
        let field = field.trim();
        let (left, right) = (field.parse::<f64>(), self.value.parse::<f64>());
        if let (Ok(left), Ok(right)) = (left, right) {
            return match self.compare {
                Compare::Equal => left == right,
                Compare::Unequal => left != right,
                Compare::Below => left < right,
                Compare::AtMost => left <= right,
                Compare::Above => left > right,
                Compare::AtLeast => left >= right,
            };
        }
        match self.compare {
            Compare::Equal => field == self.value,
            Compare::Unequal => field != self.value,
            _ => false,
        }
    }
}

/// A text that is no condition.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is no condition: write a column, a sign and a value, such as \"System=18\" or \"node<256\"")]
pub struct NotACondition(pub String);

impl FromStr for Condition {
    type Err = NotACondition;

    fn from_str(text: &str) -> Result<Condition, NotACondition> {
        let wrong = || NotACondition(text.to_owned());
        let at = text.find(['=', '!', '<', '>']).ok_or_else(wrong)?;
        let (column, rest) = (text[..at].trim(), &text[at..]);
        let sign = SIGNS.into_iter().find(|(sign, _)| rest.starts_with(sign));
        let (sign, compare) = sign.filter(|_| !column.is_empty()).ok_or_else(wrong)?;
        let value = rest[sign.len()..].trim().to_owned();
        Ok(Condition { column: column.to_owned(), compare, value })
    }
}

impl fmt::Display for Condition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = SIGNS.iter().find(|(_, compare)| *compare == self.compare).map_or("=", |(sign, _)| sign);
        write!(f, "{}{sign}{}", self.column, self.value)
    }
}

/// Places of the columns in a row.
#[derive(Clone, Debug, Default)]
pub(super) struct Places {
    pub start: usize,
    pub end: Option<usize>,
    pub down: Option<usize>,
    pub units: Vec<usize>,
    pub groups: Vec<usize>,
    pub population: Option<usize>,
    pub conditions: Vec<(usize, Condition)>,
    /// A row needs at least so many fields.
    pub least: usize,
}

/// A column that the log does not have.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the log has no column {name:?}{}; it has {}", hint(.nearest), list(.all))]
pub struct NoColumn {
    /// The name that was asked for.
    pub name: String,
    /// The name that may have been meant.
    pub nearest: Option<String>,
    /// The columns that there are.
    pub all: Vec<String>,
}

fn hint(nearest: &Option<String>) -> String {
    nearest.as_ref().map_or(String::new(), |name| format!(" (did you mean {name:?}?)"))
}

/// No more than fit on a few lines.
const LISTED: usize = 30;

fn list(all: &[String]) -> String {
    let names: Vec<String> = all.iter().take(LISTED).map(|name| format!("{name:?}")).collect();
    let more = all.len().saturating_sub(LISTED);
    names.join(", ") + &if more > 0 { format!(" and {more} more") } else { String::new() }
}

impl Columns {
    /// Finds the columns in a header.
    pub(super) fn places(&self, header: &[String]) -> Result<Places, NoColumn> {
        let find = |name: &String| find(header, name);
        let find_all = |names: &[String]| names.iter().map(find).collect::<Result<Vec<_>, _>>();
        let mut places = Places {
            start: find(&self.start)?,
            end: self.end.as_ref().map(find).transpose()?,
            down: self.down.as_ref().map(find).transpose()?,
            units: find_all(&self.units)?,
            groups: find_all(&self.groups)?,
            population: self.population.as_ref().map(find).transpose()?,
            conditions: Vec::new(),
            least: 0,
        };
        for condition in &self.conditions {
            places.conditions.push((find(&condition.column)?, condition.clone()));
        }
        let needed = places.units.iter().chain(&places.groups).chain(std::iter::once(&places.start));
        places.least = needed.max().map_or(0, |last| last + 1);
        Ok(places)
    }
}

/// Finds a column: exactly, or else by a name that differs in case and blanks only.
fn find(header: &[String], name: &str) -> Result<usize, NoColumn> {
    let like = |text: &str| text.trim().to_lowercase();
    let exact = header.iter().position(|column| column.trim() == name.trim());
    exact.or_else(|| header.iter().position(|column| like(column) == like(name))).ok_or_else(|| NoColumn {
        name: name.to_owned(),
        nearest: nearest(name, header.iter().map(String::as_str)).map(str::to_owned),
        all: header.to_vec(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn conditions_compare_texts_and_numbers() {
        let holds = |condition: &str, field: &str| condition.parse::<Condition>().unwrap().holds(field);
        assert!(holds("a=x", " x ") && !holds("a=x", "y") && holds("a=1.0", "1"));
        assert!(holds("a!=x", "y") && holds("a!=x", "") && !holds("a!=2", "2.0"));
        assert!(holds("a>=2", "2") && !holds("a>2", "2") && holds("a<=2", "-1") && !holds("a<2", "x"));
        assert!("a".parse::<Condition>().is_err() && "=3".parse::<Condition>().is_err());
        assert_eq!("node < 256".parse::<Condition>().unwrap().to_string(), "node<256");
    }

    #[test]
    fn a_missing_column_names_its_neighbor() {
        let header = vec!["Prob Started".to_owned(), "Prob Fixed".to_owned()];
        assert_eq!(find(&header, "prob started").unwrap(), 0);
        let error = find(&header, "Prob Start").unwrap_err();
        let want = "the log has no column \"Prob Start\" (did you mean \"Prob Started\"?); it has \"Prob Started\", \
                    \"Prob Fixed\"";
        assert_eq!(error.to_string(), want);
    }
}
