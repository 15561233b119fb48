#pragma once

#include <set>

#include "import/face.hpp"
#include "import/proto.hpp"

namespace wasminfer::gen {

/// Names of the initializers: an input that has one is a constant.
std::set<std::string> initializer_names(const onnx::GraphProto& graph);

DeclaredInput read_declared_input(const onnx::ValueInfoProto& info);

}  // namespace wasminfer::gen
