//! Names of files that are made of what others wrote: titles, lists, songs.

/// In bytes: file systems take 255, and a number and an extension may come behind.
const LONGEST: usize = 160;
/// Names that Windows keeps for devices, whatever follows them.
const RESERVED: [&str; 6] = ["con", "prn", "aux", "nul", "com", "lpt"];

/// A name that any file system takes and that stays in its folder, without an extension; `otherwise` where nothing is
/// left of it.
pub fn file_name(text: &str, otherwise: &str) -> String {
    let plain = |sign: char| match sign {
        '/' | '\\' | ':' | '*' | '?' | '"' | '<' | '>' | '|' | '#' | '%' => '_',
        sign if sign.is_control() => '_',
        sign => sign,
    };
    let mut name: String = text.chars().map(plain).take(LONGEST).collect();
    while name.len() > LONGEST {
        name.pop();
    }
    let name = name.trim_matches(['.', ' ']);
    let stem = name.split('.').next().unwrap_or_default().to_lowercase();
    let device = stem
        .trim_end_matches(|sign: char| sign.is_ascii_digit())
        .trim();
    match name {
        "" => otherwise.to_owned(),
        _ if RESERVED.contains(&device) => format!("_{name}"),
        _ => name.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_name_becomes_a_file_s_name_on_any_system() {
        for (name, file) in [
            ("Jazz", "Jazz"),
            ("Pop / Rock", "Pop _ Rock"),
            ("AC/DC: <live>", "AC_DC_ _live_"),
            ("../../etc/passwd", "_.._etc_passwd"),
            ("..", "list"),
            ("", "list"),
            ("a\0b\nc", "a_b_c"),
            ("100 %", "100 _"),
            ("NUL", "_NUL"),
            ("com1.txt", "_com1.txt"),
            ("Comfort", "Comfort"),
            ("🎵", "🎵"),
        ] {
            assert_eq!(file_name(name, "list"), file, "{name:?}");
        }
        assert_eq!(file_name(&"é".repeat(5_000), "list").len(), LONGEST);
        assert!(file_name(&"🎵".repeat(5_000), "list").len() <= LONGEST);
    }
}
