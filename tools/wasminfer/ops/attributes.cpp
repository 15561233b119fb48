#include "ops/attributes.hpp"

#include <algorithm>
#include <array>

namespace wasminfer::gen {

namespace {

constexpr std::array<std::string_view, 5> internal{"fused_activation", "algorithm", "bias", "channels_last",
                                                   "residual"};

}  // namespace

void only_attributes(const NodeView& view, std::initializer_list<std::string_view> known)
{
    for (const auto& [key, value] : view.node().attributes) {
        const std::string_view name = key;
        if (std::ranges::find(known, name) == known.end() && std::ranges::find(internal, name) == internal.end()) {
            NodeView::fail("attribute '" + key + "' is not known to this operator at opset " +
                           std::to_string(view.opset()));
        }
    }
}

void require_int(const NodeView& view, const std::string& key, std::int64_t only, const std::string& advice)
{
    if (const auto value = view.int_attribute(key, only); value != only) {
        NodeView::fail("attribute '" + key + "' = " + std::to_string(value) + " is not supported, only " +
                           std::to_string(only),
                       advice);
    }
}

}  // namespace wasminfer::gen
