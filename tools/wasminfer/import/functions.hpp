#pragma once

#include <map>
#include <memory>
#include <string>
#include <tuple>
#include <vector>

#include "import/opsets.hpp"
#include "import/proto.hpp"
#include "support/diagnostics.hpp"

namespace wasminfer::gen {

/// One of the model's local functions.
struct Function {
    const onnx::FunctionProto* proto = nullptr;
    std::string title;  ///< "function 'pkg::name'", for messages.
    Opsets opsets;      ///< Its own imports; those of the model where it has none for a domain.
    std::map<std::string, onnx::AttributeProto> defaults;
    /// What one more copy of the body costs, in bytes, without the tensors: copies share those.
    std::uint64_t cost = 0;
};

/// A model's local functions, found by what a node calls.
class FunctionLibrary {
public:
    FunctionLibrary(const onnx::ModelProto& model, const Opsets& opsets, Diagnostics& diagnostics);

    /// nullptr where the node is an operator's.
    const Function* find(const onnx::NodeProto& node) const;

private:
    using Key = std::tuple<std::string, std::string, std::string>;  ///< Domain, name, overload.
    std::map<Key, std::unique_ptr<Function>> functions_;
};

}  // namespace wasminfer::gen
