import numpy as np
import pytest

from latebloom.clouds.groups import FEWEST, KINDS, MOST, parse_group
from latebloom.errors import InputError, UnknownNameError
from tests.clouds.clouds import residues


def refused(call, *arguments):
    with pytest.raises(InputError) as caught:
        call(*arguments)
    return str(caught.value)


@pytest.mark.parametrize(
    ("text", "order", "cyclic"),
    [
        ("cyclic:97", 97, True),
        ("multiplicative:97", 96, True),
        ("symmetric:5", 120, False),
        ("cyclic:5", 5, True),
    ],
)
def test_a_group_is_its_kind_and_a_number(text, order, cyclic):
    group = parse_group(text)
    assert (str(group), group.order, group.is_cyclic) == (text, order, cyclic)


def test_the_coordinate_of_a_residue_is_its_logarithm_to_the_smallest_primitive_root():
    group = parse_group("multiplicative:97")
    assert np.array_equal(group.coordinates(residues(range(96))), np.arange(96))
    labels = np.arange(1, 97)
    coordinates = group.coordinates(labels)
    products = np.outer(labels, labels) % 97
    assert np.array_equal(coordinates[products - 1], np.add.outer(coordinates, coordinates) % 96)


def test_the_coordinate_of_a_sum_and_of_a_permutation_is_the_label_in_any_type():
    assert parse_group("cyclic:7").coordinates(np.arange(7, dtype=np.uint8)).dtype == np.int64
    assert parse_group("symmetric:3").coordinates(np.arange(6)[::-1]).tolist() == [5, 4, 3, 2, 1, 0]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("cycle:97", "no group 'cycle'; did you mean 'cyclic'? known: cyclic, multiplicative, symmetric"),
        ("", "no group ''"),
        ("97", "no group '97'"),
        ("cyclic", "got 'cyclic'; write cyclic:97 for labels 0 to 96"),
        ("cyclic:", "got 'cyclic:'"),
        ("cyclic:-5", "got 'cyclic:-5'"),
        ("cyclic:9.5", "got 'cyclic:9.5'"),
        ("cyclic:٩٧", "got 'cyclic:٩٧'"),
        ("cyclic:97:3", "got 'cyclic:97:3'"),
        ("cyclic:99999999999", "got 'cyclic:99999999999'"),
        ("cyclic:4", "it has 4 elements; 5 to 512 can be measured (a ring of fewer has no stride to tell)"),
        ("cyclic:513", "it has 513 elements"),
        ("multiplicative:5", "it has 4 elements"),
        (
            "multiplicative:96",
            "96 is no prime; a prime such as 97 is needed, or cyclic:96 for labels that add up",
        ),
        ("multiplicative:0", "0 is no prime; a prime such as 7 is needed"),
        ("multiplicative:999999937", "it has 999,999,936 elements"),
        ("symmetric:6", "the permutations of 3, 4 or 5 things can be measured"),
    ],
)
def test_what_is_no_group_is_refused(text, message):
    assert message in refused(parse_group, text)


def test_an_unknown_kind_is_an_unknown_name_and_the_kinds_are_those_that_exist():
    with pytest.raises(UnknownNameError):
        parse_group("dihedral:5")
    for kind, description in KINDS.items():
        assert parse_group(description.split()[0]).kind == kind
    assert parse_group(f"cyclic:{FEWEST}").order == FEWEST
    assert parse_group(f"cyclic:{MOST}").order == MOST


@pytest.mark.parametrize(
    ("text", "labels", "message"),
    [
        ("cyclic:50", np.arange(97), "got the label 50; labels from 0 to 49 are needed; cyclic:97 would fit"),
        (
            "cyclic:120",
            np.arange(97),
            "got no sample of 23 of its 120 classes, such as 97; at least one of each",
        ),
        ("cyclic:120", np.arange(97), "is needed; cyclic:97 would fit"),
        ("cyclic:97", np.arange(-1, 96), "got the label -1; labels from 0 to 96 are needed"),
        ("multiplicative:97", np.arange(96), "got the label 0; labels from 1 to 96 are needed"),
        ("multiplicative:97", np.arange(1, 98), "got the label 97; labels from 1 to 96 are needed"),
        (
            "multiplicative:101",
            np.arange(1, 97),
            "such as 97; at least one of each is needed; multiplicative:97",
        ),
        ("symmetric:3", np.arange(7), "got the label 6; labels from 0 to 5 are needed"),
        ("cyclic:9", np.array([0, 3, 7]), "got no sample of 6 of its 9 classes, such as 1"),
        ("cyclic:9", np.zeros(0, int), "got no sample of 9 of its 9 classes"),
    ],
)
def test_labels_that_do_not_fit_are_refused_with_what_would(text, labels, message):
    assert message in refused(parse_group(text).coordinates, labels)


def test_no_group_is_named_where_none_would_fit():
    assert "would fit" not in refused(parse_group("cyclic:50").coordinates, np.array([0, 1, 77]))
    assert "would fit" not in refused(parse_group("multiplicative:97").coordinates, np.arange(1, 200))
    assert "would fit" not in refused(parse_group("cyclic:50").coordinates, np.array([0, 1, 2]))
