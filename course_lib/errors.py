"""Mistakes that the user of the course can mend."""


class UserError(Exception):
    """A mistake that its reader can mend: one clear sentence, and in a notebook nothing but that sentence.

    The sentence says what was expected, what came, and what to do. Every error that a learner or an instructor can
    cause by what they typed is a subclass of this one; anything else is a bug of the course and keeps its traceback.
    """

    def _render_traceback_(self) -> list[str]:
        """What IPython prints instead of a traceback."""
        return [f"{type(self).__name__}: {self}"]
