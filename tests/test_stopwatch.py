"""The stopwatch checks before it times, compares within a round, and says what kind of seconds it shows."""

import pytest

from course_lib import gpu
from course_lib.errors import UserError
from course_lib.stopwatch import HOST, Clock, Comparison, WrongResult, compare


def scripted(times):
    """A clock that needs no time: it runs, and says what the script says."""
    left = iter(times)
    return Clock("scripted seconds", lambda run: (run(), next(left)))


def test_everything_is_checked_before_anything_is_timed():
    events = []
    clock = Clock("counted", lambda run: (events.append("timed"), run())[::-1][:1] + (1.0,))
    entries = {"first": lambda: events.append("first") or 1, "second": lambda: events.append("second") or 2}
    compare(entries, check=lambda result: events.append(f"check {result}") or True, clock=clock, rounds=2)
    assert events[:4] == ["first", "check 1", "second", "check 2"]
    assert events[4:] == ["timed", "first", "timed", "second"] * 2


def test_a_wrong_result_is_never_timed():
    timed = []
    clock = Clock("never", lambda run: timed.append(run) or (None, 1))
    with pytest.raises(WrongResult, match="'broken' gives a wrong result, so it was not timed") as caught:
        compare({"right": lambda: 1, "broken": lambda: 2}, check=lambda result: result == 1, clock=clock)
    assert not timed and isinstance(caught.value, UserError)


def test_the_ratio_is_the_median_of_the_ratios_of_each_round():
    # In round 2 the machine was busy for both; the ratio of medians would be 3 / 2, that of means 2.3.
    watch = compare({"a": lambda: 0, "b": lambda: 0}, clock=scripted([1, 2, 10, 30, 2, 3]), rounds=3)
    assert watch.seconds == {"a": [1, 10, 2], "b": [2, 30, 3]}
    assert watch.ratio("b", "a") == 2 and watch.ratio("a", "b") == 0.5 and watch.ratio("a", "a") == 1


def test_what_is_shown_names_the_clock_and_the_rounds():
    shown = repr(Comparison("scripted seconds", {"naive": [2.0, 2.0], "tiled": [1.0, 1.0]}))
    assert shown == "naive: 1.00 x naive\ntiled: 0.50 x naive\n(scripted seconds; medians of 2 paired rounds)"


def test_the_glass_gpus_time_is_never_called_a_gpus(device):
    label = gpu.clock().label
    if device == "glass":
        assert "simulate" in label and "not a GPU's time" in label
    else:
        assert label.startswith("GPU time of ")
    result, seconds = gpu.clock().measure(lambda: "done")
    assert result == "done" and seconds >= 0


def test_the_host_clock_measures_and_hands_on_the_result():
    result, seconds = HOST.measure(lambda: 42)
    assert result == 42 and seconds >= 0 and "this computer" in HOST.label


@pytest.mark.parametrize("mistake", [lambda: compare({}), lambda: compare({"a": lambda: 1}, rounds=0),
                                     lambda: compare({"a": lambda: 1}, rounds=1).ratio("b", "a"),
                                     lambda: compare({"a": 5})])  # fmt: skip
def test_mistakes_are_told_in_a_sentence(mistake):
    with pytest.raises(UserError):
        mistake()
