//! Mistyped names of files.

use std::path::Path;

use anyhow::bail;

/// A name less like the one asked for is no help (Jaro-Winkler, 0 to 1).
const LIKE: f64 = 0.8;

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
    let wanted = path.file_name()?.to_string_lossy().to_lowercase();
    let names = folder.read_dir().ok()?.flatten();
    let names = names.map(|entry| entry.file_name().to_string_lossy().into_owned());
    let like = |name: &String| strsim::jaro_winkler(&name.to_lowercase(), &wanted);
    let mut near: Vec<(f64, String)> = names
        .map(|name| (like(&name), name))
        .filter(|(like, _)| *like >= LIKE)
        .collect();
    near.sort_by(|one, other| other.0.total_cmp(&one.0).then_with(|| one.1.cmp(&other.1)));
    let (_, name) = near.into_iter().next()?;
    Some(path.with_file_name(name).display().to_string())
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
