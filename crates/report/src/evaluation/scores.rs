//! The lists of an evaluation as a table for spreadsheets: one row a list, empty cells for what was not measured.

use csv::WriterBuilder;

use crate::ReportError;
use crate::spreadsheet::text;
use evaluation::PlaylistScores;

const COLUMNS: [&str; 10] = [
    "playlist",
    "n",
    "top_1",
    "top_3",
    "top_5",
    "average_precision",
    "roc_auc",
    "r_precision",
    "brier",
    "ece",
];

/// # Errors
/// Never in truth: what is written to is memory.
pub fn csv(lists: &[PlaylistScores]) -> Result<Vec<u8>, ReportError> {
    let wrong = |why: csv::Error| ReportError::Table(why.to_string());
    let mut writer = WriterBuilder::new().from_writer(Vec::new());
    writer.write_record(COLUMNS).map_err(wrong)?;
    for list in lists {
        writer.write_record(cells(list)).map_err(wrong)?;
    }
    writer
        .into_inner()
        .map_err(|why| ReportError::Table(why.to_string()))
}

fn cells(list: &PlaylistScores) -> [String; 10] {
    let PlaylistScores {
        name,
        n,
        top_1,
        top_3,
        top_5,
        average_precision,
        roc_auc,
        r_precision,
        brier,
        ece,
    } = list;
    let number = |value: &f64| value.to_string();
    let known = |value: &Option<f64>| value.as_ref().map_or_else(String::new, number);
    [
        text(name),
        n.to_string(),
        number(top_1),
        number(top_3),
        number(top_5),
        known(average_precision),
        known(roc_auc),
        known(r_precision),
        known(brier),
        known(ece),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample;

    #[test]
    fn each_list_is_a_row_and_no_name_is_a_formula() {
        let mut lists = sample::full_evaluation(5).playlists;
        let names = [
            "=HYPERLINK(\"http://example.org\")",
            "+1",
            "-1",
            "@SUM(A1)",
            "Jazz, \"cool\"",
        ];
        for (list, name) in lists.iter_mut().zip(names) {
            list.name = name.into();
        }
        let bytes = csv(&lists).unwrap();
        let mut reader = csv::Reader::from_reader(bytes.as_slice());
        assert_eq!(reader.headers().unwrap(), &COLUMNS[..]);
        let rows: Vec<_> = reader.records().map(Result::unwrap).collect();
        let read: Vec<&str> = rows.iter().map(|row| &row[0]).collect();
        let safe = [
            "'=HYPERLINK(\"http://example.org\")",
            "'+1",
            "'-1",
            "'@SUM(A1)",
            "Jazz, \"cool\"",
        ];
        assert_eq!(read, safe);
        assert_eq!(rows[3][5], *"", "its average precision is not known");
        let back: f64 = rows[1][2].parse().unwrap();
        assert_eq!((back, &rows[1][1]), (lists[1].top_1, "16"));
    }
}
