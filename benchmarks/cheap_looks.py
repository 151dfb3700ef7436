"""Every look that training waits for: each measure once, at the first site at which it can be taken."""

from latebloom.errors import InputError
from latebloom.looks import Look, parse_look
from latebloom.looks.checking import check_look
from latebloom.looks.place import Place
from latebloom.measures import MEASURES
from latebloom.measures.applying import takes
from latebloom.running.looking import place_of
from latebloom.spec import Spec

FIRST = ("final", "logits", "parameters", "parameters/train")


def cheap_looks(spec: Spec) -> tuple[Look, ...]:
    """List the looks of all measures that can be taken of this spec and are not dear."""
    place = place_of(spec)
    sites = (*FIRST, *(site for site in place.known if site not in FIRST))
    candidates = ([parse_look(f"{measure}@{site}") for site in sites] for measure in MEASURES)
    found = (next((look for look in looks if _fits(look, place)), None) for looks in candidates)
    return tuple(look for look in found if look is not None)


def _fits(look: Look, place: Place) -> bool:
    if look.dear or not takes(look.measure).required:
        return False
    try:
        check_look(look, place)
    except InputError:
        return False
    return True
