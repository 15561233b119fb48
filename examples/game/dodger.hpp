// The scripted opponent: the dodger. Fifteen times a second it looks in 16 directions and at staying, asks where it and the
// moths would be in a quarter, a half and one second if they went on as they do, and takes the way that leads to a spark
// past the fewest of them. It bursts when it could and five moths are close.
#pragma once

#include <algorithm>

#include "rules.hpp"

namespace ember {

class Dodger {
public:
    Move operator()(const World& world)
    {
        if (world.time % 4 == 0) {
            choose(world);
        }
        return move;
    }

private:
    Move move;

    static float danger(const World& world, Vec direction)
    {
        float sum = 0;
        for (const auto [ahead, lag] : {Vec{0.1f, 0.07f}, {0.25f, 0.12f}, {0.5f, 0.139f}, {0.9f, 0.143f}}) {
            const Vec goal = direction * ember_speed;
            Vec at = world.ember + goal * ahead + (world.speed - goal) * lag, unused;
            stay_inside(at, unused);
            const float radius = 4 + 3 * ahead, scale = 1 / (radius * radius), weight = 1.2f - ahead;
            for (const Moth& moth : world.moth) {
                const Vec apart = moth.at + moth.speed * ahead - at;
                const float nearness = 1 - dot(apart, apart) * scale;
                sum += nearness > 0 ? weight * nearness : 0.0f;
            }
        }
        return sum;
    }

    void choose(const World& world)
    {
        // cos of multiples of 22.5 degrees
        constexpr float turn[16] = {1,  0.9238795f,  0.7071068f,  0.3826834f,  0, -0.3826834f, -0.7071068f, -0.9238795f,
                                    -1, -0.9238795f, -0.7071068f, -0.3826834f, 0, 0.3826834f,  0.7071068f,  0.9238795f};
        float detour[sparks], best = 1e30f;
        for (int i = 0; i < sparks; ++i) {
            detour[i] = 6 * moths_around(world, world.spark[i]);
        }
        for (int i = 0; i <= 16; ++i) {
            const Vec direction = i == 16 ? Vec{} : Vec{turn[i], turn[(i + 12) % 16]};
            float nearest = 1e30f;
            for (int j = 0; j < sparks; ++j) {
                const Vec way = world.spark[j] - world.ember;
                const float along = std::clamp(dot(way, direction), 0.0f, ember_speed * 0.5f);
                nearest = std::min(nearest, length(way - direction * along) + detour[j]);
            }
            const float cost = danger(world, direction) + nearest * 0.05f;
            if (cost < best) {
                best = cost;
                move.direction = direction;
            }
        }
        int close = 0;
        for (const Moth& moth : world.moth) {
            close += length(moth.at - world.ember) < 9 ? 1 : 0;
        }
        move.burst = close >= 5;
    }

    /// How many moths there are, the nearer the more.
    static float moths_around(const World& world, Vec at)
    {
        float sum = 0;
        for (const Moth& moth : world.moth) {
            const Vec apart = moth.at - at;
            const float nearness = 1 - dot(apart, apart) * (1.0f / 144);
            sum += nearness > 0 ? nearness : 0.0f;
        }
        return sum;
    }
};

}  // namespace ember
