"""Trains the digit classifier and writes all that the example needs: digits.onnx, digits_test.bin, expected.json.

    python3 -m venv venv && venv/bin/pip install -r requirements.txt && venv/bin/python train.py

The seed is fixed, so one machine repeats its numbers; another may round differently while it trains and end at another
network. The three files belong together: commit them together.
"""

import json
import pathlib
import platform

import numpy
import onnx
import sklearn
import torch
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split
from torch import nn

HERE = pathlib.Path(__file__).resolve().parent
SEED = 7
EPOCHS = 80


class Digits(nn.Module):
    """Pixels as the data set has them, 0 to 16, in; ten probabilities out. 10 k parameters."""

    def __init__(self):
        super().__init__()
        self.features = nn.Sequential(
            nn.Conv2d(1, 16, 3, padding=1),
            nn.ReLU(),
            nn.Conv2d(16, 32, 3, padding=1),
            nn.ReLU(),
            nn.MaxPool2d(2),
            nn.Flatten(),
            nn.Dropout(0.4),
            nn.Linear(32 * 4 * 4, 10),
        )

    def logits(self, image):
        return self.features(image / 16)

    def forward(self, image):
        return torch.softmax(self.logits(image), dim=1)


def shifted(images):
    """Each image moved by at most a pixel: the digits are centred only roughly."""
    padded = nn.functional.pad(images, (1, 1, 1, 1))
    corner = torch.randint(0, 3, (len(images), 2))
    return torch.stack([image[:, y : y + 8, x : x + 8] for image, (y, x) in zip(padded, corner.tolist())])


def train(model, images, labels):
    optimiser = torch.optim.AdamW(model.parameters(), lr=3e-3, weight_decay=1e-3)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, EPOCHS)
    model.train()
    for _ in range(EPOCHS):
        for batch in torch.randperm(len(images)).split(32):
            loss = nn.functional.cross_entropy(model.logits(shifted(images[batch])), labels[batch])
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
        schedule.step()
    model.eval()


def export(model, path):
    program = torch.onnx.export(
        model,
        (torch.zeros(1, 1, 8, 8),),
        dynamo=True,
        input_names=["image"],
        output_names=["probabilities"],
    )
    program.save(path, external_data=False)
    # The exporter notes a stack trace with each node: larger than the weights, and it names folders of this machine.
    proto = onnx.load(path)
    for item in [proto.graph, *proto.graph.node, *proto.graph.value_info, *proto.graph.input, *proto.graph.output]:
        item.ClearField("metadata_props")
    onnx.checker.check_model(proto, full_check=True)
    onnx.save(proto, path)


def main():
    torch.manual_seed(SEED)
    torch.set_num_threads(1)
    torch.use_deterministic_algorithms(True)

    data = load_digits()
    images, test_images, labels, test_labels = train_test_split(
        data.images, data.target, test_size=360, random_state=SEED, stratify=data.target
    )
    as_tensor = lambda a: torch.tensor(a, dtype=torch.float32).reshape(-1, 1, 8, 8)

    model = Digits()
    train(model, as_tensor(images), torch.tensor(labels))
    with torch.no_grad():
        answers = model(as_tensor(test_images)).argmax(dim=1).numpy()
    correct = int((answers == test_labels).sum())
    print(f"PyTorch: {correct} of {len(test_labels)} held-back images right ({100 * correct / len(test_labels):.2f} %)")

    export(model, HERE / "digits.onnx")
    records = numpy.concatenate([test_images.reshape(-1, 64), test_labels[:, None]], axis=1).astype(numpy.uint8)
    (HERE / "digits_test.bin").write_bytes(records.tobytes())
    expected = {
        "images": len(test_labels),
        "correct": correct,
        "made_with": {
            "python": platform.python_version(),
            "torch": torch.__version__.split("+")[0],
            "scikit-learn": sklearn.__version__,
            "onnx": onnx.__version__,
        },
    }
    (HERE / "expected.json").write_text(json.dumps(expected, indent=2) + "\n")


if __name__ == "__main__":
    main()
