"""The networks of the protocols as one writes them for a single run."""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from benchmarks.protocols import Protocol


class Encoder(nn.Module):
    """Two embedding tables, learned positions, a post-LN encoder, a read-out at the first position."""

    def __init__(self, protocol: Protocol) -> None:
        super().__init__()
        modulus, width = protocol.modulus, protocol.width
        self.left, self.right = nn.Embedding(modulus, width), nn.Embedding(modulus, width)
        self.positions = nn.Parameter(torch.randn(2, width) * 0.02)
        layer = nn.TransformerEncoderLayer(
            width, protocol.heads, protocol.feed_forward, dropout=0.0, batch_first=True
        )
        self.encoder = nn.TransformerEncoder(layer, protocol.layers)
        self.readout = nn.Linear(width, modulus)

    def forward(self, pairs: Tensor) -> Tensor:
        x = torch.stack([self.left(pairs[:, 0]), self.right(pairs[:, 1])], dim=1) + self.positions
        return self.readout(self.encoder(x)[:, 0])


class OneLayer(nn.Module):
    """One layer without LayerNorm over both tokens and a closing one, where it is read."""

    def __init__(self, protocol: Protocol) -> None:
        super().__init__()
        width = protocol.width
        self.modulus = protocol.modulus
        self.tokens = nn.Embedding(protocol.modulus + 1, width)
        self.positions = nn.Parameter(torch.empty(3, width))
        self.attention = nn.MultiheadAttention(width, protocol.heads, batch_first=True)
        self.hidden, self.output = (
            nn.Linear(width, protocol.feed_forward),
            nn.Linear(protocol.feed_forward, width),
        )
        self.readout = nn.Linear(width, protocol.modulus)
        for name, parameter in self.named_parameters():
            if name.endswith("bias"):
                nn.init.zeros_(parameter)
            else:
                inputs = protocol.modulus if name == "readout.weight" else width
                nn.init.normal_(parameter, std=inputs**-0.5)

    def forward(self, pairs: Tensor) -> Tensor:
        x = self.tokens(F.pad(pairs, (0, 1), value=self.modulus)) + self.positions
        x = x + self.attention(x, x, x, need_weights=False)[0]
        x = x + self.output(torch.relu(self.hidden(x)))
        return self.readout(x[:, -1])


class MLP(nn.Module):
    """A shared embedding, both tokens side by side, a hidden layer, a read-out."""

    def __init__(self, protocol: Protocol) -> None:
        super().__init__()
        width = protocol.width
        self.tokens = nn.Embedding(protocol.modulus, width)
        self.hidden = nn.Linear(2 * width, width)
        self.readout = nn.Linear(width, protocol.modulus)

    def forward(self, pairs: Tensor) -> Tensor:
        return self.readout(torch.relu(self.hidden(self.tokens(pairs).flatten(1))))


FORMS = {"encoder": Encoder, "no-norm": OneLayer, "mlp": MLP}
