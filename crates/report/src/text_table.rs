//! Tables of plain text: columns as wide as their widest cell, numbers aligned to the right.

/// Rows of cells below a heading; a column whose cells all begin with a digit, a sign or a dash is aligned to the right.
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
    let is_numbers = |column: usize| {
        rows.iter()
            .filter_map(|row| row.get(column))
            .all(|cell| is_number(cell))
    };
    let numbers: Vec<bool> = (0..heading.len()).map(is_numbers).collect();
    let line = |row: Vec<String>, is_heading: bool| {
        let cells = row
            .iter()
            .zip(&widths)
            .zip(&numbers)
            .map(|((cell, &width), &is_numbers)| {
                if is_numbers && !is_heading {
                    format!("{cell:>width$}")
                } else {
                    format!("{cell:<width$}")
                }
            });
        cells.collect::<Vec<_>>().join("  ").trim_end().to_owned()
    };
    all()
        .enumerate()
        .map(|(at, row)| line(row, at == 0))
        .collect::<Vec<_>>()
        .join("\n")
}

fn is_number(cell: &str) -> bool {
    cell.is_empty()
        || cell.starts_with(|first: char| first.is_ascii_digit() || "-–−+".contains(first))
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

    #[test]
    fn a_name_that_begins_with_a_digit_stands_with_the_names() {
        let rows = [
            vec!["24K".into(), "–".into()],
            vec!["Ambient".into(), "12".into()],
        ];
        assert_eq!(
            table(&["list", "size"], &rows),
            "list     size\n24K         –\nAmbient    12"
        );
    }
}
