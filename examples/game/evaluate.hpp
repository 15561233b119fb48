// Games of the moths against the dodger.
#pragma once

#include "dodger.hpp"
#include "senses.hpp"

namespace ember {

/// Plays the game of that seed to its end, or for that many steps.
template <class Mind>
World play(std::uint64_t seed, Mind& mind, int steps = dawn)
{
    World world{seed};
    Dodger dodger;
    while (world.outcome == Outcome::playing && world.time < steps) {
        step(world, mind, dodger(world));
    }
    return world;
}

/// What came out of some games.
struct Record {
    int games = 0, won = 0;
    double seconds = 0, gathered = 0;

    void add(const World& world)
    {
        ++games;
        won += world.outcome == Outcome::moths_win ? 1 : 0;
        seconds += static_cast<double>(world.time) / steps_a_second;
        gathered += world.gathered;
    }
    double share() const { return 100.0 * won / games; }
};

}  // namespace ember
