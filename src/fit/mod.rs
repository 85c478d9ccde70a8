mod fit_report;
pub use fit_report::*;
