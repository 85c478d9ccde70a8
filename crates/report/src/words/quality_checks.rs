//! Names, measurements and advice of the quality checks.

use super::numbers::signed;
use audio::quality_checks::{
    ADVISED_TRUE_PEAK_DBTP, ChannelProblem, CutoffCause, FLAT_TOP_SAMPLES, Finding,
    MAX_SILENCE_SECONDS, Measurement, Severity, WARN_LEADING_SECONDS,
};

/// The name of a check.
pub fn check_name(measurement: &Measurement) -> &'static str {
    match measurement {
        Measurement::SampleRate { .. } => "Sample rate",
        Measurement::BitDepth { .. } => "Bit depth",
        Measurement::Bandwidth { .. } => "Bandwidth",
        Measurement::Loudness { .. } => "Loudness",
        Measurement::TruePeak { .. } => "True peak",
        Measurement::Clipping { .. } => "Clipping",
        Measurement::DcOffset { .. } => "DC offset",
        Measurement::Silence { .. } => "Silence at the ends",
        Measurement::Channels { .. } => "Channels",
    }
}

/// Error, warning or ok as a word.
pub fn severity(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Ok => "ok",
    }
}

/// What was measured, with its unit.
pub fn measured(finding: &Finding) -> String {
    match &finding.measurement {
        Measurement::SampleRate { sample_rate_hz } => {
            format!("{} kHz", f64::from(*sample_rate_hz) / 1000.0)
        }
        Measurement::BitDepth {
            bits,
            is_lossless,
            codec,
        } => match bits {
            Some(bits) if *is_lossless => format!("{bits} bits"),
            _ if *is_lossless => "lossless".into(),
            _ => format!("{codec}, lossy"),
        },
        Measurement::Bandwidth {
            cutoff_hz,
            nyquist_hz,
            ..
        } => match cutoff_hz {
            Some(cutoff) => format!("cutoff at {} kHz", signed(cutoff / 1000.0, 1)),
            None => format!("no cutoff up to {} kHz", signed(nyquist_hz / 1000.0, 1)),
        },
        Measurement::Loudness {
            integrated_lufs,
            gain_db,
            below_target_db,
        } => loudness(*integrated_lufs, *gain_db, *below_target_db),
        Measurement::TruePeak { true_peak_dbtp } => match true_peak_dbtp {
            None => "nothing to measure".into(),
            Some(peak) if finding.severity == Severity::Warning => {
                format!(
                    "{} dBTP, over full scale between the samples",
                    signed(*peak, 1)
                )
            }
            Some(peak) => format!("{} dBTP", signed(*peak, 1)),
        },
        Measurement::Clipping {
            flat_tops,
            longest_ms,
            first_seconds,
            ..
        } => match first_seconds {
            None => "no flat tops at full scale".into(),
            Some(first) => format!(
                "{flat_tops} flat tops of {FLAT_TOP_SAMPLES} or more samples at full scale, the longest {longest_ms:.1} ms, \
                 the first at {}:{:04.1}",
                (first / 60.0) as u64,
                first % 60.0
            ),
        },
        Measurement::DcOffset { offsets } => {
            let channels = offsets.iter().enumerate().map(|(index, offset)| {
                let percent = signed(offset * 100.0, 1);
                format!("{} {percent} %", channel_name(index, offsets.len()))
            });
            format!("{} of full scale", channels.collect::<Vec<_>>().join(", "))
        }
        Measurement::Silence {
            leading_seconds,
            trailing_seconds,
        } => format!(
            "{} s leading, {} s trailing",
            signed(*leading_seconds, 1),
            signed(*trailing_seconds, 1)
        ),
        Measurement::Channels {
            channels,
            correlation,
            problem,
        } => stereo(*channels, *correlation, *problem),
    }
}

fn loudness(lufs: Option<f64>, gain: Option<f64>, below: Option<f64>) -> String {
    let (Some(lufs), Some(gain)) = (lufs, gain) else {
        return "too quiet or too short to measure".into();
    };
    let measured = format!("{} LUFS", signed(lufs, 1));
    match below {
        Some(below) => format!(
            "{measured}: Spotify turns it up by {} dB, {} dB below most",
            signed(gain, 1),
            signed(below, 1)
        ),
        None => format!(
            "{measured}: Spotify turns it down by {} dB",
            signed(-gain, 1)
        ),
    }
}

fn stereo(channels: usize, correlation: Option<f64>, problem: Option<ChannelProblem>) -> String {
    let correlated = || {
        format!(
            "stereo, correlation {}",
            signed(correlation.unwrap_or_default(), 2)
        )
    };
    match problem {
        None if channels == 1 => "one channel, mono".into(),
        Some(ChannelProblem::Multichannel) => format!("{channels} channels"),
        Some(ChannelProblem::SilentLeft) => "the left channel is silent".into(),
        Some(ChannelProblem::SilentRight) => "the right channel is silent".into(),
        Some(ChannelProblem::AntiPhase) => format!("{}: anti-phase", correlated()),
        Some(ChannelProblem::DualMono) => {
            "both channels are the same: mono in a stereo file".into()
        }
        Some(ChannelProblem::PartlyAntiPhase) | None => correlated(),
    }
}

fn channel_name(index: usize, channels: usize) -> String {
    match (index, channels) {
        (_, 1) => "mono".into(),
        (0, 2) => "left".into(),
        (1, 2) => "right".into(),
        _ => format!("channel {}", index + 1),
    }
}

/// What to do; empty if there is nothing to do.
pub fn advice(finding: &Finding) -> String {
    let is_flagged = finding.severity != Severity::Ok;
    let text = match &finding.measurement {
        Measurement::SampleRate { .. } if is_flagged => {
            "Distributors require at least 44.1 kHz: export from the session at its own rate; resampling this file adds \
             nothing."
        }
        Measurement::BitDepth { .. } if is_flagged => {
            "Distributors require 16 or 24 bits: export again with 24."
        }
        Measurement::BitDepth {
            is_lossless: false, ..
        } => "Good enough to pitch; a distributor requires WAV or FLAC.",
        Measurement::Bandwidth {
            cause: Some(CutoffCause::LowBitrate),
            ..
        } => {
            "Typical of coding at 128 kbit/s or of a source with a lower sample rate: export from the session, lossless or \
             with at least 256 kbit/s."
        }
        Measurement::Bandwidth {
            cause: Some(CutoffCause::Upsampled),
            ..
        } => "Typical of upsampling: send the file at the rate at which it was recorded.",
        Measurement::Loudness { .. } if is_flagged => {
            "Its peaks prevent more gain: if that is not intended, master it louder with a limiter."
        }
        Measurement::TruePeak {
            true_peak_dbtp: Some(peak),
        } if *peak > ADVISED_TRUE_PEAK_DBTP => {
            return format!(
                "Set the limiter's ceiling to {} dBTP before you export.",
                signed(ADVISED_TRUE_PEAK_DBTP, 1)
            );
        }
        Measurement::Clipping { is_lossless, .. } if is_flagged => {
            if *is_lossless {
                "Check this position by ear; if it crackles, lower the mix or the limiter's input and export again."
            } else {
                "The decoded wave exceeds full scale: stay 1 dB below it before coding, or send a lossless file."
            }
        }
        Measurement::DcOffset { .. } if is_flagged => {
            "Remove the DC offset in the editor (for example with a high-pass filter at 20 Hz) and export again."
        }
        Measurement::Silence { .. } if finding.severity == Severity::Error => {
            return format!("Trim it: distributors accept at most {MAX_SILENCE_SECONDS:.0} s.");
        }
        Measurement::Silence { .. } if is_flagged => {
            return format!(
                "Trim it to under {WARN_LEADING_SECONDS:.0} s: editors skip silent intros."
            );
        }
        Measurement::Channels {
            problem: Some(problem),
            ..
        } => channel_advice(*problem),
        _ => "",
    };
    text.into()
}

fn channel_advice(problem: ChannelProblem) -> &'static str {
    match problem {
        ChannelProblem::Multichannel => "Playlists play stereo: send a stereo mix.",
        ChannelProblem::SilentLeft | ChannelProblem::SilentRight => {
            "Check cables, panning and the export's routing, and export again."
        }
        ChannelProblem::AntiPhase => {
            "On one speaker, such as a phone's, the song all but vanishes: invert the polarity of one channel."
        }
        ChannelProblem::DualMono => {
            "If the song is meant to be stereo, check the export's settings."
        }
        ChannelProblem::PartlyAntiPhase => {
            "Much of it cancels on one speaker: check the mix in mono, and look for a track with inverted polarity."
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn finding(severity: Severity, measurement: Measurement) -> Finding {
        Finding {
            severity,
            measurement,
        }
    }

    #[test]
    fn measurements_have_their_units() {
        let clipping = Measurement::Clipping {
            flat_tops: 40,
            longest_ms: 0.09,
            first_seconds: Some(2.0),
            is_lossless: true,
        };
        let silence = Measurement::Silence {
            leading_seconds: 3.0,
            trailing_seconds: 7.0,
        };
        let bandwidth = Measurement::Bandwidth {
            cutoff_hz: Some(16_100.0),
            nyquist_hz: 22_050.0,
            cause: Some(CutoffCause::LowBitrate),
        };
        let loudness = Measurement::Loudness {
            integrated_lufs: Some(-15.52),
            gain_db: Some(0.04),
            below_target_db: Some(1.48),
        };
        let offset = Measurement::DcOffset {
            offsets: vec![0.02, -0.0001],
        };
        for (measurement, text) in [
            (
                clipping,
                "40 flat tops of 3 or more samples at full scale, the longest 0.1 ms, the first at 0:02.0",
            ),
            (silence, "3.0 s leading, 7.0 s trailing"),
            (bandwidth, "cutoff at 16.1 kHz"),
            (
                loudness,
                "−15.5 LUFS: Spotify turns it up by 0.0 dB, 1.5 dB below most",
            ),
            (offset, "left 2.0 %, right 0.0 % of full scale"),
        ] {
            assert_eq!(measured(&finding(Severity::Warning, measurement)), text);
        }
    }

    #[test]
    fn advice_is_given_for_what_is_flagged() {
        let silence = |severity, seconds| {
            advice(&finding(
                severity,
                Measurement::Silence {
                    leading_seconds: seconds,
                    trailing_seconds: 0.0,
                },
            ))
        };
        assert_eq!(silence(Severity::Ok, 0.1), "");
        assert!(silence(Severity::Warning, 3.0).contains("under 2 s"));
        assert!(silence(Severity::Error, 11.0).contains("at most 10 s"));
        let mono = finding(
            Severity::Error,
            Measurement::Channels {
                channels: 2,
                correlation: Some(-1.0),
                problem: Some(ChannelProblem::AntiPhase),
            },
        );
        assert_eq!(measured(&mono), "stereo, correlation −1.00: anti-phase");
        assert!(advice(&mono).contains("invert the polarity"));
        assert_eq!(check_name(&mono.measurement), "Channels");
    }
}
