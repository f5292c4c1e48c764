//! Money and what things cost by the hour: `0.20 USD`, `300 USD/mo`.

use std::fmt;
use std::ops::Mul;
use std::str::FromStr;

use super::duration::{Duration, YEAR};
use super::text::{Unit, find_unit, nearest_unit, number, plain, readable, serde_as_string};

/// What a cost is printed per; the factor is in hours. The first is exact for every cost.
const UNITS: [Unit; 5] = [
    Unit::new("h", 1.0, &["hr", "hour"], 0),
    Unit::new("mo", YEAR / 12.0 / 3600.0, &["month"], 4),
    Unit::new("y", YEAR / 3600.0, &["yr", "year"], 4),
    Unit::new("d", 24.0, &["day"], 4),
    Unit::new("s", 1.0 / 3600.0, &["sec", "second"], 4),
];

/// A currency by its three capital letters (ISO 4217).
///
/// ```
/// use fivenines::units::Currency;
///
/// let dollar: Currency = "USD".parse().unwrap();
/// assert_eq!(dollar.to_string(), "USD");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Currency([u8; 3]);

/// An amount of money: finite, not negative, in a currency.
///
/// ```
/// use fivenines::units::Money;
///
/// let price: Money = "0.20 USD".parse().unwrap();
/// assert_eq!(price.to_string(), "0.20 USD");
/// assert_eq!(price.plus("0.30 USD".parse().unwrap()).unwrap().to_string(), "0.50 USD");
/// assert!(price.plus("1 EUR".parse().unwrap()).is_err());
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Money {
    amount: f64,
    currency: Currency,
}

/// Money for time: what it costs to have something.
///
/// Per `h`, `d`, `mo` (730 hours), `y` (8,760 hours) or `s`.
///
/// ```
/// use fivenines::units::{CostRate, Duration};
///
/// let server: CostRate = "0.20 USD/h".parse().unwrap();
/// assert_eq!(server, "146 USD/mo".parse().unwrap());
/// assert_eq!((server * Duration::YEAR).to_string(), "1752 USD");
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct CostRate {
    /// Per hour.
    hourly: Money,
}

/// Why a text or a number is no money.
///
/// ```
/// use fivenines::units::{Money, MoneyError};
///
/// assert_eq!("12".parse::<Money>(), Err(MoneyError::NoCurrency { text: "12".into() }));
/// ```
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum MoneyError {
    /// The text does not start with a number, or goes on after the currency.
    #[error("{text:?} is not {what}: write {expected}")]
    Syntax {
        /// What was written.
        text: String,
        /// What it should be.
        what: &'static str,
        /// How it is written.
        expected: &'static str,
    },
    /// A number without a currency.
    #[error("{text:?} has no currency: write \"0.20 USD\" or \"12 EUR\"")]
    NoCurrency {
        /// What was written.
        text: String,
    },
    /// Something else than three capital letters.
    #[error("{text:?} is no currency: write three capital letters, such as \"USD\"")]
    UnknownCurrency {
        /// What was written.
        text: String,
    },
    /// A unit of time nobody knows.
    #[error("{text:?} is not a cost: write it per \"/h\", \"/d\", \"/mo\" or \"/y\"{}", hint(*.nearest))]
    UnknownUnit {
        /// What was written.
        text: String,
        /// The unit that may have been meant.
        nearest: Option<&'static str>,
    },
    /// Negative or not finite.
    #[error("{text:?} is negative or not finite")]
    OutOfRange {
        /// What was written.
        text: String,
    },
    /// Two currencies that cannot be added.
    #[error("{0} and {1} cannot be added: use one currency")]
    Mixed(Currency, Currency),
}

const MONEY: &str = "\"0.20 USD\" or \"12 EUR\"";
const COST: &str = "\"0.20 USD/h\" or \"300 USD/mo\"";

fn hint(nearest: Option<&'static str>) -> String {
    nearest.map(|nearest| format!(" (did you mean {nearest:?}?)")).unwrap_or_default()
}

impl Money {
    /// So much of a currency.
    ///
    /// # Errors
    /// When negative or not finite.
    pub fn new(amount: f64, currency: Currency) -> Result<Money, MoneyError> {
        if !(0.0..=f64::MAX).contains(&amount) {
            return Err(MoneyError::OutOfRange { text: format!("{amount} {currency}") });
        }
        Ok(Money { amount: amount + 0.0, currency })
    }

    /// How much of its currency.
    pub const fn amount(self) -> f64 {
        self.amount
    }

    /// Of what.
    pub const fn currency(self) -> Currency {
        self.currency
    }

    /// The sum.
    ///
    /// # Errors
    /// When the currencies differ, or the sum is beyond an `f64`.
    pub fn plus(self, other: Money) -> Result<Money, MoneyError> {
        if self.currency != other.currency {
            return Err(MoneyError::Mixed(self.currency, other.currency));
        }
        Money::new(self.amount + other.amount, self.currency)
    }
}

impl CostRate {
    /// So much money an hour.
    pub const fn per_hour(money: Money) -> CostRate {
        CostRate { hourly: money }
    }

    /// What an hour costs.
    pub const fn hourly(self) -> Money {
        self.hourly
    }

    /// What both cost together.
    ///
    /// # Errors
    /// When the currencies differ, or the sum is beyond an `f64`.
    pub fn plus(self, other: CostRate) -> Result<CostRate, MoneyError> {
        self.hourly.plus(other.hourly).map(CostRate::per_hour)
    }
}

impl Mul<Duration> for CostRate {
    type Output = Money;

    /// What a time costs; saturates at the largest `f64`.
    fn mul(self, time: Duration) -> Money {
        Money { amount: (self.hourly.amount * time.in_hours()).min(f64::MAX), ..self.hourly }
    }
}

impl FromStr for Currency {
    type Err = MoneyError;

    fn from_str(text: &str) -> Result<Currency, MoneyError> {
        match text.as_bytes() {
            &[a, b, c] if [a, b, c].iter().all(u8::is_ascii_uppercase) => Ok(Currency([a, b, c])),
            _ => Err(MoneyError::UnknownCurrency { text: text.to_owned() }),
        }
    }
}

impl FromStr for Money {
    type Err = MoneyError;

    fn from_str(text: &str) -> Result<Money, MoneyError> {
        let owned = || text.trim().to_owned();
        let (amount, name) = number(text).ok_or_else(|| MoneyError::Syntax {
            text: owned(),
            what: "an amount of money",
            expected: MONEY,
        })?;
        if name.is_empty() {
            return Err(MoneyError::NoCurrency { text: owned() });
        }
        Money::new(amount, name.parse()?)
    }
}

impl FromStr for CostRate {
    type Err = MoneyError;

    fn from_str(text: &str) -> Result<CostRate, MoneyError> {
        let owned = || text.trim().to_owned();
        let syntax = || MoneyError::Syntax { text: owned(), what: "money for a time", expected: COST };
        let (money, unit) = text.trim().split_once('/').ok_or_else(syntax)?;
        let (amount, currency) = number(money).ok_or_else(syntax)?;
        let (currency, unit) = (currency.trim(), unit.trim());
        if currency.is_empty() {
            return Err(MoneyError::NoCurrency { text: owned() });
        }
        let unknown = || MoneyError::UnknownUnit { text: owned(), nearest: nearest_unit(&UNITS, unit) };
        let hours = find_unit(&UNITS, unit).ok_or_else(unknown)?.factor;
        Money::new(amount / hours, currency.parse()?).map(CostRate::per_hour)
    }
}

/// Cents always in pairs: `0.20`, but `12` and `0.125`.
fn cents(number: String) -> String {
    match number.split_once('.') {
        Some((_, fraction)) if fraction.len() == 1 => number + "0",
        _ => number,
    }
}

impl fmt::Display for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|&letter| write!(f, "{}", char::from(letter)))
    }
}

impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", cents(plain(self.amount)), self.currency)
    }
}

impl fmt::Display for CostRate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (amount, unit) = readable(
            self.hourly.amount,
            &UNITS,
            |hourly, hours| hourly * hours,
            |amount, hours| amount / hours,
        );
        write!(f, "{} {}/{unit}", cents(amount), self.hourly.currency)
    }
}

serde_as_string!(Currency, r#"a currency such as "USD""#);
serde_as_string!(Money, r#"an amount of money such as "0.20 USD" or "12 EUR""#);
serde_as_string!(CostRate, r#"a cost such as "0.20 USD/h" or "300 USD/mo""#);

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn printing_keeps_what_was_written() {
        for text in ["0.20 USD", "12 EUR", "0.125 USD", "1234567.89 CHF", "0 USD"] {
            assert_eq!(text.parse::<Money>().unwrap().to_string(), text);
        }
        for text in ["300 USD/mo", "0.13 USD/h", "1000 EUR/y", "0 USD/h"] {
            assert_eq!(text.parse::<CostRate>().unwrap().to_string(), text);
        }
    }

    #[test]
    fn errors_say_what_was_expected() {
        let error = |text: &str| text.parse::<CostRate>().unwrap_err().to_string();
        assert!(error("0.20 USD").starts_with("\"0.20 USD\" is not money for a time: write \"0.20 USD/h\""));
        assert!(error("0.20/h").contains("has no currency"));
        assert!(error("0.20 usd/h").contains("three capital letters"));
        assert!(error("0.20 USD/hr2").contains("(did you mean \"hr\"?)"));
        assert!(error("-1 USD/h").contains("negative"));
        assert!("12".parse::<Money>().unwrap_err().to_string().contains("has no currency"));
        assert!("USD 12".parse::<Money>().unwrap_err().to_string().contains("write \"0.20 USD\""));
    }

    #[test]
    fn currencies_do_not_mix() {
        let [dollar, euro] = ["1 USD/h", "1 EUR/h"].map(|text| text.parse::<CostRate>().unwrap());
        assert_eq!(
            dollar.plus(euro).unwrap_err().to_string(),
            "USD and EUR cannot be added: use one currency"
        );
    }

    proptest! {
        #[test]
        fn what_is_printed_parses_back(amount in 0.0..1e9f64, cents in 0u32..1_000_000) {
            for amount in [amount, f64::from(cents) / 100.0] {
                let money = Money::new(amount, "USD".parse().unwrap()).unwrap();
                prop_assert_eq!(money.to_string().parse::<Money>().unwrap(), money);
                let rate = CostRate::per_hour(money);
                prop_assert_eq!(rate.to_string().parse::<CostRate>().unwrap(), rate);
            }
        }
    }
}
