"""The description leaves no address out, says what comes back, and nothing that it allows makes the server fail."""

import json
import os

import httpx
import jsonschema_rs
import pytest
import schemathesis
from hypothesis import HealthCheck, given, reject, settings
from hypothesis import strategies as st

from latebloom.web.application import PLACES
from latebloom.web.description import FIELDS, described
from latebloom.web.jobs import Jobs
from latebloom.web.shapes import schema
from tests.views.labs import damage_log, make, ten
from tests.web.live import LiveServer

CASES = int(os.environ.get("LATEBLOOM_TEST_CASES", "2000"))
SCHEMA = schemathesis.openapi.from_dict(described(PLACES))


def test_the_served_description_is_valid_and_has_every_address(server):
    answer = server.ask("/api/openapi.json").json()
    assert set(answer["paths"]) == {place.path for place in PLACES if place.path.startswith("/api/")}
    assert answer == json.loads(json.dumps(described(PLACES)))
    SCHEMA.validate()
    read = {name for place in PLACES for name in place.fields}
    assert read == set(FIELDS)


def test_a_shape_that_is_no_plain_data_cannot_be_described():
    with pytest.raises(TypeError, match="no shape of plain data"):
        schema(bytes)


@pytest.fixture(scope="module")
def live(tmp_path_factory):
    """A server of ten runs, one of them damaged, that may be controlled but starts nothing."""
    lab = make(tmp_path_factory.mktemp("described") / "lab")
    damage_log(lab, ten(lab)[2])
    jobs = Jobs()
    jobs.start = lambda *_, **__: None
    with LiveServer(lab, control=True, jobs=jobs) as server:
        server.context.feed.close()  # its streams end at once
        yield server


def operations():
    return [result.ok() for result in SCHEMA.get_all_operations()]


def cases(operation):
    """Give what the description allows, and where there is anything to get wrong, what it does not."""
    right = operation.as_strategy()
    if not operation.query and not operation.body:
        return right
    return st.one_of(right, operation.as_strategy(generation_mode=schemathesis.GenerationMode.NEGATIVE))


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_nothing_that_the_description_allows_and_nothing_else_makes_the_server_fail(live):
    failures, asked = [], []
    with httpx.Client(base_url=live.address, timeout=60) as client:
        for operation in operations():
            player(client, live, operation, asked, failures)()
    assert failures == []
    assert len(asked) >= CASES


def player(client, live, operation, asked, failures):
    """Make the function that plays an operation's share of the cases; every second one names a run that there is."""
    each = -(-CASES // len(operations())) + 5
    runs = st.none() | st.sampled_from(live.context.lab.run_ids())

    @settings(max_examples=each, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(case=cases(operation), run=runs)
    def play(case, run):
        query = dict(case.query) if isinstance(case.query, dict) else {}
        query |= {key: run for key in query.keys() & {"run", "runs"} if run}
        headers = {**live.key, **({"x-latebloom": "1"} if case.method.upper() == "POST" else {})}
        try:
            answer = client.request(
                case.method, case.path, params=query, headers=headers, content=body_of(case)
            )
        except httpx.InvalidURL:
            reject()  # longer than the client itself sends
        asked.append(case.path)
        if problem := problem_of(operation, answer):
            failures.append((problem, case.method, case.path, query, body_of(case)))

    return play


def body_of(case):
    missing = isinstance(case.body, schemathesis.core.NotSet)
    return None if missing else json.dumps(case.body, default=str).encode("utf-8", "surrogatepass")


def problem_of(operation, answer):
    """Say what is wrong with an answer: the server failed, or it is not of the shape that is described."""
    described_ = operation.definition.raw["responses"].get(str(answer.status_code))
    if answer.status_code >= 500 or described_ is None:
        return answer.status_code, answer.text[:300]
    kind = answer.headers["content-type"].partition(";")[0]
    if answer.status_code == 200 and kind == "application/json":
        shape = described_["content"]["application/json"]["schema"]
        return next(
            (error.message for error in jsonschema_rs.validator_for(shape).iter_errors(answer.json())), None
        )
    return None if kind in described_["content"] else f"{kind} is not described"
