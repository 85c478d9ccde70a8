//! The zip of PyTorch 1.6 and later: `archive/data.pkl`, `archive/data/0` …, stored as they are.

use std::io::{Cursor, Read as _};

use candle_core::pickle::Object;
use zip::{CompressionMethod, ZipArchive};

use super::pickle;

/// A description of ten thousand tensors has 2 MB.
const LONGEST_PICKLE: u64 = 64 << 20;

/// Entries that lie in the file as they are.
pub struct Zip<'a> {
    archive: ZipArchive<Cursor<&'a [u8]>>,
    /// What the names of all entries begin with, such as `archive/`.
    folder: String,
}

impl<'a> Zip<'a> {
    pub fn open(bytes: &'a [u8]) -> Result<Self, String> {
        let broken = |why: zip::result::ZipError| format!("its zip is not whole ({why})");
        let mut archive = ZipArchive::new(Cursor::new(bytes)).map_err(broken)?;
        let mut names = Vec::with_capacity(archive.len());
        let mut whole = 0_u64;
        for index in 0..archive.len() {
            let entry = archive.by_index_seek(index).map_err(|why| match why {
                zip::result::ZipError::UnsupportedArchive(_) => compressed(),
                why => broken(why),
            })?;
            if entry.compression() != CompressionMethod::Stored {
                return Err(compressed());
            }
            whole = whole.saturating_add(entry.size());
            names.push(entry.name().map_err(broken)?.into_owned());
        }
        if whole > bytes.len() as u64 {
            return Err(format!(
                "its entries would have {whole} bytes, the whole file has {}",
                bytes.len()
            ));
        }
        let mut folders = names
            .iter()
            .filter_map(|name| name.strip_suffix("data.pkl"));
        let folder = folders.find(|folder| folder.is_empty() || folder.ends_with('/'));
        let none = || "it is a zip, but PyTorch did not save it: it has no data.pkl".to_owned();
        let folder = folder.ok_or_else(none)?.to_owned();
        Ok(Self { archive, folder })
    }

    /// The pickle.
    pub fn description(&mut self) -> Result<Object, String> {
        if self.read("byteorder").is_ok_and(|order| order == b"big") {
            return Err(super::BIG_ENDIAN.into());
        }
        Ok(pickle::read(&self.read("data.pkl")?)?.object)
    }

    /// The bytes of a storage.
    pub fn storage(&mut self, key: &str) -> Result<Vec<u8>, String> {
        self.read(&format!("data/{key}"))
    }

    /// An entry, whose checksum is right.
    fn read(&mut self, name: &str) -> Result<Vec<u8>, String> {
        let broken = |why: &dyn std::fmt::Display| format!("its entry {name} is not whole ({why})");
        let whole = format!("{}{name}", self.folder);
        let mut entry = self.archive.by_name(&whole).map_err(|why| broken(&why))?;
        let size = entry.size();
        if name == "data.pkl" && size > LONGEST_PICKLE {
            return Err(format!(
                "its description has {size} bytes, too many for weights"
            ));
        }
        let mut bytes = Vec::with_capacity(usize::try_from(size).unwrap_or(0));
        entry.read_to_end(&mut bytes).map_err(|why| broken(&why))?;
        Ok(bytes)
    }
}

fn compressed() -> String {
    "its zip is compressed or encrypted, which PyTorch's is not".into()
}
