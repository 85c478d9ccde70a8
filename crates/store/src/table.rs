//! A plain table as a Parquet file in memory, for other programs.

use polars::prelude::{
    DataFrame, IntoColumn as _, NamedFrom as _, ParquetWriter, PolarsError, Series,
};

/// The values of one column, one per row.
#[derive(Clone, Debug, PartialEq)]
pub enum Column {
    /// Text, or null.
    Text(Vec<Option<String>>),
    /// Unsigned integers.
    Unsigned(Vec<u32>),
    /// Floating-point numbers, or null.
    Float(Vec<Option<f64>>),
    /// Booleans.
    Boolean(Vec<bool>),
}

/// Writes columns of equal length as a Parquet file.
///
/// # Errors
/// The message of polars, if the columns differ in length or two have the same name.
pub fn table_to_parquet(columns: Vec<(&str, Column)>) -> Result<Vec<u8>, String> {
    write(columns).map_err(|reason| reason.to_string())
}

fn write(columns: Vec<(&str, Column)>) -> Result<Vec<u8>, PolarsError> {
    let series = |(name, column): (&str, Column)| {
        let name = name.into();
        let series = match column {
            Column::Text(values) => Series::new(name, values),
            Column::Unsigned(values) => Series::new(name, values),
            Column::Float(values) => Series::new(name, values),
            Column::Boolean(values) => Series::new(name, values),
        };
        series.into_column()
    };
    let mut frame = DataFrame::new_infer_height(columns.into_iter().map(series).collect())?;
    let mut bytes = Vec::new();
    ParquetWriter::new(&mut bytes).finish(&mut frame)?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use polars::prelude::{ParquetReader, SerReader as _};

    use super::*;

    #[test]
    fn every_value_is_read_back_from_the_file() {
        let bytes = table_to_parquet(vec![
            ("song", Column::Text(vec![Some("a.mp3".into()), None])),
            ("rank", Column::Unsigned(vec![1, 2])),
            ("fit", Column::Float(vec![Some(0.25), None])),
            ("pitched", Column::Boolean(vec![true, false])),
        ])
        .unwrap();
        let frame = ParquetReader::new(Cursor::new(bytes)).finish().unwrap();
        assert_eq!(frame.shape(), (2, 4));
        assert_eq!(
            frame.column("fit").unwrap().f64().unwrap().get(0),
            Some(0.25)
        );
        assert_eq!(frame.column("fit").unwrap().null_count(), 1);
        assert_eq!(
            frame.column("pitched").unwrap().bool().unwrap().sum(),
            Some(1)
        );
        assert_eq!(
            frame.column("song").unwrap().str().unwrap().get(0),
            Some("a.mp3")
        );
    }

    #[test]
    fn columns_of_different_length_are_an_error() {
        let columns = vec![
            ("a", Column::Unsigned(vec![1])),
            ("b", Column::Unsigned(vec![1, 2])),
        ];
        assert!(table_to_parquet(columns).is_err());
    }
}
