"""Answers are made once for all who ask the same, and old ones do not pile up."""

import threading

from latebloom.web.answers import Body
from latebloom.web.kept import Kept


def body(text):
    return Body(text.encode())


def test_an_answer_is_made_once_until_what_it_is_made_from_changes():
    kept, made = Kept(), []

    def ask(state):
        return kept.get("question", state, lambda: made.append(state) or body(f"of {state}")).data

    assert [ask(1), ask(1), ask(2), ask(2), ask(1)] == [b"of 1", b"of 1", b"of 2", b"of 2", b"of 1"]
    assert made == [1, 2, 1]


def test_of_each_question_only_the_newest_answer_takes_memory():
    kept = Kept()
    for state in range(1000):
        kept.get("question", state, lambda: body("x" * 1000))
    assert sum(len(one.data) for _, one in kept._bodies.values()) == 1000


def test_answers_that_were_asked_for_longest_ago_go_first_where_memory_is_short():
    kept, made = Kept(memory=25), []

    def ask(question):
        return kept.get(question, 0, lambda: made.append(question) or body("x" * 10))

    for question in ("a", "b", "a", "c", "a", "b"):
        ask(question)
    assert made == ["a", "b", "c", "b"]


def test_ten_who_ask_at_once_wait_for_one_that_makes_the_answer():
    kept, made, together = Kept(), [], threading.Barrier(10)

    def ask():
        together.wait()
        kept.get("question", 0, lambda: made.append(1) or body("x"))

    askers = [threading.Thread(target=ask) for _ in range(10)]
    for asker in askers:
        asker.start()
    for asker in askers:
        asker.join()
    assert made == [1]
