#pragma once

#include <string>

#include "import/proto.hpp"

namespace wasminfer::gen {

/// Where in the exporting program a node comes from: "model.py:42 in forward", or "" where the exporter left no note.
/// Folders are left out: they are the exporting machine's.
std::string read_trace(const onnx::NodeProto& node);

}  // namespace wasminfer::gen
