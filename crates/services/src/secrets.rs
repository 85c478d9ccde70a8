//! Keys and tokens, from the environment or from one TOML file that only the user may read (mode 0600).

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::PathBuf;

use etcetera::BaseStrategy as _;
use secrecy::{ExposeSecret as _, SecretString};

use super::CollectError;

/// Name in messages that do not concern a service.
const SECRETS: &str = "secrets";

/// The source of all secrets.
#[derive(Clone, Debug)]
pub struct Secrets {
    /// Path of `secrets.toml`, which has a line `NAME = "value"` for each secret.
    pub file: PathBuf,
}

impl Secrets {
    /// The user's secrets: `playlist-fit/secrets.toml` in `XDG_CONFIG_HOME`, by default `~/.config`.
    ///
    /// # Errors
    /// [`CollectError::Refused`] if the home folder is unknown.
    pub fn for_user() -> Result<Secrets, CollectError> {
        let folders = etcetera::choose_base_strategy().map_err(|reason| {
            refused(
                reason.to_string(),
                "set HOME, or XDG_CONFIG_HOME and XDG_CACHE_HOME".to_owned(),
            )
        })?;
        Ok(Secrets {
            file: folders.config_dir().join("playlist-fit/secrets.toml"),
        })
    }

    /// The secret of this name, such as `JAMENDO_CLIENT_ID`; `None` if neither the environment nor the file has it.
    ///
    /// # Errors
    /// [`CollectError::Refused`] if other users may read the file, or if it is invalid; the message never has its content.
    pub fn find(&self, name: &str) -> Result<Option<SecretString>, CollectError> {
        if let Some(value) = std::env::var(name).ok().filter(|value| !value.is_empty()) {
            return Ok(Some(value.into()));
        }
        let found = self.table()?.remove(name).filter(|value| !value.is_empty());
        Ok(found.map(Into::into))
    }

    /// As [`Secrets::find`], but a missing secret is an error that says where to get it (`how`) and where to put it.
    ///
    /// # Errors
    /// As [`Secrets::find`], and [`CollectError::Refused`] if it is not set.
    pub fn need(
        &self,
        source_name: &'static str,
        name: &str,
        how: &str,
    ) -> Result<SecretString, CollectError> {
        self.find(name)?.ok_or_else(|| CollectError::Refused {
            source_name,
            what: format!("{name} is not set"),
            next: format!(
                "{how}, then set it in the environment, or write the line `{name} = \"…\"` into {} and run \
                 `chmod 600` on it",
                self.file.display()
            ),
        })
    }

    /// Stores a secret that a service sent (a refresh token) in the file, with mode 0600 from its first byte. The other
    /// lines are unchanged.
    ///
    /// # Errors
    /// [`CollectError::Disk`] if the file cannot be written, and as [`Secrets::find`].
    pub fn store(&self, name: &str, value: &SecretString) -> Result<(), CollectError> {
        let mut table = self.table()?;
        table.insert(name.to_owned(), value.expose_secret().to_owned());
        let entry = BTreeMap::from([(name, value.expose_secret())]);
        let unwritable = |reason: toml::ser::Error| self.failed(io::Error::other(reason));
        let line = toml::to_string(&entry).map_err(unwritable)?;
        let known = self.text()?.unwrap_or_default();
        let others = known.lines().filter(|line| !states(line, name));
        let others: String = others.flat_map(|line| [line, "\n"]).collect();
        let mut text = others + &line;
        // A value of several lines breaks this; the values are more important than the comments between them.
        if toml::from_str::<BTreeMap<String, String>>(&text)
            .ok()
            .as_ref()
            != Some(&table)
        {
            text = toml::to_string(&table).map_err(unwritable)?;
        }
        files::write_private(&self.file, text.as_bytes()).map_err(|reason| self.failed(reason))
    }

    /// The names of the secrets in the file.
    ///
    /// # Errors
    /// As [`Secrets::find`].
    pub fn names(&self) -> Result<Vec<String>, CollectError> {
        Ok(self.table()?.into_keys().collect())
    }

    fn table(&self) -> Result<BTreeMap<String, String>, CollectError> {
        let Some(text) = self.text()? else {
            return Ok(BTreeMap::new());
        };
        // The parser's own message quotes the line and thus the secret.
        toml::from_str(&text).map_err(|reason| {
            let before = reason.span().and_then(|span| text.get(..span.start));
            let line = before.unwrap_or_default().matches('\n').count() + 1;
            refused(
                format!("{}: line {line} is invalid", self.file.display()),
                "write one line `NAME = \"value\"` for each secret".to_owned(),
            )
        })
    }

    /// The content; `None` if the file does not exist.
    fn text(&self) -> Result<Option<String>, CollectError> {
        let read = fs::metadata(&self.file).and_then(|facts| {
            let text = fs::read_to_string(&self.file)?;
            Ok((others_may_read(&facts), text))
        });
        match read {
            Err(reason) if reason.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(reason) => Err(refused(
                format!("{}: cannot be read ({reason})", self.file.display()),
                "make it a text file that you own".to_owned(),
            )),
            Ok((true, _)) => Err(refused(
                format!("{}: other users may read it", self.file.display()),
                format!(
                    "run `chmod 600 {}`, and replace its secrets if others may have read them",
                    self.file.display()
                ),
            )),
            Ok((false, text)) => Ok(Some(text)),
        }
    }

    fn failed(&self, source: io::Error) -> CollectError {
        CollectError::Disk {
            path: self.file.clone(),
            source,
        }
    }
}

fn refused(what: String, next: String) -> CollectError {
    CollectError::refused(SECRETS, what, next)
}

/// Whether the line gives a value to `name`.
fn states(line: &str, name: &str) -> bool {
    line.split_once('=')
        .is_some_and(|(key, _)| key.trim() == name)
}

#[cfg(unix)]
fn others_may_read(facts: &fs::Metadata) -> bool {
    std::os::unix::fs::PermissionsExt::mode(&facts.permissions()) & 0o077 != 0
}

#[cfg(not(unix))]
fn others_may_read(_facts: &fs::Metadata) -> bool {
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    fn secrets(folder: &tempfile::TempDir, text: &str) -> Secrets {
        let file = folder.path().join("playlist-fit/secrets.toml");
        files::write_private(&file, text.as_bytes()).unwrap();
        Secrets { file }
    }

    #[track_caller]
    fn found(secrets: &Secrets, name: &str) -> Option<String> {
        let found = secrets.find(name).unwrap();
        found.map(|value| value.expose_secret().to_owned())
    }

    #[test]
    fn the_environment_comes_before_the_file() {
        let folder = tempfile::tempdir().unwrap();
        let secrets = secrets(&folder, "PATH = \"file\"\nPLAYLIST_FIT_TEST_A = \"a\"\n");
        assert_eq!(found(&secrets, "PATH"), std::env::var("PATH").ok());
        assert_eq!(found(&secrets, "PLAYLIST_FIT_TEST_A").as_deref(), Some("a"));
        assert_eq!(found(&secrets, "PLAYLIST_FIT_TEST_B"), None);
        let nowhere = Secrets {
            file: folder.path().join("nowhere.toml"),
        };
        assert_eq!(found(&nowhere, "PLAYLIST_FIT_TEST_A"), None);
    }

    #[test]
    fn a_missing_secret_says_where_to_get_it_and_where_to_put_it() {
        let folder = tempfile::tempdir().unwrap();
        let secrets = secrets(&folder, "");
        let error = secrets
            .need(
                "jamendo",
                "PLAYLIST_FIT_TEST_C",
                "get one at devportal.jamendo.com",
            )
            .unwrap_err()
            .to_string();
        for part in [
            "jamendo",
            "PLAYLIST_FIT_TEST_C",
            "devportal",
            "secrets.toml",
        ] {
            assert!(error.contains(part), "{error}");
        }
    }

    #[test]
    fn a_broken_file_is_named_by_its_line_and_not_shown() {
        let folder = tempfile::tempdir().unwrap();
        for broken in [
            "A = \"fine\"\nB = hush",
            "A = \"fine\"\nB = 4711",
            "A = \"fine\"\n[hush]\nB = 1",
        ] {
            let error = secrets(&folder, broken)
                .find("PLAYLIST_FIT_TEST_D")
                .unwrap_err();
            let (text, debug) = (error.to_string(), format!("{error:?}"));
            assert!(
                text.contains("line 2 is invalid") && text.contains("secrets.toml"),
                "{text}"
            );
            for shown in [text, debug] {
                assert!(
                    !shown.contains("hush") && !shown.contains("4711"),
                    "{shown}"
                );
            }
        }
    }

    #[cfg(unix)]
    #[test]
    fn a_file_that_others_may_read_is_refused() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir().unwrap();
        let secrets = secrets(&folder, "PLAYLIST_FIT_TEST_E = \"hush\"");
        for mode in [0o640, 0o604, 0o620] {
            fs::set_permissions(&secrets.file, fs::Permissions::from_mode(mode)).unwrap();
            let error = secrets.find("PLAYLIST_FIT_TEST_E").unwrap_err().to_string();
            assert!(
                error.contains("chmod 600") && !error.contains("hush"),
                "{error}"
            );
        }
    }

    #[test]
    fn a_stored_secret_is_private_and_leaves_the_other_lines() {
        let folder = tempfile::tempdir().unwrap();
        let secrets = secrets(&folder, "# mine\nA = \"1\"\nTOKEN = \"old\"\n");
        secrets.store("TOKEN", &"new \"1\" = 2\n".into()).unwrap();
        secrets.store("OTHER", &"3".into()).unwrap();
        assert_eq!(found(&secrets, "TOKEN").as_deref(), Some("new \"1\" = 2\n"));
        assert_eq!(found(&secrets, "A").as_deref(), Some("1"));
        assert_eq!(found(&secrets, "OTHER").as_deref(), Some("3"));
        assert!(
            fs::read_to_string(&secrets.file)
                .unwrap()
                .starts_with("# mine\n")
        );
        #[cfg(unix)]
        assert!(!others_may_read(&fs::metadata(&secrets.file).unwrap()));
        let new = Secrets {
            file: folder.path().join("new/secrets.toml"),
        };
        new.store("TOKEN", &"first".into()).unwrap();
        assert_eq!(found(&new, "TOKEN").as_deref(), Some("first"));
    }
}
