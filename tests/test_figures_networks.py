"""Pictures of networks: their graph, small images, the confusion matrix, a training while it runs."""

from types import SimpleNamespace
from xml.etree import ElementTree

import numpy as np
import pytest

from course_lib.figures import live_training
from course_lib.figures.digits import confusion
from course_lib.figures.graph import Node, graph
from course_lib.figures.landscape import landscape
from course_lib.figures.learning import learning, percent
from course_lib.figures.live_training import LiveTraining
from course_lib.figures.maps import maps

FORK = [Node("x", (), "x"), Node("f", ("x",), "a", "w"), Node("g", ("f",), "b"), Node("+", ("x", "g"), note="<sum>")]
BRANCHES = [Node("in"), Node("a", ("in",)), Node("b", ("in",)), Node("c", ("in",)), Node("b2", ("b",))]
BRANCHES += [Node("all", ("a", "b2", "c"))]


@pytest.mark.parametrize("back", [False, True])
@pytest.mark.parametrize("nodes", [FORK, BRANCHES, FORK[:1]], ids=["fork", "branches", "one"])
def test_a_graph_is_sound_svg_and_says_who_reads_from_whom(nodes, back):
    drawn = graph(nodes, back)
    svg = ElementTree.fromstring(drawn.svg)
    arrows = [path for path in svg.findall(".//{*}path") if path.get("marker-end")]
    edges = sum(len(node.reads) for node in nodes) + sum(bool(node.weights) for node in nodes)
    assert len(arrows) == edges * (2 if back else 1)
    assert all(node.name in drawn.alt for node in nodes) and drawn.alt in "".join(svg.itertext())


def test_a_graph_says_where_gradients_add_only_where_it_shows_them():
    assert "x begins; f reads from x, with the parameters w; g reads from f; + reads from x and g." in graph(FORK).alt
    assert graph(FORK, back=True).alt.endswith("at x several arrive and add.")
    assert "add" not in graph(FORK).alt and "add" not in graph(FORK[:3], back=True).alt


def test_no_box_of_a_graph_lies_on_another_and_all_lie_on_the_page():
    svg = ElementTree.fromstring(graph(BRANCHES).svg)
    page, *boxes = svg.findall(".//{*}rect")
    at = [tuple(float(box.get(side)) for side in ("x", "y", "width", "height")) for box in boxes]
    width, height = (float(page.get(side)) for side in ("width", "height"))
    assert len({(x, y) for x, y, *_ in at}) == len(BRANCHES) == len(boxes)
    assert all(0 <= x and x + w <= width and 0 <= y and y + h <= height for x, y, w, h in at)
    column = sorted(y for x, y, *_ in at if x == at[1][0])
    assert len(column) == 3 and min(np.diff(column)) > at[0][3]


def test_maps_say_each_image_with_its_size_and_its_range():
    drawn = maps({"first": {"a": np.array([[0, 2.0]]), " b ": np.array([[-1.0], [3]])}, "": {"c": np.zeros((2, 2))}})
    assert drawn.alt == "Images. first: a (1 x 2, 0 to 2), b (2 x 1, -1 to 3); c (2 x 2, 0 to 0)."
    assert drawn.png.startswith(b"\x89PNG") and len(maps({"": {str(i): np.eye(3) for i in range(9)}}, 4).png) > 1000


def test_the_confusion_matrix_names_the_pairs_most_frequent_first():
    truth = np.array([0, 1, 1, 1, 2, 2])
    assert confusion(truth, truth, 3).alt == "Of 6, 6 on the diagonal are right."
    said = np.array([0, 2, 2, 1, 0, 2])
    assert confusion(said, truth, 3).alt == "Of 6, 3 on the diagonal are right; 2 of 1 taken for 2, 1 of 2 taken for 0."


def test_learning_says_how_far_it_is():
    alt = learning([[2.0, 1.0], [0.5, 0.25]], {"old": [0.5, 0.9], "new": [0.4, 0.8]}, 5).alt
    assert alt == "After epoch 2 of 5 the mean loss is 0.375; right: old 90.0%; new 80.0%."


def test_a_tick_between_two_whole_percents_is_not_rounded_to_one_of_them():
    assert [percent(share) for share in (1, 0.975, 0.9, 0.0)] == ["100%", "97.5%", "90%", "0%"]


def test_a_live_training_shows_one_picture_and_renews_it_after_every_epoch(monkeypatch):
    shown = []
    handle = SimpleNamespace(update=lambda what: shown.append(repr(what)))
    monkeypatch.setattr(live_training, "display", lambda what, display_id: shown.append(repr(what)) or handle)
    shares = iter([0.5, 0.75])
    live = LiveTraining(3, lambda: {"new <digits>": next(shares)})
    for number, losses in enumerate([[2.0, 1.0], [0.5]], 1):
        live(SimpleNamespace(number=number, losses=losses))
    assert shown[0] == "epoch 1 of 3: loss 1.500, 50.0% of new <digits> right"
    assert shown[1:] == ["epoch 2 of 3: loss 0.500, 75.0% of new <digits> right"]
    page = live._repr_mimebundle_()
    assert page["text/plain"] == repr(live) and '<progress value="2" max="3"' in page["text/html"]
    assert "new &lt;digits&gt;" in page["text/html"] and "<img alt=" in page["text/html"]


def test_an_image_in_colours_is_shown_in_them():
    drawn = maps({"": {"photo": np.random.default_rng(0).random((4, 5, 3)) - 0.1}})
    assert drawn.alt.startswith("Images. photo (4 x 5 x 3, -0.") and drawn.png.startswith(b"\x89PNG")


MAP = {"small": (3e4, 5e5, 0.01), "<large>": (6e7, 1.1e10, 20), "as large": (6.1e7, 1.2e10, 19), "low": (6e7, 7e8, 1)}


def test_a_landscape_says_every_size_and_its_discs_have_the_areas_that_it_says():
    drawn = landscape(MAP, "parameters", "MACs", "GiB")
    svg = ElementTree.fromstring(drawn.svg)
    assert "<large> 60,000,000 and 11,000,000,000 and 20;" in drawn.alt and drawn.alt in "".join(svg.itertext())
    radii = sorted(float(disc.get("r")) for disc in svg.findall(".//{*}circle") if disc.get("fill-opacity"))
    assert (radii[-1] / radii[-2]) ** 2 == pytest.approx(20 / 19, rel=0.02)


def test_no_name_of_a_landscape_lies_on_another():
    svg = ElementTree.fromstring(landscape(MAP, "parameters", "MACs", "GiB").svg)
    heights = sorted(float(name.get("y")) for name in svg.findall(".//{*}text[@font-weight='bold']"))
    assert len(heights) == 4 and min(np.diff(heights)) > 14
    page = [float(side) for side in svg.get("viewBox").split()[2:]]
    for disc in svg.findall(".//{*}circle"):
        x, y, r = (float(disc.get(key)) for key in ("cx", "cy", "r"))
        assert 0 < x - r and x + r < page[0] and 0 < y - r and y + r < page[1]


def test_names_of_a_crowd_at_the_upper_edge_of_a_landscape_stay_on_the_page():
    crowd = {f"network {i}": (1e7 * (i + 1), 1e9, 1.0) for i in range(8)} | {"small": (1e4, 1e5, 1.0)}
    svg = ElementTree.fromstring(landscape(crowd, "parameters", "MACs", "GiB").svg)
    heights = sorted(float(name.get("y")) for name in svg.findall(".//{*}text[@font-weight='bold']"))
    assert len(heights) == 9 and heights[0] > 26 and min(np.diff(heights)) > 14
