#pragma once

#include "ops/spatial.hpp"

namespace wasminfer::gen {

/// A convolution's operands, measured.
struct ConvGeometry {
    ImageLayout layout;
    Windows windows;
    Dim batch;
    std::int64_t groups = 1;
    std::int64_t in_channels = 0;
    std::int64_t out_channels = 0;

    bool depthwise() const { return groups > 1 && groups == in_channels && out_channels % groups == 0; }
};

/// A Conv's; W, at input `w`, is [M, C / group, window…]. Refuses what does not fit together.
ConvGeometry conv_geometry(const NodeView& view, std::size_t w = 1);
/// A ConvTranspose's; W is [C, M / group, window…].
ConvGeometry transposed_geometry(const NodeView& view);

}  // namespace wasminfer::gen
