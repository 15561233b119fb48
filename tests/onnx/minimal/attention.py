"""Attention, signals, losses."""

import cmath
import math

from case import Tensor, build, case, f32, i64, ramp, typed
from neural import softmax

q, k, v = ramp([1, 1, 2, 2]), ramp([1, 1, 3, 2], step=0.5), ramp([1, 1, 3, 2], start=2.0)
weights = [softmax([sum(q.at(0, 0, i, d) * k.at(0, 0, j, d) for d in range(2)) / math.sqrt(2) for j in range(3)])
           for i in range(2)]
case("attention", "Attention", [q, k, v],
     [build("f32", [1, 1, 2, 2], lambda n, h, i, d: sum(weights[i][j] * v.at(0, 0, j, d) for j in range(3)))])
attended = build("f32", [1, 1, 2, 2], lambda n, h, i, d: sum(weights[i][j] * v.at(0, 0, j, d) for j in range(3)))
for one, two in (("f32", "f16"), ("f16", "f32"), ("f64", "f32"), ("f16", "f64")):
    case(f"attention_{one}_values_{two}", "Attention", [typed(q, one), typed(k, one), typed(v, two)], [typed(attended, one)])
case("attention_past_values_f16", "Attention",
     [q, build("f32", [1, 1, 1, 2], lambda n, h, i, d: k.at(0, 0, 2, d)), Tensor("f16", [1, 1, 1, 2], v.data[4:]), None,
      build("f32", [1, 1, 2, 2], lambda n, h, i, d: k.at(0, 0, i, d)), Tensor("f16", [1, 1, 2, 2], v.data[:4])],
     [attended, k, typed(v, "f16")])
case("attention_mask_i32", "Attention", [q, k, v, Tensor("i32", [2, 3], [0, 0, -1000] * 2)],
     [build("f32", [1, 1, 2, 2], lambda n, h, i, d: sum(
         w * v.at(0, 0, j, d) for j, w in enumerate(softmax([sum(q.at(0, 0, i, e) * k.at(0, 0, j, e) for e in range(2)) / math.sqrt(2)
                                                            for j in range(2)]))))])
case("attention_softmax_f64", "Attention", [q, k, v], [attended], softmax_precision=11)
x, cos, sin = f32([1, 1, 1, 4], [1, 2, 3, 4]), f32([1, 1, 2], [0.5, 1]), f32([1, 1, 2], [2, 0.25])
case("rotary_embedding", "RotaryEmbedding", [x, cos, sin],
     [f32([1, 1, 1, 4], [0.5 * 1 - 2 * 3, 1 * 2 - 0.25 * 4, 2 * 1 + 0.5 * 3, 0.25 * 2 + 1 * 4])])

signal = [1.0, 2.0, -1.0, 0.5]
spectrum = [sum(e * cmath.exp(-2j * math.pi * n * m / 4) for m, e in enumerate(signal)) for n in range(4)]
case("dft", "DFT", [f32([1, 4, 1], signal)], [f32([1, 4, 2], [p for z in spectrum for p in (z.real, z.imag)])])
case("stft", "STFT", [f32([1, 4, 1], signal), i64([], [2]), f32([2], [1, 1])],
     [f32([1, 2, 2, 2], [3, 0, -1, 0, -0.5, 0, -1.5, 0])])
angles = [2 * math.pi * n / 4 for n in range(4)]
for name, op, function in (
    ("hann_window", "HannWindow", lambda t: 0.5 - 0.5 * math.cos(t)),
    ("hamming_window", "HammingWindow", lambda t: 25 / 46 - 21 / 46 * math.cos(t)),
    ("blackman_window", "BlackmanWindow", lambda t: 0.42 - 0.5 * math.cos(t) + 0.08 * math.cos(2 * t)),
):
    case(name, op, [i64([], [4])], [f32([4], [function(t) for t in angles])])


def mel(bins, length, rate, low, high):
    """As the operator's page draws the triangles."""
    bottom, top = (2595 * math.log10(1 + f / 700) for f in (low, high))
    step = (top - bottom) / (bins + 2)
    edges = [int((length + 1) * 700 * (10 ** ((bottom + i * step) / 2595) - 1) // rate) for i in range(bins + 2)]
    rows = length // 2 + 1
    out = [[0.0] * bins for _ in range(rows)]
    for i in range(bins):
        lower, centre, higher = edges[i : i + 3]
        for j in range(lower, centre + 1):
            out[j][i] = (j - lower) / (centre - lower) if centre > lower else 1.0
        for j in range(centre, higher):
            out[j][i] = (higher - j) / (higher - centre)
    return f32([rows, bins], sum(out, []))


case("mel_weight_matrix", "MelWeightMatrix", [i64([], [4]), i64([], [16]), i64([], [8000]), f32([], [0]), f32([], [4000])],
     [mel(4, 16, 8000, 0, 4000)])

scores, labels = f32([2, 3], [1, 2, 0.5, -1, 0, 1]), i64([2], [1, 2])
rows = [scores.data[:3], scores.data[3:]]
picked = [-math.log(softmax(row)[label]) for row, label in zip(rows, labels.data)]
case("softmax_cross_entropy_loss", "SoftmaxCrossEntropyLoss", [scores, labels], [f32([], [sum(picked) / 2])])
case("negative_log_likelihood_loss", "NegativeLogLikelihoodLoss", [scores, labels], [f32([], [-(2 + 1) / 2])])

q, k, v = f32([1, 2, 2], [1, 2, -1, 0.5]), f32([1, 2, 2], [0.5, 1, 2, -1]), f32([1, 2, 1], [3, 4])
states = [[0.5 * 3, 1 * 3], [0.5 * 3 + 2 * 4, 1 * 3 - 1 * 4]]
case("linear_attention", "LinearAttention", [q, k, v],
     [f32([1, 2, 1], [1 * states[0][0] + 2 * states[0][1], -1 * states[1][0] + 0.5 * states[1][1]]),
      f32([1, 1, 2, 1], states[1])], q_num_heads=1, kv_num_heads=1, update_rule="linear", scale=1.0)
case("causal_conv_with_state", "CausalConvWithState", [f32([1, 1, 3], [1, 2, 3]), f32([1, 1, 2], [10, 1])],
     [f32([1, 1, 3], [1, 12, 23]), f32([1, 1, 1], [3])])
