// Every operator of the registry, given whatever a broken or hostile model may hold: each node is refused by an
// OperatorError that says why, or inferred, lowered and run. Nothing else may come of it.
#include <doctest/doctest.h>

#include <map>
#include <optional>
#include <set>

#include "support/operator_test.hpp"

using namespace wasminfer::gen;
using namespace wasminfer::gen::test;

namespace {

using Ints = std::vector<std::int64_t>;

/// Without these an operator says no more than that they are missing.
void add_required(OperatorTest& test, const Operator& row, std::size_t rank)
{
    const Ints window(rank > 2 ? rank - 2 : 1, 2);
    const std::map<std::string_view, std::pair<std::string, Attribute>> attributes{
        {"AveragePool", {"kernel_shape", window}},
        {"LpPool", {"kernel_shape", window}},
        {"MaxPool", {"kernel_shape", window}},
        {"MaxUnpool", {"kernel_shape", window}},
        {"Cast", {"to", std::int64_t{7}}},
        {"Concat", {"axis", std::int64_t{0}}},
        {"DepthToSpace", {"blocksize", std::int64_t{2}}},
        {"SpaceToDepth", {"blocksize", std::int64_t{2}}},
        {"Einsum", {"equation", std::string{"...,...->..."}}},
        {"GroupNormalization", {"num_groups", std::int64_t{2}}},
        {"GRU", {"hidden_size", std::int64_t{4}}},
        {"LSTM", {"hidden_size", std::int64_t{4}}},
        {"RNN", {"hidden_size", std::int64_t{4}}},
        {"LRN", {"size", std::int64_t{3}}},
    };
    if (const auto it = attributes.find(row.type); it != attributes.end() && row.domain.empty()) {
        test.attribute(it->second.first, it->second.second);
    }
    if (row.channels_last == ChannelsLast::required) {
        test.attribute("channels_last", std::int64_t{1});
    }
}

/// Opsets at which the row may differ.
std::set<std::int64_t> opsets_of(const Operator& row)
{
    std::set<std::int64_t> opsets;
    for (const std::int64_t opset : {row.since, std::int64_t{13}, row.until}) {
        if (opset >= row.since && opset <= row.until) {
            opsets.insert(opset);
        }
    }
    return opsets;
}

/// Runs the test, and says why it was refused; anything but an OperatorError is a mistake.
template <class F>
std::optional<std::string> refusal(F run)
{
    try {
        run();
    } catch (const OperatorError& error) {
        CHECK(std::string{error.what()} != "");
        return error.what();
    } catch (const std::logic_error& error) {
        // Sizes that the data decide, and steps that only generated code has.
        CHECK(std::string{error.what()} == "does not run in the generator");
    }
    return std::nullopt;
}

/// What the inputs of a node are made of.
struct Inputs {
    std::size_t rank;
    std::int64_t extent;
    std::size_t count;
    DType first, others;
    bool vectors;           ///< All but the first are vectors.
    std::size_t absent;     ///< Which is left out.
    bool constant = false;  ///< All but the first are known.
};

OperatorTest node_with(const Operator& row, std::int64_t opset, const Inputs& inputs)
{
    OperatorTest test{{&row, 1}, std::string{row.type}, opset};
    add_required(test, row, inputs.rank);
    for (std::size_t i = 0; i < inputs.count; ++i) {
        if (i == inputs.absent) {
            test.absent();
            continue;
        }
        const bool vector = inputs.vectors && i > 0;
        const Tensor numbers =
            noise(i == 0 ? inputs.first : inputs.others,
                  vector ? Ints{inputs.extent} : Ints(inputs.rank, inputs.extent), static_cast<std::uint32_t>(i + 1));
        inputs.constant&& i > 0 ? test.constant(numbers) : test.input(numbers);
    }
    return test;
}

constexpr std::size_t none_absent = 99;

/// Calls f for all rows at all of their opsets.
template <class F>
void for_each_row(F f)
{
    for (const Operator* row : all_operators()) {
        if (row->domain == "wasminfer") {
            continue;  // What passes put in, as they know to.
        }
        for (const auto opset : opsets_of(*row)) {
            CAPTURE(row->domain);
            CAPTURE(row->type);
            CAPTURE(opset);
            // Tests put their nodes into ONNX's own domain.
            Operator own = *row;
            own.domain = "";
            f(own, opset);
        }
    }
}

}  // namespace

TEST_CASE("Every operator takes or refuses inputs of every rank, number and type, empty ones too")
{
    int accepted = 0;
    for_each_row([&](const Operator& row, std::int64_t opset) {
        for (std::size_t rank = 0; rank <= 6; ++rank) {
            for (const std::int64_t extent : {2, 0}) {
                for (std::size_t count = 0; count <= 4; ++count) {
                    for (const auto& [first, others] : {std::pair{DType::f32, DType::f32},
                                                        {DType::f32, DType::i64},
                                                        {DType::i64, DType::i64},
                                                        {DType::boolean, DType::f32}}) {
                        for (const bool vectors : {false, true}) {
                            if (is_left_out()) {
                                continue;
                            }
                            CAPTURE(rank);
                            CAPTURE(extent);
                            CAPTURE(count);
                            const Inputs inputs{rank, extent, count, first, others, vectors, none_absent, vectors};
                            const auto refused = refusal([&] { node_with(row, opset, inputs).run_all(); });
                            accepted += refused ? 0 : 1;
                        }
                    }
                }
            }
        }
    });
    CHECK(accepted > 5000 / tried_every);
}

TEST_CASE("Every operator takes or refuses a node any of whose inputs is absent")
{
    for_each_row([](const Operator& row, std::int64_t opset) {
        for (std::size_t rank = 1; rank <= 4; ++rank) {
            for (std::size_t count = 1; count <= 8; ++count) {
                for (std::size_t absent = 0; absent < count; ++absent) {
                    for (const bool vectors : {false, true}) {
                        if (is_left_out()) {
                            continue;
                        }
                        CAPTURE(rank);
                        CAPTURE(count);
                        CAPTURE(absent);
                        const Inputs inputs{rank, 4, count, DType::f32, DType::f32, vectors, absent};
                        refusal([&] { node_with(row, opset, inputs).run_all(); });
                    }
                }
            }
        }
    });
}

TEST_CASE("Every operator takes or refuses axes and sizes from any range, in attributes and in inputs")
{
    constexpr std::int64_t least = std::numeric_limits<std::int64_t>::min();
    constexpr std::int64_t most = std::numeric_limits<std::int64_t>::max();
    for_each_row([](const Operator& row, std::int64_t opset) {
        for (std::size_t rank = 0; rank <= 4; ++rank) {
            if (is_left_out()) {
                continue;
            }
            const auto bare = [&] {
                return node_with(row, opset, {rank, 2, 2, DType::f32, DType::f32, false, none_absent});
            };
            const auto without = refusal([&] { bare().run_all(); });
            // Attributes that nobody looks at, or knows: one value is as good as all, and most of the time would go there.
            std::set<std::string> unread;
            for (const std::int64_t axis :
                 {least, std::int64_t{-7}, std::int64_t{-1}, std::int64_t{0}, std::int64_t{7}, most}) {
                CAPTURE(rank);
                CAPTURE(axis);
                for (const char* key :
                     {"axis",        "axes",        "perm",     "batch_dims",   "num_groups",     "group",
                      "blocksize",   "size",        "p",        "kernel_shape", "pads",           "strides",
                      "dilations",   "hidden_size", "to",       "output_shape", "output_padding", "k",
                      "num_outputs", "split",       "exponent", "block_size",   "sampling_ratio", "output_height",
                      "keepdims"}) {
                    if (unread.contains(key)) {
                        continue;
                    }
                    CAPTURE(key);
                    for (const bool list : {false, true}) {
                        auto test = bare();
                        test.attribute(key,
                                       list ? Attribute{Ints(std::max<std::size_t>(rank, 1), axis)} : Attribute{axis});
                        const auto refused = refusal([&] { test.run_all(); });
                        const bool known = !refused || refused->find("is not known to") == std::string::npos;
                        if (!known || (refused && refused == without)) {
                            unread.insert(key);
                        }
                    }
                }
                for (std::size_t count = 2; count <= 5; ++count) {
                    for (const std::int64_t length : {0, 1, static_cast<int>(rank), 2 * static_cast<int>(rank)}) {
                        OperatorTest test{{&row, 1}, std::string{row.type}, opset};
                        add_required(test, row, rank);
                        test.input(noise(DType::f32, Ints(rank, 2)));
                        for (std::size_t i = 1; i < count; ++i) {
                            test.constant(Tensor::ints({length}, Ints(static_cast<std::size_t>(length), axis)));
                        }
                        refusal([&] { test.run_all(); });
                    }
                }
            }
        }
    });
}

TEST_CASE("Every operator takes or refuses free dimensions")
{
    int accepted = 0;
    for_each_row([&](const Operator& row, std::int64_t opset) {
        for (std::size_t rank = 0; rank <= 5; ++rank) {
            for (std::size_t count = 1; count <= 5; ++count) {
                for (const DType type : {DType::f32, DType::i64}) {
                    if (is_left_out()) {
                        continue;
                    }
                    OperatorTest test{{&row, 1}, std::string{row.type}, opset};
                    add_required(test, row, rank);
                    for (std::size_t i = 0; i < count; ++i) {
                        test.typed(type, Shape(rank, Dim::symbol("n")));
                    }
                    accepted += refusal([&] { test.lower(); }) ? 0 : 1;
                }
            }
        }
    });
    CHECK(accepted > 500 / tried_every);
}
