//! The text of every report: names, numbers with units, and one sentence or more for each code of the other crates. Shared
//! by the page, the images, the tables and the command line, so that all say the same.

mod comparison;
mod explanation;
mod few_shot;
mod leak;
mod names;
mod numbers;
mod ood;
mod perturbation;
mod playlist_context;
mod quality_checks;
mod song;
mod summary_500;
mod verdict;
mod warnings;

pub use comparison::comparison;
pub use explanation::{explanation, highlight_length};
pub use few_shot::few_shot;
pub use leak::leak;
pub use names::{playlist_name, shorten, song_artists, song_title};
pub use numbers::{
    THIN_SPACE, clock, length, percent, percent_with_interval, points, proximity_words,
    proximity_words_of, range, signed, thousands, whole_percent, with_interval,
};
pub use ood::ood;
pub use perturbation::perturbation;
pub use playlist_context::differences;
pub use quality_checks::{advice, check_name, measured, severity};
pub use song::{facts, is_weak};
pub use summary_500::summary_500;
pub use verdict::{level, risk_control, verdict};
pub use warnings::warning;
