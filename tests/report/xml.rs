//! Whether a text is well-formed XML, as far as a plot or a page can fail to be.

/// Tags match, attributes are quoted, `&` starts an entity, and there are no control characters.
pub fn check(text: &str) -> Result<(), String> {
    let mut open: Vec<&str> = Vec::new();
    let mut rest = text;
    while let Some(at) = rest.find('<') {
        content(&rest[..at])?;
        let end = at + rest[at..].find('>').ok_or("a tag does not end")?;
        let tag = &rest[at + 1..end];
        rest = &rest[end + 1..];
        if let Some(name) = tag.strip_prefix('/') {
            let expected = open.pop();
            if expected != Some(name) {
                return Err(format!("</{name}> closes {expected:?}"));
            }
            continue;
        }
        let name = tag.split([' ', '/']).next().unwrap_or_default();
        if name.is_empty() || !name.chars().all(|c| c.is_ascii_alphanumeric()) {
            return Err(format!("<{tag}> has no name"));
        }
        attributes(tag[name.len()..].trim_end_matches('/'))?;
        if !tag.ends_with('/') {
            open.push(name);
        }
    }
    content(rest)?;
    if open.is_empty() { Ok(()) } else { Err(format!("{open:?} are not closed")) }
}

fn attributes(mut text: &str) -> Result<(), String> {
    while !text.trim().is_empty() {
        let (name, after) = text.split_once("=\"").ok_or_else(|| format!("{text:?} is no attribute"))?;
        let (value, after) = after.split_once('"').ok_or_else(|| format!("{name:?} has no end"))?;
        if !name.trim().chars().all(|c| c.is_ascii_alphanumeric() || "-:".contains(c)) {
            return Err(format!("{name:?} is no name of an attribute"));
        }
        content(value)?;
        text = after;
    }
    Ok(())
}

fn content(text: &str) -> Result<(), String> {
    if let Some(c) = text.chars().find(|c| c.is_control() && *c != '\n') {
        return Err(format!("{c:?} is not allowed"));
    }
    for part in text.split('&').skip(1) {
        let entity = part.split_once(';').map_or(part, |(entity, _)| entity);
        if !["amp", "lt", "gt", "quot", "apos"].contains(&entity) {
            return Err(format!("&{entity} is no entity"));
        }
    }
    if text.contains('>') { Err(format!("a bare > in {text:?}")) } else { Ok(()) }
}
