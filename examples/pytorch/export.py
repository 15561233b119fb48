"""Exports three small networks by both of PyTorch's exporters, and writes what PyTorch computes with them.

    python -m venv env && env/bin/pip install -r requirements.txt && env/bin/python export.py

NAME_torchscript.onnx is by torch.onnx.export(dynamo=False), NAME_dynamo.onnx by dynamo=True; expected.txt has inputs and
outputs of each network, a line a tensor.
"""

import pathlib
import warnings

import torch
from torch import nn
from torch.export import Dim

HERE = pathlib.Path(__file__).parent
OPSET = 18


class Cnn(nn.Module):
    """A picture of any size to four scores. Sizes are read from x where they are needed: nothing is frozen."""

    def __init__(self):
        super().__init__()
        self.features = nn.Sequential(
            nn.Conv2d(3, 8, 3, stride=2, padding=1), nn.BatchNorm2d(8), nn.ReLU(), nn.Conv2d(8, 16, 3, padding=1), nn.ReLU()
        )
        self.head = nn.Linear(16, 4)

    def forward(self, image):
        return self.head(self.features(image).mean((2, 3))).softmax(-1)


class Lstm(nn.Module):
    """One frame of sound to a mask. The state is an input and an output: see --state."""

    def __init__(self):
        super().__init__()
        self.lstm = nn.LSTM(16, 24, num_layers=2, batch_first=True)
        self.head = nn.Linear(24, 16)

    def forward(self, frame, h_in, c_in):
        y, (h_out, c_out) = self.lstm(frame, (h_in, c_in))
        return self.head(y).sigmoid(), h_out, c_out


class Transformer(nn.Module):
    """A token to the logits of the next. Keys and values of those before are inputs that grow: see --cache."""

    def __init__(self, vocabulary=64, width=32, heads=4, layers=2):
        super().__init__()
        self.heads = heads
        self.embed = nn.Embedding(vocabulary, width)
        self.place = nn.Embedding(128, width)
        self.norms = nn.ModuleList(nn.LayerNorm(width) for _ in range(layers))
        self.qkv = nn.ModuleList(nn.Linear(width, 3 * width) for _ in range(layers))
        self.out = nn.ModuleList(nn.Linear(width, width) for _ in range(layers))
        self.mlp = nn.ModuleList(nn.Sequential(nn.Linear(width, 64), nn.GELU(), nn.Linear(64, width)) for _ in range(layers))
        self.head = nn.Linear(width, vocabulary)

    def forward(self, token, position, past_k0, past_v0, past_k1, past_v1):
        x = self.embed(token) + self.place(position)
        present = []
        for i, (past_k, past_v) in enumerate([(past_k0, past_v0), (past_k1, past_v1)]):
            q, k, v = self.qkv[i](self.norms[i](x)).unflatten(-1, (3, self.heads, -1)).permute(2, 0, 3, 1, 4).unbind(0)
            k = torch.cat([past_k, k], dim=2)
            v = torch.cat([past_v, v], dim=2)
            present += [k, v]
            weights = (q @ k.transpose(-1, -2) * q.shape[-1] ** -0.5).softmax(-1)
            x = x + self.out[i]((weights @ v).permute(0, 2, 1, 3).flatten(2))
            x = x + self.mlp[i](x)
        return self.head(x), *present


def export(name, model, inputs, outputs, axes, shapes):
    """axes: for dynamo=False, {value: {axis: name}}; shapes: for dynamo=True, the same of the inputs, with Dims."""
    for kind, options in {"torchscript": {"dynamic_axes": axes}, "dynamo": {"dynamic_shapes": shapes}}.items():
        path = HERE / f"{name}_{kind}.onnx"
        torch.onnx.export(
            model,
            tuple(inputs.values()),
            path,
            input_names=list(inputs),
            output_names=outputs,
            opset_version=OPSET,
            dynamo=kind == "dynamo",
            **({"external_data": False, "verbose": False} if kind == "dynamo" else {}),
            **options,
        )


def line(tensor):
    return " ".join(f"{x:.9g}" for x in tensor.flatten().tolist())


def main():
    warnings.filterwarnings("ignore")
    torch.manual_seed(1)
    lines = []

    cnn = Cnn().eval()
    image = torch.rand(1, 3, 32, 32)
    axes = {"image": {2: "height", 3: "width"}}
    sizes = {"image": {2: Dim("height", min=8, max=64), 3: Dim("width", min=8, max=64)}}
    export("cnn", cnn, {"image": image}, ["scores"], axes, sizes)
    for shape in [(32, 32), (20, 44)]:
        image = torch.rand(1, 3, *shape)
        lines += [line(image), line(cnn(image))]

    lstm = Lstm().eval()
    # Two tensors: passed twice, one would become one input of the graph, and the other be read by nothing.
    h, c = torch.zeros(2, 1, 24), torch.zeros(2, 1, 24)
    inputs = {"frame": torch.rand(1, 1, 16), "h_in": h, "c_in": c}
    export("lstm", lstm, inputs, ["mask", "h_out", "c_out"], {}, None)
    for _ in range(5):
        frame = torch.rand(1, 1, 16)
        mask, h, c = lstm(frame, h, c)
        lines += [line(frame), line(mask)]

    transformer = Transformer().eval()
    names = ["k0", "v0", "k1", "v1"]
    past = [torch.rand(1, 4, 3, 8) for _ in names]
    inputs = {"token": torch.tensor([[1]]), "position": torch.tensor([[3]])} | {f"past_{n}": p for n, p in zip(names, past)}
    outputs = ["logits"] + [f"present_{n}" for n in names]
    rows = {f"past_{n}": {2: "past"} for n in names} | {f"present_{n}": {2: "total"} for n in names}
    growing = {"token": None, "position": None} | {f"past_{n}": {2: Dim("past", min=0, max=63)} for n in names}
    export("transformer", transformer, inputs, outputs, rows, growing)
    past = [torch.zeros(1, 4, 0, 8) for _ in names]
    token = 1
    for position in range(16):
        logits, *past = transformer(torch.tensor([[token]]), torch.tensor([[position]]), *past)
        token = int(logits.argmax())
        lines += [line(logits)]
    (HERE / "expected.txt").write_text("\n".join(lines) + "\n")


with torch.no_grad():
    main()
