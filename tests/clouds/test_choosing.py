import numpy as np
import pytest

from latebloom.clouds import choose
from latebloom.errors import InputError, UnknownNameError

CLOUD, ROW = np.zeros((6, 2), "f4"), np.arange(6)


def chosen(**arrays):
    found = choose(arrays)
    return found.points_name, found.labels_name


def test_the_only_array_with_two_axes_is_the_cloud_whatever_its_type():
    assert chosen(a=CLOUD, b=np.zeros((2, 2, 2)), c=ROW) == ("a", "c")
    assert chosen(a=CLOUD.astype(int)) == ("a", "")


def test_of_several_the_first_of_floating_point_is_taken_and_the_others_are_named():
    found = choose({"table": CLOUD.astype(int), "hidden": CLOUD, "more": CLOUD})
    assert found.points_name == "hidden"
    assert found.reasons[0].endswith("the first array with two axes; --points names another: 'table', 'more'")
    assert chosen(a=CLOUD.astype(int), b=CLOUD.astype(int)) == ("a", "")


@pytest.mark.parametrize("name", ["labels", "label", "y"])
def test_labels_are_found_by_their_name_even_if_they_do_not_fit(name):
    assert chosen(hidden=CLOUD, other=ROW, **{name: np.arange(5)}) == ("hidden", name)


def test_a_nameless_row_is_taken_only_if_it_fits_and_is_the_only_one():
    assert chosen(hidden=CLOUD, sums=ROW, steps=np.arange(9), times=np.zeros(6)) == ("hidden", "sums")
    assert chosen(hidden=CLOUD, steps=np.arange(9)) == ("hidden", "")
    found = choose({"hidden": CLOUD, "a": ROW, "b": ROW})
    assert found.labels is None
    assert found.reasons[1] == "labels: none (--labels chooses one of 'a', 'b')"


def test_what_is_named_is_taken():
    arrays = {"hidden": CLOUD, "other": CLOUD + 1, "a": ROW, "labels": ROW + 1}
    found = choose(arrays, "other", "a")
    assert (found.points_name, found.labels_name) == ("other", "a")
    assert found.points is arrays["other"]
    assert set(found.others) == {"hidden", "labels"}
    assert found.reasons == ("points: 'other' (6, 2) float32", "labels: 'a' (6,) int64")


def test_an_array_named_as_labels_is_not_taken_for_the_cloud():
    assert choose({"a": CLOUD, "b": CLOUD}, labels="a").points_name == "b"


@pytest.mark.parametrize("options", [{"points": "hiden"}, {"labels": "hiden"}])
def test_an_unknown_name_is_refused_with_the_nearest(options):
    with pytest.raises(UnknownNameError, match="no array 'hiden'; did you mean 'hidden'"):
        choose({"hidden": CLOUD, "labels": ROW}, **options)


def test_a_file_without_a_cloud_is_refused_with_what_is_in_it():
    with pytest.raises(InputError, match=r"got 'a' \(6,\) int64, 'b' \(1, 2, 3\) float64; an array with two"):
        choose({"a": ROW, "b": np.zeros((1, 2, 3))})
    with pytest.raises(InputError, match="and 2 more; an array"):
        choose({str(number): ROW for number in range(10)})
