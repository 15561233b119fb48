// The game without a screen, the dodger in the player's place:
//     game_play SEED STEPS    where everything is after that many steps, and a hash over the whole way there
//     game_play games N       plays the games of the seeds 1 to N, and counts
#include <bit>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string_view>

#include "evaluate.hpp"
#include "policy.hpp"  // generated from policy.onnx

namespace {

using namespace ember;

/// FNV-1a over the bits of everything that moves, after each step.
struct Hash {
    std::uint64_t value = 0xcbf29ce484222325;

    void add(float number)
    {
        const auto bits = std::bit_cast<std::uint32_t>(number);
        for (int i = 0; i < 32; i += 8) {
            value = (value ^ ((bits >> i) & 0xff)) * 0x100000001b3;
        }
    }
    void add(const World& world)
    {
        for (const Moth& moth : world.moth) {
            for (const float number : {moth.at.x, moth.at.y, moth.speed.x, moth.speed.y}) {
                add(number);
            }
        }
        add(world.ember.x);
        add(world.ember.y);
        add(static_cast<float>(world.flames_left * 1000 + world.gathered));
    }
};

void print(const char* name, Vec at)
{
    std::printf("%s %.4f %.4f\n", name, static_cast<double>(at.x), static_cast<double>(at.y));
}

int show(std::uint64_t seed, int steps, policy::Model& model)
{
    World world{seed};
    Dodger dodger;
    Hash hash;
    while (world.outcome == Outcome::playing && world.time < steps) {
        step(world, model, dodger(world));
        hash.add(world);
    }
    for (const Moth& moth : world.moth) {
        print("moth", moth.at);
    }
    for (const Vec spark : world.spark) {
        print("spark", spark);
    }
    print("ember", world.ember);
    std::printf("%d steps, %d flames left, %d sparks gathered\n", world.time, world.flames_left, world.gathered);
    std::printf("hash of the way there: %016llx\n", static_cast<unsigned long long>(hash.value));
    return 0;
}

int count(int games, policy::Model& model)
{
    Record record;
    double steps = 0;
    const auto start = std::chrono::steady_clock::now();
    for (int seed = 1; seed <= games; ++seed) {
        const World world = play(static_cast<std::uint64_t>(seed), model);
        record.add(world);
        steps += world.time;
    }
    const std::chrono::duration<double, std::micro> time = std::chrono::steady_clock::now() - start;
    std::printf("the moths won %d of %d games (%.1f %%), %.1f s and %.1f sparks a game; %.1f us a step\n", record.won,
                games, record.share(), record.seconds / games, record.gathered / games, time.count() / steps);
    return 0;
}

}  // namespace

int main(int argc, char** argv)
{
    const auto model = std::make_unique<policy::Model>();
    if (argc != 3 || !model->ready()) {
        std::fprintf(stderr, "usage: game_play SEED STEPS, or game_play games N\n");
        return 2;
    }
    const int number = std::atoi(argv[2]);
    return std::string_view{argv[1]} == "games" ? count(number, *model)
                                                : show(std::strtoull(argv[1], nullptr, 10), number, *model);
}
