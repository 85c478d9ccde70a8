//! What was unusual about a file.

use audio::Warning;

/// What happened, and what to do.
pub fn warning(warning: &Warning) -> String {
    match warning {
        Warning::ShortSong {
            seconds,
            window_seconds,
        } => format!(
            "The song lasts {seconds:.1} s, less than the window of {window_seconds:.0} s that the network analyses: rely \
             less on the fit."
        ),
        Warning::DamagedPackets { packets } => {
            format!("{packets} damaged packets were skipped: the decoded song has gaps.")
        }
        Warning::NonFiniteSamples { samples } => format!(
            "{samples} samples are NaN or infinite and were replaced by silence. Export the mix again."
        ),
        Warning::Truncated { seconds } => {
            format!("The file is truncated after {seconds:.1} s: only this part was analysed.")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_warning_has_its_number() {
        let damaged = warning(&Warning::DamagedPackets { packets: 2 });
        assert!(damaged.starts_with("2 damaged packets"));
        let short = warning(&Warning::ShortSong {
            seconds: 1.23,
            window_seconds: 10.0,
        });
        assert!(short.contains("1.2 s") && short.contains("10 s"), "{short}");
        let odd = warning(&Warning::NonFiniteSamples { samples: 1000 });
        assert!(odd.starts_with("1000 samples are NaN or infinite"));
        assert!(warning(&Warning::Truncated { seconds: 3.0 }).contains("after 3.0 s"));
    }
}
