//! Keys and tokens: from the environment, else from one TOML file that only its owner may read (0600).

use std::path::PathBuf;

use secrecy::SecretString;

use super::CollectError;

/// Where secrets come from.
#[derive(Clone, Debug)]
pub struct Secrets {
    /// `secrets.toml` in the user's settings folder: `NAME = "value"` a line.
    pub file: PathBuf,
}

impl Secrets {
    /// The secret called `name`, such as `JAMENDO_CLIENT_ID`; none where neither the environment nor the file has it.
    ///
    /// # Errors
    /// Where the file is there but others may read it too, or it is no TOML; the text never holds its content.
    pub fn find(&self, _name: &str) -> Result<Option<SecretString>, CollectError> {
        todo!()
    }

    /// [`Secrets::find`], or an error that says where to get the secret (`how`) and where to put it.
    ///
    /// # Errors
    /// Also where it is nowhere.
    pub fn need(
        &self,
        _source_name: &'static str,
        _name: &str,
        _how: &str,
    ) -> Result<SecretString, CollectError> {
        todo!()
    }

    /// Keeps a secret that a service gave (a refresh token) in the file, 0600 from its first byte.
    ///
    /// # Errors
    /// Where the file cannot be written.
    pub fn keep(&self, _name: &str, _value: &SecretString) -> Result<(), CollectError> {
        todo!()
    }
}
