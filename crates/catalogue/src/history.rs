//! A newer look at lists into what is known of them: what came gets `added`, what went gets `removed`.
//!
//! | the look shows | what is known | what becomes of it |
//! |---|---|---|
//! | not there | an open stay | it ends on the day of the look, unless the look itself says when it ended |
//! | there | an open stay | it goes on |
//! | there since a day | only closed stays, one of them since that day | that end was a gap in what was seen: it goes on |
//! | there since a day | only other closed stays, or none | a stay from that day on |
//! | there, nobody says since when | only closed stays | a stay from the day of the look on |
//! | there, nobody says since when | nothing | the same; on the first look at the list none knows since when |

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;

use super::merge::stays::{Stay, Stays, settle};
use super::{Catalogue, Change, Merged, Playlist};

impl Catalogue {
    /// Takes in what was seen on `day`. The lists named in `whole` were seen whole: a track that is not on one any more
    /// left it, and one of them without a track is empty. A list is known by its id; a new name makes no new list.
    ///
    /// A look that is older than the last one at a list is only merged: what is there now it cannot tell.
    pub fn update(&mut self, mut newer: Catalogue, whole: &BTreeSet<String>, day: Date) -> Merged {
        for playlist in &mut newer.playlists {
            if whole.contains(&playlist.id) {
                playlist.first_seen = Some(playlist.first_seen.map_or(day, |first| first.min(day)));
                playlist.last_seen = playlist.last_seen.max(Some(day));
            }
        }
        self.take_in(newer, |playlists, table, mut look| {
            let looks = looks(playlists, whole, day);
            for pair in table.keys() {
                if looks.contains_key(pair.0.as_str()) && !look.contains_key(pair) {
                    look.insert(pair.clone(), Stays::new());
                }
            }
            let mut change = Change::default();
            for (pair, stated) in look {
                let look = looks.get(pair.0.as_str());
                let known = table.entry(pair).or_default();
                let now = match look {
                    Some(look) => look.after(known, &stated),
                    None => settle(known.iter().chain(&stated).copied()),
                };
                change += Change::of_stays(known, &now);
                *known = now;
            }
            change
        })
    }
}

/// A look at a whole list.
struct Look {
    day: Date,
    is_first: bool,
}

/// The looks that tell what is there now.
fn looks<'a>(
    known: &[Playlist],
    whole: &'a BTreeSet<String>,
    day: Date,
) -> BTreeMap<&'a str, Look> {
    let known: BTreeMap<&str, &Playlist> = known
        .iter()
        .map(|playlist| (playlist.id.as_str(), playlist))
        .collect();
    let look = |id: &'a String| {
        let playlist = known.get(id.as_str());
        let is_old = playlist.is_some_and(|playlist| playlist.last_seen > Some(day));
        let is_first = playlist.is_none_or(|playlist| playlist.first_seen.is_none());
        (!is_old).then_some((id.as_str(), Look { day, is_first }))
    };
    whole.iter().filter_map(look).collect()
}

impl Look {
    /// The stays of a track, from what was known of them and what the look states.
    fn after(&self, known: &Stays, stated: &Stays) -> Stays {
        settle(self.told(known, stated))
    }

    fn told(&self, known: &Stays, stated: &Stays) -> Stays {
        let mut stays = settle(known.iter().chain(stated).copied());
        let Some(there) = stated.iter().find(|stay| stay.is_open()) else {
            self.close(&mut stays, stated);
            return stays;
        };
        if known.iter().any(Stay::is_open) {
            return stays;
        }
        if there.added.is_some() {
            // Every end of a stay from this day on that the look does not know was a gap.
            stays.retain(|stay| stay.added != there.added || stated.contains(stay));
            stays.insert(*there);
        } else if !(known.is_empty() && self.is_first) {
            stays.remove(there);
            stays.insert(Stay {
                added: Some(self.day),
                removed: None,
            });
        }
        stays
    }

    fn close(&self, stays: &mut Stays, stated: &Stays) {
        let Some(open) = stays.iter().copied().find(Stay::is_open) else {
            return;
        };
        stays.remove(&open);
        if stated.iter().all(|stay| stay.added != open.added) {
            let removed = open.added.map_or(self.day, |added| added.max(self.day));
            stays.insert(Stay {
                added: open.added,
                removed: Some(removed),
            });
        }
    }
}
