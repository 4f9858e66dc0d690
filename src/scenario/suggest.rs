//! Nearest names and short quotations for messages.

/// The longest message part that repeats what the user wrote.
const LONGEST: usize = 160;

/// "did you mean …?" for the candidate nearest to `word`, if one is near.
pub(super) fn did_you_mean<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<String> {
    let folded: String = word.chars().take(64).collect::<String>().to_lowercase().replace('-', "_");
    let (distance, nearest) = candidates
        .into_iter()
        .map(|candidate| (strsim::osa_distance(&folded, candidate), candidate))
        .min_by_key(|(distance, _)| *distance)?;
    let near = distance <= 1 + nearest.len().min(folded.len()) / 4;
    near.then(|| format!("did you mean \"{nearest}\"?"))
}

/// What to write instead of an unknown word: the nearest choice, then all of them.
pub(super) fn choices(word: &str, all: &[&str], introduction: &str) -> String {
    let list = all.join(", ");
    match did_you_mean(word, all.iter().copied()) {
        Some(hint) => format!("{hint} {introduction} {list}"),
        None => format!("{introduction} {list}"),
    }
}

/// A message without control characters, and cut where it repeats a very long value.
pub(super) fn tidy(text: &str) -> String {
    let clean = |c: char| if c.is_control() { c.escape_default().to_string() } else { c.to_string() };
    let length = text.chars().count();
    if length <= 2 * LONGEST {
        return text.chars().map(clean).collect();
    }
    let head: String = text.chars().take(LONGEST).map(clean).collect();
    let tail: String = text.chars().skip(length - LONGEST).map(clean).collect();
    format!("{head} … {tail}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_name_is_found() {
        let keys = ["every", "trigger", "lookback", "start_after"];
        assert_eq!(did_you_mean("evry", keys).as_deref(), Some("did you mean \"every\"?"));
        assert_eq!(did_you_mean("loockback", keys).as_deref(), Some("did you mean \"lookback\"?"));
        assert_eq!(did_you_mean("start-after", keys).as_deref(), Some("did you mean \"start_after\"?"));
        assert_eq!(did_you_mean("colour", keys), None);
    }

    #[test]
    fn messages_hold_no_control_characters_and_stay_short() {
        assert_eq!(tidy("a\u{1b}[31m\n"), "a\\u{1b}[31m\\n");
        assert!(tidy(&"x".repeat(1_000_000)).chars().count() < 400);
    }
}
