#!/usr/bin/env python3
"""Prints the element types that ONNX's schemas give to each operator: schema_types.txt, which the type check reads.

usage: schema_types.py >schema_types.txt      with the onnx package of the version that the first line names

A line is one operator at one opset: the type parameter of each input and of each output ("-" where the type is fixed or
no tensor's, "*" behind the last one where it repeats), then the types that generated code can hold, a parameter each.
"""

import onnx

NAMES = {
    "float": "f32", "float16": "f16", "double": "f64", "bool": "bool",
    "int8": "i8", "int16": "i16", "int32": "i32", "int64": "i64",
    "uint8": "u8", "uint16": "u16", "uint32": "u32", "uint64": "u64",
}


def parameters(formals, types):
    words = [f.type_str if f.type_str in types else "-" for f in formals]
    if formals and formals[-1].option == onnx.defs.OpSchema.FormalParameterOption.Variadic:
        words[-1] += "*"
    return words


print("# onnx", onnx.__version__)
for schema in sorted(onnx.defs.get_all_schemas_with_history(), key=lambda s: (s.domain, s.name, s.since_version)):
    if schema.domain not in ("", "ai.onnx.ml") or schema.deprecated:
        continue
    types = {}
    for constraint in schema.type_constraints:
        held = [NAMES.get(t.removeprefix("tensor(").removesuffix(")")) for t in constraint.allowed_type_strs]
        if any(held):
            types[constraint.type_param_str] = [t for t in NAMES.values() if t in held]
    words = [(schema.domain + "::" if schema.domain else "") + schema.name, str(schema.since_version)]
    words += parameters(schema.inputs, types) + ["->"] + parameters(schema.outputs, types)
    for parameter, held in types.items():
        words += ["|", parameter, *held]
    print(" ".join(words))
