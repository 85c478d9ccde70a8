//! "Did you mean": the names most similar to a mistyped one.

/// The names with their similarity to `wanted`, the most similar first, without regard to case.
///
/// The similarity is Jaro-Winkler's (0 to 1), plus 1 if the name contains `wanted`.
pub fn by_similarity(names: impl IntoIterator<Item = String>, wanted: &str) -> Vec<(f64, String)> {
    let wanted = wanted.trim().to_lowercase();
    let similarity = |name: &str| {
        let name = name.trim().to_lowercase();
        let contains = !wanted.is_empty() && name.contains(&wanted);
        f64::from(contains) + strsim::jaro_winkler(&name, &wanted)
    };
    let mut ranked: Vec<(f64, String)> = names
        .into_iter()
        .map(|name| (similarity(&name), name))
        .collect();
    ranked.sort_by(|a, b| b.0.total_cmp(&a.0).then_with(|| a.1.cmp(&b.1)));
    ranked
}
