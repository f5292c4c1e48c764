//! The catalog keeps its rules, and says so when it does not.

use super::*;

#[test]
fn the_shipped_catalog_keeps_its_rules() {
    let catalog = Catalog::parse(SOURCES, &FILES).unwrap_or_else(|error| panic!("\n{error}"));
    assert!(catalog.entries().count() >= 60, "{} entries", catalog.entries().count());
    for entry in catalog.entries() {
        for (name, quantity) in entry.quantities() {
            let at = format!("{} {name}", entry.key);
            // The same said once more without the parser: a source, or the word.
            assert_eq!(quantity.sources.is_empty(), quantity.evidence == Evidence::Assumption, "{at}");
            assert_eq!(quantity.sources.is_empty(), quantity.cited().starts_with("assumption: "), "{at}");
            // A file may write the typical value out: it reads back as it is.
            if let Amount::Law(law) = &quantity.typical {
                assert_eq!(law.to_string().parse(), Ok(law.clone()), "{at}");
            }
        }
    }
}

#[test]
fn every_class_that_fails_is_there() {
    let catalog = Catalog::shipped();
    for class in [
        "disk",
        "ssd",
        "server",
        "memory",
        "cpu",
        "psu",
        "fan",
        "switch",
        "link",
        "router",
        "dns",
        "wan",
        "rack",
        "ups",
        "generator",
        "cooling",
        "site",
        "zone",
        "region",
        "provider",
        "process",
        "os",
        "change",
        "people",
        "security",
        "cloud",
        "failover",
        "repair",
    ] {
        assert!(catalog.entries().any(|entry| entry.class() == class), "no entry of the class {class}");
    }
}

const GOOD: &str = "[\"a/b\"]\ntitle = \"T\"\n[\"a/b\".mode.failure.fails]\nlow = \"afr 1%\"\ntypical = \"afr 2%\"\n\
                    high = \"afr 3%\"\nevidence = \"read\"\nsource = [\"s\"]\nbasis = \"b\"\nrange = \"published: r\"\n";
const S: &str = "[s]\nshort = \"S 2000\"\ncite = \"S, Title, 2000\"\n";

#[track_caller]
fn refused(from: &str, to: &str, part: &str) {
    assert!(GOOD.contains(from), "{from}");
    let text = GOOD.replacen(from, to, 1);
    let error = Catalog::parse(S, &[("x", &text)]).unwrap_err();
    assert!(error.to_string().contains(part), "{part}\n{error}");
}

#[test]
fn what_breaks_a_rule_is_refused() {
    assert!(Catalog::parse(S, &[("x", GOOD)]).is_ok());
    refused("source = [\"s\"]\n", "", "it has no source and is not called an assumption");
    refused("\"read\"", "\"assumption\"", "an assumption cites nobody");
    refused("\"read\"", "\"derived\"", "by which formula");
    refused("\"read\"", "\"unverified\"", "unknown variant `unverified`");
    refused("afr 3%", "afr 1.5%", "are not in their order");
    refused("afr 1%", "afr one", "afr one");
    refused("\"b\"", "\" \"", "the basis is empty");
    refused("published: r", "somewhere", "a range begins with");
    refused("range = \"published: r\"\n", "", "a range says where it comes from");
    refused("[\"s\"]", "[\"t\"]", "there is no source `t`");
    refused("low = \"afr 1%\"\n", "", "a range has a low and a high end");
    for key in ["ab", "A/b", "a/b/c", "a/", "a/b c"] {
        let text = GOOD.replace("a/b", key);
        let error = Catalog::parse(S, &[("x", &text)]).unwrap_err();
        assert!(error.to_string().contains("class/name"), "{key}: {error}");
    }
    let error = Catalog::parse(S, &[("x", GOOD), ("y", GOOD)]).unwrap_err();
    assert_eq!(error.to_string(), "y: a/b: this key is there twice");
    let error = Catalog::parse(&S.replace("[s]", "[t]"), &[("x", GOOD)]).unwrap_err();
    assert!(error.to_string().contains("nothing cites `t`"));
}

#[test]
fn words_filter_and_all_of_them_must_occur() {
    let catalog = Catalog::shipped();
    assert_eq!(catalog.find(&[]).len(), catalog.entries().count());
    let disks = catalog.find(&["DISK", "backblaze"]);
    assert!(disks.iter().any(|entry| entry.key == "disk/hdd"));
    assert!(disks.len() < catalog.find(&["disk"]).len());
    assert!(catalog.find(&["disk", "no such word"]).is_empty());
}
