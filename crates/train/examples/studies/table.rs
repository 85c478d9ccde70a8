//! Results in, one Markdown table out.

use super::study::StudyResult;

pub fn markdown(rows: &[StudyResult]) -> String {
    let mut text = String::from(HEAD);
    for row in rows {
        let scores = &row.evaluation;
        let chosen: Vec<String> = row
            .chosen
            .iter()
            .map(|(epoch, share)| format!("{epoch} ({:.1} %)", share * 100.0))
            .collect();
        text += &format!(
            "| {} | {} | {} | **{}** | {} | {} | {} | {:.2} M x {} | {} | {:.0} | {} |\n",
            row.title,
            row.published,
            row.list,
            in_percent(&scores.model.top_1),
            in_percent(&scores.model.top_3),
            in_percent(&scores.knn.top_1),
            in_percent(&scores.chance.top_1),
            row.parameters as f64 / 1e6,
            row.networks,
            chosen.join(", "),
            row.minutes,
            row.remark,
        );
    }
    text
}

const HEAD: &str = "\
# The studies' architectures, and ours, on the same clips

Made by `make studies` from GTZAN's 999 clips as log-mel pictures (128 bands, a column each 77.5 ms), with the published
stratified (500/250/250) and fault-filtered (443/197/290) lists; training clips that are copies of a validation or test
clip are left out. Accuracy is top-1 on the test list, logits averaged over windows and networks, with a 95 % bootstrap
interval over clips. Epochs are chosen by the validation list alone. GTZAN names no artists, so these lists, unlike the
product's own splits, do not keep an artist on one side (the fault-filtered ones do so as far as artists are known).
Minutes are of two cores that did other work beside most rows. Yardsticks on these pictures: a support vector classifier on band statistics 73.2 % (stratified) and 55.2 %
(fault-filtered); a ResNet18 from scratch in PyTorch 74.4 % and 56.9 %.

| what | published | list | top-1 | top-3 | nearest training clip | chance | parameters | epoch chosen (validation) | minutes | remark |
|---|---|---|---|---|---|---|---|---|---|---|
";

/// `47.7 % [39.1, 57.0]`.
fn in_percent(estimate: &evaluation::Estimate) -> String {
    let [value, low, high] =
        [estimate.value, estimate.low, estimate.high].map(|fraction| fraction * 100.0);
    format!("{value:.1} % [{low:.1}, {high:.1}]")
}
