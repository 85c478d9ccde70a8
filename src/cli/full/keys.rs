//! The check of `doctor` for the keys of services.

use crate::cli::doctor::{Check, State};

/// The names of the keys in the user's file.
pub fn keys() -> Check {
    use services::secrets::Secrets;

    let names = Secrets::for_user().and_then(|secrets| Ok((secrets.names()?, secrets.file)));
    let (state, found, next) = match names {
        Ok((names, file)) if names.is_empty() => (
            State::Optional,
            format!("none in {}", file.display()),
            "`playlist-fit collect --help` says which service needs one".into(),
        ),
        Ok((names, file)) => (
            State::Ready,
            format!("{} in {}", names.join(", "), file.display()),
            String::new(),
        ),
        Err(reason) => (State::Missing, reason.to_string(), String::new()),
    };
    Check {
        what: "keys of services".into(),
        state,
        found,
        next,
    }
}
