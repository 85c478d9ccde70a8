#!/usr/bin/env python3
"""Cuts the report's two fonts out of the variable Inter 4.1 (`InterVariable.woff2` of the npm package inter-ui 4.1.1).

    pip install fonttools brotli uharfbuzz
    python3 make.py InterVariable.woff2

For each weight it writes a TTF, which the picture is drawn with, and the same font as WOFF2, which the page carries.
The TTF's kerning of printable ASCII is written out as a `kern` table, because ab_glyph does not read GPOS.
"""

import sys
from itertools import product
from pathlib import Path

import uharfbuzz
from fontTools.subset import Options, Subsetter
from fontTools.ttLib import TTFont, newTable
from fontTools.ttLib.tables._k_e_r_n import KernTable_format_0
from fontTools.varLib.instancer import instantiateVariableFont

HERE = Path(__file__).parent
WEIGHTS = {"Inter-Regular": {"wght": 400, "opsz": 14}, "Inter-SemiBold": {"wght": 650, "opsz": 28}}
# Latin with its extensions, Greek, Cyrillic, Vietnamese, punctuation, currency, and a few signs.
RANGES = [
    (0x20, 0x7E), (0xA0, 0x24F), (0x2BB, 0x2DD), (0x370, 0x3FF), (0x400, 0x45F), (0x490, 0x491), (0x1E00, 0x1EFF),
    (0x2010, 0x2027), (0x202F, 0x203E), (0x20A0, 0x20BF), (0x2116, 0x2122), (0x2190, 0x2193), (0x2212, 0x2212),
    (0x2248, 0x2248), (0x2264, 0x2265), (0x25A0, 0x25A1),
]  # fmt: skip


def subset(font):
    options = Options()
    options.layout_features = ["kern", "tnum", "ccmp", "mark", "mkmk"]
    options.hinting = False
    options.name_IDs = [0, 1, 2, 4, 5, 6, 13, 14]
    subsetter = Subsetter(options)
    subsetter.populate(unicodes=[code for low, high in RANGES for code in range(low, high + 1)])
    subsetter.subset(font)


def ascii_kerning(path):
    """Pairs of printable ASCII and how far, in font units, the second letter moves."""
    font = uharfbuzz.Font(uharfbuzz.Face(path.read_bytes()))

    def advance(text):
        buffer = uharfbuzz.Buffer()
        buffer.add_str(text)
        buffer.guess_segment_properties()
        uharfbuzz.shape(font, buffer, {"kern": True})
        return sum(position.x_advance for position in buffer.glyph_positions)

    letters = [chr(code) for code in range(0x21, 0x7F)]
    alone = {letter: advance(letter) for letter in letters}
    pairs = {a + b: advance(a + b) - alone[a] - alone[b] for a, b in product(letters, letters)}
    return {pair: kern for pair, kern in pairs.items() if abs(kern) >= 10}


def add_kern_table(font, pairs):
    names = font.getBestCmap()
    table = KernTable_format_0()
    table.apple, table.version, table.coverage, table.tupleIndex = False, 0, 1, None
    table.kernTable = {(names[ord(pair[0])], names[ord(pair[1])]): kern for pair, kern in pairs.items()}
    font["kern"] = newTable("kern")
    font["kern"].version = 0
    font["kern"].kernTables = [table]


def main(variable):
    for name, axes in WEIGHTS.items():
        font = instantiateVariableFont(TTFont(variable), axes)
        subset(font)
        woff2, ttf = HERE / f"{name}.woff2", HERE / f"{name}.ttf"
        font.flavor = None
        font.save(ttf)
        pairs = ascii_kerning(ttf)
        font.flavor = "woff2"
        font.save(woff2)
        font.flavor = None
        for layout in ("GPOS", "GSUB", "GDEF"):
            if layout in font:
                del font[layout]
        add_kern_table(font, pairs)
        font.save(ttf)
        print(name, len(pairs), "pairs", ttf.stat().st_size, woff2.stat().st_size)


main(sys.argv[1])
