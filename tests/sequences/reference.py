"""Writes NAME.txt: what ONNX Runtime makes of 50 steps of each recurrent model, its state or cache handed on by hand.

    python reference.py FOLDER-OF-MODELS [NAME …]        # needs numpy and onnxruntime (made by 1.32)

A file's first line is: steps, numbers a step, absolute and relative tolerance. Then a line a step: that many elements of the
first output, evenly spread. Inputs are numbers of a linear congruential generator, which sequence.hpp has too: noise() is in
[-1, 1), a multiple of 2^-23, so that both have the same bits.
"""

import pathlib
import sys

import numpy
import onnxruntime

STEPS = 50


class Generator:
    def __init__(self):
        self.state = 1

    def next(self):
        self.state = (self.state * 1664525 + 1013904223) % 2**32
        return self.state

    def noise(self, shape, scale):
        flat = [(self.next() >> 8) / 2**23 - 1 for _ in range(int(numpy.prod(shape)))]
        return numpy.array(flat, numpy.float32).reshape(shape) * numpy.float32(scale)

    def whole(self, bound):
        return (self.next() >> 16) % bound


def silero(random, step):
    return {"input": random.noise((1, 576), 0.5), "sr": numpy.array(16000, numpy.int64)}


def gtcrn(random, step):
    return {"mix": random.noise((1, 257, 1, 2), 0.5)}


def dtln(random, step):
    return {"input_2": abs(random.noise((1, 1, 257), 2))}


def hallway(random, step):
    return {
        "obs_0": random.noise((1, 105), 1),
        "obs_1": random.noise((1, 3), 1),
        "action_masks": numpy.ones((1, 5), numpy.float32),
    }


def stories(random, step):
    ids = {"input_ids": [[random.whole(512)]], "position_ids": [[step]]}
    return {name: numpy.array(value, numpy.int64) for name, value in ids.items()}


# Inputs of a step; {state input: (output, first value's shape)}; absolute tolerance (10 to 30 times what was seen between engines).
CACHE = [(f"{layer}.{part}", (1, 4, 0, 8)) for layer in range(5) for part in ("key", "value")]
MODELS = {
    "silero_vad_v5": (silero, {"state": ("stateN", (2, 1, 128))}, 2e-5),
    "silero_vad_16k_op15": (silero, {"state": ("stateN", (2, 1, 128))}, 3e-5),
    "gtcrn_simple": (
        gtcrn,
        {
            "conv_cache": ("conv_cache_out", (2, 1, 16, 16, 33)),
            "tra_cache": ("tra_cache_out", (2, 3, 1, 1, 16)),
            "inter_cache": ("inter_cache_out", (2, 1, 33, 16)),
        },
        5e-5,
    ),
    "dtln_1": (dtln, {"input_3": ("tf_op_layer_stack_2", (1, 2, 128, 2))}, 2e-5),
    "mlagents_hallway_lstm": (hallway, {"recurrent_in": ("recurrent_out", (1, 1, 128))}, 2e-4),
    "stories260k_decode": (stories, {f"past.{name}": (f"present.{name}", shape) for name, shape in CACHE}, 2e-4),
}


def reference(folder, name):
    inputs, states, tolerance = MODELS[name]
    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    session = onnxruntime.InferenceSession(folder / name / "model.onnx", options, providers=["CPUExecutionProvider"])
    outputs = [output.name for output in session.get_outputs()]
    held = {entry: numpy.zeros(shape, numpy.float32) for entry, (_, shape) in states.items()}
    random = Generator()
    lines = []
    for step in range(STEPS):
        results = dict(zip(outputs, session.run(None, inputs(random, step) | held)))
        held = {entry: results[output] for entry, (output, _) in states.items()}
        first = results[outputs[0]].ravel()
        count = min(12, first.size)
        lines.append(" ".join(f"{first[i * first.size // count]:.9g}" for i in range(count)))
    head = f"{STEPS} {count} {tolerance:g} 0.0001"
    pathlib.Path(__file__).with_name(f"{name}.txt").write_text("\n".join([head, *lines]) + "\n")


if __name__ == "__main__":
    for name in sys.argv[2:] or MODELS:
        reference(pathlib.Path(sys.argv[1]), name)
