//! Checks that paths exist, and suggests similar names.

use std::path::Path;

use anyhow::bail;

/// Least similarity of a suggested name (Jaro-Winkler, 0 to 1).
const MIN_SIMILARITY: f64 = 0.8;

/// Checks that a path exists.
///
/// # Errors
/// The path does not exist. The message names the most similar file in its folder.
pub fn require_exists(path: &Path) -> anyhow::Result<()> {
    if path.try_exists().unwrap_or(true) {
        return Ok(());
    }
    let shown = path.display();
    match nearest(path) {
        Some(near) => bail!("{shown}: not found; near it: {near}"),
        None => bail!("{shown}: not found; check the name"),
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
        .filter(|(like, _)| *like >= MIN_SIMILARITY)
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
