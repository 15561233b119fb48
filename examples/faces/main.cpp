// Finds faces in a picture and draws a box around each: faces picture.png boxes.png
#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <memory>
#include <vector>

#define STB_IMAGE_IMPLEMENTATION
#define STB_IMAGE_WRITE_IMPLEMENTATION
#include <stb/stb_image.h>
#include <stb/stb_image_write.h>

#include "blazeface.hpp"  // generated: pictures go in as rgb8 bytes
#include "faces.hpp"

namespace {

void draw(const faces::Picture& picture, stbi_uc* pixels, const faces::Box& box)
{
    for (int i = 0; i < picture.width * picture.height; ++i) {
        const auto x = static_cast<float>(i % picture.width), y = static_cast<float>(i / picture.width);
        const float depth = std::min({x - box.left, box.right - x, y - box.top, box.bottom - y});
        if (depth >= 0 && depth < 3) {
            std::ranges::copy(std::array<stbi_uc, 3>{40, 230, 60}, pixels + 3 * i);
        }
    }
}

}  // namespace

int main(int argc, char** argv)
{
    faces::Picture picture;
    int channels = 0;
    const char* from = argc > 1 ? argv[1] : "faces.png";
    const std::unique_ptr<stbi_uc, void (*)(void*)> pixels{
        stbi_load(from, &picture.width, &picture.height, &channels, 3), stbi_image_free};
    blazeface::Model model;
    if (!pixels || !model.ready()) {
        std::fprintf(stderr, "faces: no picture, or no memory\n");
        return 1;
    }
    picture.pixels = pixels.get();
    faces::shrink<faces::side>(picture, model.input_0());
    model.run();
    std::vector<faces::Box> found;
    const float scale = picture.scale(faces::side);
    faces::decode(model.Identity_0(), model.Identity_2_0(), 16, scale, found);
    faces::decode(model.Identity_1_0(), model.Identity_3_0(), 8, scale, found);
    for (const faces::Box& box : faces::suppress(std::move(found))) {
        std::printf("face from %ld, %ld to %ld, %ld, %.1f %% sure\n", std::lround(box.left), std::lround(box.top),
                    std::lround(box.right), std::lround(box.bottom), 100 * box.sure());
        draw(picture, pixels.get(), box);
    }
    const char* to = argc > 2 ? argv[2] : "boxes.png";
    return stbi_write_png(to, picture.width, picture.height, 3, pixels.get(), 0) != 0 ? 0 : 1;
}
