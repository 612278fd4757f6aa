# SPDX-License-Identifier: ISC
"""Read text off a picture of the screen, by comparing its cells with the console's font.

The font is the file that the kernel has built in (PSF version 1: the header is two magic bytes, a
mode and the height; 256 or 512 glyphs of one byte a line follow, then for each glyph the UTF-16
characters it stands for, ended by 0xffff).
"""
import os

from support import BUILD

FONT = os.path.join(BUILD, "obj", "font.psf")
CELL_WIDTH = 8


def load_font(path=FONT):
    """The height of a glyph, and a dict of glyph bitmaps to characters."""
    with open(path, "rb") as file:
        data = file.read()
    if data[:2] != b"\x36\x04" or not data[2] & 2:
        raise ValueError(f"{path}: not a PSF 1 font with a character table")
    count, height = 512 if data[2] & 1 else 256, data[3]
    table = data[4 + count * height:]
    names = []
    for entry in table.decode("utf-16-le", errors="surrogatepass").split("\uffff")[:count]:
        # A glyph of several characters is read as the plainest of them.
        single = entry.split("\ufffe")[0]
        names.append(min(single) if single else "\ufffd")
    glyphs = {}
    for number in reversed(range(count)):
        bitmap = data[4 + number * height:4 + (number + 1) * height]
        if bitmap not in glyphs or names[number] < glyphs[bitmap]:
            glyphs[bitmap] = names[number]
    return height, glyphs


def cell_bitmaps(rows):
    """The two ways to see a cell of at most two colours as bits: `rows` is a list of pixel lists."""
    colours = {pixel for row in rows for pixel in row}
    if len(colours) > 2:
        return []
    return [bytes(sum(128 >> x for x, pixel in enumerate(row) if pixel == ink) for row in rows)
            for ink in colours]


def read_text(screen, font=None):
    """The lines of text on a screen (width, height, RGB bytes); what is no glyph reads as U+FFFD.

    The grid begins at the top left corner. A blank cell is a blank, whatever its colour."""
    width, height, pixels = screen
    cell_height, glyphs = font or load_font()
    stride = width * 3
    lines = []
    for top in range(0, height - cell_height + 1, cell_height):
        band = [pixels[y * stride:(y + 1) * stride] for y in range(top, top + cell_height)]
        if len(set(band)) == 1 and band[0] == band[0][:3] * width:
            lines.append("")
            continue
        line = ""
        for left in range(0, width - CELL_WIDTH + 1, CELL_WIDTH):
            rows = [[row[x * 3:x * 3 + 3] for x in range(left, left + CELL_WIDTH)] for row in band]
            bitmaps = cell_bitmaps(rows)
            if len(bitmaps) == 1:
                line += " "
                continue
            found = [glyphs[bitmap] for bitmap in bitmaps if bitmap in glyphs]
            line += min(found) if found else "\ufffd"
        lines.append(line.rstrip())
    return lines


def vga_text(memory):
    """The lines of the 80 by 25 text screen, from the bytes at 0xb8000."""
    characters = memory[0:80 * 25 * 2:2].decode("cp437")
    return [characters[row * 80:row * 80 + 80].rstrip(" \0") for row in range(25)]
