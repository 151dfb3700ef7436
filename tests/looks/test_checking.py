"""What cannot be looked at is refused in one line that says what there is."""

import sys
from importlib.util import find_spec

import pytest

from latebloom.errors import InputError
from latebloom.looks import parse_look
from latebloom.looks.checking import check_look, check_steps, result_names
from latebloom.looks.lists import LISTS
from latebloom.measures import MEASURES, functions
from latebloom.measures.applying import APPLICABLE, takes
from latebloom.running.looking import checked_looks, place_of
from latebloom.spec import from_plain
from tests.running.labs import PLAIN

TRANSFORMER = {"name": "transformer", "layers": 2, "width": 8, "heads": 2, "feed_forward": 12}
MIXED = {"name": "mixed", "modulus": 7, "operations": ["addition", "multiplication"]}
POLYNOMIAL = {"name": "polynomial", "modulus": 6, "terms": [[1, 2, 0], [1, 0, 1]]}
SYMMETRIC = {"name": "symmetric-group", "degree": 3}


def spec(**changes):
    return from_plain({**PLAIN, "seed": 0, **changes})


def refused(text, **changes):
    with pytest.raises(InputError) as error:
        check_look(parse_look(text), place_of(spec(**changes)))
    assert "\n" not in str(error.value)
    assert text.partition("@")[0] in str(error.value)
    return str(error.value)


def test_a_measure_or_site_or_option_that_there_is_not_is_refused_with_those_that_there_are():
    assert "no measure 'ringscan'; did you mean 'ring_scan'" in refused("ringscan@final")
    message = refused("ring_scan@block7.attention", model=TRANSFORMER)
    assert all(site in message for site in ("block1.attention", "final", "parameters", "parameter.tokens.0"))
    assert "no option 'drawz'; did you mean 'draws'? known: draws, seed, neighbours" in refused(
        "ring_scan(drawz=3)@final"
    )
    assert "no option 'points'" in refused("twonn_dimension(points=3)@final")


@pytest.mark.parametrize(
    ("text", "changes", "said"),
    [
        ("weight_spectrum@final", {}, "these sites have: parameter.tokens, parameter.hidden.weight"),
        ("weight_spectrum@parameter.hidden.bias", {}, "parameter.hidden.weight"),
        ("participation_ratio@parameters", {}, "parameter.hidden.weight, parameter.readout.weight, embedding"),
        ("accuracy@final", {}, "it needs logits, which stand at the site logits"),
        ("attention_entropy@hidden", {}, "this model has no attention"),
        ("attention_entropy@block0", {"model": TRANSFORMER}, "block0.pattern, block1.pattern"),
        ("embedding_spectrum@final", {}, "these sites have: parameter.tokens, parameter.readout.weight"),
        ("embedding_spectrum@parameter.tokens", {"task": MIXED}, "mixed has no cyclic group"),
        ("ring_scan@final", {"task": MIXED}, "mixed has no cyclic group"),
        ("ring_scan@final", {"task": SYMMETRIC}, "symmetric-group has no cyclic group"),
        ("factorisation@parameters", {}, "which these sites have: parameter.tokens"),
        ("restricted_loss@hidden", {"task": MIXED}, "mixed has none"),
        ("restricted_loss@hidden", {"task": POLYNOMIAL}, "adds nothing"),
        ("distance_irrelevance@hidden", {}, "site logits"),
        ("gradient_norm@parameters", {}, "say gradient_norm@parameters/train"),
        ("weight_norm@final", {}, "which stand at the site parameters"),
        ("stages@final", {}, "say stages@parameters/train"),
        ("stages@parameter.hidden.weight", {}, "say stages@parameter.hidden.weight/train"),
        ("stages(growth=-1.0)@parameters/train", {}, "growth: got -1.0; a share of at least 0 is needed"),
        ("kernel_alignment@final", {}, "it needs kernel, that of the logits: say kernel_alignment@logits"),
        ("kernel_distance(examples=1)@logits", {}, "examples is 1; 2 to 512 are needed"),
        ("kernel_distance(examples=many)@logits", {}, "examples is 'many'; a whole number is needed"),
        ("ring_scan(examples=5)@final", {}, "no option 'examples'"),
        ("gradient_cosine_similarity@parameters", {}, "say gradient_cosine_similarity@parameters/train"),
        ("gradient_cosine_similarity(window=1)@parameters/train", {}, "window: got 1"),
        ("gradient_cosine_similarity(window=51)@parameters/train", {}, "gradients of at most 50 evaluations"),
        ("gradient_symmetricity@logits", {"task": MIXED}, "the examples of mixed are no pairs"),
        ("gradient_symmetricity@hidden", {}, "say gradient_symmetricity@logits"),
        ("covariance_spectrum@final", {}, "an eigenvalue for each feature; linear_dimensions would, or call"),
        ("tangent_kernel@logits", {}, "kernel_distance would, or call latebloom.measures.functions.tangent_kernel"),
        ("coset_purity@final", {}, "it needs quotient, which is said as an option: coset_purity(quotient=...)@final"),
        ("coset_purity(quotient=3)@final", {}, "a divisor of the group's order 7 is needed"),
        ("coset_purity(quotient=7,space=plane)@final", {}, "no space 'plane'; known: activation, umap"),
        ("twonn_dimension(discard=some)@final", {}, "discard is 'some'; a number is needed"),
        ("ring_scan(draws=1.5)@final", {}, "draws is 1.5; a whole number is needed"),
        ("coset_purity(quotient=true)@final", {}, "quotient is True; a whole number is needed"),
        ("softmax_collapse(precision=float32)@logits", {}, "no option 'precision'"),
        ("ring_scan(neighbours=99)@final", {}, "neighbours: got 99"),
        ("ring_scan@final", {"task": {"name": "addition", "modulus": 4}}, "ring_scan@final cannot be taken"),
    ],
)  # fmt: skip
def test_what_a_look_lacks_is_said(text, changes, said):
    assert said in refused(text, **changes)


def test_a_look_at_the_umap_plane_needs_the_extra_and_enough_samples_before_anything_is_trained(monkeypatch):
    look, group = "coset_purity(quotient=3,space=umap)@final", {"task": {"name": "addition", "modulus": 12}}
    few = {"task": {"name": "addition", "modulus": 6}, "split": {"fraction": 0.75}}
    assert "points: got 9 samples; at least 16 are needed for UMAP" in refused(look, **few)
    monkeypatch.setitem(sys.modules, "umap", None)
    assert "the UMAP plane needs the package 'umap-learn', which is not installed" in refused(look, **group)


@pytest.mark.skipif(find_spec("umap") is None, reason="the extra umap is not installed")
def test_the_names_of_a_look_at_the_umap_plane_are_known_without_laying_one_out(monkeypatch):
    monkeypatch.setattr("latebloom.measures.quotients.umap_plane", None)
    place = place_of(spec(task={"name": "addition", "modulus": 12}))
    names = result_names(parse_look("coset_purity(quotient=3,space=umap)@final"), place)
    assert "coset_purity(quotient=3,space=umap)" in names


def test_looks_that_can_be_taken_name_the_numbers_that_they_record():
    place = place_of(spec())
    assert result_names(parse_look("twonn_dimension(discard=0.2)@hidden"), place)[0] == (
        "twonn_dimension(discard=0.2)@hidden"
    )
    assert result_names(
        parse_look("attention_entropy@block1.pattern/train"), place_of(spec(model=TRANSFORMER))
    ) == ("attention_entropy@block1.pattern/train",)
    for text in ("irrep_scan@final", "logit_trace_scan@logits", "subgroup_scan@parameter.tokens"):
        check_look(parse_look(text), place_of(spec(task=SYMMETRIC)))
    check_look(parse_look("effective_rank@parameter.hidden.weight"), place)
    check_look(parse_look("ring_scan@parameter.readout.weight"), place)


SITES = {
    "order": "final/all", "centroids": "final/all", "points": "final", "logits": "logits", "table_logits": "logits",
    "table_activations": "hidden", "embedding": "parameter.tokens", "weights": "parameter.readout.weight",
    "loss": "parameters/train", "parameters": "parameters", "gradient": "parameters/train",
    "pattern": "block0.pattern", "gradients": "parameters/train", "hidden_change": "parameter.hidden.weight/train",
    "kernel": "logits", "first_gradients": "logits",
}  # fmt: skip
EVERY = {*MEASURES, *functions.__all__}


def look_at(measure):
    """Write a look of this measure where it should be able to be taken, and its place."""
    needed = takes(measure).required
    site = next((SITES[name] for name in needed if name in SITES), "final")
    site = "hidden" if "frequencies" in needed else site
    model = {"model": TRANSFORMER} if "pattern" in site else {}
    place = place_of(spec(task={"name": "addition", "modulus": 12}, **model))
    return f"{measure}(quotient=3)@{site}" if "quotient" in needed else f"{measure}@{site}", place


@pytest.mark.parametrize("measure", sorted(EVERY - LISTS.keys()))
def test_every_measure_that_gives_a_number_can_be_taken_of_some_run(measure):
    text, place = look_at(measure)
    check_look(parse_look(text), place)
    assert result_names(parse_look(text), place)


@pytest.mark.parametrize("measure", LISTS)
def test_a_measure_that_gives_lists_alone_is_refused_with_what_makes_numbers_of_them(measure):
    assert LISTS[measure].ask
    message = refused(f"{measure}@final")
    assert "no single number for each run" in message
    for name in LISTS[measure].ask:
        assert name in message
        text, place = look_at(name)
        check_look(parse_look(text), place)
    if measure in APPLICABLE:  # so it is for its results, and not for want of something, that it is refused
        text, place = look_at(measure)
        assert result_names(parse_look(text), place) == ()


def test_the_measures_that_are_no_looks_are_those_of_the_shelf():
    assert set(LISTS) <= EVERY
    assert EVERY - LISTS.keys() == APPLICABLE.keys() - LISTS.keys()


def test_steps_that_are_never_come_by_are_refused_with_those_that_would_fit():
    def check(text):
        check_steps(parse_look(text), range(0, 1001, 100), (0, 400, 1000))

    check("ring_scan@final:300")
    check("ring_scan@final")
    check("loop_strength@final:200")
    with pytest.raises(
        InputError, match=r"no evaluation is at a multiple of 333 steps; ring_scan@final/all:300 would"
    ):
        check("ring_scan@final/all:333")
    with pytest.raises(
        InputError, match=r"no snapshot is at a multiple of 300 .* at snapshots alone; .*:400 would fit"
    ):
        check("loop_strength@final:300")
    with pytest.raises(InputError, match="1000 would fit"):
        check("ring_scan@final:5000")  # which only step 0 is a multiple of


def test_a_sample_that_misses_a_class_is_refused_and_one_that_has_all_is_named():
    small = [spec(split={"fraction": 0.9}, training={"steps": 60})]
    with pytest.raises(
        InputError, match=r"its test sample has no example of the classes .*ring_scan@final/all would have"
    ):
        checked_looks(small, ["ring_scan@final"])
    checked_looks(small, ["ring_scan@final/all", "factorisation@final"])


def test_each_of_several_specs_is_asked():
    with pytest.raises(InputError, match="multiplication has no cyclic group"):
        checked_looks(
            [spec(), spec(task={"name": "multiplication", "modulus": 6, "zero": True})],
            ["ring_scan@final/all"],
        )
