"""Kernels of a watched model, and what is measured around its weights."""

import copy

import pytest
import torch
from torch import nn
from torch.func import functional_call, jacrev

from latebloom.errors import InputError
from latebloom.measures import kernel_alignment, kernel_distance
from latebloom.measures.functions import tangent_kernel
from latebloom.watching import function as functions
from latebloom.watching.function import differentiable
from latebloom.watching.instruments import Instruments
from latebloom.watching.measuring import Plan
from latebloom.watching.probe import Probe
from latebloom.watching.sites import checked_sites
from tests.watching.strangers import LABELS, PAIRS, hooks_of, stranger, training
from tests.watching.test_undisturbed import Counting, states

KERNELS = [
    "kernel_alignment(examples=9)",
    "kernel_target_alignment(examples=9)",
    "kernel_distance(examples=9)",
]
AROUND = ["sharpness(iterations=3)", "local_learning_coefficient(draws=2,burn_in=2,chains=2,examples=50)"]


def instruments(model, measures, inputs=PAIRS, labels=LABELS):
    site = next(name for name, _ in model.named_modules() if name)
    plan = Plan.of(measures, labels=labels is not None, elements=None)
    return Instruments(plan, Probe.of(inputs, labels), checked_sites(model, [site]))


def rows_of(model, inputs=PAIRS, index=None):
    """The model in evaluation mode as a function of a row of its trained parameters and of samples."""
    calm = copy.deepcopy(model).eval()
    named = [(name, value) for name, value in calm.named_parameters() if value.requires_grad]

    def outputs(row, samples):
        parts = row.split([value.numel() for _, value in named])
        own = {name: part.view(value.shape) for (name, value), part in zip(named, parts, strict=True)}
        return functional_call(calm, own, (samples,))

    return outputs, torch.cat([value.detach().flatten() for _, value in named])


def traces(model):
    return {
        "values": {name: value.detach().clone() for name, value in model.state_dict().items()},
        "gradients": [None if p.grad is None else p.grad.clone() for p in model.parameters()],
        "objects": [id(tensor) for tensor in (*model.parameters(), *model.buffers())],
        "modes": [module.training for module in model.modules()],
        "hooks": len(hooks_of(model)),
        "wanted": [p.requires_grad for p in model.parameters()],
        "random": states(),
    }


def test_the_kernel_is_that_of_the_model_in_evaluation_mode_on_samples_drawn_once():
    model = stranger()
    next(training(model))  # so that its BatchNorm knows some data
    probe = Probe.of(PAIRS, LABELS)
    with differentiable(model, probe) as function:
        index = function.few(7)
        found = function.kernel(index)
    assert len(set(index.tolist())) == 7
    outputs, row = rows_of(model)
    torch.testing.assert_close(found, tangent_kernel(outputs, row, PAIRS[index]), rtol=1e-4, atol=1e-5)
    with differentiable(stranger(1), probe) as other:
        assert torch.equal(other.few(7), index)


def test_kernels_are_measured_from_the_first_look_on():
    model = stranger()
    watched, loop = instruments(model, KERNELS), training(model)
    first = watched.look(model)
    assert first["kernel_distance(examples=9)"] == 0.0
    probe = Probe.of(PAIRS, LABELS)
    with differentiable(model, probe) as function:
        index, before = function.few(9), function.kernel(function.few(9))
    for _ in range(5):
        next(loop)
    with differentiable(model, probe) as function:
        now = function.kernel(index)
    found = watched.look(model)
    for name, value in {**kernel_distance(now, before), **kernel_alignment(now, LABELS[index])}.items():
        assert found[f"{name}(examples=9)"] == pytest.approx(value.item()), name
    assert found["kernel_distance(examples=9)"] > 1e-6
    assert "kernel_target_alignment(examples=9)" in found
    assert [tuple(kernel.shape) for kernel in watched.kernels.values()] == [(9, 9)]


def test_sharpness_is_the_largest_eigenvalue_of_the_hessian_of_the_probes_loss():
    torch.manual_seed(0)
    model = nn.Sequential(nn.Linear(3, 3), nn.Dropout(0.5), nn.Tanh(), nn.Linear(3, 2)).double()
    inputs, labels = torch.randn(20, 3, dtype=torch.float64), torch.arange(20) % 2
    found = instruments(model, ["sharpness(iterations=2000)"], inputs, labels).look(model)
    outputs, row = rows_of(model)
    whole = jacrev(jacrev(lambda one: nn.functional.cross_entropy(outputs(one, inputs), labels)))(row)
    assert found["sharpness(iterations=2000)"] == pytest.approx(
        torch.linalg.eigvalsh(whole)[-1].item(), rel=1e-4
    )


@pytest.mark.parametrize("measures", [KERNELS, AROUND], ids=["kernels", "around"])
def test_the_model_and_the_random_states_are_left_as_they_were(measures):
    model = stranger()
    next(training(model))  # with gradients, and buffers that were written to
    model[6].bias.requires_grad_(False)
    model[3].eval()
    watched, before = instruments(model, measures), traces(model)
    found = watched.look(model)
    after = traces(model)
    for name, value in after.pop("values").items():
        assert torch.equal(value, before["values"][name]), name
    for ours, theirs in zip(after.pop("gradients"), before.pop("gradients"), strict=True):
        assert torch.equal(ours, theirs)
    assert after == {name: value for name, value in before.items() if name != "values"}
    assert watched.look(model) == found or measures is KERNELS


class Stateful(nn.Module):
    """Counts its calls and replaces a buffer at each, before it answers."""

    def __init__(self):
        super().__init__()
        self.counting, self.linear = Counting(), nn.Linear(3, 3)

    def forward(self, x):
        return self.linear(self.counting(x))


def test_buffers_that_a_forward_pass_writes_to_replaces_or_makes_are_put_back():
    model = Stateful()
    calls, last = model.counting.calls, model.counting.last
    watched = instruments(
        model, ["kernel_alignment", "sharpness(iterations=2)"], torch.randn(6, 3), torch.arange(6) % 3
    )
    assert watched.look(model)["sharpness(iterations=2)"] > 0.0
    assert model.counting.calls is calls
    assert model.counting.last is last
    assert calls.item() == 0.0
    assert "fresh" not in dict(model.counting.named_buffers())


class Speaker(nn.Module):
    """A transformer that takes sentences by name and a mask of them, and answers as those of Hugging Face do."""

    def __init__(self):
        super().__init__()
        self.words = nn.Embedding(5, 8)
        self.encoder = nn.TransformerEncoder(
            nn.TransformerEncoderLayer(8, 2, 16, batch_first=True), 1, enable_nested_tensor=False
        )
        self.head = nn.Linear(8, 4)

    def forward(self, ids, mask=None):
        hidden = self.encoder(self.words(ids), src_key_padding_mask=mask)
        return {"loss": None, "logits": self.head(hidden[:, 0])}


def test_a_transformer_with_arguments_by_name_is_differentiated_twice_too():
    torch.manual_seed(0)
    model = Speaker()
    ids = torch.randint(0, 5, (12, 3))
    inputs = {"ids": ids, "mask": torch.zeros(12, 3, dtype=torch.bool)}
    found = instruments(model, [*KERNELS, *AROUND], inputs, ids[:, 0] % 4).look(model)
    assert found["sharpness(iterations=3)"] > 0.0
    assert 0.0 < found["kernel_alignment(examples=9)"] < 1.0


def test_only_what_is_trained_counts():
    model = stranger()
    for name, parameter in model.named_parameters():
        parameter.requires_grad_(name == "6.bias")
    with differentiable(model, Probe.of(PAIRS, LABELS)) as function:
        kernel = function.kernel(function.few(4))
    assert torch.equal(kernel, torch.full((4, 4), 11.0, dtype=torch.float64))
    model[6].bias.requires_grad_(False)
    with pytest.raises(InputError, match="no parameter that is trained"):
        instruments(model, ["kernel_alignment"]).look(model)


def test_a_kernel_that_would_be_too_large_is_refused_with_what_would_do(monkeypatch):
    model = stranger()
    size = sum(parameter.numel() for parameter in model.parameters())
    monkeypatch.setattr(functions, "LARGEST", 5 * size)
    with pytest.raises(InputError, match=f"9 gradients by {size:,} parameters, .*; examples=5 would do"):
        instruments(model, KERNELS).look(model)
    monkeypatch.setattr(functions, "LARGEST", size)
    with pytest.raises(InputError, match="too many for any kernel"):
        instruments(model, KERNELS).look(model)
    monkeypatch.undo()
    monkeypatch.setattr(functions, "MOST_GRADIENTS", 40)
    with pytest.raises(
        InputError, match=r"9 samples and 11 classes takes 99 gradients, .*; examples=3 would do"
    ):
        instruments(model, KERNELS).look(model)


class Deciding(nn.Module):
    """Looks at its numbers before it goes on, which no single mapped sample can."""

    def __init__(self):
        super().__init__()
        self.linear = nn.Linear(2, 2)

    def forward(self, x):
        found = self.linear(x)
        return found if found.sum() > 0 else -found


def test_a_model_that_cannot_be_differentiated_is_refused_and_left_alone():
    model = Deciding()
    inputs, labels = torch.ones(4, 2), torch.arange(4) % 2
    with pytest.raises(InputError, match=r"cannot be differentiated by torch\.func: RuntimeError: "):
        instruments(model, ["kernel_alignment"], inputs, labels).look(model)
    assert hooks_of(model) == []
    assert all(module.training for module in model.modules())
    assert torch.is_grad_enabled()
    assert instruments(model, ["sharpness(iterations=2)"], inputs, labels).look(
        model
    )  # sample by sample it need not


def test_a_model_without_logits_has_no_kernel():
    torch.manual_seed(0)
    model = nn.Sequential(nn.Linear(2, 1))
    with pytest.raises(InputError, match="returns no logits"):
        instruments(model, ["kernel_distance"], torch.ones(4, 2), None).look(model)


@pytest.mark.parametrize(
    ("measure", "labels", "said"),
    [
        ("kernel_alignment", False, "needs labels; give labels"),
        ("sharpness", False, "needs loss; give labels"),
        ("kernel_distance(examples=600)", True, "examples is 600; 2 to 512 are needed"),
        ("kernel_distance(examples=many)", True, "examples is 'many'; a whole number is needed"),
        ("sharpness(iterations=100000)", True, "iterations is 100,000; at most 10,000 are taken"),
        ("sharpness(loss=3)", True, "no option 'loss'"),
        ("gradient_symmetricity", True, "it is not told which part of an input is which operand"),
        ("restricted_loss", True, "it is not told which sample stands for which pair"),
        ("weight_spectrum", True, "it looks at all parameters in a row"),
        ("tangent_kernel", True, "an entry for each two samples; kernel_alignment or"),
    ],
)
def test_what_cannot_be_taken_is_refused_with_the_reason(measure, labels, said):
    with pytest.raises(InputError, match=said):
        Plan.of([measure], labels=labels, elements=None)
