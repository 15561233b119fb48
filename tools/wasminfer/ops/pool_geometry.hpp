#pragma once

#include "ops/call.hpp"
#include "ops/spatial.hpp"

namespace wasminfer::gen {

/// A pool's operand and windows, measured.
struct PoolGeometry {
    ImageLayout layout;
    Windows windows;
    Dim batch, channels;
};

/// Refuses an input that has not 1, 2 or 3 spatial axes.
void require_image(const NodeView& view);
/// Of input 0 and the node's attributes. Refuses padding in which whole windows would lie.
PoolGeometry pool_geometry(const NodeView& view);
/// The members of pool_extents.
std::vector<Field> volume_fields(const PoolGeometry& g);

}  // namespace wasminfer::gen
