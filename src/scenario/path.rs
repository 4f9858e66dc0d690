//! Paths of fields, such as `pipelines[2].watermark.bound`: how problems name a field and how
//! `--set` finds it.

use std::fmt;

/// The deepest path that `--set` takes.
const DEEPEST: usize = 32;

/// One step of a path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// Into a table.
    Key(String),
    /// Into a list.
    Index(usize),
}

/// A path from the file's top to a field.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Path(pub(super) Vec<Step>);

impl Path {
    /// The field `key` of the table here.
    pub(super) fn key(&self, key: &str) -> Self {
        self.then(Step::Key(key.to_owned()))
    }

    /// The element `index` of the list here.
    pub(super) fn index(&self, index: usize) -> Self {
        self.then(Step::Index(index))
    }

    fn then(&self, step: Step) -> Self {
        let mut steps = self.0.clone();
        steps.push(step);
        Self(steps)
    }

    /// Reads `a.b[2]."c.d"`.
    ///
    /// # Errors
    /// Says what is wrong with the text.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let mut steps = Vec::new();
        let mut rest = text.trim();
        loop {
            rest = first_step(rest, &mut steps)?;
            while let Some(inside) = rest.strip_prefix('[') {
                let (index, after) = inside.split_once(']').ok_or("a \"[\" is not closed")?;
                let index = index.trim().parse().map_err(|_| format!("\"[{index}]\" is not a place in a list"))?;
                steps.push(Step::Index(index));
                rest = after;
            }
            if steps.len() > DEEPEST {
                return Err(format!("it is deeper than {DEEPEST} steps"));
            }
            if rest.is_empty() {
                return Ok(Self(steps));
            }
            rest = rest.strip_prefix('.').ok_or_else(|| format!("a \".\" is missing before \"{rest}\""))?;
        }
    }
}

/// Reads a key, bare or in quotes, and gives what follows it.
fn first_step<'a>(text: &'a str, steps: &mut Vec<Step>) -> Result<&'a str, String> {
    let (key, rest) = if let Some(inside) = text.strip_prefix('"') {
        inside.split_once('"').ok_or("a quote is not closed")?
    } else {
        text.split_at(text.find(['.', '[']).unwrap_or(text.len()))
    };
    if key.trim().is_empty() {
        return Err("a step of it is empty".to_owned());
    }
    steps.push(Step::Key(key.trim().to_owned()));
    Ok(rest)
}

impl fmt::Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (place, step) in self.0.iter().enumerate() {
            match step {
                Step::Index(index) => write!(f, "[{index}]")?,
                Step::Key(key) => {
                    if place > 0 {
                        f.write_str(".")?;
                    }
                    let bare = key.chars().all(|c| c.is_alphanumeric() || "_-".contains(c)) && !key.is_empty();
                    if bare { f.write_str(key)? } else { write!(f, "{key:?}")? }
                }
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_read_and_print_back() {
        for text in ["title", "pipelines[2].every", "job.window.size", "pipelines.\"my daily\".every", "a[0][1].b"] {
            assert_eq!(Path::parse(text).unwrap().to_string(), text);
        }
        for wrong in ["", ".", "a..b", "a[", "a[x]", "a[1]b", "\"a", "a.", "[0]"] {
            assert!(Path::parse(wrong).is_err(), "{wrong}");
        }
    }
}
