"""The thread-to-data picture, live: choose a shape, a block and a thread, and see what that thread reads and writes.

Everything is drawn and said in Python, once; the JavaScript beside this file only shows it and passes on what the
reader does. So the live picture, the still one and the words cannot disagree.
"""

from html import escape
from pathlib import Path

import anywidget
from traitlets import Bool, Float, Int, List, Unicode, observe

from course_lib.widgets.launch_grid import LaunchGrid
from course_lib.widgets.thread_map_picture import LEFT, TOP, draw, scale

STATE = ("m", "n", "bx", "by", "round_up", "block_x", "block_y", "thread_x", "thread_y")


class ThreadMap(anywidget.AnyWidget):
    """C of m x n (at most 128 x 128) under a grid of blocks of bx x by threads (at most 32 x 32).

    The selected thread is blockIdx = (block_x, block_y), threadIdx = (thread_x, thread_y); where the launch has no such
    thread, the nearest is taken. `launch_text` and `thread_text` say in words what the picture shows.
    Raises LaunchGridError for a size out of range.
    """

    _esm = Path(__file__).with_name("thread_map.js")
    _css = Path(__file__).with_name("thread_map.css")

    m = Int(40).tag(sync=True)
    n = Int(50).tag(sync=True)
    bx = Int(16).tag(sync=True)
    by = Int(16).tag(sync=True)
    round_up = Bool(True).tag(sync=True)
    block_x = Int(1).tag(sync=True)
    block_y = Int(1).tag(sync=True)
    thread_x = Int(3).tag(sync=True)
    thread_y = Int(2).tag(sync=True)

    blocks = List(Int()).tag(sync=True)
    svg = Unicode().tag(sync=True)
    corner = List([LEFT, TOP]).tag(sync=True)  # where C begins in the picture, in pixels
    scale = Float().tag(sync=True)
    launch_text = Unicode().tag(sync=True)
    thread_text = Unicode().tag(sync=True)

    def __init__(self, **state):
        LaunchGrid(**{name: state.get(name, self.traits()[name].default_value) for name in STATE[:5]})
        super().__init__(**state)
        self._draw()

    @property
    def grid(self) -> LaunchGrid:
        """The launch as plain data."""
        return LaunchGrid(self.m, self.n, self.bx, self.by, self.round_up)

    @observe(*STATE)
    def _draw(self, _change=None):
        grid = self.grid
        thread = grid.nearest((self.block_x, self.block_y), (self.thread_x, self.thread_y))
        with self.hold_sync():
            if thread:
                self.block_x, self.block_y = thread.block
                self.thread_x, self.thread_y = thread.index
            self.blocks = list(grid.blocks)
            self.svg, self.scale = draw(grid, thread), scale(grid)
            self.launch_text, self.thread_text = grid.describe(), grid.describe_thread(thread)

    def _repr_mimebundle_(self, **kwargs):
        """The live widget, and beside it the still picture with its words, for pages with no kernel."""
        data, metadata = super()._repr_mimebundle_(**kwargs)
        words = f"{self.launch_text} {self.thread_text}"
        still = f'<figure style="margin:0">{self.svg}<figcaption>{escape(words)}</figcaption></figure>'
        return {**data, "text/plain": words, "text/html": still}, metadata
