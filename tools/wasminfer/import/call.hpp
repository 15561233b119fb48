#pragma once

#include "import/graph_reader.hpp"

namespace wasminfer::gen {

/// An attribute that a caller gave to a function, or the function's default.
struct GraphReader::Parameter {
    const onnx::AttributeProto* proto = nullptr;
    const Frame* frame = nullptr;  ///< Where it was written: a subgraph reads values of that place. null: a default.
};

/// One call of a local function, while its body is read in the call's place.
struct GraphReader::Call {
    const Function& function;
    std::map<std::string, Parameter> parameters;
    std::string prefix;  ///< Of names in the body.
    std::string trace;
    const Call* around = nullptr;
};

/// Refuses what nests so deep that reading it, or a later pass, would overflow the stack.
class NestingGuard {
public:
    explicit NestingGuard(int& depth) : depth_{++depth}
    {
        if (depth_ > most) {
            --depth_;
            throw Refused{"subgraphs and functions nest deeper than " + std::to_string(most) + " levels"};
        }
    }
    NestingGuard(const NestingGuard&) = delete;
    NestingGuard& operator=(const NestingGuard&) = delete;
    ~NestingGuard() { --depth_; }

private:
    static constexpr int most = 100;
    int& depth_;
};

}  // namespace wasminfer::gen
