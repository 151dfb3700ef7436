"""A function for processes of the tests."""


def echo(number, *, ready):
    ready()
    return {"number": number}


def fail(*, ready):
    raise SystemExit(3)
