//! Tables of plain text for the terminal.

pub use report::table;
