// What the moths are with their network's weights, and what without: game_shuffle policy.onnx [games]
// Plays games with the weights as they are, and then with each tensor's weights in random order, which keeps how large they
// are and loses what was learnt: ten orders, a tenth of the games each. Exit code 1 where the moths win less than 70 % of the
// first or more than 55 % of the second.
#include <cstdio>
#include <cstdlib>
#include <utility>

#include "evaluate.hpp"
#include "network.hpp"
#include "policy_file.hpp"

namespace {

using namespace ember;

void shuffle(std::span<float> part, Random& random)
{
    for (std::size_t i = part.size(); i > 1; --i) {
        std::swap(part[i - 1], part[random.next() % i]);
    }
}

Record play_games(std::span<const float> weights, int first, int games)
{
    Network network{weights};
    Record record;
    for (int seed = first; seed < first + games; ++seed) {
        record.add(play(static_cast<std::uint64_t>(seed), network));
    }
    return record;
}

void print(const char* name, const Record& record)
{
    std::printf("%s: the moths won %d of %d games (%.1f %%), %.1f s and %.1f sparks a game\n", name, record.won,
                record.games, record.share(), record.seconds / record.games, record.gathered / record.games);
    std::fflush(stdout);
}

}  // namespace

int main(int argc, char** argv)
{
    const std::vector<float> weights = load_policy(argc > 1 ? argv[1] : "policy.onnx");
    const int games = argc > 2 ? std::atoi(argv[2]) : 1000;
    constexpr int orders = 10;
    if (weights.empty() || games < orders) {
        std::fprintf(stderr, "usage: game_shuffle policy.onnx [games]\n");
        return 2;
    }
    const Record trained = play_games(weights, 1, games);
    print("trained", trained);
    Record shuffled;
    for (int order = 0; order < orders; ++order) {
        Random random{static_cast<std::uint64_t>(order + 1)};
        std::vector<float> mixed = weights;
        for (int layer = 0; layer < layers; ++layer) {
            const std::size_t begin = layer_begin(layer), biases = layer_biases(layer), end = layer_begin(layer + 1);
            shuffle({mixed.data() + begin, biases - begin}, random);
            shuffle({mixed.data() + biases, end - biases}, random);
        }
        const Record record = play_games(mixed, 1 + order * (games / orders), games / orders);
        std::printf("shuffle %d: %.0f %%\n", order + 1, record.share());
        shuffled.games += record.games;
        shuffled.won += record.won;
        shuffled.seconds += record.seconds;
        shuffled.gathered += record.gathered;
    }
    print("shuffled", shuffled);
    return trained.share() >= 70 && shuffled.share() <= 55 ? 0 : 1;
}
