"""A terminal to read the screen from: pyte's, with the two sequences that ncurses writes and pyte passes over, and without
what fish writes and pyte would show as text: the choice of a keyboard protocol."""

import re

import pyte

KEYBOARD = re.compile(r"\x1b\[[=<][0-9;]*[a-z]")
BEGUN = re.compile(r"\x1b(\[([=<][0-9;]*)?)?$")


class Screen(pyte.Screen):
    def scroll_up(self, count=None):
        self._at_top(self.delete_lines, count)

    def scroll_down(self, count=None):
        self._at_top(self.insert_lines, count)

    def _at_top(self, change, count):
        x, y = self.cursor.x, self.cursor.y
        self.cursor.y = self.margins.top if self.margins else 0
        change(count or 1)
        self.cursor.x, self.cursor.y = x, y


class Stream(pyte.Stream):
    csi = {**pyte.Stream.csi, "S": "scroll_up", "T": "scroll_down"}
    events = pyte.Stream.events | {"scroll_up", "scroll_down"}
    begun = ""

    def feed(self, data):
        data = KEYBOARD.sub("", self.begun + data)
        begun = BEGUN.search(data)
        end = begun.start() if begun else len(data)
        self.begun = data[end:]
        super().feed(data[:end])
