"""Writes custom.onnx: a picture goes through an operator that no one but us knows, and comes out as a histogram.

    python model.py        # needs onnx (made by 1.23)
"""

import pathlib

import onnx
from onnx import TensorProto, helper

graph = helper.make_graph(
    [
        helper.make_node("Relu", ["image"], ["positive"]),
        helper.make_node("Histogram", ["positive"], ["counts"], domain="my.domain", lowest=0.0, highest=1.0),
        helper.make_node("Softmax", ["counts"], ["shares"], axis=-1),
    ],
    "custom",
    [helper.make_tensor_value_info("image", TensorProto.FLOAT, ["rows", 4])],
    [helper.make_tensor_value_info("shares", TensorProto.FLOAT, ["rows", 3])],
    value_info=[helper.make_tensor_value_info("counts", TensorProto.FLOAT, ["rows", 3])],
)
opsets = [helper.make_opsetid("", 18), helper.make_opsetid("my.domain", 1)]
model = helper.make_model(graph, opset_imports=opsets, ir_version=8, producer_name="model.py")
onnx.save(model, pathlib.Path(__file__).with_name("custom.onnx"))
