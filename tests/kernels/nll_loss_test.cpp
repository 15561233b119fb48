#include <wasminfer/kernels/nll_loss.hpp>

#include "kernels/reference.hpp"

namespace wasminfer {
namespace {

const std::vector<float> x{-1, -2, -3, -4, -5, -6, -10, -20, -30, -40, -50, -60};  // [2, 3, 2]
const nll_loss_extents e{.outer = 2, .classes = 3, .inner = 2};
const std::vector<float> weights{1, 0.5f, 4};

template <loss_reduction reduction>
std::vector<float> loss(const std::vector<std::int64_t>& targets, const float* w, const nll_loss_extents& extents)
{
    std::vector<float> out(reduction == loss_reduction::none ? 4 : 1);
    nll_loss<reduction>(x.data(), targets.data(), w, out.data(), extents);
    return out;
}

}  // namespace

TEST_CASE("a target's loss is what its class has, weighed")
{
    CHECK(loss<loss_reduction::none>({0, 1, 2, 2}, nullptr, e) == std::vector<float>{1, 4, 50, 60});
    CHECK(loss<loss_reduction::none>({0, 1, 2, 2}, weights.data(), e) == std::vector<float>{1, 2, 200, 240});
    CHECK(loss<loss_reduction::sum>({0, 1, 2, 2}, weights.data(), e) == std::vector<float>{443});
    CHECK(loss<loss_reduction::mean>({0, 1, 2, 2}, nullptr, e) == std::vector<float>{28.75f});
    CHECK(loss<loss_reduction::mean>({0, 0, 1, 1}, weights.data(), e) == std::vector<float>{(1 + 2 + 15 + 20) / 3.0f});
}

TEST_CASE("ignored targets count nothing, whatever their number is")
{
    nll_loss_extents ignoring = e;
    ignoring.ignores = 1;
    ignoring.ignored = -7;
    CHECK(loss<loss_reduction::none>({0, -7, 2, -7}, weights.data(), ignoring) == std::vector<float>{1, 0, 200, 0});
    CHECK(loss<loss_reduction::mean>({0, -7, 2, -7}, nullptr, ignoring) == std::vector<float>{25.5f});
    CHECK(std::isnan(loss<loss_reduction::mean>({-7, -7, -7, -7}, nullptr, ignoring)[0]));
}

TEST_CASE("targets that are no classes are kept inside")
{
    CHECK(loss<loss_reduction::none>({-3, 99, 0, 1}, nullptr, e) == std::vector<float>{1, 6, 10, 40});
}

}  // namespace wasminfer
