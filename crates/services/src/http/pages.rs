//! From page to page by the links that a service gives, and never round in circles.

use std::collections::HashSet;

use url::Url;

use crate::CollectError;

/// More pages than any list has; a service that links further is not believed.
const MAX_PAGES: usize = 10_000;

/// The pages of one list.
pub struct Pages {
    source_name: &'static str,
    first: Url,
    seen: HashSet<Url>,
}

impl Pages {
    #[must_use]
    pub fn from(source_name: &'static str, first: Url) -> Pages {
        let seen = HashSet::from([first.clone()]);
        Pages {
            source_name,
            first,
            seen,
        }
    }

    /// The page that the link `next` leads to; none where there is no link. Only the link's query is taken: pages of one
    /// list differ in nothing else, and so no link leads away from the service.
    ///
    /// # Errors
    /// [`CollectError::UnexpectedResponse`] where that page was there already, or there is no end.
    pub fn after(&mut self, next: Option<&str>) -> Result<Option<Url>, CollectError> {
        let Some(next) = next.filter(|next| !next.is_empty()) else {
            return Ok(None);
        };
        let query = next.split_once('?').map(|(_, query)| query);
        let mut url = self.first.clone();
        url.set_query(query);
        if !self.seen.insert(url.clone()) {
            return Err(
                self.unexpected_response(&url, "its next page is one that was there already")
            );
        }
        if self.seen.len() > MAX_PAGES {
            return Err(self.unexpected_response(&url, "its pages have no end"));
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
        assert!(error.contains("there already"), "{error}");
        let mut endless = pages();
        let error =
            (1..20_000).find_map(|index| endless.after(Some(&format!("?index={index}"))).err());
        assert!(error.unwrap().to_string().contains("no end"));
    }
}
