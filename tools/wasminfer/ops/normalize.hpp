// The normalisations' rows lie in normalize.cpp; this is what its neighbours lend it, and what they share.
#pragma once

#include "ops/infer.hpp"
#include "ops/lower.hpp"

namespace wasminfer::gen {

inline constexpr const char* normalize_header = "kernels/normalize.hpp";

/// Product of the extents of axes [first, last).
Dim extent_product(const Shape& shape, std::size_t first, std::size_t last);

/// The attribute epsilon.
float epsilon_of(const NodeView& view);

/// Refuses an input of rank below 2.
void require_channels(const NodeView& view);
/// Refuses a scalar.
void require_axes(const NodeView& view);

/// A parameter by channel: floats, a vector of `count`.
void require_vector(const NodeView& view, std::size_t input, const Dim& count, const std::string& what);

/// The type that statistics are computed in: ours is float for half, and the input's own otherwise. Asking for less is
/// accepted, asking for more refused.
void check_stash_type(const NodeView& view);

/// An image's extents as the kernels of channels take them: [outer][channels][inner].
struct ByChannel {
    Dim outer, channels, inner;

    explicit ByChannel(const NodeView& view);
    std::vector<Field> fields() const { return {{"outer", outer}, {"channels", channels}, {"inner", inner}}; }
};

// batch_norm.cpp
void infer_batch_norm(Infer& infer);
void lower_batch_norm(Lower& lower);

// layer_norm.cpp
void infer_layer_norm(Infer& infer);
void lower_layer_norm(Lower& lower);
void infer_rms_norm(Infer& infer);
void lower_rms_norm(Lower& lower);

}  // namespace wasminfer::gen
