//! The songs that the arguments name, and the tracks to choose from.

use anyhow::bail;

use super::Similar;
use super::embedder::Embedder;
use bundle::Bundle;
use collection::similar::{Candidates, EmbeddedSong, SimilarRequest};

impl Similar {
    /// The named songs; for a path in the order of the arguments.
    pub(super) fn embed_songs(&self, embedder: &mut Embedder) -> anyhow::Result<Vec<EmbeddedSong>> {
        let songs = if self.path {
            let paths = self.songs.iter().map(std::slice::from_ref);
            let embedded: anyhow::Result<Vec<_>> = paths.map(|song| embedder.embed(song)).collect();
            embedded?.concat()
        } else {
            embedder.embed(&self.songs)?
        };
        if songs.is_empty() {
            bail!("none of the songs could be analysed; the lines above say why");
        }
        Ok(songs.into_iter().map(|song| song.0).collect())
    }

    /// Fails early: analysing the songs can take an hour.
    pub(super) fn check_folder(&self) -> anyhow::Result<()> {
        match &self.candidates {
            Some(folder) if !folder.is_dir() => bail!(
                "--candidates {}: no such folder; pass a folder with songs",
                folder.display()
            ),
            _ => Ok(()),
        }
    }

    pub(super) fn load_candidates(
        &self,
        embedder: &mut Embedder,
        bundle: &Bundle,
    ) -> anyhow::Result<Candidates> {
        let Some(folder) = &self.candidates else {
            return Ok(Candidates::from_bundle(bundle));
        };
        let songs = embedder.embed(std::slice::from_ref(folder))?;
        if songs.is_empty() {
            bail!(
                "--candidates {}: none of its songs could be analysed; pass a folder with WAV, FLAC, MP3, Ogg Vorbis, \
                 AAC/M4A, ALAC or AIFF files",
                folder.display()
            );
        }
        Ok(Candidates::from_songs(songs, bundle))
    }

    pub(super) fn request<'a>(
        &self,
        bundle: &'a Bundle,
        songs: &'a [EmbeddedSong],
        candidates: &'a Candidates,
    ) -> SimilarRequest<'a> {
        SimilarRequest {
            bundle,
            songs,
            candidates,
            tracks: self.tracks.into(),
            per_artist: self.per_artist.into(),
        }
    }
}
