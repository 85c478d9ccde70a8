//! Names of files that are made of what others wrote: titles, lists, songs.

const LONGEST: usize = 80;

/// A name that any file system takes and that stays in its folder, without an extension; `otherwise` where nothing is
/// left of it.
pub fn file_name(text: &str, otherwise: &str) -> String {
    let plain = |sign: char| {
        if sign.is_alphanumeric() || " -_.()&'".contains(sign) {
            sign
        } else {
            '_'
        }
    };
    let name: String = text.chars().map(plain).take(LONGEST).collect();
    let name = name.trim_matches(|edge: char| edge == '.' || edge == ' ');
    if name.is_empty() { otherwise } else { name }.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_name_leaves_its_folder() {
        assert_eq!(file_name("../../etc/passwd", "list"), "_.._etc_passwd");
        assert_eq!(file_name("..", "list"), "list");
        assert_eq!(file_name("Pop / Rock", "list"), "Pop _ Rock");
        assert_eq!(
            file_name(&"é".repeat(5_000), "list").chars().count(),
            LONGEST
        );
    }
}
