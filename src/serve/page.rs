//! The page itself: files inside the program, so that it needs no network.

use std::sync::Arc;

use axum::Router;
use axum::http::header::CONTENT_TYPE;
use axum::routing::get;

use super::routes::Shared;

const HTML: &str = "text/html; charset=utf-8";
const CSS: &str = "text/css; charset=utf-8";
const JS: &str = "text/javascript; charset=utf-8";
const SVG: &str = "image/svg+xml";
const WOFF2: &str = "font/woff2";

/// Address, type, content; the looks are the report's, and then the page's own.
const FILES: [(&str, &str, &[u8]); 7] = [
    ("/", HTML, include_bytes!("page/page.html")),
    ("/page.css", CSS, include_bytes!("page/page.css")),
    ("/page.js", JS, include_bytes!("page/page.js")),
    ("/icon.svg", SVG, include_bytes!("page/icon.svg")),
    ("/report.css", CSS, report::STYLE.as_bytes()),
    ("/regular.woff2", WOFF2, report::REGULAR_WOFF2),
    ("/semi-bold.woff2", WOFF2, report::SEMI_BOLD_WOFF2),
];

pub fn router() -> Router<Arc<Shared>> {
    let with = |router: Router<_>, (address, content_type, content)| {
        let file = move || async move { ([(CONTENT_TYPE, content_type)], content) };
        router.route(address, get(file))
    };
    FILES.into_iter().fold(Router::new(), with)
}
