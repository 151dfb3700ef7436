"""Looks at one operation of several that are trained together, held against its own examples picked by hand."""

import pytest
import torch

from latebloom.errors import InputError, UnknownNameError
from latebloom.looks import parse_look, subject_of
from latebloom.looks.checking import check_look
from latebloom.measures import class_centroids, embedding_spectrum, group_spectrum
from latebloom.running.looking import place_of
from latebloom.tasks import Mixed
from tests.looks.test_frame import TRANSFORMER, Seen, addition, specs_of

OPERATIONS = ["addition", "multiplication"]


def mixed(modulus=7):
    return {"name": "mixed", "modulus": modulus, "operations": OPERATIONS}


@pytest.fixture(scope="module")
def seen():
    model = {**TRANSFORMER, "embeddings": "shared", "closing": True, "readout": "last"}
    split = {"fraction": 0.3}
    return Seen(specs_of(mixed(), mixed(), mixed(), model=model, split=split))


def own_examples(seen, slot, operation):
    index = seen.population.test[slot]
    token = 7 + OPERATIONS.index(operation)
    return index[seen.population.tokens[slot, index][:, 1] == token]


@pytest.mark.parametrize("operation", OPERATIONS)
def test_the_accuracy_of_an_operation_is_that_of_its_own_test_examples(seen, operation):
    found = seen.take(f"accuracy@logits/{operation}")[f"accuracy@logits/{operation}"]
    for slot in range(3):
        index = own_examples(seen, slot, operation)
        logits = seen.sites(slot, index)["logits"]
        right = (logits.argmax(-1) == seen.population.labels[slot, index]).double().mean()
        assert found[slot] == pytest.approx(right.item())


def test_the_accuracies_of_all_operations_make_up_that_of_the_task(seen):
    found = seen.take(*(f"accuracy@logits/{one}" for one in OPERATIONS), "accuracy@logits")
    for slot in range(3):
        sizes = {one: len(own_examples(seen, slot, one)) for one in OPERATIONS}
        right = sum(found[f"accuracy@logits/{one}"][slot] * size for one, size in sizes.items())
        assert found["accuracy@logits"][slot] == pytest.approx((right / sum(sizes.values())).item())


def test_an_operation_is_measured_on_its_own_group(seen):
    found = seen.take("group_spectrum@final/multiplication")
    logarithms = torch.from_numpy(
        Mixed(7, tuple(OPERATIONS)).table().coordinates["discrete_logarithm"].values
    )
    for slot in range(3):
        index = own_examples(seen, slot, "multiplication")
        points = seen.sites(slot, index)["final"].flatten(1)
        centroids = class_centroids(points, logarithms[seen.population.labels[slot, index]], 6)
        share = group_spectrum(centroids)["spectrum_leading_share"]
        assert found["spectrum_leading_share@final/multiplication"][slot] == pytest.approx(
            share.item(), rel=1e-4
        )


def test_an_embedding_is_read_in_the_order_of_the_operations_group(seen):
    found = seen.take("embedding_spectrum@parameter.tokens/multiplication")
    elements = torch.tensor([1, 3, 2, 6, 4, 5])  # the powers of 3 modulo 7
    for slot in range(3):
        rows = seen.snapshot.named_parameters(slot)["tokens"].reshape(-1, TRANSFORMER["width"])[elements]
        gini = embedding_spectrum(rows)["embedding_gini"]
        name = "embedding_gini@parameter.tokens/multiplication"
        assert found[name][slot] == pytest.approx(gini.item(), rel=1e-5)


def test_an_operation_that_is_not_there_is_refused_with_those_that_are(seen):
    with pytest.raises(UnknownNameError, match=r"known: addition, .*multiplication"):
        check_look(parse_look("accuracy@logits/division"), place_of(seen.specs[0]))
    (alone,) = specs_of(addition())
    with pytest.raises(UnknownNameError, match="no sample 'addition'"):
        check_look(parse_look("accuracy@logits/addition"), place_of(alone))


def test_kernels_of_one_operation_are_refused(seen):
    with pytest.raises(InputError, match="of one operation kernel_alignment is not to be had"):
        check_look(parse_look("kernel_alignment@logits/addition"), place_of(seen.specs[0]))


def test_a_mixture_without_a_group_has_one_for_each_operation():
    subject = subject_of(Mixed(7, ("subtraction", "division")))
    assert subject.order == 0
    orders = {name: own.order for name, own in subject.operations.items()}
    assert orders == {"subtraction": 7, "division": 6}
    assert not subject.operations["division"].whole  # 0 / b is 0, which has no logarithm
