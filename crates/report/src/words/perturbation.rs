//! Names of the perturbations of the robustness test.

use super::numbers::signed;
use analysis::PerturbationKind;

/// Such as `MP3 at 128 kbit/s`.
pub fn perturbation(kind: PerturbationKind) -> String {
    match kind {
        PerturbationKind::Mp3 { kbps } => format!("MP3 at {} kbit/s", signed(kbps, 0)),
        PerturbationKind::Gain { db } if db < 0.0 => format!("{} dB quieter", signed(-db, 0)),
        PerturbationKind::Gain { db } => format!("{} dB louder", signed(db, 0)),
        PerturbationKind::Tempo { ratio } => {
            let direction = if ratio > 1.0 { "faster" } else { "slower" };
            format!("{} % {direction}", signed((ratio - 1.0).abs() * 100.0, 0))
        }
        PerturbationKind::Offset { seconds } => format!("beginning {} s later", signed(seconds, 1)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_perturbation_has_a_name() {
        let kinds = [
            PerturbationKind::Mp3 { kbps: 128.0 },
            PerturbationKind::Gain { db: -3.0 },
            PerturbationKind::Tempo { ratio: 1.02 },
            PerturbationKind::Tempo { ratio: 0.98 },
            PerturbationKind::Offset { seconds: 2.5 },
        ];
        assert_eq!(
            kinds.map(perturbation),
            [
                "MP3 at 128 kbit/s",
                "3 dB quieter",
                "2 % faster",
                "2 % slower",
                "beginning 2.5 s later"
            ]
        );
    }
}
