"""Number theory for small moduli: primes, primitive roots, discrete logarithms."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from latebloom.errors import InputError


def is_prime(number: int) -> bool:
    """Tell whether a number is prime, by trial division (about sqrt(number) steps: not for huge numbers).

    >>> [number for number in range(20) if is_prime(number)]
    [2, 3, 5, 7, 11, 13, 17, 19]
    """
    return number >= 2 and all(number % factor for factor in range(2, math.isqrt(number) + 1))


def divisors(number: int) -> tuple[int, ...]:
    """List the divisors of a positive number, rising.

    >>> divisors(96)
    (1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 96)
    """
    small = [factor for factor in range(1, math.isqrt(number) + 1) if number % factor == 0]
    return tuple(sorted({*small, *(number // factor for factor in small)}))


def smallest_primitive_root(prime: int) -> int:
    """Find the smallest g whose powers are all of 1..prime-1, modulo `prime`.

    Raises:
        InputError: `prime` is not a prime.

    >>> smallest_primitive_root(97)
    5
    """
    _require_prime(prime)
    factors = [factor for factor in divisors(prime - 1) if is_prime(factor)]
    return next(
        root
        for root in range(1, prime)
        if all(pow(root, (prime - 1) // factor, prime) != 1 for factor in factors)
    )


def discrete_logarithms(prime: int) -> NDArray[np.int64]:
    """Tabulate k with g**k = residue modulo `prime`, g the smallest primitive root. Shape (prime,).

    Values are 0..prime-2, and -1 for the residue 0, which has no logarithm.

    Raises:
        InputError: `prime` is not a prime.

    >>> discrete_logarithms(7)
    array([-1,  0,  2,  1,  4,  5,  3])
    """
    root = smallest_primitive_root(prime)
    logarithms = np.full(prime, -1, dtype=np.int64)
    power = 1
    for exponent in range(prime - 1):
        logarithms[power] = exponent
        power = power * root % prime
    return logarithms


def written(number: int) -> str:
    """Write a whole number of any size for a message; a huge one by its order of magnitude.

    Python refuses to write more than 4300 digits, and a specification can hold such a number.

    >>> written(4_000_000), written(-(10**30))
    ('4,000,000', 'about -10^30')
    """
    if abs(number) < 10**15:
        return f"{number:,}"
    return f"about {'-' if number < 0 else ''}10^{round(math.log10(abs(number)))}"


def _require_prime(number: int) -> None:
    if not is_prime(number):
        raise InputError(f"{written(number)} is not prime; primitive roots are defined here for primes only")
