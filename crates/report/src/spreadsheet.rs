//! Cells of tables that a spreadsheet may open.

/// A name that no spreadsheet takes for a formula
/// (<https://owasp.org/www-community/attacks/CSV_Injection>): an apostrophe stands before what begins like one.
pub fn text(name: &str) -> String {
    if name.starts_with(['=', '+', '-', '@', '\t', '\r', '\n']) {
        format!("'{name}")
    } else {
        name.to_owned()
    }
}
