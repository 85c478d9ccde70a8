//! Which rows are the same recording: a union of rows that share an id, then, with more care, of those that share a name.

use std::collections::hash_map::Entry;
use std::collections::{BTreeSet, HashMap};

use super::{Track, UNKNOWN_ARTIST, name, rank};

/// Two services round, and cut the silence at the end.
const SAME_LENGTH_SECONDS: f64 = 3.0;
/// A name that more recordings share (`Intro` by `Various Artists`) tells none of them.
const MAX_RECORDINGS_PER_NAME: usize = 48;

/// Rows by recording, in the order of first mention; each group ascending.
pub(super) fn same_recording(rows: &[Track]) -> Vec<Vec<usize>> {
    let ids: Vec<BTreeSet<String>> = rows.iter().map(Track::ids).collect();
    let by_id = groups(rows.len(), shared_ids(&ids));
    let mut recordings = Recordings::new(rows, &ids, &by_id);
    recordings.join_by_stated_name();
    recordings.join_by_name_and_length();
    let joined = recordings.parents;
    groups(by_id.len(), joined)
        .into_iter()
        .map(|group| {
            let mut rows: Vec<usize> = group.iter().flat_map(|&at| &by_id[at]).copied().collect();
            rows.sort_unstable();
            rows
        })
        .collect()
}

/// For each row one before it that shares an id other than a name.
fn shared_ids(ids: &[BTreeSet<String>]) -> Vec<usize> {
    let mut parents: Vec<usize> = (0..ids.len()).collect();
    let mut first_with: HashMap<&str, usize> = HashMap::new();
    for (row, ids) in ids.iter().enumerate() {
        for id in ids.iter().filter(|id| !is_name(id)) {
            match first_with.entry(id) {
                Entry::Vacant(entry) => {
                    entry.insert(row);
                }
                Entry::Occupied(entry) => union(&mut parents, *entry.get(), row),
            }
        }
    }
    parents
}

fn groups(rows: usize, mut parents: Vec<usize>) -> Vec<Vec<usize>> {
    let mut groups: Vec<Vec<usize>> = vec![Vec::new(); rows];
    for row in 0..rows {
        groups[find(&mut parents, row)].push(row);
    }
    groups.retain(|group| !group.is_empty());
    groups
}

/// The smaller row becomes the root, so that groups keep the order of first mention.
fn union(parents: &mut [usize], one: usize, other: usize) {
    let (one, other) = (find(parents, one), find(parents, other));
    parents[one.max(other)] = one.min(other);
}

fn find(parents: &mut [usize], mut row: usize) -> usize {
    while parents[row] != row {
        parents[row] = parents[parents[row]];
        row = parents[row];
    }
    row
}

fn is_name(id: &str) -> bool {
    id.starts_with("name:")
}

/// Groups of rows that share an id, to be joined by name unless they exclude each other.
struct Recordings<'a> {
    rows: &'a [Track],
    ids: &'a [BTreeSet<String>],
    by_id: &'a [Vec<usize>],
    parents: Vec<usize>,
    /// What is known of the recording that a group is the root of.
    marks: Vec<Marks<'a>>,
}

/// What two groups must not both have if they are to be one.
#[derive(Clone, Default)]
struct Marks<'a> {
    /// The kinds of id: `isrc`, `audio_hash`, each service.
    kinds: BTreeSet<&'a str>,
    /// Every length in seconds that is stated.
    lengths: Vec<f64>,
}

impl<'a> Recordings<'a> {
    fn new(rows: &'a [Track], ids: &'a [BTreeSet<String>], by_id: &'a [Vec<usize>]) -> Self {
        let marks = |group: &Vec<usize>| {
            let ids = group.iter().flat_map(|&row| &ids[row]);
            let kinds = ids
                .filter(|id| !is_name(id))
                .filter_map(|id| Some(id.split_once(':')?.0))
                .collect();
            let mut lengths: Vec<f64> =
                group.iter().filter_map(|&row| length(&rows[row])).collect();
            lengths.sort_by(f64::total_cmp);
            lengths.dedup();
            Marks { kinds, lengths }
        };
        Recordings {
            rows,
            ids,
            by_id,
            parents: (0..by_id.len()).collect(),
            marks: by_id.iter().map(marks).collect(),
        }
    }

    /// Rows without another id are known by the name; so is whatever was once joined with such a row. Of these a
    /// recording with an id comes first, and those that it does not exclude join it.
    fn join_by_stated_name(&mut self) {
        let ids = self.ids;
        let mut named: HashMap<&'a str, Vec<usize>> = HashMap::new();
        for (group, rows) in self.by_id.iter().enumerate() {
            for id in rows.iter().flat_map(|&row| &ids[row]) {
                if is_name(id) {
                    named.entry(id).or_default().push(group);
                }
            }
        }
        let mut named: Vec<(&str, Vec<usize>)> = named.into_iter().collect();
        named.retain(|(_, groups)| groups.len() > 1);
        named.sort_unstable();
        for (_, mut groups) in named {
            groups.sort_by_cached_key(|&group| self.best_id(group));
            groups.dedup();
            for &other in &groups[1..] {
                self.join_where_allowed(groups[0], other, |one, other| {
                    let have_ids = !one.kinds.is_empty() && !other.kinds.is_empty();
                    one.exclude(other) || (have_ids && !one.is_as_long_as(other))
                });
            }
        }
    }

    /// The closest lengths first; among the equal ones the alphabet of their ids decides, never the order of the rows.
    fn join_by_name_and_length(&mut self) {
        let mut pairs = self.pairs_of_one_name();
        pairs.sort_by(|one, other| {
            let gap = one.gap.total_cmp(&other.gap);
            gap.then_with(|| (one.ids, one.groups).cmp(&(other.ids, other.groups)))
        });
        for pair in pairs {
            let (one, other) = pair.groups;
            self.join_where_allowed(one, other, |one, other| one.exclude(other));
        }
    }

    fn pairs_of_one_name(&self) -> Vec<RecordingPair<'a>> {
        let mut named: HashMap<(String, String), Vec<(usize, bool)>> = HashMap::new();
        for (group, rows) in self.by_id.iter().enumerate() {
            if self.marks[group].lengths.is_empty() {
                continue;
            }
            let mut names = BTreeSet::new();
            let mut before: Option<&Track> = None;
            for track in rows.iter().map(|&row| &self.rows[row]) {
                let is_new = |before: &Track| {
                    (&before.title, &before.artists) != (&track.title, &track.artists)
                };
                if before.is_none_or(is_new) {
                    names.extend(names_of(track));
                }
                before = Some(track);
            }
            for (artist, title, is_first) in names {
                named
                    .entry((artist, title))
                    .or_default()
                    .push((group, is_first));
            }
        }
        let mut pairs = Vec::new();
        for groups in named.into_values() {
            if (2..=MAX_RECORDINGS_PER_NAME).contains(&groups.len()) {
                for (at, one) in groups.iter().enumerate() {
                    let others = groups[at + 1..].iter();
                    pairs.extend(others.filter_map(|other| self.pair(*one, *other)));
                }
            }
        }
        pairs
    }

    fn pair(&self, one: (usize, bool), other: (usize, bool)) -> Option<RecordingPair<'a>> {
        let groups = (one.0.min(other.0), one.0.max(other.0));
        let marks = (&self.marks[groups.0], &self.marks[groups.1]);
        let is_first = one.1 || other.1;
        if groups.0 == groups.1 || !is_first || marks.0.exclude(marks.1) {
            return None;
        }
        let gap = marks.0.gap(marks.1)?;
        let mut ids = [self.best_id(groups.0), self.best_id(groups.1)];
        ids.sort();
        let is_close = gap <= SAME_LENGTH_SECONDS;
        is_close.then_some(RecordingPair { gap, ids, groups })
    }

    fn best_id(&self, group: usize) -> (u8, &'a str) {
        let ids = self.by_id[group].iter().flat_map(|&row| &self.ids[row]);
        ids.map(|id| rank(id)).min().unwrap_or((u8::MAX, ""))
    }

    fn join_where_allowed(
        &mut self,
        one: usize,
        other: usize,
        forbids: impl Fn(&Marks, &Marks) -> bool,
    ) {
        let (one, other) = (find(&mut self.parents, one), find(&mut self.parents, other));
        if one == other || forbids(&self.marks[one], &self.marks[other]) {
            return;
        }
        let (kept, gone) = (one.min(other), one.max(other));
        let marks = std::mem::take(&mut self.marks[gone]);
        self.marks[kept].take_in(marks);
        union(&mut self.parents, kept, gone);
    }
}

/// Two groups of one name, and how much they differ in length.
struct RecordingPair<'a> {
    gap: f64,
    ids: [(u8, &'a str); 2],
    groups: (usize, usize),
}

impl Marks<'_> {
    /// Whether both have an id of one kind: were it the same id, they would be one already.
    fn exclude(&self, other: &Marks) -> bool {
        self.kinds.iter().any(|kind| other.kinds.contains(kind))
    }

    fn is_as_long_as(&self, other: &Marks) -> bool {
        self.gap(other)
            .is_some_and(|gap| gap <= SAME_LENGTH_SECONDS)
    }

    /// Between the closest lengths of the two: whichever of them a later import finds, it finds no more than this one.
    fn gap(&self, other: &Marks) -> Option<f64> {
        let gaps = self
            .lengths
            .iter()
            .flat_map(|one| other.lengths.iter().map(move |other| (one - other).abs()));
        gaps.min_by(f64::total_cmp)
    }
}

impl<'a> Marks<'a> {
    fn take_in(&mut self, other: Marks<'a>) {
        self.kinds.extend(other.kinds);
        self.lengths.extend(other.lengths);
    }
}

fn length(track: &Track) -> Option<f64> {
    track
        .duration_seconds
        .filter(|seconds| seconds.is_finite() && *seconds > 0.0)
}

/// Each artist with the title, and whether it is the first artist. A song without a known artist has no name.
fn names_of(track: &Track) -> Vec<(String, String, bool)> {
    if track.title.trim().is_empty() {
        return Vec::new();
    }
    let title = name::title(&track.title);
    let artists = track.artists.iter().enumerate();
    artists
        .filter(|(_, artist)| *artist != UNKNOWN_ARTIST && !artist.trim().is_empty())
        .map(|(at, artist)| (name::artist(artist), title.clone(), at == 0))
        .collect()
}
