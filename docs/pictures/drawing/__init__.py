"""The pictures of docs/measures, a module per family whose `draw` takes the trained runs and returns a figure."""

FAMILIES = (
    "accuracy",
    "activations",
    "attention",
    "dimension",
    "fourier",
    "gradients",
    "groups",
    "representations",
    "stages",
    "theories",
    "topology",
    "weights",
)
