// The rules of the game, the same bits in every build: fixed time steps, its own random numbers, and of the elementary
// functions only the square root, which IEEE 754 rounds. What the moths want comes from outside, see senses.hpp.
//
// An ember gathers sparks in a round clearing while moths hunt it. A moth that touches it takes one of three flames, and
// the flare throws the moths back. Every fourth spark gives a burst that does the same. The moths have won when no flame is
// left; the ember has won when it has gathered all sparks, or at dawn.
#pragma once

#include <cmath>
#include <cstdint>

namespace ember {

inline constexpr int moths = 240;
inline constexpr int sparks = 3;          // that lie there at any time
inline constexpr int sparks_to_win = 30;  // gathered
inline constexpr int sparks_a_burst = 4;
inline constexpr int flames = 3;
inline constexpr int steps_a_second = 60;
inline constexpr int dawn = 60 * steps_a_second;
inline constexpr int safe_steps = 75;  // after a touch
inline constexpr float dt = 1.0f / steps_a_second;

inline constexpr float clearing = 120;    // radius
inline constexpr float moth_size = 1.5f;  // moths keep twice that from each other
inline constexpr float touch = 2.2f;      // distance at which a moth has reached the ember
inline constexpr float reach = 3.5f;      // at which the ember gathers a spark
inline constexpr float ember_speed = 40;
inline constexpr float ember_response = 7;         // per second
inline constexpr float moth_force = 34;            // in full
inline constexpr float moth_drag = 1.8f;           // per second: at most 31 a second, in a straight line
inline constexpr int awake = 40 * steps_a_second;  // from when on they have it; half of it at dusk
inline constexpr float burst_radius = 32;
inline constexpr float burst_speed = 90;
inline constexpr float sight = 7;  // at which moths feel each other

struct Vec {
    float x = 0, y = 0;
    friend constexpr Vec operator+(Vec a, Vec b) { return {a.x + b.x, a.y + b.y}; }
    friend constexpr Vec operator-(Vec a, Vec b) { return {a.x - b.x, a.y - b.y}; }
    friend constexpr Vec operator*(Vec a, float s) { return {a.x * s, a.y * s}; }
    friend constexpr float dot(Vec a, Vec b) { return a.x * b.x + a.y * b.y; }
    friend float length(Vec a) { return std::sqrt(dot(a, a)); }
};

/// PCG-XSH-RR, 64 bits of state (M. E. O'Neill, "PCG: a family of simple fast space-efficient statistically good algorithms
/// for random number generation", 2014).
struct Random {
    std::uint64_t state;

    explicit constexpr Random(std::uint64_t seed) : state{seed * 0x9e3779b97f4a7c15 + 0xda3e39cb94b95bdb} { next(); }
    constexpr std::uint32_t next()
    {
        const std::uint64_t old = state;
        state = old * 6364136223846793005 + 1442695040888963407;
        const auto word = static_cast<std::uint32_t>(((old >> 18) ^ old) >> 27);
        const auto turn = static_cast<std::uint32_t>(old >> 59);
        return (word >> turn) | (word << (-turn & 31));
    }
    /// In [0, 1), 24 bits.
    constexpr float unit() { return static_cast<float>(next() >> 8) * 0x1p-24f; }
    /// Evenly in the disc of that radius.
    constexpr Vec disc(float radius)
    {
        for (;;) {
            const Vec at{2 * unit() - 1, 2 * unit() - 1};
            if (dot(at, at) < 1) {
                return at * radius;
            }
        }
    }
};

struct Moth {
    Vec at, speed;
    Vec crowd;       // of the moths in sight: away from them, the nearer the more
    float near = 0;  // how many those are, the nearer the more
};

enum class Outcome : std::uint8_t { playing, moths_win, ember_wins };

/// What the player, or who stands in for him, does in a step.
struct Move {
    Vec direction;  // of length 1 at most
    bool burst = false;
};

struct World {
    Random random;
    Moth moth[moths];
    Vec spark[sparks];
    Vec ember, speed;
    Vec middle;  // of all moths
    int flames_left = flames;
    int gathered = 0;
    int charge = 0;         // sparks towards a burst
    int safe = safe_steps;  // steps in which nothing can touch the ember
    int time = 0;           // steps
    int flare = 0;          // bursts and touches so far
    Outcome outcome = Outcome::playing;

    explicit World(std::uint64_t seed);
    /// One step; wish[i] is where moth i wants to go, of length 1 at most.
    void step(Move move, const Vec (&wish)[moths]);

private:
    void place(Vec& one);
    void burst();
    void move_ember(Vec direction);
    void move_moth(Moth& one, Vec wish);
    void gather();
    void feel();
    float force() const { return moth_force * (0.5f + 0.5f * static_cast<float>(time < awake ? time : awake) / awake); }
};

/// Keeps at inside the clearing, and takes what speed leads out of it.
inline void stay_inside(Vec& at, Vec& speed)
{
    const float from_middle = length(at);
    if (from_middle > clearing) {
        at = at * (clearing / from_middle);
        const Vec out = at * (1 / clearing);
        const float outwards = dot(speed, out);
        speed = speed - out * (outwards > 0 ? outwards : 0.0f);
    }
}

inline World::World(std::uint64_t seed) : random{seed}
{
    for (Moth& one : moth) {
        do {
            one.at = random.disc(clearing);
        } while (length(one.at) < 90);
    }
    for (Vec& one : spark) {
        place(one);
    }
    feel();
}

inline void World::place(Vec& one)
{
    do {
        one = random.disc(0.9f * clearing);
    } while (length(one - ember) < 30);
}

inline void World::burst()
{
    ++flare;
    for (Moth& one : moth) {
        const Vec from = one.at - ember;
        const float distance = length(from);
        if (distance < burst_radius) {
            one.speed = one.speed + from * (burst_speed * (1 - distance / burst_radius) / (distance + 0.01f));
        }
    }
}

inline void World::move_ember(Vec direction)
{
    speed = speed + (direction * ember_speed - speed) * (ember_response * dt);
    ember = ember + speed * dt;
    stay_inside(ember, speed);
}

inline void World::move_moth(Moth& one, Vec wish)
{
    one.speed = (one.speed + wish * (force() * dt)) * (1 - moth_drag * dt);
    one.at = one.at + one.speed * dt;
    stay_inside(one.at, one.speed);
}

inline void World::gather()
{
    for (Vec& one : spark) {
        if (length(one - ember) < reach) {
            ++gathered;
            charge += charge < sparks_a_burst ? 1 : 0;
            place(one);
        }
    }
}

/// What each moth feels of those around it; and they push each other apart where they would overlap. A grid finds the pairs.
inline void World::feel()
{
    constexpr int side = 2 * static_cast<int>(clearing / sight) + 5;
    const auto cell_of = [](float at) { return static_cast<int>((at + clearing) * (1 / sight)) + 1; };
    int begin[side * side + 1] = {}, cell[moths], order[moths];
    middle = {};
    for (int i = 0; i < moths; ++i) {
        cell[i] = cell_of(moth[i].at.y) * side + cell_of(moth[i].at.x);
        ++begin[cell[i]];
        middle = middle + moth[i].at * (1.0f / moths);
    }
    for (int c = 0; c < side * side; ++c) {
        begin[c + 1] += begin[c];
    }
    for (int i = moths; i-- > 0;) {
        order[--begin[cell[i]]] = i;
    }
    // In the cells' order, so that what is near lies near.
    struct Felt {
        Vec at, crowd, push;
        float near;
    } felt[moths];
    for (int i = 0; i < moths; ++i) {
        felt[i] = {moth[order[i]].at, {}, {}, 0};
    }
    const auto meet = [&](Felt& one, int from, int to) {
        for (int j = from; j < to; ++j) {
            Felt& other = felt[j];
            const Vec apart = one.at - other.at;
            const float square = dot(apart, apart);
            if (square < sight * sight) {
                const float distance = std::sqrt(square), nearness = 1 - distance * (1 / sight);
                const Vec away = apart * (1 / (distance + 0.01f));
                one.crowd = one.crowd + away * nearness;
                other.crowd = other.crowd - away * nearness;
                one.near += nearness;
                other.near += nearness;
                const float overlap = distance < 2 * moth_size ? 2 * moth_size - distance : 0.0f;
                one.push = one.push + away * overlap;
                other.push = other.push - away * overlap;
            }
        }
    };
    for (int i = 0; i < moths; ++i) {
        // Each pair once: the cell's others and the next cell, and the three below.
        const int here = cell[order[i]];
        meet(felt[i], i + 1, begin[here + 2]);
        meet(felt[i], begin[here + side - 1], begin[here + side + 2]);
    }
    for (int i = 0; i < moths; ++i) {
        Moth& one = moth[order[i]];
        one.crowd = felt[i].crowd;
        one.near = felt[i].near;
        one.at = one.at + felt[i].push * 0.25f;
        stay_inside(one.at, one.speed);
    }
}

inline void World::step(Move move, const Vec (&wish)[moths])
{
    if (outcome != Outcome::playing) {
        return;
    }
    ++time;
    if (move.burst && charge == sparks_a_burst) {
        charge = 0;
        burst();
    }
    move_ember(move.direction);
    bool touched = false;
    for (int i = 0; i < moths; ++i) {
        move_moth(moth[i], wish[i]);
        touched = touched || length(moth[i].at - ember) < touch;
    }
    gather();
    safe -= safe > 0 ? 1 : 0;
    if (touched && safe == 0) {
        --flames_left;
        safe = safe_steps;
        burst();
    }
    feel();
    outcome = flames_left == 0                            ? Outcome::moths_win
              : gathered >= sparks_to_win || time == dawn ? Outcome::ember_wins
                                                          : Outcome::playing;
}

}  // namespace ember
