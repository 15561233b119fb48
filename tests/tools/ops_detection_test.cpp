// NonMaxSuppression, Det, Col2Im, DeformConv.
#include <doctest/doctest.h>

#include "ops/vision.hpp"
#include "support/operator_test.hpp"

using namespace wasminfer::gen;
using namespace wasminfer::gen::test;

namespace {

using Doubles = std::vector<double>;
using Ints = std::vector<std::int64_t>;

Tensor f32(std::vector<std::int64_t> shape, const Doubles& numbers)
{
    return tensor(DType::f32, std::move(shape), numbers);
}

Tensor ints(const Ints& list)
{
    return Tensor::ints({static_cast<std::int64_t>(list.size())}, list);
}

OperatorTest suppression(const Tensor& boxes, const Tensor& scores)
{
    OperatorTest test{detection_operators(), "NonMaxSuppression", newest_opset};
    return test.input(boxes).input(scores);
}

/// Two that overlap by 0.6 of their union, and one apart; corners in either order.
const Tensor boxes = f32({1, 3, 4}, {0, 0, 1, 4, 1, 5, 0, 1, 3, 3, 4, 4});
const Tensor scores = f32({1, 2, 3}, {0.5, 0.75, 0.25, 0.9, 0.1, 0.9});

}  // namespace

TEST_CASE("NonMaxSuppression takes the best boxes of each class that overlap none before")
{
    auto test = suppression(boxes, scores).constant(ints({3})).constant(f32({1}, {0.5}));
    CHECK(test.type() == "i64[selected,3]");
    CHECK(test.type() == "i64[selected,3]");
    CHECK(test.lower().steps.at(0).measures == "selected");
}

TEST_CASE("NonMaxSuppression refuses boxes that do not fit, and needs no step where it can take none")
{
    CHECK(suppression(boxes, scores).type() == "i64[0,3]");
    CHECK(suppression(boxes, scores).constant(ints({-1})).type() == "i64[0,3]");
    CHECK(suppression(f32({1, 2, 4}, Doubles(8)), scores).error() ==
          "numbers of boxes and scores: 2 and 3 have to be the same");
    CHECK(suppression(boxes, scores).constant(ints({1, 2})).error() ==
          "input 2 should be one number and has the shape [2]");
    CHECK(suppression(boxes, scores).attribute("center_point_box", std::int64_t{2}).error() != "");
}

TEST_CASE("Det of batches, with rows exchanged, and of singular matrices")
{
    for (const DType type : {DType::f32, DType::f16, DType::f64}) {
        OperatorTest test{determinant_operators(), "Det", newest_opset};
        test.input(tensor(type, {3, 2, 2}, {0, 1, 2, 3, 1, 2, 2, 4, 2, 0, 0, 0.5}));
        CHECK(test.run() == Doubles{-2, 0, 1});
    }
    OperatorTest empty{determinant_operators(), "Det", newest_opset};
    CHECK(empty.input(f32({1, 0, 0}, {})).run() == Doubles{1});
    OperatorTest oblong{determinant_operators(), "Det", newest_opset};
    CHECK(oblong.input(f32({2, 3}, Doubles(6))).error() == "rows and columns: 2 and 3 have to be the same");
}

TEST_CASE("Col2Im adds up what overlaps")
{
    OperatorTest test{columns_operators(), "Col2Im", newest_opset};
    // Windows of 2 over 3 elements.
    test.input(f32({1, 2, 2}, {1, 2, 10, 20})).constant(ints({3})).constant(ints({2}));
    CHECK(test.run() == Doubles{1, 12, 20});
    test.attribute("dilations", Ints{2});
    CHECK(test.error() == "numbers of blocks: 2 and 1 have to be the same");
    OperatorTest bytes{columns_operators(), "Col2Im", newest_opset};
    bytes.input(tensor(DType::u8, {1, 4, 1}, {1, 2, 3, 4})).constant(ints({2, 2})).constant(ints({2, 2}));
    CHECK(bytes.run() == Doubles{1, 2, 3, 4});
}

TEST_CASE("DeformConv without offsets is a convolution, and moves its taps by them")
{
    const auto test = [](const Doubles& offsets) {
        OperatorTest conv{columns_operators(), "DeformConv", newest_opset};
        conv.input(f32({1, 1, 3, 3}, {1, 2, 3, 4, 5, 6, 7, 8, 9})).input(f32({1, 1, 1, 1}, {2}));
        return conv.input(f32({1, 2, 3, 3}, offsets));
    };
    Doubles offsets(18, 0.0);
    CHECK(test(offsets).run() == Doubles{2, 4, 6, 8, 10, 12, 14, 16, 18});
    offsets[0] = 0.5;   // Half a row down.
    offsets[9] = 1;     // One column right.
    offsets[17] = 0.5;  // Half a column beyond the edge.
    CHECK(test(offsets).input(f32({1}, {100})).run() == Doubles{107, 104, 106, 108, 110, 112, 114, 116, 109});
    Doubles mask(9, 1.0);
    mask[4] = 0.5;
    CHECK(test(Doubles(18, 0.0)).absent().input(f32({1, 1, 3, 3}, mask)).run() ==
          Doubles{2, 4, 6, 8, 5, 12, 14, 16, 18});
}

TEST_CASE("DeformConv in groups, against one group at a time")
{
    const Tensor x = noise(DType::f32, {2, 4, 5, 5});
    const Tensor weights = noise(DType::f32, {6, 2, 3, 3}, 2);
    const Tensor offsets = noise(DType::f32, {2, 36, 3, 3}, 3);
    OperatorTest test{columns_operators(), "DeformConv", newest_opset};
    test.input(x).constant(weights).input(offsets).attribute("group", std::int64_t{2});
    const auto all = test.attribute("offset_group", std::int64_t{2}).run();
    const auto part = [](const Tensor& tensor, std::size_t axis, std::int64_t from, std::int64_t count) {
        auto shape = tensor.shape();
        std::int64_t inner = 1;
        for (std::size_t i = axis + 1; i < shape.size(); ++i) {
            inner *= shape[i];
        }
        const auto numbers = tensor.to_doubles();
        Doubles list;
        for (std::int64_t i = 0; i < tensor.count(); ++i) {
            const auto at = i / inner % shape[axis];
            if (at >= from && at < from + count) {
                list.push_back(numbers[static_cast<std::size_t>(i)]);
            }
        }
        shape[axis] = count;
        return f32(shape, list);
    };
    for (std::int64_t group = 0; group < 2; ++group) {
        OperatorTest one{columns_operators(), "DeformConv", newest_opset};
        one.input(part(x, 1, 2 * group, 2))
            .constant(part(weights, 0, 3 * group, 3))
            .input(part(offsets, 1, 18 * group, 18));
        const auto alone = one.run();
        Doubles of_all;
        for (std::size_t i = 0; i < all.size(); ++i) {
            if (i / 27 % 2 == static_cast<std::size_t>(group)) {
                of_all.push_back(all[i]);
            }
        }
        CHECK(distance(of_all, alone) < 1e-5);
    }
}
