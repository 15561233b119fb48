// Pictures for the Worker's networks, in a linear memory of its own: whatever a hostile file does to the decoder, it reaches
// neither weights nor anybody's data. body() gives the place for a request's bytes; read_file() or read_pixels() makes them
// the picture; faces_input() and digit_input() fit it to a network; find_faces() says what BlazeFace's answer means.
#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdlib>
#include <span>
#include <vector>

#include "../faces/faces.hpp"
#include "blocks.hpp"

namespace {

Blocks blocks;

}  // namespace

#define STBI_MALLOC(bytes) blocks.make(bytes)
#define STBI_REALLOC_SIZED(block, had, bytes) blocks.resize(block, had, bytes)
#define STBI_FREE(block) blocks.drop(block)
#define STBI_ASSERT(x) ((x) ? void() : __builtin_trap())
#define STBI_ONLY_JPEG
#define STBI_ONLY_PNG
#define STBI_NO_STDIO
#define STB_IMAGE_IMPLEMENTATION
#include <stb/stb_image.h>

#define EXPORT(name) extern "C" __attribute__((export_name(#name)))

namespace {

constexpr int largest_side = 8192;
constexpr int largest_pixels = 1 << 22;  // 4 megapixels
constexpr int most_scans = 100;          // of a progressive JPEG: each goes over the whole picture

/// app/picture.mjs has an answer for each.
enum Status { ok, no_picture, too_large, broken };

std::uint8_t* sent = nullptr;  // the request's bytes
std::size_t sent_bytes = 0;
faces::Picture picture;

std::array<std::uint8_t, 3 * faces::side * faces::side> faces_square;
std::array<float, 64> digit_square;

/// BlazeFace's outputs, those of its grid of 16 cells a side before those of 8.
struct {
    std::array<float, 512> scores_16;
    std::array<float, 384> scores_8;
    std::array<float, 512 * 16> boxes_16;
    std::array<float, 384 * 16> boxes_8;
} candidates;
std::vector<faces::Box> found;

bool is_jpeg()
{
    return sent_bytes > 1 && sent[0] == 0xff && sent[1] == 0xd8;
}

/// Within a scan's data the byte 0xff is followed by none that begins another, so what is counted are scans.
int scans()
{
    int count = 0;
    for (std::size_t i = 0; i + 1 < sent_bytes; ++i) {
        count += sent[i] == 0xff && sent[i + 1] == 0xda ? 1 : 0;
    }
    return count;
}

/// Sizes beyond its own bounds stb does not tell from no picture at all. They are the first two numbers of a PNG.
bool is_huge_png()
{
    constexpr std::array<std::uint8_t, 8> begins{0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n'};
    constexpr std::size_t width_at = 16, height_at = 20, ends = 24;
    const auto number = [](std::size_t at) {
        return std::uint64_t{sent[at]} << 24 | sent[at + 1] << 16 | sent[at + 2] << 8 | sent[at + 3];
    };
    return sent_bytes >= ends && std::equal(begins.begin(), begins.end(), sent) &&
           number(width_at) * number(height_at) > largest_pixels;
}

bool fits(int width, int height)
{
    return width <= largest_side && height <= largest_side && width * height <= largest_pixels;
}

}  // namespace

/// The place for a request's bytes; what the request before left is gone. Null where there is no memory.
EXPORT(body) void* body(std::size_t bytes)
{
    picture = {};
    blocks.begin();
    blocks.allow(bytes);
    sent = static_cast<std::uint8_t*>(blocks.make(bytes));
    sent_bytes = sent == nullptr ? 0 : bytes;
    return sent;
}

/// Makes body(), a PNG or JPEG file, the picture. What its header announces is looked at before anything is decoded.
EXPORT(read_file) int read_file()
{
    constexpr std::size_t a_pixel = 40;  // progressive JPEGs and PNGs of 16 bits with alpha take the most
    const auto length = static_cast<int>(sent_bytes);
    int width = 0, height = 0, channels = 0;
    blocks.allow(std::size_t{1} << 16);
    if (stbi_info_from_memory(sent, length, &width, &height, &channels) == 0) {
        return is_huge_png() ? too_large : no_picture;
    }
    if (!fits(width, height) || (is_jpeg() && scans() > most_scans)) {
        return too_large;
    }
    blocks.allow((std::size_t{1} << 20) + 4 * sent_bytes + a_pixel * static_cast<std::size_t>(width * height));
    const stbi_uc* pixels = stbi_load_from_memory(sent, length, &width, &height, &channels, 3);
    picture = {.pixels = pixels, .width = width, .height = height};
    return pixels == nullptr ? broken : ok;
}

/// Makes body(), three bytes a pixel, the picture.
EXPORT(read_pixels) int read_pixels(int width, int height)
{
    if (width < 1 || height < 1) {
        return broken;
    }
    if (!fits(width, height)) {
        return too_large;
    }
    if (sent_bytes != 3 * static_cast<std::size_t>(width * height)) {
        return broken;
    }
    picture = {.pixels = sent, .width = width, .height = height};
    return ok;
}

EXPORT(width) int width()
{
    return picture.width;
}

EXPORT(height) int height()
{
    return picture.height;
}

/// u8[128, 128, 3]: the picture for BlazeFace.
EXPORT(faces_input) const void* faces_input()
{
    faces::shrink<faces::side>(picture, faces_square);
    return faces_square.data();
}

/// f32[8, 8] from 0 to 16: the picture as the digits' network was trained, light ink on a dark ground.
EXPORT(digit_input) const void* digit_input()
{
    std::array<std::uint8_t, 3 * 64> square;
    faces::shrink<8>(picture, square);
    for (std::size_t i = 0; i < digit_square.size(); ++i) {
        const int sum = square[3 * i] + square[3 * i + 1] + square[3 * i + 2];
        digit_square[i] = static_cast<float>(sum) * (16.0f / (3 * 255));
    }
    return digit_square.data();
}

/// Where find_faces() wants the network's outputs, one behind the other.
EXPORT(candidates) void* candidates_place()
{
    return &candidates;
}

/// How many faces there are; found() has them.
EXPORT(find_faces) std::size_t find_faces()
{
    const float scale = picture.scale(faces::side);
    found.clear();
    faces::decode(candidates.scores_16, candidates.boxes_16, 16, scale, found);
    faces::decode(candidates.scores_8, candidates.boxes_8, 8, scale, found);
    found = faces::suppress(std::move(found));
    return found.size();
}

/// f32[n, 5]: left, top, right, bottom in the picture's pixels, and the logit of being a face.
EXPORT(found) const void* found_boxes()
{
    return found.data();
}
