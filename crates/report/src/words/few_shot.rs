//! How reliable the fit of a playlist added without training is.

use evaluation::{FewShotFacts, FewShotReliability};

/// One or two sentences; the advice is within the first 200 characters.
pub fn few_shot(facts: &FewShotFacts) -> String {
    let advice = match facts.quality.reliability() {
        FewShotReliability::Chance => "perhaps no better than chance, do not rely on the fit",
        FewShotReliability::RoughGuess => "treat the fit as a rough guess",
        FewShotReliability::Guess => {
            "treat the fit as a guess, less certain than that of a trained playlist"
        }
    };
    let unknown = match facts.unknown_artists {
        0 => String::new(),
        unknown => format!(
            " {unknown} of the tracks name no artist, so this estimate may be too optimistic."
        ),
    };
    let quality = &facts.quality;
    format!(
        "Added without training from {} tracks by {} artists; on held-out artists AUC {:.2} [{:.2}, {:.2}], average \
         precision {:.2} (chance {:.2}): {advice}.{unknown}",
        facts.tracks,
        facts.artists,
        quality.roc_auc.value,
        quality.roc_auc.low,
        quality.roc_auc.high,
        quality.average_precision.value,
        quality.chance,
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use evaluation::{Estimate, FewShotQuality};

    fn facts(low: f64, unknown_artists: usize) -> FewShotFacts {
        let estimate = |value: f64, low: f64| Estimate {
            value,
            low,
            high: 0.99,
            n: 14,
        };
        FewShotFacts {
            tracks: 14,
            artists: 7,
            unknown_artists,
            quality: FewShotQuality {
                roc_auc: estimate(0.9, low),
                average_precision: estimate(0.5, 0.2),
                chance: 0.1,
            },
        }
    }

    #[test]
    fn the_advice_follows_the_interval_and_comes_early() {
        for (low, advice) in [
            (0.5, "no better than chance"),
            (0.6, "rough guess"),
            (0.8, "less certain"),
        ] {
            let said = few_shot(&facts(low, 0));
            assert!(said.starts_with("Added without training from 14 tracks by 7 artists"));
            assert!(
                said.contains(advice) && said.chars().count() <= 220,
                "{said}"
            );
            assert!(!said.contains("name no artist"));
        }
        assert!(few_shot(&facts(0.8, 3)).contains("3 of the tracks name no artist"));
    }
}
