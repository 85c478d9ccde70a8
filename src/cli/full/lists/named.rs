//! A list of the catalogue by what a user calls it.

use anyhow::bail;

use catalogue::Playlist;
use report::shorten;

/// Letters of a name in a message.
const MAX_NAME_CHARS: usize = 60;
const NEAREST: usize = 3;

/// By id, by name, or by name without regard to case, whichever is the first that one list answers to; else an error
/// that offers the nearest names.
pub fn find<'a>(playlists: &'a [Playlist], named: &str) -> anyhow::Result<&'a Playlist> {
    let wanted = plain(named);
    let ways: [&dyn Fn(&Playlist) -> bool; 3] = [
        &|playlist| playlist.id == named,
        &|playlist| playlist.name == named,
        &|playlist| plain(&playlist.name) == wanted,
    ];
    let shown = shorten(named, MAX_NAME_CHARS);
    for way in ways {
        let found: Vec<&Playlist> = playlists.iter().filter(|playlist| way(playlist)).collect();
        match found[..] {
            [] => {}
            [one] => return Ok(one),
            _ => {
                let ids: Vec<&str> = found.iter().map(|playlist| playlist.id.as_str()).collect();
                bail!(
                    "{} lists are called `{shown}`; name one by its id: {}",
                    ids.len(),
                    ids.join(", ")
                );
            }
        }
    }
    let near = match nearest(playlists, &wanted) {
        near if near.is_empty() => String::new(),
        near => format!("; near it: {}", near.join(", ")),
    };
    bail!("no list is called `{shown}`{near}; `playlist-fit playlists` shows all")
}

pub fn plain(name: &str) -> String {
    name.trim().to_lowercase()
}

/// The names that are most like it, those that hold it first.
fn nearest(playlists: &[Playlist], wanted: &str) -> Vec<String> {
    let likeness = |playlist: &Playlist| {
        let name = plain(&playlist.name);
        let holds = !wanted.is_empty() && name.contains(wanted);
        f64::from(holds) + strsim::jaro_winkler(&name, wanted)
    };
    let mut near: Vec<(f64, &Playlist)> = playlists
        .iter()
        .map(|playlist| (likeness(playlist), playlist))
        .collect();
    near.sort_by(|one, other| {
        let nearer = other.0.total_cmp(&one.0);
        nearer.then_with(|| one.1.id.cmp(&other.1.id))
    });
    near.iter()
        .take(NEAREST)
        .map(|(_, playlist)| format!("`{}`", shorten(&playlist.name, MAX_NAME_CHARS)))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lists(names: &[&str]) -> Vec<Playlist> {
        let list = |(at, name): (usize, &&str)| Playlist {
            id: format!("deezer:{at}"),
            name: (*name).to_owned(),
            ..Playlist::default()
        };
        names.iter().enumerate().map(list).collect()
    }

    #[test]
    fn a_list_is_found_by_id_or_by_name_in_any_case() {
        let lists = lists(&["Deep Focus", "Jazz", "jazz", "deezer:1"]);
        let id = |named| find(&lists, named).unwrap().id.as_str();
        assert_eq!(id("deezer:1"), "deezer:1");
        assert_eq!(id(" deep FOCUS"), "deezer:0");
        assert_eq!(id("jazz"), "deezer:2");
    }

    #[test]
    fn what_is_not_found_or_not_clear_is_answered_with_what_there_is() {
        let lists = lists(&["Deep Focus", "Jazz", "jazz", "Deep House Relax"]);
        let error = |named| find(&lists, named).unwrap_err().to_string();
        let unclear = error("JAZZ");
        assert!(unclear.contains("deezer:1, deezer:2"), "{unclear}");
        let missing = error("deep fokus");
        assert!(missing.contains("near it: `Deep Focus`"), "{missing}");
        assert!(error("house").contains("near it: `Deep House Relax`"));
        assert!(!find(&[], "x").unwrap_err().to_string().contains("near it"));
    }
}
