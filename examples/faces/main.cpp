// Finds faces in a picture and draws a box around each: faces picture.png boxes.png
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <functional>
#include <memory>
#include <vector>

#define STB_IMAGE_IMPLEMENTATION
#define STB_IMAGE_WRITE_IMPLEMENTATION
#include <stb/stb_image.h>
#include <stb/stb_image_write.h>

#include "blazeface.hpp"  // generated: pictures go in as rgb8 bytes

namespace {

constexpr int side = 128;  // of the network's square picture

struct Picture {
    int width = 0, height = 0, channels = 0;
    std::unique_ptr<stbi_uc, void (*)(void*)> pixels;

    explicit Picture(const char* path) : pixels{stbi_load(path, &width, &height, &channels, 3), stbi_image_free} {}
    stbi_uc* at(int x, int y) const { return pixels.get() + 3 * (y * width + x); }
    float scale() const { return static_cast<float>(std::max(width, height)) / side; }
};

/// A found face, in the picture's pixels.
struct Box {
    float left, top, right, bottom, score;
    float area() const { return (right - left) * (bottom - top); }
};

/// The picture, fitted into the network's square by averaging, black beside it.
void shrink(const Picture& picture, std::span<stbi_uc, 3 * side * side> square)
{
    const auto place = [scale = picture.scale()](int i) { return static_cast<int>(static_cast<float>(i) * scale); };
    for (int i = 0; i < side * side; ++i) {
        const int x0 = place(i % side), x1 = std::min(std::max(place(i % side + 1), x0 + 1), picture.width);
        const int y0 = place(i / side), y1 = std::min(std::max(place(i / side + 1), y0 + 1), picture.height);
        int sum[3] = {}, count = 0;
        for (int y = y0; y < y1; ++y) {
            for (int x = x0; x < x1; ++x, ++count) {
                std::ranges::transform(sum, std::span{picture.at(x, y), 3}, sum, std::plus{});
            }
        }
        std::ranges::transform(sum, &square[static_cast<std::size_t>(3 * i)],
                               [count](int all) { return static_cast<stbi_uc>(all / std::max(count, 1)); });
    }
}

/// One of the network's two grids: at each of its cells several candidates, a score and a box relative to the cell each.
void decode(std::span<const float> scores, std::span<const float> boxes, int cells, float scale, std::vector<Box>& to)
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
std::vector<Box> suppress(std::vector<Box> found)
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

void draw(const Picture& picture, const Box& box)
{
    for (int i = 0; i < picture.width * picture.height; ++i) {
        const auto x = static_cast<float>(i % picture.width), y = static_cast<float>(i / picture.width);
        const float depth = std::min({x - box.left, box.right - x, y - box.top, box.bottom - y});
        if (depth >= 0 && depth < 3) {
            std::ranges::copy(std::array<stbi_uc, 3>{40, 230, 60}, picture.pixels.get() + 3 * i);
        }
    }
}

}  // namespace

int main(int argc, char** argv)
{
    const Picture picture{argc > 1 ? argv[1] : "faces.png"};
    blazeface::Model model;
    if (!picture.pixels || !model.ready()) {
        std::fprintf(stderr, "faces: no picture, or no memory\n");
        return 1;
    }
    shrink(picture, model.input_0());
    model.run();
    std::vector<Box> found;
    decode(model.Identity_0(), model.Identity_2_0(), 16, picture.scale(), found);
    decode(model.Identity_1_0(), model.Identity_3_0(), 8, picture.scale(), found);
    for (const Box& box : suppress(std::move(found))) {
        std::printf("face from %ld, %ld to %ld, %ld, %.1f %% sure\n", std::lround(box.left), std::lround(box.top),
                    std::lround(box.right), std::lround(box.bottom), 100 / (1 + std::exp(-double{box.score})));
        draw(picture, box);
    }
    const char* to = argc > 2 ? argv[2] : "boxes.png";
    return stbi_write_png(to, picture.width, picture.height, 3, picture.pixels.get(), 0) != 0 ? 0 : 1;
}
