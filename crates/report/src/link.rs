//! Addresses that a page may lead to.

/// Longer ones are no address of a track.
const MAX_LINK_BYTES: usize = 500;

/// The text where it is an address of the web, and nothing that a browser would run or a page would be left by.
pub fn web_address(text: &str) -> Option<&str> {
    let host = ["https://", "http://"]
        .iter()
        .find_map(|scheme| text.strip_prefix(scheme))?;
    let begins = host.starts_with(|sign: char| sign.is_alphanumeric());
    let is_plain = |sign: char| {
        sign.is_alphanumeric()
            || (sign.is_ascii_graphic() && !matches!(sign, '"' | '\'' | '<' | '>' | '\\' | '`'))
    };
    (begins && text.len() <= MAX_LINK_BYTES && text.chars().all(is_plain)).then_some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_addresses_of_the_web_are_links() {
        for good in [
            "https://example.org/content/track-1?a=b&c=d#e",
            "http://example.org",
            "https://example.org/Müller",
        ] {
            assert_eq!(web_address(good), Some(good));
        }
        for bad in [
            "javascript:alert(1)",
            "data:text/html,<script>",
            "https://",
            "https:///etc/passwd",
            "https://a b",
            "https://a\"onclick=x",
            "https://a\u{202e}b",
            " https://a",
            "HTTPS:a",
            "github:owner/name",
            "",
        ] {
            assert_eq!(web_address(bad), None, "{bad}");
        }
        assert_eq!(web_address(&format!("https://{}", "a".repeat(600))), None);
    }
}
