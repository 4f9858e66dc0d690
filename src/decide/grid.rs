//! Grids of scenarios: fields and the values that each takes.

use crate::error::{Error, Problem, Result};

/// Most points of a grid.
pub const MOST_POINTS: usize = 4_096;

/// A field that is varied.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Vary {
    /// Its path, such as `pipelines.continuous.watermark.bound`.
    pub path: String,
    /// Its values, as they stand on a command line.
    pub values: Vec<String>,
}

/// All combinations of some fields' values.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Grid {
    /// The fields; the last one turns fastest.
    pub varied: Vec<Vary>,
}

impl Vary {
    /// Reads `path=a,b,c`; commas within brackets or quotes belong to a value.
    ///
    /// # Errors
    /// [`Error::Input`] that says what is wrong.
    pub fn parse(text: &str) -> Result<Self> {
        let problem = |what: &str, remedy: &str| Err(wrong(format!("{text}: {what}"), remedy));
        let usage = "write path=a,b,c, such as pipelines.continuous.watermark.bound=5s,15s,1m";
        let Some((path, values)) = text.split_once('=') else { return problem("there is no \"=\"", usage) };
        let path = path.trim();
        if path.is_empty() {
            return problem("there is no path", usage);
        }
        if ["seed", "workload.trace"].contains(&path) {
            return problem("all points of a sweep see the same stream", "vary another field");
        }
        let values = values_of(values);
        if values.iter().any(String::is_empty) {
            return problem("a value is empty", usage);
        }
        for (place, value) in values.iter().enumerate() {
            if values.get(..place).unwrap_or_default().contains(value) {
                return problem(&format!("{value} stands there twice"), "name each value once");
            }
        }
        Ok(Self { path: path.to_owned(), values })
    }
}

/// The values of a list.
fn values_of(text: &str) -> Vec<String> {
    let mut values = vec![String::new()];
    let (mut depth, mut quoted) = (0_i32, false);
    for symbol in text.chars() {
        match symbol {
            '"' => quoted = !quoted,
            '[' | '{' if !quoted => depth += 1,
            ']' | '}' if !quoted => depth -= 1,
            _ => {}
        }
        if symbol == ',' && depth == 0 && !quoted {
            values.push(String::new());
        } else if let Some(last) = values.last_mut() {
            last.push(symbol);
        }
    }
    values.iter().map(|value| value.trim().to_owned()).collect()
}

impl Grid {
    /// The grid of these fields.
    ///
    /// # Errors
    /// [`Error::Input`] when there is no field, one stands there twice, or there are more than [`MOST_POINTS`] points.
    pub fn new(varied: Vec<Vary>) -> Result<Self> {
        if varied.is_empty() {
            return Err(wrong("nothing is varied".to_owned(), "add --vary path=a,b,c"));
        }
        for (place, vary) in varied.iter().enumerate() {
            if varied.get(..place).unwrap_or_default().iter().any(|other| other.path == vary.path) {
                return Err(wrong(format!("{} is varied twice", vary.path), "name all its values in one --vary"));
            }
        }
        let points = varied.iter().try_fold(1_usize, |points, vary| points.checked_mul(vary.values.len()));
        match points {
            Some(points) if points <= MOST_POINTS => Ok(Self { varied }),
            _ => {
                let count = points.map_or_else(|| "too many".to_owned(), |points| points.to_string());
                let what = format!("the grid has {count} points");
                Err(wrong(what, &format!("vary fewer fields or values: at most {MOST_POINTS} points")))
            }
        }
    }

    /// How many points.
    #[must_use]
    pub fn len(&self) -> usize {
        self.varied.iter().map(|vary| vary.values.len()).product()
    }

    /// Whether there is no point: never, of a grid that was made.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// For each field the place of its value at a point.
    #[must_use]
    pub fn places(&self, point: usize) -> Vec<usize> {
        let mut rest = point;
        let mut places: Vec<usize> = self
            .varied
            .iter()
            .rev()
            .map(|vary| {
                let count = vary.values.len().max(1);
                let place = rest % count;
                rest /= count;
                place
            })
            .collect();
        places.reverse();
        places
    }

    /// The values at a point.
    #[must_use]
    pub fn values(&self, point: usize) -> Vec<&str> {
        let places = self.places(point);
        self.varied.iter().zip(places).filter_map(|(vary, place)| vary.values.get(place)).map(String::as_str).collect()
    }

    /// What `--set` takes at a point.
    #[must_use]
    pub fn assignments(&self, point: usize) -> Vec<String> {
        self.varied.iter().zip(self.values(point)).map(|(vary, value)| format!("{}={value}", vary.path)).collect()
    }
}

fn wrong(what: String, remedy: &str) -> Error {
    Error::input(Problem { file: "--vary".to_owned(), position: None, field: None, what, remedy: remedy.to_owned() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_split_at_commas_outside_brackets() {
        let values = |text: &str| Vary::parse(text).unwrap().values;
        assert_eq!(values("a.b=1s, 2s"), ["1s", "2s"]);
        assert_eq!(values("a={ x = 1, y = [2, 3] },\"p,q\""), ["{ x = 1, y = [2, 3] }", "\"p,q\""]);
        for (text, part) in [
            ("a", "no \"=\""),
            ("=1", "no path"),
            ("a=1,,2", "empty"),
            ("a=1,2,1", "twice"),
            ("seed=1,2", "same stream"),
        ] {
            let error = Vary::parse(text).unwrap_err().to_string();
            assert!(error.contains(part), "{error}");
        }
    }

    #[test]
    fn the_last_field_turns_fastest() {
        let grid = Grid::new(vec![Vary::parse("a=1,2").unwrap(), Vary::parse("b=x,y,z").unwrap()]).unwrap();
        assert_eq!(grid.len(), 6);
        let all: Vec<_> = (0..6).map(|point| grid.values(point).concat()).collect();
        assert_eq!(all, ["1x", "1y", "1z", "2x", "2y", "2z"]);
        assert_eq!(grid.assignments(5), ["a=2", "b=z"]);
    }

    #[test]
    fn grids_are_bounded() {
        let many = |path: &str| {
            let values: Vec<String> = (0..100).map(|number| number.to_string()).collect();
            Vary { path: path.to_owned(), values }
        };
        assert!(Grid::new(vec![many("a")]).is_ok());
        let error = Grid::new(vec![many("a"), many("b")]).unwrap_err().to_string();
        assert!(error.contains("10000 points") && error.contains("at most 4096"), "{error}");
        assert!(Grid::new(vec![many("a"), many("a")]).is_err() && Grid::new(vec![]).is_err());
    }
}
