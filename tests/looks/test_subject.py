import numpy as np
import pytest

from latebloom.looks import subject_of
from latebloom.looks.subject import LARGEST_TABLE
from latebloom.tasks import (
    Addition,
    Division,
    Group,
    Mixed,
    Multiplication,
    Polynomial,
    Relabelled,
    Subtraction,
    SymmetricGroup,
)

CYCLIC = [
    (Addition(7), 7),
    (Subtraction(6), 6),
    (Multiplication(7), 6),
    (Multiplication(7, zero=True), 6),
    (Division(11), 10),
    (Group.example(), 6),
    (Mixed(7, ("multiplication", "division")), 6),
    (Mixed(6, ("addition", "subtraction")), 6),
    (Relabelled(Addition(7), 3), 7),
    (Polynomial(6, ((1, 2, 0), (1, 0, 1))), 6),
]


@pytest.mark.parametrize(("task", "order"), CYCLIC, ids=lambda value: getattr(value, "name", value))
def test_each_element_of_the_cyclic_group_is_a_class(task, order):
    subject = subject_of(task)
    assert subject.order == order
    assert subject.cyclic
    assert sorted(subject.places[subject.places >= 0]) == list(range(order))
    assert subject.places[subject.elements].tolist() == list(range(order))


@pytest.mark.parametrize(
    "task",
    [
        Addition(7),
        Subtraction(6),
        Multiplication(7),
        Multiplication(7, zero=True),
        Division(11),
        Group.example(),
    ],
)
def test_the_label_of_a_pair_stands_at_the_sum_of_its_places(task):
    subject, table = subject_of(task), task.table()
    element = np.arange(subject.order)
    found = subject.places[table.labels[subject.pairs]]
    assert (found == (element[:, None] + element) % subject.order).all()
    assert len(np.unique(subject.pairs)) == subject.order**2


def test_a_polynomial_is_no_sum():
    assert subject_of(Subtraction(6)).summed
    assert subject_of(Relabelled(Division(11), 3)).summed
    assert not subject_of(Polynomial(6, ((1, 2, 0), (1, 0, 1)))).summed


def test_the_table_of_a_relabelled_task_lies_as_that_of_the_task():
    assert (subject_of(Relabelled(Addition(7), 3)).pairs == subject_of(Addition(7)).pairs).all()


def test_a_group_that_is_not_cyclic_has_its_multiplication_table():
    subject, table = subject_of(SymmetricGroup(3)), SymmetricGroup(3).table()
    assert not subject.cyclic
    assert subject.order == 6
    assert (table.labels[subject.pairs] == subject.products).all()
    assert (subject_of(Relabelled(SymmetricGroup(3), 1)).products == subject.products).all()


@pytest.mark.parametrize("task", [Multiplication(6, zero=True), Mixed(7, ("addition", "multiplication"))])
def test_what_has_no_group_has_no_order(task):
    assert subject_of(task).order == 0
    assert not subject_of(task).cyclic


def test_classes_without_a_place_count_only_where_they_occur():
    assert subject_of(Multiplication(7)).whole
    assert not subject_of(Multiplication(7, zero=True)).whole
    assert not subject_of(Division(7)).whole


def test_a_table_that_is_too_large_is_not_looked_at_whole():
    large = int(LARGEST_TABLE**0.5) + 1
    assert subject_of(Addition(large)).pairs is None
    assert subject_of(Addition(large)).order == large


def test_equal_tasks_share_one_subject():
    assert subject_of(Addition(7)) is subject_of(Addition(7))
