#include <doctest/doctest.h>

#include "support/operator_test.hpp"

using namespace wasminfer::gen;
using namespace wasminfer::gen::test;

namespace {

using Doubles = std::vector<double>;

OperatorTest op(const std::string& type)
{
    return {depth_to_space_operators(), type, newest_opset};
}

}  // namespace

TEST_CASE("DepthToSpace and SpaceToDepth, in either layout")
{
    const Tensor deep = tensor(DType::f32, {1, 4, 1, 2}, {0, 1, 2, 3, 4, 5, 6, 7});
    auto dcr = op("DepthToSpace").input(deep).attribute("blocksize", std::int64_t{2});
    CHECK(dcr.type() == "f32[1,1,2,4]");
    CHECK(dcr.run() == Doubles{0, 2, 1, 3, 4, 6, 5, 7});
    const Tensor two = tensor(DType::f32, {1, 8, 1, 1}, {0, 1, 2, 3, 4, 5, 6, 7});
    const auto channels = [&](const std::string& mode) {
        return op("DepthToSpace").input(two).attribute("blocksize", std::int64_t{2}).attribute("mode", mode).run();
    };
    CHECK(channels("DCR") == Doubles{0, 2, 4, 6, 1, 3, 5, 7});
    CHECK(channels("CRD") == Doubles{0, 1, 2, 3, 4, 5, 6, 7});
    auto back =
        op("SpaceToDepth").input(tensor(DType::f32, {1, 1, 2, 4}, dcr.run())).attribute("blocksize", std::int64_t{2});
    CHECK(back.run() == deep.to_doubles());
    auto last = op("DepthToSpace").input(tensor(DType::f32, {1, 1, 2, 4}, {0, 2, 4, 6, 1, 3, 5, 7}));
    last.attribute("blocksize", std::int64_t{2}).attribute("channels_last", std::int64_t{1});
    CHECK(last.type() == "f32[1,2,4,1]");
    CHECK(last.run() == dcr.run());
    CHECK(op("DepthToSpace")
              .input(tensor(DType::f32, {1, 3, 1, 1}, {0, 1, 2}))
              .attribute("blocksize", std::int64_t{2})
              .error() == "a depth of 3 is not a multiple of 4");
}
