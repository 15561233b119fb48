// Operators of other domains than ONNX's own, for OperatorTest, which knows none.
#pragma once

#include "support/operator_test.hpp"

namespace wasminfer::gen::test {

/// The family's operator of this type and opset, on its own and without its domain.
inline OperatorTest domain_test(std::span<const Operator> family, const std::string& type, std::int64_t opset)
{
    static std::map<std::pair<std::string, std::int64_t>, std::vector<Operator>> kept;
    auto& rows = kept[{type, opset}];
    if (rows.empty()) {
        for (Operator row : family) {
            if (row.type == type && row.since <= opset) {
                row.domain = "";
                rows.push_back(row);
            }
        }
    }
    return {rows, type, opset};
}

}  // namespace wasminfer::gen::test
