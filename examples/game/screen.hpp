// A picture made of light: what is drawn adds to what is there and fades by itself. Nothing but a canvas's pixels is needed.
#pragma once

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <span>
#include <vector>

#include "rules.hpp"

namespace ember {

struct Colour {
    float red, green, blue;  // 0 to 255
    friend constexpr Colour operator*(Colour c, float s) { return {c.red * s, c.green * s, c.blue * s}; }
    friend constexpr Colour operator+(Colour a, Colour b)
    {
        return {a.red + b.red, a.green + b.green, a.blue + b.blue};
    }
};

class Screen {
public:
    static constexpr float margin = 1.07f;  // of the clearing's radius is seen

    explicit Screen(int pixels)
        : side{pixels}, scale{static_cast<float>(pixels) / (2 * margin * clearing)},
          light(static_cast<std::size_t>(4 * side * side)), floor(light.size()), picture(light.size())
    {
        paint_floor();
    }

    int pixels() const { return side; }
    std::span<const std::uint8_t> rgba() const { return picture; }

    /// A place in the clearing, in pixels, and back.
    Vec to_pixels(Vec at) const { return (at + Vec{margin * clearing, margin * clearing}) * scale; }
    Vec to_clearing(Vec pixel) const { return pixel * (1 / scale) - Vec{margin * clearing, margin * clearing}; }

    /// Lets 3/16 of all light go.
    void fade()
    {
        for (std::uint8_t& value : light) {
            value = static_cast<std::uint8_t>(value * 13 / 16);
        }
    }

    /// A round light, brightest in its middle; it stays and fades.
    void glow(Vec at, float radius, Colour colour) { add(light, at, radius, colour); }

    /// The floor and all light on it, as a canvas wants it.
    void finish()
    {
        for (std::size_t i = 0; i < light.size(); ++i) {
            const int sum = light[i] + floor[i];
            picture[i] = static_cast<std::uint8_t>(sum < 255 ? sum : 255);
        }
    }

    /// A light that is gone with the next picture. After finish().
    void shine(Vec at, float radius, Colour colour) { add(picture, at, radius, colour); }

private:
    int side;
    float scale;
    std::vector<std::uint8_t> light, floor, picture;

    void add(std::vector<std::uint8_t>& to, Vec at, float radius, Colour colour) const
    {
        const Vec middle = to_pixels(at) - Vec{0.5f, 0.5f};
        const float size = radius * scale, shrink = 1 / (size * size);
        const auto clip = [this](float value) { return std::clamp(static_cast<int>(value), 0, side - 1); };
        const int left = clip(middle.x - size), right = clip(middle.x + size + 1);
        const int top = clip(middle.y - size), bottom = clip(middle.y + size + 1);
        for (int y = top; y <= bottom; ++y) {
            const float dy = static_cast<float>(y) - middle.y;
            std::uint8_t* pixel = &to[static_cast<std::size_t>(4 * (y * side + left))];
            for (int x = left; x <= right; ++x, pixel += 4) {
                const float dx = static_cast<float>(x) - middle.x;
                const float nearness = std::max(1 - (dx * dx + dy * dy) * shrink, 0.0f), strength = nearness * nearness;
                pixel[0] = static_cast<std::uint8_t>(std::min(static_cast<int>(colour.red * strength) + pixel[0], 255));
                pixel[1] =
                    static_cast<std::uint8_t>(std::min(static_cast<int>(colour.green * strength) + pixel[1], 255));
                pixel[2] =
                    static_cast<std::uint8_t>(std::min(static_cast<int>(colour.blue * strength) + pixel[2], 255));
            }
        }
    }

    /// A clearing at night, and the wood around it.
    void paint_floor()
    {
        Random random{7};
        for (int i = 0; i < side * side; ++i) {
            const Vec at = to_clearing({static_cast<float>(i % side) + 0.5f, static_cast<float>(i / side) + 0.5f});
            const float from_middle = length(at) / clearing, edge = std::max(1 - std::abs(from_middle - 1) * 30, 0.0f);
            const float glimmer = from_middle < 1 ? 1 - 0.6f * from_middle * from_middle : 0.15f;
            const float grain = 2 * random.unit();
            const Colour colour =
                Colour{9, 13, 28} * glimmer + Colour{20, 34, 52} * (edge * edge) + Colour{1, 1, 1} * grain;
            std::uint8_t* pixel = &floor[static_cast<std::size_t>(4 * i)];
            pixel[0] = static_cast<std::uint8_t>(colour.red);
            pixel[1] = static_cast<std::uint8_t>(colour.green);
            pixel[2] = static_cast<std::uint8_t>(colour.blue);
            pixel[3] = 255;
        }
        for (int i = 0; i < 400; ++i) {
            const Vec at = random.disc(1.5f * clearing);
            if (length(at) > 1.03f * clearing) {
                add(floor, at, 3 + 6 * random.unit(), Colour{6, 16, 14} * (0.4f + random.unit()));
            }
        }
    }
};

}  // namespace ember
