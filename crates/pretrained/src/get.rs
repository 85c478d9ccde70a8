//! Downloads weights into the folder: download, comparison with the pin, conversion, writing.

use std::path::Path;
use std::time::Duration;

use sha2::{Digest as _, Sha256};
use url::Url;

use super::catalogue::names;
use super::weights_dir::licence_of;
use super::{PretrainedError, Weights, WeightsDir, contents_hash, format, weights};
use services::http::{Client, HttpSettings, ServicePolicy, by_status};

/// Name in messages, in the cache folder, and in `PLAYLIST_FIT_WEIGHTS_API`.
pub const SOURCE: &str = "weights";
const POLICY: ServicePolicy = ServicePolicy {
    source_name: SOURCE,
    requests: 2,
    per: Duration::from_secs(1),
    decision: by_status,
};
/// The most bytes of a file without a stated length; the largest of the catalogue has 350 MB.
const MAX_DOWNLOAD_BYTES: u64 = 2 << 30;
const RETRY_LATER: &str = "nothing was stored; try again later, and report it if it stays";
const CHECKSUM_MISMATCH: &str =
    "checksum mismatch: the file differs from the pinned one and was deleted; report this";
/// Bytes that are read and hashed at once.
const BLOCK_BYTES: usize = 1 << 20;

/// Downloads the weights of this name into the folder, unless they are there. Returns them, and whether they were
/// downloaded. `progress` gets the number of bytes so far and in all, if known.
///
/// # Errors
/// An unknown name, an error of the network or the disk, or a file that is not the pinned one or has no weights.
pub async fn get(
    name: &str,
    folder: &WeightsDir,
    settings: HttpSettings,
    progress: &dyn Fn(u64, Option<u64>),
) -> Result<(Weights, bool), PretrainedError> {
    let known = weights()?;
    let Some(wanted) = known.iter().find(|weights| weights.name == name).cloned() else {
        return Err(PretrainedError::Unknown {
            name: name.into(),
            known: names(&known),
        });
    };
    let path = folder.weights(name);
    if path.is_file() {
        return Ok((wanted, false));
    }
    std::fs::create_dir_all(folder.path()).map_err(PretrainedError::disk(folder.path()))?;
    let address = address(&wanted, &settings)?;
    let client = Client::new(POLICY, settings)?;
    let part = folder.path().join(format!("{name}.part"));
    let limit = wanted.bytes.unwrap_or(MAX_DOWNLOAD_BYTES);
    client
        .resume(&address.into(), &part, limit, progress)
        .await?;
    let stored = store(&wanted, folder, &part);
    // Delete a file that fails its checksum; keep a partial download so that it can resume.
    if !matches!(stored, Err(PretrainedError::Disk { .. })) {
        client.discard(&part)?;
    }
    stored.map(|()| (wanted, true))
}

/// The official address, or the same path at the address that the settings name instead.
fn address(wanted: &Weights, settings: &HttpSettings) -> Result<Url, PretrainedError> {
    let invalid = |reason: url::ParseError| rejected(wanted, reason.to_string(), "report it");
    let official = Url::parse(&wanted.address).map_err(invalid)?;
    let Some(mut address) = settings.api.clone() else {
        return Ok(official);
    };
    if let (Ok(mut path), Some(segments)) = (address.path_segments_mut(), official.path_segments())
    {
        path.pop_if_empty().extend(segments);
    }
    Ok(address)
}

/// Converts the downloaded file and stores it with its licence, if it is the pinned one.
fn store(wanted: &Weights, folder: &WeightsDir, part: &Path) -> Result<(), PretrainedError> {
    let sha256 = checked(wanted, folder, part)?;
    let weights = format::open(part).map_err(|reason| match reason {
        PretrainedError::Refused { reason, .. } => rejected(wanted, reason, RETRY_LATER),
        reason => reason,
    })?;
    if let Some(stated) = &wanted.contents {
        let contents =
            contents_hash(&weights).map_err(|reason| rejected(wanted, reason, RETRY_LATER))?;
        if contents != *stated {
            let reason =
                format!("the hash of its tensors is {contents}, the pinned one is {stated}");
            return Err(rejected(wanted, reason, CHECKSUM_MISMATCH));
        }
    }
    let path = folder.weights(&wanted.name);
    let licence = licence_of(&path);
    folder.pin(&wanted.name, &sha256)?;
    files::write(&licence, notice(wanted).as_bytes()).map_err(PretrainedError::disk(licence))?;
    // Last, so that a licence and a pin exist for all weights in the folder.
    files::write(&path, &weights).map_err(PretrainedError::disk(path))
}

/// The SHA-256 of a file that has the stated length and the pinned hash, or the hash of the first download.
fn checked(wanted: &Weights, folder: &WeightsDir, part: &Path) -> Result<String, PretrainedError> {
    let bytes = std::fs::metadata(part)
        .map_err(PretrainedError::disk(part))?
        .len();
    if let Some(stated) = wanted.bytes.filter(|&stated| stated != bytes) {
        let reason = format!("it has {bytes} bytes, the pinned file has {stated}");
        return Err(rejected(wanted, reason, RETRY_LATER));
    }
    let sha256 = sha256_of(part).map_err(PretrainedError::disk(part))?;
    let pinned = wanted.sha256.as_deref();
    if let Some(stated) = pinned.filter(|stated| !sha256.starts_with(stated)) {
        let reason = format!("its sha256 is {sha256}, the pinned one begins with {stated}");
        return Err(rejected(wanted, reason, CHECKSUM_MISMATCH));
    }
    if let Some(first) = folder
        .pinned(&wanted.name)?
        .filter(|first| *first != sha256)
    {
        let reason = format!("its sha256 is {sha256}, that of the first download was {first}");
        let next = format!(
            "nothing was stored; if the new one is correct, remove the line `{}` from {}",
            wanted.name,
            folder.pins_file().display()
        );
        return Err(rejected(wanted, reason, &next));
    }
    Ok(sha256)
}

fn rejected(wanted: &Weights, reason: String, next: &str) -> PretrainedError {
    PretrainedError::Refused {
        path: wanted.address.clone().into(),
        reason,
        next: next.to_owned(),
    }
}

/// The text that every bundle based on these weights must contain.
fn notice(wanted: &Weights) -> String {
    format!(
        "{}: {}\nFrom {}\nLicence: {}\n\n{}\n",
        wanted.name, wanted.what, wanted.address, wanted.licence, wanted.notice
    )
}

fn sha256_of(path: &Path) -> std::io::Result<String> {
    use std::io::Read as _;
    let mut file = std::fs::File::open(path)?;
    let mut hash = Sha256::new();
    let mut block = vec![0; BLOCK_BYTES];
    loop {
        match file.read(&mut block)? {
            0 => return Ok(format!("{:x}", hash.finalize())),
            count => hash.update(&block[..count]),
        }
    }
}
