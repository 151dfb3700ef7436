"""The propositions with which an account of grokking as manifold discovery argues, each shown in numbers."""

from __future__ import annotations

from latebloom import propositions
from latebloom.study import Claim, ClosedForm, Scale, Study

EXACT = 1e-6
"""For what is computed by a recursion or a linear system: rounding, and differences in place of derivatives."""

COUNTED = 0.0
"""For what is counted."""

CLAIMS = (
    Claim(
        name="descent-contracts",
        statement="Gradient descent on a loss with an L2 penalty contracts, at every step by 1 - rate * decay, "
        "whatever the loss does not depend on.",
        where="section 3.6, lemma 3.1",
        published="w(t+1) = (1 - rate * decay) w(t) - rate * gradient of the loss",
        computed=propositions.gradient_descent_contracts,
        measured="length of the weights in directions that the data do not reach, over 100 steps on a logistic loss "
        "whose penalised form is differentiated numerically",
        rule=ClosedForm(tolerance=EXACT),
    ),
    Claim(
        name="descent-is-two-parts",
        statement="A step on the penalised loss is a shrinking of all weights plus a step on the loss alone.",
        where="section 3.6, lemma 3.1",
        published="w(t+1) = (1 - rate * decay) w(t) - rate * gradient of the loss",
        computed=propositions.gradient_descent_shrinks_and_descends,
        measured="distance between a step on the numerically differentiated penalised loss and the two parts, from "
        "eight places, relative to the weights",
        rule=ClosedForm(tolerance=EXACT),
    ),
    Claim(
        name="adamw-contracts",
        statement="Adam with decoupled decay contracts what the loss does not depend on by 1 - rate * decay a step.",
        where="section 3.6, note on AdamW and L2",
        published="w(t+1) = (1 - rate * decay) w(t) - rate * Adam(gradient)",
        computed=propositions.decoupled_decay_contracts,
        measured="length of the weights of inputs that are always 0, over 200 steps of Adam, written out",
        rule=ClosedForm(tolerance=EXACT),
    ),
    Claim(
        name="adam-is-not-the-same",
        statement="With decay coupled to the gradient Adam does not contract in proportion: its first step moves what "
        "the loss does not depend on by the rate, whatever the decay.",
        where="section 3.6, note on AdamW and L2",
        published='"not entirely equivalent" to the penalised loss under adaptive rates',
        computed=propositions.coupled_decay_under_adam,
        measured="first move of the weights of inputs that are always 0, at decays from 0.001 to 1; a contraction in "
        "proportion would differ by a factor of 1000",
        rule=ClosedForm(tolerance=1e-3),
    ),
    Claim(
        name="ridge-formula",
        statement="The optimum of ridge regression is (X'X + n * penalty * I)^-1 X'y.",
        where="section 3.6, proposition 3.2",
        published="w = (X'X + n * penalty * I)^-1 X'y",
        computed=propositions.ridge_is_its_formula,
        measured="distance of the end of 3000 steps of gradient descent from the formula, 20 examples of 50 inputs",
        rule=ClosedForm(tolerance=EXACT),
    ),
    Claim(
        name="ridge-tends-to-shortest",
        statement="As the penalty vanishes, ridge regression tends to X'(XX')^-1 y.",
        where="section 3.6, proposition 3.2",
        published="the limit is X'(XX')^-1 y",
        computed=propositions.ridge_tends_to_the_shortest,
        measured="distance of ridge solutions, solved as least squares, from the limit at penalties from 0.1 to 1e-7, "
        "beside its closed form; and that the last is 0",
        rule=ClosedForm(tolerance=1e-5),
    ),
    Claim(
        name="shortest-interpolant",
        statement="X'(XX')^-1 y fits the data and is the shortest vector that does.",
        where="section 3.6, proposition 3.2",
        published="w = X'(XX')^-1 y",
        computed=propositions.shortest_interpolant_is_its_formula,
        measured="distance from the formula of another interpolant, less all that changes no output",
        rule=ClosedForm(tolerance=EXACT),
    ),
    Claim(
        name="separable-diverges",
        statement="Without decay the weights of a logistic regression on separable data grow without bound.",
        where="section 3.6, proposition 3.3, first part",
        published="no finite optimum",
        computed=propositions.separable_weights_diverge,
        measured="growth of the length per factor e of the step between steps 10,000 and 40,000 of gradient descent, "
        "beside 1 / margin, the margin found by trying directions",
        rule=ClosedForm(tolerance=0.01),
    ),
    Claim(
        name="decay-bounds",
        statement="With decay they are bounded: the length r at the optimum solves decay * r = |x| / (1 + e^(r|x|)).",
        where="section 3.6, proposition 3.3, second part",
        published="a finite optimum",
        computed=propositions.decay_bounds_separable_weights,
        measured="length at the end of gradient descent on two opposite examples, decays from 1 to 0.001",
        rule=ClosedForm(tolerance=EXACT),
    ),
    Claim(
        name="decayed-optimum-is-one",
        statement="With decay there is one optimum, no longer than sqrt(2 log 2 / decay).",
        where="section 3.6, proposition 3.3, second part",
        published="exactly one optimum",
        computed=propositions.decayed_optimum_is_one,
        measured="distances between the ends of gradient descent from twelve starts, and the length beyond the bound",
        rule=ClosedForm(tolerance=EXACT),
    ),
    Claim(
        name="label-alone",
        statement="A representation of pairs that depends on a + b mod p alone has p points.",
        where="section 3.6, proposition 3.4",
        published="at most p points",
        computed=propositions.label_alone_has_few_points,
        measured="points told apart after a random layer on the convolution of the operands' codes, p from 5 to 97",
        rule=ClosedForm(tolerance=COUNTED),
    ),
    Claim(
        name="pairs-remembered",
        statement="One that remembers its pair has p^2, so the bound says something.",
        where="section 3.6, proposition 3.4",
        published="no longer proportional to p^2",
        computed=propositions.pairs_have_many_points,
        measured="points told apart after a random layer on the operands' codes side by side, p from 5 to 97",
        rule=ClosedForm(tolerance=COUNTED),
    ),
    Claim(
        name="label-on-a-circle",
        statement="If it goes through the circle, its points lie on a closed line of one dimension.",
        where="section 3.6, proposition 3.4",
        published="a circle",
        computed=propositions.label_on_a_circle,
        measured="distances to the two nearest points, and the steps of a walk along nearest points until it closes; "
        "of products of cosines and sines of a and b, p = 97, four frequencies",
        rule=ClosedForm(tolerance=EXACT),
    ),
    Claim(
        name="smoothness-shrinks",
        statement="A penalty a on the squared slope shrinks frequency m of a fit on the circle by 1 / (1 + a m^2).",
        where="section 3.7, proposition 3.6",
        published="higher frequencies are penalised more, as m^2",
        computed=propositions.smoothness_shrinks_frequencies,
        measured="share kept of each frequency from 1 to 12 when the problem is solved on 1024 places",
        rule=ClosedForm(tolerance=1e-3),
    ),
)

PROTOCOL = """\
No networks are trained. Each proposition is computed by a way that does not presuppose it (a recursion is run, a
system solved, points counted) and compared with what it says in closed form. A claim is refuted as soon as one number
is farther off than its tolerance.

The source proves the lemma on decay for gradient descent and says that it does not carry over exactly to AdamW: both
forms of decay are shown, and that they differ. The growth as log(step) / margin in the claim on separable data is
Soudry et al. 2018 (arXiv:1710.10345); the source says only that there is no finite optimum. Propositions 3.5 and those
about trained networks are put to the test by the study of that source's experiments.

All scales are the same: there is nothing to make smaller."""

ABOUT = "all propositions; seconds"

STUDY = Study(
    name="theory",
    question="Do the propositions hold by which decay, margins and smoothness are to explain grokking?",
    source="Jin and Zhao, Grokking as manifold discovery, sections 3.6 and 3.7",
    protocol=PROTOCOL,
    claims=CLAIMS,
    scales={name: Scale((), ABOUT) for name in ("smoke", "laptop", "paper")},
)
