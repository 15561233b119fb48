// The rules, and that training and playing are the same.
#include <doctest/doctest.h>

#include <cstdio>
#include <cstring>
#include <memory>

#include "evaluate.hpp"
#include "network.hpp"
#include "policy.hpp"  // generated from policy.onnx
#include "policy_file.hpp"

using namespace ember;

namespace {

constexpr Vec still[moths] = {};

/// A world whose moths are far away from everything.
World lonely()
{
    World world{1};
    for (int i = 0; i < moths; ++i) {
        world.moth[i].at = {-80.0f + static_cast<float>(i % 16) * 4, -110.0f + static_cast<float>(i / 16)};
    }
    world.safe = 0;
    return world;
}

}  // namespace

TEST_CASE("the generated header plays as the network that was trained")
{
    const std::vector<float> weights = load_policy(GAME_POLICY);
    REQUIRE(weights.size() == all_weights);
    const auto network = std::make_unique<Network>(weights);
    const auto model = std::make_unique<policy::Model>();
    const World trained = play(4, *network, 500), played = play(4, *model, 500);
    REQUIRE(trained.time == played.time);
    CHECK(std::memcmp(trained.moth, played.moth, sizeof trained.moth) == 0);
}

TEST_CASE("a policy is read as it was written")
{
    std::vector<float> weights(all_weights);
    Random random{3};
    for (float& weight : weights) {
        weight = random.unit();
    }
    REQUIRE(save_policy("policy_test.onnx", weights));
    CHECK(load_policy("policy_test.onnx") == weights);
    CHECK(std::remove("policy_test.onnx") == 0);
    CHECK(load_policy("policy_test.onnx").empty());
    CHECK_FALSE(save_policy("no_such_folder/policy.onnx", weights));
}

TEST_CASE("a moth that touches takes a flame and is thrown back, and then nothing touches for a while")
{
    World world = lonely();
    world.moth[7].at = {1, 0};
    world.step({}, still);
    CHECK(world.flames_left == 2);
    CHECK(world.moth[7].speed.x > 10);
    world.moth[7].at = {1, 0};
    for (int i = 1; i < safe_steps; ++i) {
        world.step({}, still);
        REQUIRE(world.flames_left == 2);
        world.moth[7] = {{1, 0}, {}, {}, 0};
    }
    world.step({}, still);
    CHECK(world.flames_left == 1);
}

TEST_CASE("the last flame ends the game, and nothing moves after")
{
    World world = lonely();
    world.flames_left = 1;
    world.moth[0].at = {0, 1};
    world.step({}, still);
    CHECK(world.outcome == Outcome::moths_win);
    const int time = world.time;
    world.step({{1, 0}, true}, still);
    CHECK(world.time == time);
}

TEST_CASE("sparks are gathered, four make a burst, thirty win, and so does dawn")
{
    World world = lonely();
    for (int i = 0; i < sparks_a_burst; ++i) {
        CHECK(world.charge == i);
        world.spark[0] = world.ember;
        world.step({.burst = true}, still);
        CHECK(length(world.spark[0] - world.ember) >= 29);  // another one, elsewhere
    }
    CHECK(world.gathered == sparks_a_burst);
    CHECK(world.flare == 0);
    world.moth[3].at = {0, 12};
    world.step({.burst = true}, still);
    CHECK(world.flare == 1);
    CHECK(world.charge == 0);
    CHECK(world.moth[3].speed.y > 10);
    World rich = world, late = world;
    rich.gathered = sparks_to_win - 1;
    rich.spark[1] = rich.ember;
    rich.step({}, still);
    CHECK(rich.outcome == Outcome::ember_wins);
    late.time = dawn - 1;
    late.step({}, still);
    CHECK(late.outcome == Outcome::ember_wins);
}

TEST_CASE("nobody leaves the clearing")
{
    World world{9};
    Vec out[moths];
    for (int i = 0; i < 600; ++i) {
        for (int j = 0; j < moths; ++j) {
            const float size = length(world.moth[j].at);
            out[j] = world.moth[j].at * (1 / (size + 0.01f));
        }
        world.step({{0.6f, 0.8f}}, out);
        REQUIRE(length(world.ember) < clearing * 1.0001f);
        for (const Moth& moth : world.moth) {
            REQUIRE(length(moth.at) < clearing * 1.0001f);
        }
    }
    CHECK(world.ember.y > 90);
}

TEST_CASE("what a moth sees turns with the clearing")
{
    // The same place turned by a quarter: the same senses, but for the rounding.
    World world{2}, turned{2};
    const auto turn = [](Vec& at) { at = {-at.y, at.x}; };
    world.speed = turned.speed = {3, 4};
    turn(turned.speed);
    turn(turned.ember);
    turn(turned.middle);
    for (Vec& spark : turned.spark) {
        turn(spark);
    }
    for (Moth& moth : turned.moth) {
        turn(moth.at);
        turn(moth.speed);
        turn(moth.crowd);
    }
    std::vector<float> seen(moths * senses), seen_turned(seen.size());
    Frames frames;
    observe(world, frames, std::span<float, std::size_t{moths} * senses>{seen});
    observe(turned, frames, std::span<float, std::size_t{moths} * senses>{seen_turned});
    for (std::size_t i = 0; i < seen.size(); ++i) {
        REQUIRE(seen[i] == doctest::Approx(seen_turned[i]).epsilon(1e-4));
    }
}
