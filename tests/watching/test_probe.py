import pytest
import torch
from torch import nn

from latebloom.errors import InputError, ShapeError, UnknownNameError
from latebloom.watching.probe import Probe
from latebloom.watching.sites import checked_sites, first_tensor
from tests.watching.strangers import LABELS, PAIRS, P, hooks_of, stranger


class Two(nn.Module):
    """Takes two arguments, returns a dictionary, and has a part that is never called."""

    def __init__(self):
        super().__init__()
        self.attention = nn.MultiheadAttention(8, 2, batch_first=True)
        self.head = nn.Linear(8, 3)
        self.idle = nn.Linear(8, 3)

    def forward(self, x, mask=None):
        attended = self.attention(x, x, x, attn_mask=mask)[0]
        return {"loss": None, "logits": self.head(attended[:, 0])}


def run(model, inputs, sites, labels=None):
    return Probe.of(inputs, labels).run(model, checked_sites(model, sites))


def test_what_passes_is_kept_as_it_was_before_the_next_layer_wrote_over_it():
    model = stranger().eval()
    seen = run(model, PAIRS, ["3", "4"])
    with torch.no_grad():
        expected = model[:4](PAIRS)
    assert torch.equal(seen.points["3"], expected)
    assert torch.equal(seen.points["4"], expected.relu())
    assert (seen.points["3"] < 0).any()


def test_dropout_is_off_and_logits_are_those_of_evaluation_mode():
    model = stranger()
    seen = run(model, PAIRS, ["5"])
    with torch.no_grad():
        assert torch.equal(seen.logits, model.eval()(PAIRS))


def test_no_hook_is_left_even_where_the_model_fails():
    model = stranger()
    run(model, PAIRS, ["2", "5"])
    assert hooks_of(model) == []
    with pytest.raises(InputError):
        run(model, torch.zeros(4, 3, dtype=torch.long), ["2"])
    assert hooks_of(model) == []


def test_own_hooks_of_the_model_stay():
    model = stranger()
    model[2].register_forward_hook(lambda *_: None)
    run(model, PAIRS, ["2"])
    assert len(hooks_of(model)) == 1


def test_a_model_takes_several_arguments_by_place_or_by_name_and_returns_logits_in_a_mapping():
    model, x, mask = Two(), torch.randn(5, 4, 8), torch.zeros(4, 4)
    by_place = run(model, (x, mask), ["attention"])
    by_name = run(model, {"x": x, "mask": mask}, ["attention"])
    assert by_place.points["attention"].shape == (5, 32)
    assert by_place.logits.shape == (5, 3)
    assert torch.equal(by_place.logits, by_name.logits)


def test_a_function_takes_a_part_of_what_a_site_gives():
    seen = run(Two(), torch.randn(5, 4, 8), {"attention": lambda output: output[0][:, -1]})
    assert seen.points["attention"].shape == (5, 8)


def test_half_precision_is_measured_as_single():
    model = nn.Sequential(nn.Linear(4, 3)).bfloat16()
    seen = run(model, torch.ones(5, 4).bfloat16(), ["0"])
    assert seen.points["0"].dtype == seen.logits.dtype == torch.float32


def test_a_site_that_does_not_exist_is_refused_with_the_nearest_that_do():
    with pytest.raises(UnknownNameError, match="did you mean 'attention'") as error:
        checked_sites(Two(), ["atention"])
    assert "attention.out_proj" in str(error.value)


@pytest.mark.parametrize(
    ("sites", "said"),
    [
        ("head", "a list of names"),
        ([], "at least one"),
        ({}, "at least one"),
        (None, "a list of names"),
        ([3], "no site 3"),
        ({"head": 3}, "a function of its output"),
    ],
)
def test_sites_that_are_no_list_of_names_are_refused(sites, said):
    with pytest.raises(InputError, match=said):
        checked_sites(Two(), sites)


@pytest.mark.parametrize("inputs", [None, "pairs", (), {}, torch.tensor(3.0), torch.zeros(0, 2), [1, 2]])
def test_inputs_without_samples_are_refused(inputs):
    with pytest.raises(InputError, match="inputs: got"):
        Probe.of(inputs)


@pytest.mark.parametrize(
    ("labels", "said"),
    [
        (LABELS[:-1], "shape \\(120,\\) beside inputs of 121"),
        (LABELS[:, None], "shape"),
        (LABELS.float(), "whole numbers"),
        (LABELS - 1, "from 0"),
        ("classes", "whole number per sample"),
    ],
)
def test_labels_that_do_not_fit_the_inputs_are_refused(labels, said):
    with pytest.raises(ShapeError, match=said):
        Probe.of(PAIRS, labels)


def test_labels_may_be_plain_numbers():
    assert Probe.of(PAIRS, LABELS.tolist()).labels.tolist() == LABELS.tolist()
    assert Probe.of(PAIRS, LABELS.numpy()).labels.tolist() == LABELS.tolist()


@pytest.mark.parametrize(
    "inputs", [torch.zeros(4, 3, dtype=torch.long), PAIRS + P, (PAIRS, PAIRS), {"pairs": PAIRS}]
)
def test_inputs_that_the_model_cannot_run_on_are_refused_with_its_own_words(inputs):
    with pytest.raises(InputError, match=r"the model cannot run on the inputs \(int64 .*Error"):
        run(stranger(), inputs, ["2"])


@pytest.mark.parametrize(
    ("sites", "said"),
    [
        (["idle"], "does not come by it"),
        ({"head": lambda output: output[0]}, "gives shape"),
        ({"head": lambda output: output.sum()}, "gives shape \\(\\)"),
        ({"head": lambda output: output.argmax(1)}, "floating-point"),
        ({"head": lambda output: None}, "gives NoneType"),
        ({"head": lambda output: output["x"]}, "its function cannot take the output"),
    ],
)
def test_what_cannot_be_measured_at_a_site_is_refused(sites, said):
    with pytest.raises(InputError, match=said):
        run(Two(), torch.randn(5, 4, 8), sites)


def test_an_output_without_a_row_of_classes_per_sample_gives_no_logits():
    assert run(nn.Sequential(nn.Linear(4, 1)), torch.ones(5, 4), ["0"]).logits is None
    assert run(nn.Sequential(nn.Linear(4, 3)), torch.ones(5, 2, 4), ["0"]).logits is None


def test_the_first_tensor_of_nested_outputs_is_found():
    tensor = torch.ones(2)
    assert first_tensor((None, {"a": 1.0, "b": [tensor]})) is tensor
    assert first_tensor({"a": "text"}) is None
