//! The small languages inside the texts of a file: needs and placements.

use crate::system::{Need, Spread};
use crate::units::Probability;
use crate::units::text::nearest;

/// How much of a service must work: `majority`, `any`, `all`, `2`, `60% of capacity`.
pub(super) fn need(text: &str) -> Result<Need, String> {
    let text = text.trim();
    match text {
        "any" => return Ok(Need::Any),
        "all" => return Ok(Need::All),
        "majority" => return Ok(Need::Majority),
        _ => {}
    }
    if let Ok(count) = text.parse() {
        return Ok(Need::Count(count));
    }
    let share = text.strip_suffix("of capacity").map_or(text, str::trim_end);
    if share != text || share.ends_with('%') {
        return share.parse::<Probability>().map(Need::Share).map_err(|error| error.to_string());
    }
    let near = nearest(text, ["majority", "any", "all"].into_iter());
    let hint = near.map(|near| format!("; did you mean \"{near}\"?")).unwrap_or_default();
    Err(format!("{text:?} is no need: write \"majority\", \"any\", \"all\", 2 or \"60% of capacity\"{hint}"))
}

/// How replicas are placed: `none`, `zone`, `3 zones`. Whether there is such a level is not asked here.
pub(super) fn spread(text: &str, levels: &[String]) -> Result<Spread, String> {
    let text = text.trim();
    let digits = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    if text == "none" {
        return Ok(Spread::None);
    }
    if digits == 0 {
        return match text {
            "" => Err("a spread is a level such as \"zone\", \"3 zones\" or \"none\"".into()),
            _ => Ok(Spread::Over { level: text.to_owned(), over: None }),
        };
    }
    let (number, word) = (&text[..digits], text[digits..].trim_start());
    let over = number.parse().map_err(|_| format!("{text:?} is no spread: {number} is too large"))?;
    if word.is_empty() {
        return Err(format!("{text:?} is no spread: say over {number} of what, such as \"{number} zones\""));
    }
    let known = |word: &str| levels.iter().any(|level| level == word);
    let level = match word.strip_suffix('s') {
        Some(one) if !known(word) => one,
        _ => word,
    };
    Ok(Spread::Over { level: level.to_owned(), over: Some(over) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn needs_are_words_numbers_or_shares() {
        let share = |text: &str| Ok(Need::Share(text.parse().unwrap()));
        assert_eq!(need("majority"), Ok(Need::Majority));
        assert_eq!(need(" 2 "), Ok(Need::Count(2)));
        assert_eq!(need("60% of capacity"), share("60%"));
        assert_eq!(need("60%"), share("60%"));
        assert!(need("160% of capacity").unwrap_err().contains("outside 0% to 100%"));
        assert!(need("mayority").unwrap_err().ends_with("did you mean \"majority\"?"));
        assert!(need("2 of 3").unwrap_err().starts_with("\"2 of 3\" is no need"));
    }

    #[test]
    fn spreads_are_over_a_level_or_over_some_of_it() {
        let levels = ["region".to_owned(), "zone".to_owned(), "chassis".to_owned()];
        let over = |level: &str, over| Ok(Spread::Over { level: level.into(), over });
        assert_eq!(spread("none", &levels), Ok(Spread::None));
        assert_eq!(spread("zone", &levels), over("zone", None));
        assert_eq!(spread("3 zones", &levels), over("zone", Some(3)));
        assert_eq!(spread("1 zone", &levels), over("zone", Some(1)));
        assert_eq!(spread("2 chassis", &levels), over("chassis", Some(2)));
        assert_eq!(spread("3 zonse", &levels), over("zonse", Some(3)));
        assert!(spread("3", &levels).unwrap_err().contains("\"3 zones\""));
        assert!(spread("", &levels).is_err());
        assert!(spread("99999999999 zones", &levels).unwrap_err().contains("too large"));
    }
}
