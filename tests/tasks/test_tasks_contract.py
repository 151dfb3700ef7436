"""What every task on the shelf promises; a new one is found here by itself."""

import dataclasses
import subprocess
import sys

import numpy as np
import pytest

from latebloom.tasks import MAXIMUM_EXAMPLES, TASKS, Table, Task

every_task = pytest.mark.parametrize("task", [kind.example() for kind in TASKS.values()], ids=list(TASKS))

# How the named coordinate of a label follows from those of the first and the last token.
LAWS = {
    ("addition", "residue"): lambda a, b: a + b,
    ("subtraction", "residue"): lambda a, b: a - b,
    ("multiplication", "residue"): lambda a, b: a * b,
    ("multiplication", "discrete_logarithm"): lambda a, b: a + b,
    ("division", "discrete_logarithm"): lambda a, b: a - b,
    ("symmetric-group", "sign"): lambda a, b: a + b,
    ("group", "index"): lambda a, b: a + b,
}


def same_tables(one: Table, other: Table) -> bool:
    arrays = all(
        np.array_equal(getattr(one, name), getattr(other, name)) for name in ("tokens", "labels", "partners")
    )
    coordinates = one.coordinates.keys() == other.coordinates.keys() and all(
        np.array_equal(one.coordinates[name].values, other.coordinates[name].values)
        and one.coordinates[name].order == other.coordinates[name].order
        for name in one.coordinates
    )
    return arrays and coordinates and (one.vocabulary, one.classes) == (other.vocabulary, other.classes)


def test_every_task_stands_on_the_shelf_under_its_own_name():
    assert [kind.name for kind in TASKS.values()] == list(TASKS)
    assert len(set(TASKS.values())) == len(TASKS)


@every_task
def test_a_task_is_a_frozen_hashable_value_of_its_class(task: Task):
    assert type(task) is TASKS[task.name]
    assert dataclasses.is_dataclass(task)
    field = dataclasses.fields(task)[0].name
    with pytest.raises(dataclasses.FrozenInstanceError):
        setattr(task, field, None)
    assert task == type(task).example()
    assert hash(task) == hash(type(task).example())


@every_task
def test_the_table_has_the_sizes_that_the_formulas_say(task: Task):
    table = task.table()
    assert table.tokens.shape == (task.examples, task.length)
    assert table.labels.shape == table.partners.shape == (task.examples,)
    assert (table.vocabulary, table.classes) == (task.vocabulary, task.classes)
    assert 2 <= task.examples <= MAXIMUM_EXAMPLES
    assert {array.dtype for array in (table.tokens, table.labels, table.partners)} == {np.dtype(np.int64)}


@every_task
def test_tokens_are_in_the_vocabulary_and_labels_among_the_classes(task: Task):
    table = task.table()
    assert table.tokens.min() >= 0
    assert table.tokens.max() < table.vocabulary
    assert table.labels.min() >= 0
    assert table.labels.max() < table.classes


@every_task
def test_no_example_stands_twice_in_the_table(task: Task):
    tokens = task.table().tokens
    assert len(np.unique(tokens, axis=0)) == len(tokens)


@every_task
def test_partners_are_an_involution_that_swaps_the_operands(task: Task):
    table = task.table()
    examples = {tuple(row): index for index, row in enumerate(table.tokens.tolist())}
    for index, row in enumerate(table.tokens.tolist()):
        partner = int(table.partners[index])
        assert table.partners[partner] == index
        assert partner == examples.get((row[-1], *row[1:-1], row[0]), index)


@every_task
def test_coordinates_place_each_class_on_their_group_or_nowhere(task: Task):
    for coordinate in task.table().coordinates.values():
        assert coordinate.values.shape == (task.classes,)
        assert coordinate.values.dtype == np.int64
        placed = coordinate.values[coordinate.values != -1]
        assert coordinate.order >= 1
        assert sorted(set(placed.tolist())) == list(range(coordinate.order))


@every_task
def test_coordinates_follow_the_operation(task: Task):
    table = task.table()
    for name, coordinate in table.coordinates.items():
        law = LAWS.get((task.name, name))
        if law is None:
            continue
        a, b, label = (
            coordinate.values[tokens] for tokens in (table.tokens[:, 0], table.tokens[:, -1], table.labels)
        )
        placed = (a >= 0) & (b >= 0)
        assert placed.any()
        assert np.array_equal(label[placed], law(a, b)[placed] % coordinate.order)


def test_every_law_is_about_a_coordinate_that_its_task_has():
    for name, coordinate in LAWS:
        assert coordinate in TASKS[name].example().table().coordinates


@every_task
def test_the_same_settings_give_the_same_table(task: Task):
    assert same_tables(task.table(), type(task).example().table())


def test_the_shelf_can_be_read_without_torch():
    code = "import sys, latebloom.tasks; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
