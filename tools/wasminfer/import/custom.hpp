// Operators that the model's owner has written: what --custom and --shape say, and the nodes that they mean.
#pragma once

#include <map>
#include <string>

#include "import/dims.hpp"
#include "import/proto.hpp"
#include "ir/graph.hpp"

namespace wasminfer::gen {

/// The function that computes a node, and the header that has it, as a generated header includes it.
struct CustomOperator {
    std::string header, function;
};

struct CustomOptions {
    /// By "domain::Op"; an operator of ai.onnx goes by its bare name.
    std::map<std::string, CustomOperator> operators = {};
    /// "f32[batch,4]", by the value's name: before what the model declares.
    std::map<std::string, std::string> shapes = {};
};

/// Reads `my.domain::Foo=foo.hpp:my::foo`. Throws Refused with a sentence that quotes the text.
std::pair<std::string, CustomOperator> parse_custom_operator(const std::string& text);

/// The nodes of custom operators, in subgraphs too, become wasminfer::Custom, and their outputs get the types and shapes that
/// are given or declared (value_info, and the outputs of the model). Findings name what is missing.
void bind_custom_operators(Graph& graph, const onnx::GraphProto& proto, const CustomOptions& options, DimBinder& dims,
                           Diagnostics& diagnostics);

}  // namespace wasminfer::gen
