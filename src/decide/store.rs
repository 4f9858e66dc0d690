//! Finished points on disk, so that a broken-off sweep goes on where it was.

use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};

use super::point::Point;
use crate::error::{Error, Result};
use crate::scenario::{LogFile, Scenario, Source};

/// A folder with a file for each finished point, named by what the point depends on.
#[derive(Clone, Debug)]
pub struct Store {
    folder: PathBuf,
}

impl Store {
    /// The store in a folder, which is made.
    ///
    /// # Errors
    /// When it cannot be made.
    pub fn open(folder: &Path) -> Result<Self> {
        fs::create_dir_all(folder).map_err(|error| Error::io("cannot create", folder, error))?;
        Ok(Self { folder: folder.to_owned() })
    }

    /// The point of a key, if it is there and whole.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<Point> {
        let text = fs::read(self.folder.join(format!("{key}.json"))).ok()?;
        Point::read(&serde_json::from_slice(&text).ok()?)
    }

    /// Keeps a point, and gives it back as it would be read: so that it makes no difference whether a point was
    /// computed or kept.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn put(&self, key: &str, point: &Point) -> Result<Point> {
        let text = point.json().to_string();
        let failed = |error| Error::io("cannot write into", &self.folder, error);
        let mut file = tempfile::NamedTempFile::new_in(&self.folder).map_err(failed)?;
        std::io::Write::write_all(&mut file, text.as_bytes()).map_err(failed)?;
        file.persist(self.folder.join(format!("{key}.json"))).map_err(|error| failed(error.error))?;
        let read = serde_json::from_str(&text).ok().and_then(|value| Point::read(&value));
        read.ok_or_else(|| Error::Model("a point cannot be read back".to_owned()))
    }
}

/// What the result of a scenario depends on, as 32 hexadecimal digits: the version of the program, everything in the
/// scenario that a run looks at, its seed, and what its log holds.
///
/// # Errors
/// When the log cannot be read.
pub fn digest(scenario: &Scenario) -> Result<String> {
    let mut hash = Fnv::default();
    hash.add(env!("CARGO_PKG_VERSION").as_bytes());
    let mut plain = scenario.clone();
    // Words change nothing.
    for words in [&mut plain.name, &mut plain.title, &mut plain.question] {
        words.clear();
    }
    for list in [&mut plain.changes, &mut plain.assumptions, &mut plain.limits] {
        list.clear();
    }
    plain.objectives.iter_mut().for_each(|objective| objective.name.clear());
    if let Source::Trace(log) = &plain.workload.source {
        match log {
            LogFile::Path(path) => hash.add_file(path)?,
            LogFile::Embedded { content, .. } => hash.add(content),
        }
        let nowhere = LogFile::Path(PathBuf::new());
        plain.workload.source = Source::Trace(nowhere);
    }
    hash.add(format!("{plain:?}").as_bytes());
    Ok(format!("{:032x}", hash.0))
}

/// The hash FNV-1a in 128 bits, which stays the same from release to release.
struct Fnv(u128);

impl Default for Fnv {
    fn default() -> Self {
        Self(0x6c62_272e_07bb_0142_62b8_2175_6295_c58d)
    }
}

impl Fnv {
    fn add(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = (self.0 ^ u128::from(*byte)).wrapping_mul(0x0000_0000_0100_0000_0000_0000_0000_013b);
        }
    }

    fn add_file(&mut self, path: &Path) -> Result<()> {
        let failed = |error| Error::io("cannot read", path, error);
        let mut file = fs::File::open(path).map_err(failed)?;
        let mut buffer = vec![0; 1 << 16];
        loop {
            match file.read(&mut buffer).map_err(failed)? {
                0 => return Ok(()),
                read => self.add(buffer.get(..read).unwrap_or_default()),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::{Overrides, load};

    #[test]
    fn the_hash_is_fnv_1a() {
        let mut hash = Fnv::default();
        hash.add(b"a");
        assert_eq!(format!("{:032x}", hash.0), "d228cb696f1a8caf78912b704e4a8964");
    }

    #[test]
    fn what_matters_changes_the_digest_and_words_do_not() {
        let digest_of = |set: &[&str], seed| {
            let set = set.iter().map(ToString::to_string).collect();
            digest(&load("lab", &Overrides { set, seed, ..Overrides::default() }).unwrap()).unwrap()
        };
        let plain = digest_of(&[], None);
        assert_eq!(plain.len(), 32);
        assert_eq!(plain, digest_of(&["title=another"], None));
        assert_ne!(plain, digest_of(&["workload.rate=7/s"], None));
        assert_ne!(plain, digest_of(&[], Some(99)));
    }

    #[test]
    fn a_point_comes_back_as_it_was_put() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(&folder.path().join("points")).unwrap();
        let point = Point {
            pipelines: Vec::new(),
            verdicts: vec![super::super::PointVerdict {
                objective: 3,
                pipeline: "daily".to_owned(),
                value: crate::experiment::Estimate { value: Some(0.1 + 0.2), low: None, high: Some(1e-300) },
                met: None,
                days: Some((11, 12)),
            }],
        };
        assert_eq!(store.get("k"), None);
        let put = store.put("k", &point).unwrap();
        assert_eq!(store.get("k"), Some(put.clone()));
        assert_eq!(put.verdicts[0].days, Some((11, 12)));
        fs::write(folder.path().join("points/k.json"), "{\"pipelines\":[").unwrap();
        assert_eq!(store.get("k"), None);
    }
}
