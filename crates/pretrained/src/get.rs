//! From the official address into the folder: downloaded, compared with the pin, read, written.

use std::path::Path;

use sha2::{Digest as _, Sha256};
use url::Url;

use super::catalogue::names;
use super::weights_dir::licence_of;
use super::{PretrainedError, Weights, WeightsDir, contents_hash, format, weights};
use services::http::{Client, HttpSettings, Limits, ServicePolicy, by_status};

/// In messages, in the cache's folder, and in `PLAYLIST_FIT_WEIGHTS_API`.
pub const SOURCE: &str = "weights";
/// Of a file whose length nobody states; the largest of the catalogue has 350 MB.
const MAX_DOWNLOAD_BYTES: u64 = 2 << 30;
const RETRY_LATER: &str = "nothing was kept; try again later, and report it if it stays";
const CHECKSUM_MISMATCH: &str =
    "checksum mismatch: the file differs from the pinned one and was deleted; report this";
/// Read at once to take a hash.
const BLOCK: usize = 1 << 20;

/// Brings the weights of this name into the folder. Answers them, and whether they came now: what is there already is not
/// asked for again. `progress` is told how many bytes are there and of how many.
///
/// # Errors
/// A name that nobody knows, what the network or the disk refuses, a file that is not the pinned one or holds no weights.
pub async fn get(
    name: &str,
    folder: &WeightsDir,
    settings: HttpSettings,
    limits: Limits,
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
    let policy = ServicePolicy {
        source_name: SOURCE,
        requests: 2,
        per: std::time::Duration::from_secs(1),
        decision: by_status,
    };
    let address = address(&wanted, &settings)?;
    let client = Client::with_limits(policy, settings, limits)?;
    let part = folder.path().join(format!("{name}.part"));
    let limit = wanted.bytes.unwrap_or(MAX_DOWNLOAD_BYTES);
    client
        .resume(&address.into(), &part, limit, progress)
        .await?;
    let kept = store(&wanted, folder, &part);
    // Delete a file that fails its checksum; keep a partial download so that it can resume.
    if !matches!(kept, Err(PretrainedError::Disk { .. })) {
        client.forget(&part)?;
    }
    kept.map(|()| (wanted, true))
}

/// The official address, or the same path at the address that is asked in its place.
fn address(wanted: &Weights, settings: &HttpSettings) -> Result<Url, PretrainedError> {
    let odd = |reason: url::ParseError| rejected(wanted, reason.to_string(), "report it");
    let official = Url::parse(&wanted.address).map_err(odd)?;
    let Some(mut address) = settings.api.clone() else {
        return Ok(official);
    };
    if let (Ok(mut path), Some(segments)) = (address.path_segments_mut(), official.path_segments())
    {
        path.pop_if_empty().extend(segments);
    }
    Ok(address)
}

/// The downloaded file becomes weights with their licence, if it is the right one.
fn store(wanted: &Weights, folder: &WeightsDir, part: &Path) -> Result<(), PretrainedError> {
    let sha256 = checked(wanted, folder, part)?;
    let weights = format::open(part).map_err(|reason| match reason {
        PretrainedError::Refused { reason, .. } => rejected(wanted, reason, RETRY_LATER),
        reason => reason,
    })?;
    let pinned = wanted.pin.as_ref().and_then(|pin| pin.contents.as_ref());
    if let Some(stated) = pinned {
        let contents =
            contents_hash(&weights).map_err(|reason| rejected(wanted, reason, RETRY_LATER))?;
        if contents != *stated {
            let reason =
                format!("the hash of its numbers is {contents}, the right one is {stated}");
            return Err(rejected(wanted, reason, CHECKSUM_MISMATCH));
        }
    }
    let path = folder.weights(&wanted.name);
    let licence = licence_of(&path);
    folder.pin(&wanted.name, &sha256)?;
    files::write(&licence, notice(wanted).as_bytes()).map_err(PretrainedError::disk(licence))?;
    // Last, so that where weights lie, all that belongs to them does.
    files::write(&path, &weights).map_err(PretrainedError::disk(path))
}

/// The hash of a file that has the stated length and the pinned hash, or that of the first one that came.
fn checked(wanted: &Weights, folder: &WeightsDir, part: &Path) -> Result<String, PretrainedError> {
    let bytes = std::fs::metadata(part)
        .map_err(PretrainedError::disk(part))?
        .len();
    if let Some(stated) = wanted.bytes.filter(|&stated| stated != bytes) {
        let reason = format!("{bytes} bytes came, the right file has {stated}");
        return Err(rejected(wanted, reason, RETRY_LATER));
    }
    let sha256 = sha256_of(part).map_err(PretrainedError::disk(part))?;
    let pinned = wanted.pin.as_ref().and_then(|pin| pin.sha256.as_deref());
    if let Some(stated) = pinned.filter(|stated| !sha256.starts_with(stated)) {
        let reason = format!("its sha256 is {sha256}, the right file's begins with {stated}");
        return Err(rejected(wanted, reason, CHECKSUM_MISMATCH));
    }
    if let Some(first) = folder
        .pinned(&wanted.name)?
        .filter(|first| *first != sha256)
    {
        let reason =
            format!("its sha256 is {sha256}, that of the first file that came here was {first}");
        let next = format!(
            "nothing was kept; if you trust the new one, take the line `{}` out of {}",
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

/// What a bundle that begins with them must carry.
fn notice(wanted: &Weights) -> String {
    format!(
        "{}: {}\nFrom {}\nLicence: {}\n\n{}\n",
        wanted.name,
        wanted.what,
        wanted.address,
        wanted.licence.name,
        wanted.licence.text.trim()
    )
}

fn sha256_of(path: &Path) -> std::io::Result<String> {
    use std::io::Read as _;
    let mut file = std::fs::File::open(path)?;
    let mut hash = Sha256::new();
    let mut block = vec![0; BLOCK];
    loop {
        match file.read(&mut block)? {
            0 => return Ok(format!("{:x}", hash.finalize())),
            count => hash.update(&block[..count]),
        }
    }
}
