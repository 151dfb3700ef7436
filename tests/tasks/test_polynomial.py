import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from latebloom.errors import SpecError
from latebloom.tasks import Addition, Polynomial

terms = st.dictionaries(
    st.tuples(st.integers(0, 64), st.integers(0, 64)).filter(any),
    st.integers(-(10**9), 10**9),
    min_size=1,
    max_size=5,
)


@settings(max_examples=50)
@given(modulus=st.integers(2, 13), terms=terms)
def test_labels_are_the_values_of_the_polynomial_over_the_integers(
    modulus: int, terms: dict[tuple[int, int], int]
):
    given_terms = tuple((c, i, j) for (i, j), c in terms.items() if c % modulus)
    if not given_terms:
        return
    table = Polynomial(modulus, given_terms).table()
    expected = [
        sum(c * a**i * b**j for c, i, j in given_terms) % modulus
        for a in range(modulus)
        for b in range(modulus)
    ]
    assert table.labels.tolist() == expected


def test_a_plus_b_is_addition():
    assert (Polynomial(50, ((1, 1, 0), (1, 0, 1))).table().labels == Addition(50).table().labels).all()


@pytest.mark.parametrize(
    ("terms", "path", "words"),
    [
        ((), "terms", "0 terms were given; 1 to 32 are possible"),
        (tuple((1, i, 1) for i in range(33)), "terms", "33 terms"),
        (((1, 1, 0), (1, -1, 0)), "terms[1][1]", "-1 is out of range; a power is from 0 to 64"),
        (((1, 0, 10**30),), "terms[0][2]", "about 10^30 is out of range"),
        (((10**9 + 1, 1, 0),), "terms[0][0]", "1,000,000,001 is out of range"),
        (((-194, 1, 0),), "terms[0][0]", "-194 is 0 modulo 97, so the term has no effect"),
        (((0, 1, 0),), "terms[0][0]", "0 is 0 modulo 97"),
        (((1, 1, 0), (2, 1, 0)), "terms[1]", "has the powers of terms[0]"),
        (((1, 0, 0),), "terms", "the polynomial is constant"),
    ],
)
def test_terms_that_cannot_be_are_refused_where_they_stand(
    terms: tuple[tuple[int, int, int], ...], path: str, words: str
):
    with pytest.raises(SpecError) as caught:
        Polynomial(97, terms)
    assert caught.value.path == path
    assert words in str(caught.value)


def test_the_modulus_is_bounded_as_for_addition():
    with pytest.raises(SpecError, match="so a modulus up to 2,000"):
        Polynomial(2001, ((1, 1, 1),))
