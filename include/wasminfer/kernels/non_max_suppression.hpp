// NonMaxSuppression: the boxes of each class, best scores first, that overlap none taken before too much.
#pragma once

#include <algorithm>

#include <wasminfer/simd.hpp>

namespace wasminfer {

/// boxes[batch][boxes][4], scores[batch][classes][boxes].
struct non_max_suppression_extents {
    index batch = 1;
    index classes = 1;
    index boxes = 0;
};

/// What the four numbers of a box are: two opposite corners as y, x, y, x in either order; or its middle's x and y, its
/// width and height.
enum class box_format { corners, center };

namespace detail {

struct box_edges {
    float left, top, right, bottom;

    float area() const noexcept { return (right - left) * (bottom - top); }
};

template <box_format Format>
inline box_edges edges_of(const float* box) noexcept
{
    if constexpr (Format == box_format::center) {
        const float half_width = box[2] / 2;
        const float half_height = box[3] / 2;
        return {box[0] - half_width, box[1] - half_height, box[0] + half_width, box[1] + half_height};
    } else {
        return {pmin(box[1], box[3]), pmin(box[0], box[2]), pmax(box[1], box[3]), pmax(box[0], box[2])};
    }
}

/// Whether the boxes' intersection is more than `threshold` of their union. Boxes without an area overlap none.
inline bool overlaps(const box_edges& a, const box_edges& b, float threshold) noexcept
{
    const float width = pmin(a.right, b.right) - pmax(a.left, b.left);
    const float height = pmin(a.bottom, b.bottom) - pmax(a.top, b.top);
    if (!(width > 0 && height > 0 && a.area() > 0 && b.area() > 0)) {
        return false;
    }
    const float common = width * height;
    return common / (a.area() + b.area() - common) > threshold;
}

}  // namespace detail

/// out[returned][3]: batch, class, box. most: how many of a class at most, none where null; iou: the threshold of overlap,
/// 0 where null; least: scores have to be greater, any is where null. scratch: a place for each box. Of equal scores the
/// earlier box comes first; a NaN comes last.
template <box_format Format = box_format::corners>
inline index non_max_suppression(const float* boxes, const float* scores, const std::int64_t* most, const float* iou,
                                 const float* least, std::int64_t* out, std::int64_t* scratch,
                                 const non_max_suppression_extents& e) noexcept
{
    const float threshold = iou ? *iou : 0;
    const std::int64_t limit = most ? *most : 0;
    index taken = 0;
    for (index n = 0; n < e.batch; ++n, boxes += e.boxes * 4) {
        for (index c = 0; c < e.classes; ++c, scores += e.boxes) {
            index candidates = 0;
            for (index i = 0; i < e.boxes; ++i) {
                if (!least || scores[i] > *least) {
                    scratch[candidates++] = i;
                }
            }
            // Indices break ties, so that every implementation of sort finds the same order.
            std::sort(scratch, scratch + candidates, [scores](std::int64_t a, std::int64_t b) {
                const float x = scores[a];
                const float y = scores[b];
                if (x != x || y != y) {
                    return x == x || (y != y && a < b);
                }
                return x > y || (x == y && a < b);
            });
            const index first = taken;
            for (index i = 0; i < candidates && taken - first < limit; ++i) {
                const auto edges = detail::edges_of<Format>(boxes + scratch[i] * 4);
                bool free = true;
                for (index other = first; free && other < taken; ++other) {
                    free =
                        !detail::overlaps(edges, detail::edges_of<Format>(boxes + out[other * 3 + 2] * 4), threshold);
                }
                if (free) {
                    out[taken * 3] = n;
                    out[taken * 3 + 1] = c;
                    out[taken * 3 + 2] = scratch[i];
                    ++taken;
                }
            }
        }
    }
    return taken;
}

}  // namespace wasminfer
