// Trains the policy, natively, against the dodger: game_train policy.onnx [--seed N] [--rounds N]
//
// The moths learn from a huntsman who sees more than they do. In the first round he plays, and from then on they do, while he
// says what he would have done where they got to (S. Ross et al., "A reduction of imitation learning and structured prediction
// to no-regret online learning", 2011): so they learn to mend their own mistakes.
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <vector>

#include "dodger.hpp"
#include "huntsman.hpp"
#include "network.hpp"
#include "policy_file.hpp"

namespace {

using namespace ember;
using Weights = std::vector<float>;

constexpr int games_a_round = 6, batches_a_round = 2500, batch = 256;

/// From the normal distribution, nearly: a sum of twelve.
float normal(Random& random)
{
    float sum = -6;
    for (int i = 0; i < 12; ++i) {
        sum += random.unit();
    }
    return sum;
}

/// Adam (D. P. Kingma, J. Ba, "Adam: a method for stochastic optimization", 2014), uphill.
class Adam {
public:
    void step(Weights& weights, const Weights& gradient, float step_size)
    {
        ++steps;
        const float first = 1 - std::pow(0.9f, steps), second = 1 - std::pow(0.999f, steps);
        for (std::size_t i = 0; i < weights.size(); ++i) {
            mean[i] += 0.1f * (gradient[i] - mean[i]);
            square[i] += 0.001f * (gradient[i] * gradient[i] - square[i]);
            weights[i] += step_size * (mean[i] / first) / (std::sqrt(square[i] / second) + 1e-8f);
        }
    }

private:
    float steps = 0;
    Weights mean = Weights(all_weights), square = Weights(all_weights);
};

/// The network's weights at random, scaled by the number of its inputs.
Weights random_weights(Random& random)
{
    Weights weights(all_weights);
    for (int layer = 0; layer < layers; ++layer) {
        const float scale = std::sqrt(2.0f / static_cast<float>(widths[layer]));
        for (std::size_t i = layer_begin(layer); i < layer_biases(layer); ++i) {
            weights[i] = scale * normal(random);
        }
    }
    return weights;
}

/// What was seen, and what the huntsman would have done, in the moth's own frame.
struct Lesson {
    float seen[senses], wanted[answers];
};

/// Plays a game to its end. Of each twelfth step the lessons of all moths are kept.
template <class Lead>
void collect(std::uint64_t seed, Lead&& lead, std::vector<Lesson>& lessons)
{
    World world{seed};
    Dodger dodger;
    Frames frames;
    Vec commanded[moths], wish[moths];
    std::vector<float> seen(moths * senses);
    const std::span<float, std::size_t{moths} * senses> view{seen};
    while (world.outcome == Outcome::playing) {
        observe(world, frames, view);
        command(world, commanded);
        for (int i = 0; i < moths && world.time % 12 == 0; ++i) {
            Lesson& lesson = lessons.emplace_back();
            std::copy_n(&seen[static_cast<std::size_t>(i * senses)], senses, lesson.seen);
            const Vec forward = frames.forward[i];
            lesson.wanted[0] = dot(commanded[i], forward);
            lesson.wanted[1] = commanded[i].y * forward.x - commanded[i].x * forward.y;
        }
        std::ranges::copy(commanded, wish);
        lead(view, frames, wish);
        world.step(dodger(world), wish);
    }
}

/// Adds one lesson's gradient of the squared error, and returns the error.
float learn(const Weights& weights, const Lesson& lesson, Weights& gradient)
{
    constexpr int widest = *std::ranges::max_element(widths);
    float value[layers + 1][widest] = {}, slope[layers + 1][widest] = {};
    std::ranges::copy(lesson.seen, value[0]);
    for (int layer = 0; layer < layers; ++layer) {
        const int in = widths[layer], out = widths[layer + 1];
        const float* row = &weights[layer_begin(layer)];
        std::copy_n(&weights[layer_biases(layer)], out, value[layer + 1]);
        for (int i = 0; i < in; ++i, row += out) {
            for (int j = 0; j < out; ++j) {
                value[layer + 1][j] += value[layer][i] * row[j];
            }
        }
        for (int j = 0; j < out; ++j) {
            float& sum = value[layer + 1][j];
            sum = layer + 1 < layers ? std::max(sum, 0.0f) : wasminfer::math::tanh(sum);
        }
    }
    float error = 0;
    for (int j = 0; j < answers; ++j) {
        const float off = value[layers][j] - lesson.wanted[j];
        error += off * off;
        slope[layers][j] = 2 * off * (1 - value[layers][j] * value[layers][j]);
    }
    for (int layer = layers; layer-- > 0;) {
        const int in = widths[layer], out = widths[layer + 1];
        const float* row = &weights[layer_begin(layer)];
        float *to = &gradient[layer_begin(layer)], *biases = &gradient[layer_biases(layer)];
        const float* from = slope[layer + 1];
        for (int j = 0; j < out; ++j) {
            biases[j] += from[j];
        }
        for (int i = 0; i < in; ++i, row += out, to += out) {
            float sum = 0;
            for (int j = 0; j < out; ++j) {
                to[j] += value[layer][i] * from[j];
                sum += row[j] * from[j];
            }
            slope[layer][i] = layer == 0 || value[layer][i] > 0 ? sum : 0.0f;
        }
    }
    return error;
}

/// Goes over lessons at random; returns the mean squared error.
float study(Weights& weights, Adam& adam, const std::vector<Lesson>& lessons, float rate, Random& random)
{
    float error = 0;
    for (int i = 0; i < batches_a_round; ++i) {
        Weights gradient(all_weights);
        for (int j = 0; j < batch; ++j) {
            error += learn(weights, lessons[random.next() % lessons.size()], gradient);
        }
        for (float& slope : gradient) {
            slope *= -1.0f / batch;
        }
        adam.step(weights, gradient, rate);
    }
    return error / (batch * batches_a_round);
}

/// Writes the file after each round. False where it can't.
bool train(const char* file, int rounds, std::uint64_t seed)
{
    Random random{seed};
    Weights weights = random_weights(random);
    Adam adam;
    std::vector<Lesson> lessons;
    for (int round = 0; round < rounds; ++round) {
        Network network{weights};
        for (int game = 0; game < games_a_round; ++game) {
            // Seeds that no evaluation reaches.
            collect(
                random.next() + (std::uint64_t{1} << 32),
                [&](auto seen, const Frames& frames, Vec(&wish)[moths]) {
                    if (round > 0) {
                        std::ranges::copy(seen, network.seen().begin());
                        network.run();
                        follow(frames, network.answer(), wish);
                    }
                },
                lessons);
        }
        const float rate = 0.003f * static_cast<float>(rounds - round) / static_cast<float>(rounds);
        const float error = study(weights, adam, lessons, rate, random);
        std::printf("round %d: %zu lessons, mean squared error %.4f\n", round + 1, lessons.size(),
                    static_cast<double>(error));
        std::fflush(stdout);
        if (!save_policy(file, weights)) {
            std::fprintf(stderr, "game_train: can't write %s\n", file);
            return false;
        }
    }
    return true;
}

}  // namespace

int main(int argc, char** argv)
{
    const char* file = nullptr;
    std::uint64_t seed = 1;
    int rounds = 10;
    for (int i = 1; i < argc; ++i) {
        if (std::strcmp(argv[i], "--seed") == 0 && i + 1 < argc) {
            seed = std::strtoull(argv[++i], nullptr, 10);
        } else if (std::strcmp(argv[i], "--rounds") == 0 && i + 1 < argc) {
            rounds = std::atoi(argv[++i]);
        } else {
            file = argv[i];
        }
    }
    if (!file) {
        std::fprintf(stderr, "usage: game_train policy.onnx [--seed N] [--rounds N]\n");
        return 2;
    }
    return train(file, rounds, seed) ? 0 : 1;
}
