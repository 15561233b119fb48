#pragma once

#include <set>

#include "import/face.hpp"
#include "import/proto.hpp"

namespace wasminfer::gen {

/// Names of the initializers: an input that has one is a constant.
std::set<std::string> initializer_names(const onnx::GraphProto& graph);

/// A value as the model declares it; extents without a name or number are named after the value.
DeclaredInput read_declared_value(const onnx::ValueInfoProto& info);

/// Every input of the graph in order, those with initializers too.
std::vector<DeclaredInput> read_declared_inputs(const onnx::GraphProto& graph);

}  // namespace wasminfer::gen
