import pytest
import torch

from latebloom.errors import InputError, UnknownNameError
from latebloom.looks import DEAR, Look, parse_look, parse_looks
from latebloom.measures.applying import apply, takes
from latebloom.measures.contract.vocabulary import draw

TEXTS = [
    "ring_scan@final",
    "ring_scan@final:5000",
    "linear_dimensions@block0.attention/train",
    "weight_spectrum@parameter.readout.weight:1000",
    "coset_purity(quotient=12,space=umap)@final/all:20",
    "twonn_dimension(discard=0.25)@hidden",
]


@pytest.mark.parametrize("text", TEXTS)
def test_a_look_is_written_as_it_was_read(text):
    assert parse_look(text).text == text


def test_all_parts_of_a_look_are_read():
    assert parse_look(" coset_purity( quotient=12, space = umap )@final/all:1_000 ") == Look(
        "coset_purity", "final", "all", 1000, (("quotient", 12), ("space", "umap"))
    )
    options = parse_look("x(a=true,b=-3,c=1e-3,d=word)@final").options
    assert [value for _, value in options] == [True, -3, 0.001, "word"]


@pytest.mark.parametrize(
    "text",
    ["", "ring_scan", "ring_scan@", "@final", "ring_scan@final:x", "ring_scan@final:-5", "a b@final", "a@final/",
     "ring_scan@final@final", "x(a)@final", "x(a=1,a=2)@final", "x(=1)@final", "ring_scan@final:0", "r@f\n:5",
     "a@" + "x" * 300, "../x@final", "ring_scan@final:" + "9" * 30],
)  # fmt: skip
def test_what_is_no_look_is_refused_in_one_line(text):
    with pytest.raises(InputError) as refused:
        parse_look(text)
    assert "\n" not in str(refused.value)


def test_a_sample_that_there_is_not_is_refused_with_those_that_there_are():
    with pytest.raises(UnknownNameError, match="no sample 'training'; did you mean 'train'"):
        parse_look("ring_scan@final/training")


def test_a_look_asked_for_twice_is_taken_once():
    assert len(parse_looks(["ring_scan@final", "ring_scan@final ", "ring_scan@final:5"])) == 2


def test_numbers_of_several_sites_samples_and_options_have_names_of_their_own():
    texts = (
        "m@final",
        "m@hidden",
        "m@final/train",
        "m@final/all",
        "m(k=1)@final",
        "m(k=2)@final",
        "m(k=1)@hidden",
    )
    assert len({parse_look(text).named("p") for text in texts}) == 7
    assert parse_look("m@final:500").named("p") == parse_look("m@parameters").named("p") == "p"
    assert parse_look("m(k=2)@block0/all").named("p") == "p(k=2)@block0/all"


def test_a_look_is_due_at_multiples_of_its_steps():
    assert [step for step in range(0, 31, 5) if parse_look("m@final:10").due(step)] == [0, 10, 20, 30]
    assert all(parse_look("m@final").due(step) for step in range(5))


CALLED = {"loss": lambda parameters: parameters.square().sum(-1), "samples": 50}


@pytest.mark.parametrize("measure", DEAR)
def test_the_mark_of_a_dear_measure_is_one_of_the_numbers_that_it_gives(measure):
    given = {name: draw(name) for name in takes(measure).required if name not in CALLED}
    given |= {name: CALLED[name] for name in takes(measure).required if name in CALLED}
    assert isinstance(apply(measure, given)[DEAR[measure]], torch.Tensor)
    assert parse_look(f"{measure}@hidden").mark == f"{DEAR[measure]}@hidden"
