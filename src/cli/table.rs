//! Plain text tables: columns as wide as their widest cell, numbers to the right.

/// Rows of cells under a heading; a cell that begins with a digit or a sign is set to the right.
pub fn table(heading: &[&str], rows: &[Vec<String>]) -> String {
    let all = || {
        std::iter::once(heading.iter().map(ToString::to_string).collect())
            .chain(rows.iter().cloned())
    };
    let width = |column: usize| {
        all()
            .filter_map(|row: Vec<String>| Some(row.get(column)?.chars().count()))
            .max()
            .unwrap_or(0)
    };
    let widths: Vec<usize> = (0..heading.len()).map(width).collect();
    let line = |row: Vec<String>| {
        let cells = row
            .iter()
            .zip(&widths)
            .map(|(cell, &width)| match is_number(cell) {
                true => format!("{cell:>width$}"),
                false => format!("{cell:<width$}"),
            });
        cells.collect::<Vec<_>>().join("  ").trim_end().to_owned()
    };
    all().map(line).collect::<Vec<_>>().join("\n")
}

fn is_number(cell: &str) -> bool {
    cell.starts_with(|first: char| first.is_ascii_digit() || first == '-')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_line_up() {
        let rows = [
            vec!["Ambient".into(), "7 %".into()],
            vec!["Lo".into(), "12 %".into()],
        ];
        assert_eq!(
            table(&["list", "fit"], &rows),
            "list     fit\nAmbient   7 %\nLo       12 %"
        );
    }
}
