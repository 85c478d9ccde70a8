//! A Parquet table's columns, each as a function from the row to its value.

use std::ops::Range;
use std::path::PathBuf;

use jiff::civil::Date;
use jiff::{Span, Timestamp};
use polars::prelude::{
    BooleanChunked, DataFrame, DataType, DateChunked, DatetimeChunked, Float64Chunked, ListChunked,
    PolarsResult, Series, StringChunked, TimeUnit, UInt64Chunked,
};

use super::StoreError;

/// Day 0 of Parquet's dates.
const EPOCH: Date = Date::constant(1970, 1, 1);

/// A table as it was read, with the file that an error names.
pub(super) struct Table {
    pub file: PathBuf,
    pub frame: DataFrame,
}

impl Table {
    pub fn rows(&self) -> Range<usize> {
        0..self.frame.height()
    }

    pub fn text<'a>(
        &'a self,
        name: &str,
    ) -> Result<impl Fn(usize) -> String + use<'a>, StoreError> {
        let cells: &StringChunked = self.filled(name, Series::str)?;
        Ok(|row| cells.get(row).unwrap_or_default().to_owned())
    }

    pub fn optional_text<'a>(
        &'a self,
        name: &str,
    ) -> Result<impl Fn(usize) -> Option<String> + use<'a>, StoreError> {
        let cells: &StringChunked = self.cells(name, Series::str)?;
        Ok(|row| cells.get(row).map(str::to_owned))
    }

    /// A column that had another name until version 0.1.
    pub fn renamed_optional_text<'a>(
        &'a self,
        name: &str,
        old_name: &str,
    ) -> Result<impl Fn(usize) -> Option<String> + use<'a>, StoreError> {
        let is_old = self.frame.column(name).is_err() && self.frame.column(old_name).is_ok();
        self.optional_text(if is_old { old_name } else { name })
    }

    pub fn texts<'a>(
        &'a self,
        name: &str,
    ) -> Result<impl Fn(usize) -> Vec<String> + use<'a>, StoreError> {
        let cells: &ListChunked = self.filled(name, Series::list)?;
        if *cells.inner_dtype() != DataType::String {
            return Err(self.wrong(name, format!("lists {}, not text", cells.inner_dtype())));
        }
        Ok(|row| {
            let list = cells.get_as_series(row);
            let texts = list.as_ref().and_then(|list| list.str().ok());
            texts
                .map(|texts| texts.iter().flatten().map(str::to_owned).collect())
                .unwrap_or_default()
        })
    }

    pub fn optional_float<'a>(
        &'a self,
        name: &str,
    ) -> Result<impl Fn(usize) -> Option<f64> + use<'a>, StoreError> {
        let cells: &Float64Chunked = self.cells(name, Series::f64)?;
        Ok(|row| cells.get(row))
    }

    pub fn optional_count<'a>(
        &'a self,
        name: &str,
    ) -> Result<impl Fn(usize) -> Option<u64> + use<'a>, StoreError> {
        let cells: &UInt64Chunked = self.cells(name, Series::u64)?;
        Ok(|row| cells.get(row))
    }

    pub fn flag<'a>(&'a self, name: &str) -> Result<impl Fn(usize) -> bool + use<'a>, StoreError> {
        let cells: &BooleanChunked = self.filled(name, Series::bool)?;
        Ok(|row| cells.get(row).unwrap_or_default())
    }

    pub fn optional_date<'a>(
        &'a self,
        name: &str,
    ) -> Result<impl Fn(usize) -> Option<Date> + use<'a>, StoreError> {
        let cells: &DateChunked = self.cells(name, Series::date)?;
        Ok(|row| cells.physical().get(row).and_then(date_of))
    }

    pub fn time<'a>(
        &'a self,
        name: &str,
    ) -> Result<impl Fn(usize) -> Timestamp + use<'a>, StoreError> {
        let cells: &DatetimeChunked = self.filled(name, Series::datetime)?;
        if cells.time_unit() != TimeUnit::Microseconds {
            return Err(self.wrong(
                name,
                format!("counts {}, not microseconds", cells.time_unit()),
            ));
        }
        Ok(|row| {
            let time = cells.physical().get(row).map(Timestamp::from_microsecond);
            time.and_then(Result::ok).unwrap_or_default()
        })
    }

    fn filled<'a, C>(
        &'a self,
        name: &str,
        typed: impl Fn(&'a Series) -> PolarsResult<&'a C>,
    ) -> Result<&'a C, StoreError> {
        let cells = self.cells(name, typed)?;
        match self
            .frame
            .column(name)
            .map_or(0, polars::prelude::Column::null_count)
        {
            0 => Ok(cells),
            empty => Err(self.wrong(name, format!("has {empty} empty cells"))),
        }
    }

    fn cells<'a, C>(
        &'a self,
        name: &str,
        typed: impl Fn(&'a Series) -> PolarsResult<&'a C>,
    ) -> Result<&'a C, StoreError> {
        let missing = |_| self.wrong(name, "is missing".to_owned());
        let column = self
            .frame
            .column(name)
            .map_err(missing)?
            .as_materialized_series();
        typed(column)
            .map_err(|_| self.wrong(name, format!("is of the wrong type, {}", column.dtype())))
    }

    pub fn wrong(&self, column: &str, what: String) -> StoreError {
        StoreError::Column {
            file: self.file.clone(),
            column: column.to_owned(),
            what,
        }
    }
}

fn date_of(days: i32) -> Option<Date> {
    EPOCH.checked_add(Span::new().try_days(days).ok()?).ok()
}

/// Days since 1970-01-01.
pub(super) fn days(date: Date) -> i32 {
    (date - EPOCH).get_days()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_counted_from_1970() {
        let leap_day = jiff::civil::date(2024, 2, 29);
        assert_eq!(days(leap_day), 19_782);
        assert_eq!(date_of(19_782), Some(leap_day));
        assert_eq!(date_of(days(Date::MIN)), Some(Date::MIN));
        assert_eq!(date_of(i32::MAX), None);
    }
}
