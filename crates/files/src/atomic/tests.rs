use std::fs;
use std::io::Write as _;
use std::path::Path;

use tempfile::tempdir;

use super::*;

fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<_> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

#[cfg(unix)]
fn mode(path: &Path) -> u32 {
    std::os::unix::fs::PermissionsExt::mode(&fs::metadata(path).unwrap().permissions()) & 0o777
}

#[test]
fn a_file_is_replaced_only_on_commit() {
    let folder = tempdir().unwrap();
    let path = folder.path().join("new/sub/file.txt");
    write(&path, b"old").unwrap();
    let mut file = AtomicFile::create(&path).unwrap();
    file.write_all(b"new").unwrap();
    file.flush().unwrap();
    assert_eq!(fs::read(&path).unwrap(), b"old");
    file.commit().unwrap();
    assert_eq!(fs::read(&path).unwrap(), b"new");
    assert_eq!(names(path.parent().unwrap()), ["file.txt"]);
}

#[test]
fn a_dropped_file_leaves_the_target_and_no_temporary_file() {
    let folder = tempdir().unwrap();
    let path = folder.path().join("file.txt");
    write(&path, b"old").unwrap();
    let mut file = AtomicFile::create(&path).unwrap();
    file.write_all(b"new").unwrap();
    assert_eq!(names(folder.path()).len(), 2);
    drop(file);
    assert_eq!(names(folder.path()), ["file.txt"]);
    assert_eq!(fs::read(&path).unwrap(), b"old");
}

#[test]
fn a_target_that_is_a_folder_is_an_error_and_leaves_no_temporary_file() {
    let folder = tempdir().unwrap();
    let path = folder.path().join("taken");
    fs::create_dir_all(path.join("full")).unwrap();
    write(&path, b"new").unwrap_err();
    rename(&folder.path().join("missing"), &path).unwrap_err();
    assert_eq!(names(folder.path()), ["taken"]);
}

#[test]
fn a_folder_below_a_file_is_an_error() {
    let folder = tempdir().unwrap();
    let file = folder.path().join("file");
    write(&file, b"text").unwrap();
    write(&file.join("below"), b"new").unwrap_err();
    check_writable(&file).unwrap_err();
    assert_eq!(fs::read(&file).unwrap(), b"text");
}

#[cfg(target_os = "linux")]
#[test]
fn a_folder_that_takes_no_files_is_an_error() {
    // Nothing can be created in /proc, not even by root.
    write(Path::new("/proc/playlist-fit"), b"new").unwrap_err();
    check_writable(Path::new("/proc")).unwrap_err();
    let error = write_all(Path::new("/proc"), &[("a", b"1")]).unwrap_err();
    assert_eq!(error.path, Path::new("/proc/a"));
}

#[cfg(unix)]
#[test]
fn secrets_are_readable_by_their_owner_alone_also_when_they_replace_another_file() {
    let folder = tempdir().unwrap();
    let path = folder.path().join("secrets.toml");
    write(&path, b"old").unwrap();
    assert_ne!(mode(&path), 0o600);
    write_private(&path, b"new").unwrap();
    assert_eq!(mode(&path), 0o600);
    assert_eq!(fs::read(&path).unwrap(), b"new");
}

#[test]
fn several_files_appear_together() {
    let folder = tempdir().unwrap();
    let out = folder.path().join("report");
    write_all(&out, &[("a", b"1"), ("b", b"2")]).unwrap();
    assert_eq!(names(&out), ["a", "b"]);
    assert_eq!(fs::read(out.join("b")).unwrap(), b"2");
}

#[test]
fn of_several_files_none_is_replaced_if_one_fails() {
    let folder = tempdir().unwrap();
    write(&folder.path().join("a"), b"old").unwrap();
    fs::create_dir(folder.path().join("b")).unwrap();
    let error = write_all(folder.path(), &[("a", b"1"), ("b", b"2")]).unwrap_err();
    assert_eq!(error.path, folder.path().join("b"));
    assert_eq!(names(folder.path()), ["a", "b"]);
    assert_eq!(fs::read(folder.path().join("a")).unwrap(), b"old");
}

#[test]
fn a_folder_created_for_several_files_is_removed_if_they_fail() {
    let folder = tempdir().unwrap();
    let out = folder.path().join("report");
    let error = write_all(&out, &[("missing/a", b"1"), ("a\0", b"2")]).unwrap_err();
    assert_eq!(error.path, out.join("a\0"));
    assert!(!out.join("a").exists());
    let file = folder.path().join("file");
    write(&file, b"text").unwrap();
    assert_eq!(write_all(&file, &[("a", b"1")]).unwrap_err().path, file);
}

#[test]
fn a_renamed_file_replaces_its_target() {
    let folder = tempdir().unwrap();
    let (from, to) = (folder.path().join("from"), folder.path().join("to"));
    write(&from, b"new").unwrap();
    write(&to, b"old").unwrap();
    rename(&from, &to).unwrap();
    assert_eq!(names(folder.path()), ["to"]);
    assert_eq!(fs::read(&to).unwrap(), b"new");
}

#[test]
fn a_check_leaves_nothing_behind() {
    let folder = tempdir().unwrap();
    check_writable(folder.path()).unwrap();
    check_writable(&folder.path().join("new/sub")).unwrap();
    check_writable(Path::new("new")).unwrap();
    assert!(names(folder.path()).is_empty());
    assert!(!Path::new("new").exists());
}
