//! The file format of `torch.save` since PyTorch 1.6: a zip with the entries `archive/data.pkl`, `archive/data/0` …, all
//! uncompressed. Source: <https://docs.pytorch.org/docs/stable/notes/serialization.html>.

use std::io::{Cursor, Read as _};

use zip::{CompressionMethod, ZipArchive};

/// The largest pickle in bytes; the description of ten thousand tensors has 2 MB.
const MAX_PICKLE_BYTES: u64 = 64 << 20;

/// A zip of PyTorch, borrowed from its bytes.
pub struct Zip<'a> {
    archive: ZipArchive<Cursor<&'a [u8]>>,
    /// Common prefix of all entries, such as `archive/`.
    prefix: String,
}

impl<'a> Zip<'a> {
    /// Reads the central directory and checks the sizes that it states.
    ///
    /// # Errors
    /// A file that is truncated, not from PyTorch, compressed or encrypted, or whose entries are larger than the file.
    pub fn open(bytes: &'a [u8]) -> Result<Self, String> {
        let invalid = |error: zip::result::ZipError| format!("its zip is incomplete ({error})");
        let mut archive = ZipArchive::new(Cursor::new(bytes)).map_err(invalid)?;
        let mut names = Vec::with_capacity(archive.len());
        let mut total = 0_u64;
        for index in 0..archive.len() {
            let entry = archive.by_index_seek(index).map_err(|error| match error {
                zip::result::ZipError::UnsupportedArchive(_) => compressed(),
                error => invalid(error),
            })?;
            if entry.compression() != CompressionMethod::Stored {
                return Err(compressed());
            }
            total = total.saturating_add(entry.size().max(entry.compressed_size()));
            names.push(entry.name().map_err(invalid)?.into_owned());
        }
        if total > bytes.len() as u64 {
            return Err(format!(
                "the entries of its zip state {total} bytes, the whole file has {}",
                bytes.len()
            ));
        }
        let mut prefixes = names
            .iter()
            .filter_map(|name| name.strip_suffix("data.pkl"));
        let prefix = prefixes.find(|prefix| prefix.is_empty() || prefix.ends_with('/'));
        let prefix = prefix.ok_or("it is a zip, but not one of torch.save: it has no data.pkl")?;
        let prefix = prefix.to_owned();
        Ok(Self { archive, prefix })
    }

    /// The pickle of the saved object.
    ///
    /// # Errors
    /// A big-endian file, a pickle that is too large, and as [`Zip::storage`].
    pub fn pickle(&mut self) -> Result<Vec<u8>, String> {
        if self.read("byteorder").is_ok_and(|order| order == b"big") {
            return Err(super::BIG_ENDIAN.into());
        }
        self.read("data.pkl")
    }

    /// The bytes of the storage with this key.
    ///
    /// # Errors
    /// An entry that is missing or truncated, or whose checksum does not match.
    pub fn storage(&mut self, key: &str) -> Result<Vec<u8>, String> {
        self.read(&format!("data/{key}"))
    }

    fn read(&mut self, name: &str) -> Result<Vec<u8>, String> {
        let invalid = |error: &dyn std::fmt::Display| {
            let name = super::pickle::quoted(name);
            format!("its entry {name} is missing or damaged ({error})")
        };
        let path = format!("{}{name}", self.prefix);
        let mut entry = self
            .archive
            .by_name(&path)
            .map_err(|error| invalid(&error))?;
        let size = entry.size();
        if name == "data.pkl" && size > MAX_PICKLE_BYTES {
            return Err(format!("its pickle has {size} bytes, too many for weights"));
        }
        let mut bytes = Vec::with_capacity(usize::try_from(size).unwrap_or(0));
        entry
            .read_to_end(&mut bytes)
            .map_err(|error| invalid(&error))?;
        Ok(bytes)
    }
}

fn compressed() -> String {
    "its zip is compressed or encrypted, which torch.save never does".into()
}
