"""Makes the two subsets from Inter's OpenType files: python subset.py DIRECTORY (needs fonttools; Debian's fonts-inter)."""

import sys

from fontTools import subset
from fontTools.pens.cu2quPen import Cu2QuPen
from fontTools.pens.ttGlyphPen import TTGlyphPen
from fontTools.ttLib import TTFont, newTable

KEPT = [
    *range(0x20, 0x7F), *range(0xA0, 0x180),  # ASCII, Latin-1, Latin Extended-A
    0x3BC, 0x2009, 0x202F, 0x2013, 0x2014, 0x2018, 0x2019, 0x201C, 0x201D, 0x2022, 0x2026,
    *range(0x2190, 0x2194), 0x2212, 0x221E, 0x2248, 0x2260, 0x2264, 0x2265,
    0x2070, *range(0x2074, 0x207A), 0x207B, *range(0x2080, 0x208A), 0xFFFD,
]


def truetype(font):
    """Cubic outlines (CFF) to quadratic ones (glyf), to a thousandth of an em."""
    order, glyphs = font.getGlyphOrder(), font.getGlyphSet()
    glyf = newTable("glyf")
    glyf.glyphOrder, glyf.glyphs = order, {}
    for name in order:
        pen = TTGlyphPen(None)
        glyphs[name].draw(Cu2QuPen(pen, font["head"].unitsPerEm / 1000, reverse_direction=True))
        glyf.glyphs[name] = pen.glyph()
    font["loca"], font["glyf"] = newTable("loca"), glyf
    del font["CFF "]
    maxp = font["maxp"]
    maxp.tableVersion = 0x00010000
    for field in (
        "maxZones maxTwilightPoints maxStorage maxFunctionDefs maxInstructionDefs maxStackElements "
        "maxSizeOfInstructions maxComponentElements maxPoints maxContours maxCompositePoints maxCompositeContours "
        "maxComponentDepth"
    ).split():
        setattr(maxp, field, 1 if field == "maxZones" else 0)
    font["post"].formatType = 3.0
    font.sfntVersion = "\x00\x01\x00\x00"


for weight in ("Regular", "SemiBold"):
    font = TTFont(f"{sys.argv[1]}/Inter-{weight}.otf", recalcTimestamp=False)
    options = subset.Options(
        layout_features=["tnum"], hinting=False, desubroutinize=True, notdef_outline=True, name_IDs=[0, 1, 2, 3, 4, 5, 6, 13, 14, 16, 17]
    )
    subsetter = subset.Subsetter(options)
    subsetter.populate(unicodes=KEPT)
    subsetter.subset(font)
    truetype(font)
    for table in ("DSIG", "VORG", "GDEF", "STAT"):
        if table in font:
            del font[table]
    font.save(f"Inter-{weight}.ttf")
