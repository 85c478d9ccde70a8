//! Mistyped names of files.

use std::path::Path;

use anyhow::bail;

use super::suggest::by_similarity;

/// A name less similar to the given one is not suggested (see [`by_similarity`]).
const MIN_SIMILARITY: f64 = 0.8;

/// Refuses a path where nothing lies, and offers the name beside it that is most like its own.
///
/// # Errors
/// Where nothing lies there.
pub fn require_exists(path: &Path) -> anyhow::Result<()> {
    if path.try_exists().unwrap_or(true) {
        return Ok(());
    }
    let shown = path.display();
    match nearest(path) {
        Some(near) => bail!("{shown}: there is no such file; near it: {near}"),
        None => bail!("{shown}: there is no such file; check the name"),
    }
}

fn nearest(path: &Path) -> Option<String> {
    let folder = match path.parent()? {
        here if here.as_os_str().is_empty() => Path::new("."),
        folder => folder,
    };
    let wanted = path.file_name()?.to_string_lossy();
    let names = folder.read_dir().ok()?.flatten();
    let names = names.map(|entry| entry.file_name().to_string_lossy().into_owned());
    let (similarity, name) = by_similarity(names, &wanted).into_iter().next()?;
    (similarity >= MIN_SIMILARITY).then(|| path.with_file_name(name).display().to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mistyped_name_is_answered_with_the_nearest() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["First Light.ogg", "Last Light.ogg", "notes.txt"] {
            std::fs::write(folder.path().join(name), "").unwrap();
        }
        let error = |name: &str| {
            require_exists(&folder.path().join(name))
                .unwrap_err()
                .to_string()
        };
        assert!(require_exists(&folder.path().join("notes.txt")).is_ok());
        assert!(error("first-light.ogg").ends_with("First Light.ogg"));
        assert!(error("zebra").ends_with("check the name"));
        assert!(error("gone/first-light.ogg").ends_with("check the name"));
    }
}
