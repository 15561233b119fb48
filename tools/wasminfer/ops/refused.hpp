#pragma once

#include <span>
#include <string_view>

namespace wasminfer::gen {

/// An operator of ONNX that is not implemented on purpose, and why.
struct Refusal {
    std::string_view domain;
    std::string_view type;  ///< "" stands for all of the domain.
    std::string_view reason;
    std::string_view advice = "";
};

std::span<const Refusal> all_refusals();
/// nullptr where the operator is not one of them.
const Refusal* find_refusal(std::string_view domain, std::string_view type);

}  // namespace wasminfer::gen
