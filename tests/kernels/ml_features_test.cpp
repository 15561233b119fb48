#include <wasminfer/kernels/ml_features.hpp>

#include "kernels/reference.hpp"

namespace wasminfer {
namespace {

using Floats = std::vector<float>;
using Ints = std::vector<std::int64_t>;

/// float's neighbour of 2^24 that only double and int64 hold.
constexpr std::int64_t odd = (std::int64_t{1} << 24) + 1;

template <feature_norm Norm, class T>
Floats normalized(const std::vector<T>& in, index cols)
{
    Floats out(in.size());
    normalize_features<Norm>(in.data(), out.data(), {.rows = static_cast<index>(in.size()) / cols, .cols = cols});
    return out;
}

template <class T, class Out>
std::vector<Out> encoded(const std::vector<T>& in, const std::vector<T>& keys, const std::vector<Out>& values)
{
    std::vector<Out> out(in.size());
    encode_labels(in.data(), keys.data(), values.data(), out.data(),
                  {.n = static_cast<index>(in.size()), .count = static_cast<index>(keys.size())});
    return out;
}

}  // namespace

TEST_CASE("copy_features writes columns of wider rows and leaves the others alone")
{
    const Ints in{1, 2, 3, odd};
    Floats out(6, -7.0f);
    copy_features(in.data(), out.data() + 1, {.rows = 2, .cols = 2, .step = 3});
    CHECK(out == Floats{-7, 1, 2, -7, 3, 16777216});
}

TEST_CASE_TEMPLATE("scale_features: one offset and scale for all columns, or one for each", T, float, double,
                   std::int64_t, std::int32_t)
{
    const std::vector<T> in{1, 2, 3, 4, 5, 6};
    const Floats offset{1, 2, 3};
    const Floats scale{2, 3, 4};
    Floats out(6);
    scale_features(in.data(), offset.data(), scale.data(), out.data(),
                   {.rows = 2, .cols = 3, .offset_step = 1, .scale_step = 1});
    CHECK(out == Floats{0, 0, 0, 6, 9, 12});
    scale_features(in.data(), offset.data(), scale.data(), out.data(),
                   {.rows = 2, .cols = 3, .offset_step = 0, .scale_step = 1});
    CHECK(out == Floats{0, 3, 8, 6, 12, 20});
    scale_features(in.data(), offset.data(), scale.data(), out.data(),
                   {.rows = 2, .cols = 3, .offset_step = 1, .scale_step = 0});
    CHECK(out == Floats{0, 0, 0, 6, 6, 6});
}

TEST_CASE("binarize: above the threshold alone, not at it, and never for NaN")
{
    const Floats in{0.5f, std::nextafter(0.5f, 1.0f), -1, NAN, INFINITY};
    Floats out(5);
    unary(in.data(), out.data(), {.n = 5}, binarize<float>{0.5f});
    CHECK(out == Floats{0, 1, 0, 0, 1});
    const std::int32_t ints[] = {-3, -2, 4};
    std::int32_t ones[3] = {};
    unary(ints, ones, {.n = 3}, binarize<std::int32_t>{-3.0f});
    CHECK(Ints(ones, ones + 3) == Ints{0, 1, 1});
}

TEST_CASE("impute_features replaces a number, one value for all columns or one for each")
{
    const Ints in{-1, 2, 3, -1, 5, -1};
    const Ints values{10, 20, 30};
    Ints out(6);
    impute_features(in.data(), values.data(), out.data(), {.rows = 2, .cols = 3, .step = 1}, std::int64_t{-1});
    CHECK(out == Ints{10, 2, 3, 10, 5, 30});
    impute_features(in.data(), values.data(), out.data(), {.rows = 2, .cols = 3, .step = 0}, std::int64_t{-1});
    CHECK(out == Ints{10, 2, 3, 10, 5, 10});
}

TEST_CASE("impute_features: NaN stands for any NaN, and a number leaves NaN alone")
{
    const Floats in{NAN, 0, -NAN};
    const float value = 4;
    Floats out(3);
    impute_features(in.data(), &value, out.data(), {.rows = 1, .cols = 3}, NAN);
    CHECK(out == Floats{4, 0, 4});
    impute_features(in.data(), &value, out.data(), {.rows = 1, .cols = 3}, 0.0f);
    CHECK(std::isnan(out[0]));
    CHECK(out[1] == 4);
    CHECK(std::isnan(out[2]));
}

TEST_CASE_TEMPLATE("normalize_features by each norm", T, float, double, std::int64_t, std::int32_t)
{
    const std::vector<T> in{3, -4, 0, -8, 6, -5};
    CHECK(normalized<feature_norm::l1>(in, 2) == Floats{3.0f / 7, -4.0f / 7, 0, -1, 6.0f / 11, -5.0f / 11});
    CHECK(normalized<feature_norm::l2>(in, 2) ==
          Floats{0.6f, -0.8f, 0, -1, 6.0f / std::sqrt(61.0f), -5.0f / std::sqrt(61.0f)});
    // The largest element, not the largest magnitude; where that is 0 the row stays.
    CHECK(normalized<feature_norm::max>(in, 2) == Floats{1, -4.0f / 3, 0, -8, 1, -5.0f / 6});
}

TEST_CASE("normalize_features: rows of norm 0 stay, rows below zero are divided by their largest")
{
    const Floats zeros{0, -0.0f, 0};
    CHECK(normalized<feature_norm::max>(zeros, 3) == zeros);
    CHECK(normalized<feature_norm::l1>(zeros, 3) == zeros);
    CHECK(normalized<feature_norm::l2>(zeros, 3) == zeros);
    CHECK(normalized<feature_norm::max>(Floats{-2, -4}, 2) == Floats{1, 2});
}

TEST_CASE("extract_features picks columns by number, in any order and repeatedly")
{
    const std::vector<std::uint16_t> in{1, 2, 3, 4, 5, 6};
    const Ints columns{2, 0, 2, 1};
    std::vector<std::uint16_t> out(8);
    extract_features(in.data(), columns.data(), out.data(), {.rows = 2, .cols = 3, .count = 4});
    CHECK(out == std::vector<std::uint16_t>{3, 1, 3, 2, 6, 4, 6, 5});
}

TEST_CASE("extract_features keeps columns inside the table")
{
    const Floats in{1, 2, 3, 4, 5, 6};
    const Ints columns{-1, 3, std::numeric_limits<std::int64_t>::max(), std::numeric_limits<std::int64_t>::lowest()};
    Floats out(8);
    extract_features(in.data(), columns.data(), out.data(), {.rows = 2, .cols = 3, .count = 4});
    CHECK(out == Floats{1, 3, 3, 1, 4, 6, 6, 4});
}

TEST_CASE_TEMPLATE("one_hot_categories: a one where the category is known, zeros elsewhere", T, float, double,
                   std::int64_t, std::int32_t)
{
    const std::vector<T> in{7, -2, 5};
    const Ints categories{-2, 7};
    Floats out(6, -1.0f);
    one_hot_categories(in.data(), categories.data(), out.data(), {.n = 3, .count = 2});
    CHECK(out == Floats{0, 1, 1, 0, 0, 0});
}

TEST_CASE("encode_labels finds every key of tables of every length, and the default between them")
{
    for (std::int64_t count = 0; count < 18; ++count) {
        CAPTURE(count);
        Ints keys;
        Floats values;
        for (std::int64_t k = 0; k < count; ++k) {
            keys.push_back(3 * k - 20);
            values.push_back(static_cast<float>(k) + 0.5f);
        }
        values.push_back(-9);
        Ints in;
        Floats expected;
        for (std::int64_t x = -24; x < 36; ++x) {
            const bool known = x >= -20 && (x + 20) % 3 == 0 && (x + 20) / 3 < count;
            in.push_back(x);
            expected.push_back(known ? static_cast<float>((x + 20) / 3) + 0.5f : -9.0f);
        }
        CHECK(encoded(in, keys, values) == expected);
    }
}

TEST_CASE("encode_labels: a last key of NaN is any NaN's, and no other key is")
{
    CHECK(encoded(Floats{NAN, 1, 2, -NAN}, Floats{1, NAN}, Ints{10, 20, 30}) == Ints{20, 10, 30, 20});
    CHECK(encoded(Floats{NAN, 1, 2}, Floats{1, 3}, Ints{10, 20, 30}) == Ints{30, 10, 30});
    CHECK(encoded(Floats{NAN, 0}, Floats{NAN}, Ints{10, 20}) == Ints{10, 20});
}

TEST_CASE("encode_labels tells neighbours of 64 bits apart, and not the zeros")
{
    CHECK(encoded(Ints{odd, odd - 1}, Ints{odd - 1, odd}, Ints{1, 2, 3}) == Ints{2, 1});
    CHECK(encoded(std::vector<double>{-0.0, 0.1}, std::vector<double>{0.0, 0.1}, Ints{1, 2, 3}) == Ints{1, 2});
}

}  // namespace wasminfer
