#include <doctest/doctest.h>

#include <random>

#include "passes/binary_choice.hpp"

namespace {

using wasminfer::gen::BinaryChoice;

TEST_CASE("a variable follows what is dearer to part from")
{
    BinaryChoice problem;
    const auto x = problem.add_variable();
    problem.add_cost(BinaryChoice::zero, x, 3);
    problem.add_cost(x, BinaryChoice::one, 5);
    CHECK(problem.solve()[x]);
}

TEST_CASE("a chain is cut where it is thinnest")
{
    BinaryChoice problem;
    const auto a = problem.add_variable();
    const auto b = problem.add_variable();
    problem.add_cost(BinaryChoice::zero, a, 10);
    problem.add_cost(a, b, 4);
    problem.add_cost(b, BinaryChoice::one, 10);
    const auto chosen = problem.solve();
    CHECK(!chosen[a]);
    CHECK(chosen[b]);
}

TEST_CASE("no assignment of random problems is cheaper")
{
    std::mt19937 random{1};
    for (int round = 0; round < 200; ++round) {
        struct Cost {
            std::size_t a, b;
            std::int64_t cost;
        };
        constexpr std::size_t count = 8;
        BinaryChoice problem;
        for (std::size_t i = 2; i < count; ++i) {
            problem.add_variable();
        }
        std::vector<Cost> costs;
        for (int i = 0; i < 20; ++i) {
            costs.push_back({random() % count, random() % count, static_cast<std::int64_t>(random() % 10)});
            problem.add_cost(costs.back().a, costs.back().b, costs.back().cost);
        }
        const auto total = [&](const auto& chosen) {
            std::int64_t sum = 0;
            for (const auto& [a, b, cost] : costs) {
                sum += !chosen[a] && chosen[b] ? cost : 0;
            }
            return sum;
        };
        std::int64_t least = BinaryChoice::never;
        for (unsigned bits = 0; bits < 1u << (count - 2); ++bits) {
            std::vector<bool> chosen{false, true};
            for (std::size_t i = 2; i < count; ++i) {
                chosen.push_back((bits >> (i - 2) & 1u) != 0);
            }
            least = std::min(least, total(chosen));
        }
        const auto chosen = problem.solve();
        CHECK(!chosen[BinaryChoice::zero]);
        CHECK(chosen[BinaryChoice::one]);
        CHECK(total(chosen) == least);
    }
}

}  // namespace
