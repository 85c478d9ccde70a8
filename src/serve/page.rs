//! The page itself: files embedded in the program.

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

/// Path, type, content. The style is that of the report, extended by the page's own.
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
    let add = |router: Router<_>, (path, content_type, content)| {
        let file = move || async move { ([(CONTENT_TYPE, content_type)], content) };
        router.route(path, get(file))
    };
    FILES.into_iter().fold(Router::new(), add)
}
