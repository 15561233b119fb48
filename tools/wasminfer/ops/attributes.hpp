#pragma once

#include "ops/node_view.hpp"

namespace wasminfer::gen {

/// Refuses attributes that are neither in the list nor among those that passes set (channels_last, fused_activation,
/// residual, bias): what isn't known may change the result.
void only_attributes(const NodeView& view, std::initializer_list<std::string_view> known);

/// Refuses an attribute with any other value than the one that is implemented.
void require_int(const NodeView& view, const std::string& key, std::int64_t only, const std::string& advice = {});

}  // namespace wasminfer::gen
