#!/usr/bin/env python3
"""Draws what a program shows on a terminal of 24 rows and 80 columns as an SVG, from a real run.

    docs/pictures/draw.py OUT.svg [--wait TEXT]... [--type KEYS]... -- COMMAND [ARG...]

Waits for each TEXT to be on the screen, types each KEYS (with Python's escapes), in the order given, and draws what is
there two seconds later.
"""

import codecs
import os
import pathlib
import pty
import select
import sys
import time
from xml.sax.saxutils import escape

sys.path.append(str(pathlib.Path(__file__).parents[2] / "tests/e2e"))

from terminal import Screen, Stream  # noqa: E402

ROWS, COLUMNS, WIDTH, HEIGHT, PATIENCE = 24, 80, 9, 19, 30
DECODER = codecs.getincrementaldecoder("utf-8")("replace")
BACKGROUND, FOREGROUND = "1d1f21", "d8d8d8"
NAMES = {"black": "000000", "red": "cd3131", "green": "33b07a", "brown": "d7a13a", "blue": "4a8fe0", "magenta": "bc5fbc",
         "cyan": "35aec4", "white": "e5e5e5"}


def colour(name, otherwise):
    return otherwise if name == "default" else NAMES.get(name, name)


def pump(terminal, stream, seconds):
    end = time.monotonic() + seconds
    while (left := end - time.monotonic()) > 0:
        if select.select([terminal], [], [], left)[0]:
            stream.feed(DECODER.decode(os.read(terminal, 65536)))


def runs(line):
    """Neighbours of one look: (column, text, character)."""
    column = 0
    while column < COLUMNS:
        first = line[column]
        start, text = column, ""
        while column < COLUMNS and line[column]._replace(data="") == first._replace(data=""):
            text += line[column].data
            column += 1
        yield start, column - start, text, first


def draw(screen):
    parts = [f'<svg xmlns="http://www.w3.org/2000/svg" width="{COLUMNS * WIDTH + 16}" height="{ROWS * HEIGHT + 16}" '
             'font-family="DejaVu Sans Mono, Menlo, Consolas, monospace" font-size="15" xml:space="preserve">',
             f'<rect width="100%" height="100%" rx="6" fill="#{BACKGROUND}"/>']
    for row in range(ROWS):
        for column, columns, text, look in runs(screen.buffer[row]):
            front, back = colour(look.fg, FOREGROUND), colour(look.bg, BACKGROUND)
            if look.reverse:
                front, back = back, front
            x, y = 8 + column * WIDTH, 8 + row * HEIGHT
            if back != BACKGROUND:
                parts.append(f'<rect x="{x}" y="{y}" width="{columns * WIDTH}" height="{HEIGHT}" fill="#{back}"/>')
            if text.strip():
                weight = ' font-weight="bold"' if look.bold else ""
                line = ' text-decoration="underline"' if look.underscore else ""
                parts.append(f'<text x="{x}" y="{y + 14}" fill="#{front}" textLength="{columns * WIDTH}"{weight}{line}>'
                             f"{escape(text)}</text>")
    return "\n".join([*parts, "</svg>", ""])


def main():
    out, *words = sys.argv[1:]
    split = words.index("--")
    steps, command = words[:split], words[split + 1:]
    pid, terminal = pty.fork()
    if pid == 0:
        os.environ.update(TERM="screen-256color", LANG="C.UTF-8")
        os.execvp(command[0], command)
    screen = Screen(COLUMNS, ROWS)
    stream = Stream(screen)
    for option, value in zip(steps[::2], steps[1::2]):
        if option == "--type":
            os.write(terminal, value.encode().decode("unicode_escape").encode("latin-1"))
        end = time.monotonic() + PATIENCE
        while option == "--wait" and value not in "\n".join(screen.display):
            pump(terminal, stream, 0.1)
            if time.monotonic() > end:
                sys.exit(f"draw.py: {value!r} never came:\n" + "\n".join(screen.display))
    pump(terminal, stream, 2)
    with open(out, "w", encoding="utf-8") as file:
        file.write(draw(screen))
    print("\n".join(line.rstrip() for line in screen.display))
    os.close(terminal)
    os.waitpid(pid, 0)


if __name__ == "__main__":
    main()
