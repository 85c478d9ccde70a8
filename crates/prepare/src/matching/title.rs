//! A title taken apart: what the song is called, which version it is, and who is a guest on it.

use catalogue::normalised_tokens;

/// A title as it is compared; all text plain, without spaces.
#[derive(Clone, Debug, Default)]
pub(super) struct Title {
    /// All but version, guests and decoration.
    pub full: String,
    /// [`Title::full`] without brackets and without the part after a dash.
    pub core: String,
    /// The words of the core, to search by.
    pub words: Vec<String>,
    /// Sorted words of what says which version it is: `live wembley`, `2009 remaster`.
    pub version: Vec<String>,
    /// Numbers in it, Roman ones too: part 1 is not part 2.
    pub numbers: Vec<String>,
    /// The artists after `feat.` or in `(with …)`.
    pub guests: Vec<String>,
}

impl Title {
    pub fn read(text: &str) -> Title {
        let (main, qualifiers) = take_apart(text);
        let mut title = Title::default();
        let mut main = normalised_tokens(&main);
        if let Some(at) = main
            .iter()
            .position(|word| is_featuring(word))
            .filter(|&at| at > 0)
        {
            title.guests.push(main[at + 1..].join(" "));
            main.truncate(at);
        }
        take_off_version(&mut main, &mut title.version);
        title
            .version
            .extend(main.iter().filter_map(|word| mark(word)).map(str::to_owned));
        let mut all = main.clone();
        for qualifier in qualifiers {
            title.read_qualifier(&normalised_tokens(&qualifier), &mut all);
        }
        if main.is_empty() {
            main.clone_from(&all);
        }
        title.numbers = all.iter().filter(|word| is_number(word)).cloned().collect();
        title.full = all.concat();
        title.core = main.concat();
        title.words = main;
        title.version.sort();
        title.version.dedup();
        title
    }

    /// Reads the content of a bracket, or the part after a dash.
    fn read_qualifier(&mut self, qualifier: &[String], all: &mut Vec<String>) {
        let first = qualifier.first().map_or("", String::as_str);
        if is_featuring(first) || (first == "with" && qualifier.len() > 1) {
            self.guests.push(qualifier[1..].join(" "));
        } else if qualifier.iter().any(|word| mark(word).is_some()) {
            self.version.extend(version_words(qualifier));
        } else if !qualifier.iter().all(|word| is_decoration(word)) {
            all.extend_from_slice(qualifier);
        }
    }
}

/// What stands outside of brackets, and what stands inside each or behind ` - `.
fn take_apart(text: &str) -> (String, Vec<String>) {
    let mut depth = 0_usize;
    let (mut main, mut qualifiers) = (String::new(), Vec::<String>::new());
    for sign in text.chars() {
        match sign {
            '(' | '[' | '{' | '（' | '【' => {
                if depth == 0 {
                    qualifiers.push(String::new());
                    main.push(' ');
                }
                depth += 1;
            }
            ')' | ']' | '}' | '）' | '】' => depth = depth.saturating_sub(1),
            _ if depth == 0 => main.push(sign),
            _ => {}
        }
        if depth > 0
            && let Some(qualifier) = qualifiers.last_mut()
        {
            qualifier.push(sign);
        }
    }
    let dashed = main.replace(" – ", " - ").replace(" — ", " - ");
    let mut parts = dashed.split(" - ");
    let main = parts.next().unwrap_or_default().to_owned();
    qualifiers.extend(parts.map(str::to_owned));
    (main, qualifiers)
}

/// Moves `live`, `2011 remaster` and their like from the end of a title without brackets to its version.
fn take_off_version(main: &mut Vec<String>, version: &mut Vec<String>) {
    let is_year = |word: &String| {
        word.len() == 4 && (word.starts_with("19") || word.starts_with("20")) && is_number(word)
    };
    let in_version = |word: &&String| mark(word).is_some() || is_year(word);
    let count = main.iter().rev().take_while(in_version).count();
    let tail = &main[main.len() - count..];
    if count < main.len() && tail.iter().any(|word| mark(word).is_some()) {
        version.extend(version_words(tail));
        main.truncate(main.len() - count);
    }
}

/// `Original Mix` is none; in `Acoustic Version` the second word says nothing.
fn version_words(qualifier: &[String]) -> Vec<String> {
    if let [first, second] = qualifier
        && first == "original"
        && ["mix", "version"].contains(&second.as_str())
    {
        return Vec::new();
    }
    let telling = qualifier
        .iter()
        .filter_map(|word| mark(word))
        .any(|mark| mark != "version");
    qualifier
        .iter()
        .map(|word| mark(word).map_or_else(|| word.clone(), str::to_owned))
        .filter(|word| !(telling && word == "version"))
        .collect()
}

/// The kind of version that a word stands for, where it stands for one.
pub(super) fn mark(word: &str) -> Option<&'static str> {
    Some(match word {
        "remix" | "remixes" | "remixed" | "rmx" | "bootleg" | "mashup" | "flip" | "vip"
        | "remezcla" => "remix",
        "mix" | "dub" => "mix",
        "edit" | "extended" => "edit",
        "live" | "vivo" | "concert" | "session" | "sessions" => "live",
        "acoustic" | "akustik" | "acustico" | "acustica" | "acoustique" | "unplugged" => "acoustic",
        "instrumental" | "instrumentals" | "inst" => "instrumental",
        "acapella" | "acappella" | "cappella" => "acapella",
        "karaoke" => "karaoke",
        "cover" | "covers" | "tribute" => "cover",
        "demo" | "demos" => "demo",
        "remaster" | "remasters" | "remastered" | "remastering" | "remasterizado" => "remaster",
        "sped" | "speed" | "nightcore" => "sped",
        "slowed" | "chopped" => "slowed",
        "reverb" => "reverb",
        "8d" => "8d",
        "rerecorded" | "recorded" => "recorded",
        "reprise" => "reprise",
        "clean" | "censored" => "clean",
        "mono" => "mono",
        "stereo" => "stereo",
        "alternate" | "alternative" | "alt" => "alternate",
        "orchestral" | "symphonic" => "orchestral",
        "version" | "take" => "version",
        _ => return None,
    })
}

fn is_featuring(word: &str) -> bool {
    ["feat", "ft", "featuring"].contains(&word)
}

/// What video sites and shops add to a title.
fn is_decoration(word: &str) -> bool {
    const DECORATION: [&str; 13] = [
        "official",
        "video",
        "audio",
        "music",
        "lyric",
        "lyrics",
        "visualizer",
        "visualiser",
        "hq",
        "hd",
        "4k",
        "explicit",
        "mv",
    ];
    DECORATION.contains(&word)
}

fn is_number(word: &str) -> bool {
    const ROMAN: [&str; 20] = [
        "i", "ii", "iii", "iv", "v", "vi", "vii", "viii", "ix", "x", "xi", "xii", "xiii", "xiv",
        "xv", "xvi", "xvii", "xviii", "xix", "xx",
    ];
    word.chars().all(|digit| digit.is_ascii_digit()) || ROMAN.contains(&word)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn reads(text: &str, full: &str, version: &[&str], guests: &[&str]) {
        let title = Title::read(text);
        assert_eq!(title.full, full, "{text}");
        assert_eq!(title.version, version, "{text}");
        assert_eq!(title.guests, guests, "{text}");
    }

    #[test]
    fn a_title_is_taken_apart_as_its_author_meant_it() {
        reads("So What", "sowhat", &[], &[]);
        reads("Umbrella (feat. JAY-Z)", "umbrella", &[], &["jay z"]);
        reads(
            "Umbrella ft. JAY-Z & Me",
            "umbrella",
            &[],
            &["jay z and me"],
        );
        reads("Stay (with Justin Bieber)", "stay", &[], &["justin bieber"]);
        reads("Help - Remastered 2009", "help", &["2009", "remaster"], &[]);
        reads("Help (2009 Remaster)", "help", &["2009", "remaster"], &[]);
        reads("Help 2009 Remaster", "help", &["2009", "remaster"], &[]);
        reads(
            "Song (Live at Wembley)",
            "song",
            &["at", "live", "wembley"],
            &[],
        );
        reads("Song - Acoustic Version", "song", &["acoustic"], &[]);
        reads("Song (Original Mix)", "song", &[], &[]);
        reads("Song (Official Music Video) [HD]", "song", &[], &[]);
        reads("Live Forever", "liveforever", &["live"], &[]);
        reads("1999", "1999", &[], &[]);
        reads("Live", "live", &["live"], &[]);
        reads(
            "(I Can't Get No) Satisfaction",
            "satisfactionicantgetno",
            &[],
            &[],
        );
        reads("[Untitled]", "untitled", &[], &[]);
        reads("", "", &[], &[]);
        reads("Song (unclosed", "songunclosed", &[], &[]);
    }

    #[test]
    fn numbers_are_kept_apart() {
        assert_eq!(Title::read("Speed of Sound, Pt. 2").numbers, ["2"]);
        assert_eq!(Title::read("Movement III").numbers, ["iii"]);
        assert!(Title::read("So What").numbers.is_empty());
    }
}
