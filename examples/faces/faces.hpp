// What BlazeFace wants of a picture, and what its answer means. examples/worker finds faces with it, too.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <functional>
#include <span>
#include <vector>

namespace faces {

constexpr int side = 128;  // of the network's square picture

/// Pixels row by row, three bytes each.
struct Picture {
    const std::uint8_t* pixels = nullptr;
    int width = 0, height = 0;

    const std::uint8_t* at(int x, int y) const { return pixels + 3 * (y * width + x); }
    float scale(int to) const { return static_cast<float>(std::max(width, height)) / static_cast<float>(to); }
};

/// A found face, in the picture's pixels.
struct Box {
    float left, top, right, bottom, score;
    float area() const { return (right - left) * (bottom - top); }
    double sure() const { return 1 / (1 + std::exp(-double{score})); }
};

/// The picture, fitted into a square by averaging, black beside it.
template <int Side>
void shrink(const Picture& picture, std::span<std::uint8_t, 3 * Side * Side> square)
{
    const auto place = [scale = picture.scale(Side)](int i) { return static_cast<int>(static_cast<float>(i) * scale); };
    for (int i = 0; i < Side * Side; ++i) {
        const int x0 = place(i % Side), x1 = std::min(std::max(place(i % Side + 1), x0 + 1), picture.width);
        const int y0 = place(i / Side), y1 = std::min(std::max(place(i / Side + 1), y0 + 1), picture.height);
        int sum[3] = {}, count = 0;
        for (int y = y0; y < y1; ++y) {
            for (int x = x0; x < x1; ++x, ++count) {
                std::ranges::transform(sum, std::span{picture.at(x, y), 3}, sum, std::plus{});
            }
        }
        std::ranges::transform(sum, &square[static_cast<std::size_t>(3 * i)],
                               [count](int all) { return static_cast<std::uint8_t>(all / std::max(count, 1)); });
    }
}

/// One of the network's two grids: at each of its cells several candidates, a score and a box relative to the cell each.
inline void decode(std::span<const float> scores, std::span<const float> boxes, int cells, float scale,
                   std::vector<Box>& to)
{
    const std::size_t a_cell = scores.size() / static_cast<std::size_t>(cells * cells);
    for (std::size_t i = 0; i < scores.size(); ++i) {
        if (scores[i] > 1.0f) {  // logits: 73 % sure
            const float *box = &boxes[16 * i], size = side / static_cast<float>(cells);
            const auto cell = static_cast<int>(i / a_cell);
            const float x = (static_cast<float>(cell % cells) + 0.5f) * size + box[0], w = box[2] / 2;
            const float y = (static_cast<float>(cell / cells) + 0.5f) * size + box[1], h = box[3] / 2;
            to.push_back({scale * (x - w), scale * (y - h), scale * (x + w), scale * (y + h), scores[i]});
        }
    }
}

/// The best of boxes that overlap.
inline std::vector<Box> suppress(std::vector<Box> found)
{
    std::ranges::sort(found, std::greater{}, &Box::score);
    std::vector<Box> kept;
    for (const Box& box : found) {
        const auto overlaps = [&](const Box& other) {
            const float w = std::min(box.right, other.right) - std::max(box.left, other.left);
            const float h = std::min(box.bottom, other.bottom) - std::max(box.top, other.top);
            const float common = std::max(w, 0.0f) * std::max(h, 0.0f);
            return common > 0.3f * (box.area() + other.area() - common);
        };
        if (std::ranges::none_of(kept, overlaps)) {
            kept.push_back(box);
        }
    }
    return kept;
}

}  // namespace faces
