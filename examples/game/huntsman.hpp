// Whom the moths learn from: a huntsman who sees the whole clearing and sends each moth to where it can cut the ember off, on
// its own side of it, and away from its neighbours.
#pragma once

#include "rules.hpp"
#include "senses.hpp"

namespace ember {

inline void command(const World& world, Vec (&wish)[moths])
{
    for (int i = 0; i < moths; ++i) {
        const Moth& moth = world.moth[i];
        const Vec to_ember = world.ember - moth.at;
        const float distance = length(to_ember), arrival = distance * (1.0f / 33);
        const Vec aside = Vec{-to_ember.y, to_ember.x} * (1.75f * character(i));
        const Vec way = to_ember + world.speed * arrival + aside;
        const Vec want = way * (1 / (length(way) + 0.01f)) + moth.crowd;
        wish[i] = want * (1 / (length(want) + 0.01f));
    }
}

}  // namespace ember
