//! Follows the links of a service from page to page, without loops.

use std::collections::HashSet;

use url::Url;

use crate::CollectError;

/// The most pages that are followed, more than any playlist has.
const MAX_PAGES: usize = 10_000;

/// The pages of one playlist.
pub struct Pages {
    source_name: &'static str,
    first: Url,
    seen: HashSet<Url>,
}

impl Pages {
    /// Starts with the page at `first`.
    #[must_use]
    pub fn from(source_name: &'static str, first: Url) -> Pages {
        let seen = HashSet::from([first.clone()]);
        Pages {
            source_name,
            first,
            seen,
        }
    }

    /// The address of the next page; `None` without a link. Only the query of the link is used: the pages of a playlist
    /// differ in nothing else, and so no link leads away from the service.
    ///
    /// # Errors
    /// [`CollectError::UnexpectedResponse`] for a page that was read before, or more than 10,000 pages.
    pub fn after(&mut self, next: Option<&str>) -> Result<Option<Url>, CollectError> {
        let Some(next) = next.filter(|next| !next.is_empty()) else {
            return Ok(None);
        };
        let query = next.split_once('?').map(|(_, query)| query);
        let mut url = self.first.clone();
        url.set_query(query);
        if !self.seen.insert(url.clone()) {
            return Err(self.unexpected_response(&url, "its next page was read before"));
        }
        if self.seen.len() > MAX_PAGES {
            return Err(self.unexpected_response(&url, "it has more than 10,000 pages"));
        }
        Ok(Some(url))
    }

    fn unexpected_response(&self, url: &Url, reason: &str) -> CollectError {
        CollectError::unexpected_response(self.source_name, url, reason)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pages() -> Pages {
        let first = "http://127.0.0.1:9/proxy/playlist/1/tracks?limit=100";
        Pages::from("deezer", Url::parse(first).unwrap())
    }

    #[test]
    fn a_link_keeps_its_query_and_no_other_host() {
        let mut pages = pages();
        let next = Some("https://api.deezer.com/playlist/1/tracks?limit=100&index=100");
        let url = pages.after(next).unwrap().unwrap();
        assert_eq!(
            url.as_str(),
            "http://127.0.0.1:9/proxy/playlist/1/tracks?limit=100&index=100"
        );
        assert_eq!(pages.after(None).unwrap(), None);
        assert_eq!(pages.after(Some("")).unwrap(), None);
    }

    #[test]
    fn a_page_that_was_there_and_pages_without_end_are_refused() {
        let mut round = pages();
        round.after(Some("?index=1")).unwrap();
        let error = round.after(Some("?index=1")).unwrap_err().to_string();
        assert!(error.contains("read before"), "{error}");
        let mut endless = pages();
        let error =
            (1..20_000).find_map(|index| endless.after(Some(&format!("?index={index}"))).err());
        assert!(error.unwrap().to_string().contains("10,000 pages"));
    }
}
