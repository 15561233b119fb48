#include <doctest/doctest.h>

#include "support/image_reference.hpp"
#include "support/operator_test.hpp"

using namespace wasminfer::gen;
using namespace wasminfer::gen::test;

namespace {

/// Attributes without which an operator says no more than that they are missing.
void add_required(OperatorTest& test, const Operator& row, std::size_t rank)
{
    const bool windows =
        row.type == "MaxPool" || row.type == "AveragePool" || row.type == "LpPool" || row.type == "MaxUnpool";
    if (windows && rank > 2) {
        test.attribute("kernel_shape", Ints(rank - 2, 2));
    }
    if (row.type == "LRN") {
        test.attribute("size", std::int64_t{3});
    }
    if (row.type == "GroupNormalization") {
        test.attribute("num_groups", std::int64_t{2});
    }
    if (row.channels_last == ChannelsLast::required) {
        test.attribute("channels_last", std::int64_t{1});
    }
}

/// Infers and, where the operator takes the node, runs it. Anything but an OperatorError is a mistake.
bool accepts(OperatorTest test)
{
    try {
        test.run_all();
    } catch (const OperatorError& error) {
        CHECK(std::string{error.what()} != "");
        return false;
    }
    return true;
}

std::vector<const Operator*> rows_of(std::initializer_list<std::span<const Operator>> families)
{
    std::vector<const Operator*> rows;
    for (const auto family : families) {
        for (const Operator& row : family) {
            rows.push_back(&row);
        }
    }
    return rows;
}

}  // namespace

TEST_CASE("Operators on images take or refuse inputs of every rank, empty ones too, and any number of them")
{
    int taken = 0;
    for (const Operator* row : rows_of({conv_operators(), gemm_operators(), pool_operators(), normalize_operators()})) {
        CAPTURE(row->type);
        const std::span<const Operator> family{row, 1};
        for (const std::int64_t opset : {row->since, std::int64_t{10}, std::int64_t{17}, row->until}) {
            if (opset < row->since || opset > row->until) {
                continue;
            }
            for (std::size_t rank = 0; rank <= 6; ++rank) {
                for (const std::int64_t extent : {4, 1, 0}) {
                    for (std::size_t inputs = 0; inputs <= 6; ++inputs) {
                        // All inputs alike, and with vectors for parameters.
                        for (const bool vectors : {false, true}) {
                            if (is_left_out()) {
                                continue;
                            }
                            OperatorTest test{family, std::string{row->type}, opset};
                            add_required(test, *row, rank);
                            for (std::size_t i = 0; i < inputs; ++i) {
                                const bool vector = vectors && i > 0;
                                const bool indices = row->type == "MaxUnpool" && i > 0;
                                const Ints shape = vector ? Ints{4} : Ints(rank, extent);
                                test.input(noise(indices ? DType::i64 : DType::f32, shape));
                            }
                            taken += accepts(test) ? 1 : 0;
                        }
                    }
                }
            }
        }
    }
    CHECK(taken > 200 / tried_every);
}

TEST_CASE("Operators refuse element types that they have no kernel for")
{
    for (const Operator* row : rows_of({conv_operators(), gemm_operators(), pool_operators(), normalize_operators()})) {
        CAPTURE(row->type);
        for (const DType type : {DType::boolean, DType::i16, DType::u16, DType::bf16, DType::string, DType::f8e4m3fn}) {
            OperatorTest test{{row, 1}, std::string{row->type}, row->until};
            add_required(test, *row, 3);
            const std::size_t inputs = row->type == "BatchNormalization" ? 5 : 3;
            for (std::size_t i = 0; i < inputs; ++i) {
                test.typed(type, {4, 4, 4});
            }
            CHECK(test.error() != "");
        }
    }
}
