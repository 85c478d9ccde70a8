//! One song in, one [`FitReport`] out.

pub mod fit_report;

pub use fit_report::*;
