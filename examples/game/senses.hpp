// What a moth sees, and what its network's answer means: both in the moth's own frame, whose first axis points at the ember,
// so that the network need not learn that a clearing is round.
#pragma once

#include <algorithm>
#include <span>

#include "rules.hpp"

namespace ember {

inline constexpr int senses = 22, answers = 2;

/// What moth i has of its own, from -1 to 1, so that not all do the same.
inline float character(int i)
{
    return static_cast<float>(i % 16) * (2.0f / 15) - 1;
}

/// Unit vectors towards the ember, one a moth.
struct Frames {
    Vec forward[moths];
};

/// seen[i][…] is what moth i knows: all that the network gets.
inline void observe(const World& world, Frames& frames, std::span<float, std::size_t{moths} * senses> seen)
{
    // The spark that the ember is likely to go for.
    const Vec* next = std::ranges::min_element(world.spark, {}, [&](Vec at) { return length(at - world.ember); });
    const float charge = static_cast<float>(world.charge) * (1.0f / sparks_a_burst);
    const float safe = static_cast<float>(world.safe) * (1.0f / safe_steps);
    for (int i = 0; i < moths; ++i) {
        const Moth& moth = world.moth[i];
        const Vec to_ember = world.ember - moth.at;
        const float distance = length(to_ember);
        const Vec forward = to_ember * (1 / (distance + 0.01f));
        frames.forward[i] = forward;
        float* to = &seen[static_cast<std::size_t>(i * senses)];
        const auto one = [&](float value) { *to++ = value; };
        const auto both = [&](Vec v, float scale) {
            one(dot(v, forward) * scale);
            one((v.y * forward.x - v.x * forward.y) * scale);
        };
        one(distance * (1 / clearing));
        one(10 / (10 + distance));
        both(moth.speed, 1.0f / 30);
        both(world.speed, 1.0f / ember_speed);
        both(*next - world.ember, 1.0f / 50);
        both(*next - moth.at, 1.0f / 50);
        both(moth.crowd, 0.5f);
        one(moth.near * 0.25f);
        both(world.ember, 1 / clearing);
        both(world.middle - world.ember, 1.0f / 50);
        one(charge);
        one(safe);
        one(character(i));
        one(character(i) * distance * (1 / clearing));
        one(length(world.speed) * distance * (1 / (clearing * ember_speed)));
    }
}

/// The network's answers as wishes in the clearing's frame.
inline void follow(const Frames& frames, std::span<const float, std::size_t{moths} * answers> answer,
                   Vec (&wish)[moths])
{
    for (int i = 0; i < moths; ++i) {
        const Vec forward = frames.forward[i];
        const float ahead = answer[static_cast<std::size_t>(2 * i)],
                    aside = answer[static_cast<std::size_t>(2 * i + 1)];
        const Vec want{forward.x * ahead - forward.y * aside, forward.y * ahead + forward.x * aside};
        const float size = length(want);
        wish[i] = want * (size > 1 ? 1 / size : 1.0f);
    }
}

/// One step in which every moth decides. Mind: a generated Model, or Network.
template <class Mind>
void step(World& world, Mind& mind, Move move)
{
    Frames frames;
    Vec wish[moths];
    observe(world, frames, mind.seen());
    mind.run();
    follow(frames, mind.answer(), wish);
    world.step(move, wish);
}

}  // namespace ember
