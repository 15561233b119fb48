#include <wasminfer/kernels/non_max_suppression.hpp>

#include "kernels/reference.hpp"

namespace wasminfer {
namespace {

using Rows = std::vector<std::int64_t>;

struct Limits {
    std::int64_t most = 10;
    float iou = 0;
    const float* least = nullptr;
};

template <box_format Format = box_format::corners>
Rows taken(const std::vector<float>& boxes, const std::vector<float>& scores, const Limits& limits)
{
    const non_max_suppression_extents e{.classes = static_cast<index>(scores.size() * 4 / boxes.size()),
                                        .boxes = static_cast<index>(boxes.size() / 4)};
    Rows out(scores.size() * 3);
    Rows scratch(scores.size());
    const index count = non_max_suppression<Format>(boxes.data(), scores.data(), &limits.most, &limits.iou,
                                                    limits.least, out.data(), scratch.data(), e);
    out.resize(static_cast<std::size_t>(count) * 3);
    return out;
}

// The first two have 0.6 of their union in common; the second's corners come in the other order.
const std::vector<float> boxes{0, 0, 1, 4, 1, 5, 0, 1, 3, 3, 4, 4};

}  // namespace

TEST_CASE("the best boxes of each class, in order of their scores")
{
    const std::vector<float> scores{0.5f, 0.75f, 0.25f, 0.9f, 0.1f, 0.9f};
    CHECK(taken(boxes, scores, {.iou = 0.5f}) == Rows{0, 0, 1, 0, 0, 2, 0, 1, 0, 0, 1, 2});
    CHECK(taken(boxes, scores, {.iou = 0.7f}) == Rows{0, 0, 1, 0, 0, 0, 0, 0, 2, 0, 1, 0, 0, 1, 2, 0, 1, 1});
    CHECK(taken(boxes, scores, {.most = 1, .iou = 0.5f}) == Rows{0, 0, 1, 0, 1, 0});
    const float least = 0.5f;
    CHECK(taken(boxes, scores, {.iou = 0.7f, .least = &least}) == Rows{0, 0, 1, 0, 1, 0, 0, 1, 2});
    CHECK(taken(boxes, scores, {.most = 0}).empty());
    CHECK(taken(boxes, scores, {.most = -3}).empty());
}

TEST_CASE("boxes given by their middles; boxes without an area overlap none; a NaN's score comes last")
{
    const std::vector<float> middles{2, 0.5f, 4, 1, 3, 0.5f, 4, 1, 2, 0.5f, 0, 0};
    const std::vector<float> scores{0.5f, NAN, 0.25f};
    CHECK(taken<box_format::center>(middles, scores, {.iou = 0.5f}) == Rows{0, 0, 0, 0, 0, 2});
    CHECK(taken<box_format::center>(middles, scores, {.iou = 0.7f}) == Rows{0, 0, 0, 0, 0, 2, 0, 0, 1});
}

}  // namespace wasminfer
