//! Where a file goes: beside its place until it is whole, or straight to stdout.

use std::fs::{self, File};
use std::io::{self, Stdout, Write};
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use crate::error::{Error, Problem, Result};

/// Where a file is written. Dropping one that is not published leaves nothing.
#[derive(Debug)]
pub struct Destination {
    to: To,
    name: String,
}

#[derive(Debug)]
enum To {
    /// A file in a folder beside the target, private to this user until it is whole.
    Beside {
        file: File,
        folder: TempDir,
        target: PathBuf,
    },
    /// Something that is there already and is no plain file, such as a pipe.
    Straight(File),
    Stdout(Stdout),
}

/// The name of a file in a draft's folder.
const DRAFT: &str = "draft";

impl Destination {
    /// Stdout.
    #[must_use]
    pub fn stdout() -> Self {
        Self { to: To::Stdout(io::stdout()), name: "stdout".to_owned() }
    }

    /// A file that is to appear at `path`, and proves that it can be written. An earlier file there is replaced
    /// when the new one is whole; `option` is how the path was given.
    ///
    /// # Errors
    /// [`Error::Input`] when `path` is a folder, [`Error::Io`] when nothing can be written beside it.
    pub fn file(path: &Path, option: &str) -> Result<Self> {
        let name = path.display().to_string();
        // A link stays, and what it leads to is replaced.
        let target = fs::canonicalize(path).or_else(|_| std::path::absolute(path));
        let target = target.map_err(|error| Error::io("cannot find", path, error))?;
        if target.is_dir() || target.file_name().is_none() {
            return Err(Error::input(Problem {
                file: option.to_owned(),
                position: None,
                field: None,
                what: format!("{name} is a folder"),
                remedy: "name a file in it".to_owned(),
            }));
        }
        if target.exists() && !target.is_file() {
            let file =
                File::options().write(true).open(&target).map_err(|error| Error::io("cannot write", path, error))?;
            return Ok(Self { to: To::Straight(file), name });
        }
        let parent = target.parent().unwrap_or(&target);
        fs::create_dir_all(parent).map_err(|error| Error::io("cannot create", parent, error))?;
        let folder = tempfile::Builder::new().prefix(".millstream-").tempdir_in(parent);
        let folder = folder.map_err(|error| Error::io("cannot write into", parent, error))?;
        let file = File::create(folder.path().join(DRAFT)).map_err(|error| Error::io("cannot write", path, error))?;
        Ok(Self { to: To::Beside { file, folder, target }, name })
    }

    /// Puts what was written in its place.
    ///
    /// # Errors
    /// When that is refused.
    pub fn publish(mut self) -> io::Result<()> {
        self.flush()?;
        match self.to {
            To::Beside { file, folder, target } => {
                drop(file);
                fs::rename(folder.path().join(DRAFT), target)
            }
            To::Straight(_) | To::Stdout(_) => Ok(()),
        }
    }

    pub(super) fn name(&self) -> Name {
        Name(self.name.clone())
    }
}

impl Write for Destination {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match &mut self.to {
            To::Beside { file, .. } | To::Straight(file) => file.write(bytes),
            To::Stdout(out) => out.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match &mut self.to {
            To::Beside { file, .. } | To::Straight(file) => file.flush(),
            To::Stdout(out) => out.flush(),
        }
    }
}

/// The name of a destination, for errors.
#[derive(Debug)]
pub(super) struct Name(String);

impl Name {
    /// The error of a refused write.
    pub fn told(&self, source: io::Error) -> Error {
        Error::Io { action: "cannot write to", path: self.0.clone(), source }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_appears_whole_or_not_at_all() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("new").join("log.csv");
        let mut broken_off = Destination::file(&path, "--out").unwrap();
        broken_off.write_all(b"half").unwrap();
        assert!(!path.exists());
        drop(broken_off);
        assert_eq!(fs::read_dir(path.parent().unwrap()).unwrap().count(), 0);
        for text in ["first", "second"] {
            let mut whole = Destination::file(&path, "--out").unwrap();
            whole.write_all(text.as_bytes()).unwrap();
            whole.publish().unwrap();
            assert_eq!(fs::read_to_string(&path).unwrap(), text);
        }
        assert_eq!(fs::read_dir(path.parent().unwrap()).unwrap().count(), 1);
        let error = Destination::file(folder.path(), "--out").unwrap_err();
        assert!(error.to_string().starts_with("--out: ") && error.exit_code() == 2, "{error}");
        let error = Destination::file(&path.join("below"), "--out").unwrap_err();
        assert_eq!(error.exit_code(), 3, "{error}");
    }

    #[cfg(unix)]
    #[test]
    fn what_is_no_plain_file_is_not_replaced() {
        let mut nowhere = Destination::file(Path::new("/dev/null"), "--out").unwrap();
        nowhere.write_all(b"gone").unwrap();
        nowhere.publish().unwrap();
        assert!(!Path::new("/dev/null").is_file());
    }
}
