import pytest
import torch

from latebloom.errors import ShapeError
from latebloom.measures import kernel_alignment, kernel_distance
from latebloom.measures.functions import tangent_kernel


def drawn(*shape, seed=0):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def two_layers(parameters, inputs):
    """Return (*population, sample, 3): tanh units 4 -> 5, linear 5 -> 3."""
    first = parameters[..., :20].reshape(*parameters.shape[:-1], 4, 5)
    second = parameters[..., 20:].reshape(*parameters.shape[:-1], 5, 3)
    return torch.tanh(inputs @ first) @ second


def test_the_kernel_of_a_linear_model_is_the_gram_matrix_of_its_inputs():
    inputs = drawn(7, 4)
    found = tangent_kernel(lambda w, x: (x @ w[..., None]).squeeze(-1), drawn(2, 3, 4, seed=1), inputs)
    torch.testing.assert_close(found, (inputs @ inputs.mT).expand(2, 3, 7, 7), rtol=1e-13, atol=1e-13)


def test_each_output_of_a_linear_model_adds_the_gram_matrix_once():
    inputs = drawn(6, 4)
    found = tangent_kernel(lambda w, x: x @ w.reshape(*w.shape[:-1], 4, 3), drawn(12, seed=1), inputs)
    torch.testing.assert_close(found, 3 * inputs @ inputs.mT, rtol=1e-13, atol=1e-13)


def test_the_kernel_of_a_network_is_made_of_its_jacobian():
    parameters, inputs = drawn(2, 35, seed=2), drawn(6, 4, seed=3)
    found = tangent_kernel(two_layers, parameters, inputs)
    for lane, kernel in zip(parameters, found, strict=True):
        jacobian = torch.func.jacrev(two_layers)(lane, inputs).flatten(1)  # (sample, output x parameter)
        torch.testing.assert_close(kernel, jacobian @ jacobian.mT, rtol=1e-12, atol=1e-12)
        assert torch.equal(kernel, kernel.mT)
        assert torch.linalg.eigvalsh(kernel)[0] > -1e-12


def test_an_ordinary_module_is_measured_through_functional_call():
    module = torch.nn.Sequential(torch.nn.Linear(4, 5), torch.nn.ReLU(), torch.nn.Linear(5, 2)).double()
    inputs = drawn(5, 4)
    names, shapes = zip(*((name, value.shape) for name, value in module.named_parameters()), strict=True)

    def one(vector, inputs):
        parts = vector.split([shape.numel() for shape in shapes])
        named = {name: part.reshape(shape) for name, part, shape in zip(names, parts, shapes, strict=True)}
        return torch.func.functional_call(module, named, inputs)

    vector = torch.nn.utils.parameters_to_vector(module.parameters()).detach()
    found = tangent_kernel(torch.func.vmap(one, (0, None)), torch.stack([vector, 2 * vector]), inputs)
    rows = []
    for outputs in module(inputs):
        grads = [torch.autograd.grad(out, tuple(module.parameters()), retain_graph=True) for out in outputs]
        rows.append(torch.cat([part.flatten() for grad in grads for part in grad]))
    torch.testing.assert_close(found[0], torch.stack(rows) @ torch.stack(rows).mT)


def test_a_lazy_network_keeps_its_kernel_and_a_moved_one_does_not():
    """Far from 0 the outputs of a wide tanh layer bend; a small step near its start leaves the kernel alone."""
    start, inputs = drawn(35, seed=4), drawn(8, 4, seed=5)
    before = tangent_kernel(two_layers, start, inputs)
    near = tangent_kernel(two_layers, start + 1e-4 * drawn(35, seed=6), inputs)
    far = tangent_kernel(two_layers, start + drawn(35, seed=6), inputs)
    assert kernel_distance(near, before)["kernel_distance"] < 1e-7
    assert kernel_distance(far, before)["kernel_distance"] > 1e-2


def test_inputs_that_are_one_hot_by_class_give_an_aligned_kernel():
    labels = torch.arange(12) % 3
    inputs = torch.nn.functional.one_hot(labels).double()
    kernel = tangent_kernel(lambda w, x: x @ w, torch.zeros(3).double(), inputs)
    for value in kernel_alignment(kernel, labels).values():
        assert value.item() == pytest.approx(1.0)


@pytest.mark.usefixtures("unhooked")
def test_outputs_of_another_shape_and_inputs_that_are_no_tensor_are_refused():
    parameters, inputs = torch.ones(2, 3), torch.ones(4, 3)
    for wrong in (
        lambda w, x: w.sum(),
        lambda w, x: x @ w.mT,
        lambda w, x: (w @ x.mT)[..., None, None],
    ):
        with pytest.raises(ShapeError, match=r"function: got a result of shape .* needed"):
            tangent_kernel(wrong, parameters, inputs)
    with pytest.raises(ShapeError, match="inputs: got 'list'"):
        tangent_kernel(lambda w, x: w @ x.mT, parameters, inputs.tolist())
