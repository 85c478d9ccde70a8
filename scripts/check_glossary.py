#!/usr/bin/env python3
"""Finds words that docs/glossary.md replaces, in source, docs, templates, scripts and settings.

glossary.tsv: a regular expression, the word to use, a regular expression of lines that are right, file extensions.
Prints `file:line: word -> suggestion` for each hit and exits with 1; `--count` prints the number of hits per crate or folder.
"""
import collections
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SUFFIXES = {".rs", ".md", ".html", ".css", ".js", ".toml", ".py", ".sh", ""}
# Data, generated files, and the pages that name the old words.
EXCLUDED = re.compile(
    r"^(fixtures/|reports/|playlists/|CHANGELOG\.md|LICENSE|Cargo\.lock|docs/glossary\.md|docs/cli\.md|scripts/check_glossary\.py"
    r"|scripts/golden/|\.gitignore)|(^|/)benches/data/")
# Names on disk and in flags of before: they stay readable.
COMPATIBLE = re.compile(r"alias\s*=|rename\s*=|aliases\s*=|hide_alias|legacy|old name|formerly")


def rules():
    lines = Path(__file__).with_name("glossary.tsv").read_text().splitlines()[1:]
    for line in lines:
        pattern, suggestion, exception, kinds = line.split("\t")
        yield re.compile(pattern), suggestion, re.compile(exception or r"(?!)"), {f".{kind}" for kind in kinds.split(",")}


def files():
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True, text=True).stdout
    for name in filter(None, listed.split("\0")):
        if not EXCLUDED.search(name) and Path(name).suffix in SUFFIXES and (ROOT / name).is_file():
            yield name


def hits(rules):
    for name in files():
        kind = Path(name).suffix or ".sh"
        for number, line in enumerate((ROOT / name).read_text(errors="replace").splitlines(), 1):
            if COMPATIBLE.search(line):
                continue
            for pattern, suggestion, exception, kinds in rules:
                found = pattern.search(line)
                if found and kind in kinds and not exception.search(line):
                    yield name, number, found[0], suggestion


def main():
    found = list(hits(list(rules())))
    if "--count" in sys.argv:
        groups = collections.Counter("/".join(name.split("/")[:2]) for name, *_ in found)
        for group, count in groups.most_common():
            print(f"{count:5} {group}")
    else:
        for name, number, word, suggestion in found:
            print(f"{name}:{number}: {word!r} -> {suggestion}")
    print(f"{len(found)} words of the glossary's left column", file=sys.stderr)
    return int(bool(found))


if __name__ == "__main__":
    sys.exit(main())
