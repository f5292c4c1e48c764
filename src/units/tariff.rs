//! What moving data costs: `0.01 USD/GB`.

use std::fmt;
use std::str::FromStr;

use super::money::{Money, MoneyError};
use super::text::serde_as_string;
use super::{Bytes, CostRate};

/// Bytes that a tariff is printed for.
const GIGABYTE: f64 = 1e9;
/// Seconds in an hour.
const HOUR: f64 = 3600.0;

/// Money for data: what it costs to move it.
///
/// Per any amount of data: `GB` and `TB` by thousands, `GiB` and `TiB` by 1024.
///
/// ```
/// use fivenines::units::Tariff;
///
/// let between_zones: Tariff = "0.01 USD/GB".parse().unwrap();
/// assert_eq!(between_zones, "10 USD/TB".parse().unwrap());
/// assert_eq!(between_zones.to_string(), "0.01 USD/GB");
/// assert_eq!(between_zones.for_flow(1e6).to_string(), "0.036 USD/h");
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Tariff {
    /// For 10^9 bytes.
    gigabyte: Money,
}

/// Why a text is no tariff.
///
/// ```
/// use fivenines::units::Tariff;
///
/// let error = "0.01 USD".parse::<Tariff>().unwrap_err();
/// assert_eq!(error.to_string(), "\"0.01 USD\" is not what data cost: write \"0.01 USD/GB\"");
/// ```
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum TariffError {
    /// No money for data.
    #[error("{text:?} is not what data cost: write \"0.01 USD/GB\"")]
    Syntax {
        /// What was written.
        text: String,
    },
    /// What stands before the slash is no money.
    #[error(transparent)]
    Money(#[from] MoneyError),
}

impl Tariff {
    /// What 10^9 bytes cost.
    pub const fn per_gigabyte(self) -> Money {
        self.gigabyte
    }

    /// What a flow of so many bytes a second costs.
    pub fn for_flow(self, bytes_per_second: f64) -> CostRate {
        let amount = (self.gigabyte.amount() * bytes_per_second * HOUR / GIGABYTE).min(f64::MAX);
        let money =
            Money::new(amount, self.gigabyte.currency()).expect("a flow and a tariff are not negative");
        CostRate::per_hour(money)
    }
}

impl FromStr for Tariff {
    type Err = TariffError;

    fn from_str(text: &str) -> Result<Tariff, TariffError> {
        let syntax = || TariffError::Syntax { text: text.trim().to_owned() };
        let (money, data) = text.split_once('/').ok_or_else(syntax)?;
        let data = data.trim();
        // `GB` is `1 GB`, and a number of them is as good.
        let data =
            if data.starts_with(|c: char| c.is_ascii_digit()) { data.into() } else { format!("1 {data}") };
        let data: Bytes = data.parse().map_err(|_| syntax())?;
        let money: Money = money.trim().parse()?;
        if data.count() == 0 {
            return Err(syntax());
        }
        let amount = money.amount() / (data.count() as f64 / GIGABYTE);
        Ok(Tariff { gigabyte: Money::new(amount, money.currency())? })
    }
}

impl fmt::Display for Tariff {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/GB", self.gigabyte)
    }
}

serde_as_string!(Tariff, r#"what data cost, such as "0.01 USD/GB""#);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_printed_parses_back() {
        for text in ["0.01 USD/GB", "12 EUR/TB", "3 CHF/GiB", "1 USD/100 GB", "0 USD/MB"] {
            let tariff: Tariff = text.parse().unwrap();
            assert_eq!(tariff.to_string().parse::<Tariff>().unwrap(), tariff, "{text}");
        }
    }

    #[test]
    fn errors_say_what_was_expected() {
        let error = |text: &str| text.parse::<Tariff>().unwrap_err().to_string();
        assert!(error("0.01 USD/h").contains("write \"0.01 USD/GB\""));
        assert!(error("0.01/GB").contains("has no currency"));
        assert!(error("1 USD/0 GB").contains("is not what data cost"));
        assert!(error("-1 USD/GB").contains("negative"));
    }
}
