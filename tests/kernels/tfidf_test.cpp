#include <wasminfer/kernels/tfidf.hpp>

#include "kernels/reference.hpp"

#include <utility>

namespace wasminfer {
namespace {

using Floats = std::vector<float>;
using Ints = std::vector<std::int64_t>;

/// A pool of n-grams with their columns and weights.
struct Pool {
    std::vector<Ints> grams;
    Ints targets;
    Floats weights;
};

const Pool pool{.grams = {{2}, {3}, {5}, {2, 3}, {3, 5}, {2, 5}, {2, 3, 5}},
                .targets = {0, 1, 2, 6, 5, 4, 3},
                .weights = {1, 2, 3, 4, 5, 6, 7}};

struct Range {
    index least, most, skips;
};

template <tfidf_mode Mode, class T = std::int64_t>
Floats counted(const std::vector<T>& in, index rows, const Range& range, const Pool& p = pool, bool weighed = true)
{
    Ints flat;
    Ints starts{0};
    for (const Ints& gram : p.grams) {
        flat.insert(flat.end(), gram.begin(), gram.end());
        starts.push_back(static_cast<std::int64_t>(flat.size()));
    }
    constexpr index columns = 7;
    Floats out(static_cast<std::size_t>(rows * columns), -1.0f);
    tfidf_vectorizer<Mode>(in.data(), flat.data(), starts.data(), p.targets.data(),
                           weighed ? p.weights.data() : nullptr, out.data(),
                           {.rows = rows,
                            .cols = static_cast<index>(in.size()) / rows,
                            .columns = columns,
                            .grams = static_cast<index>(p.grams.size()),
                            .least = range.least,
                            .most = range.most,
                            .skips = range.skips});
    return out;
}

/// How often the gram stands in `in` with the same 0 to `skips` tokens left out between all its neighbours.
index occurrences(const Ints& in, const Ints& gram, index skips)
{
    index count = 0;
    const index most = gram.size() == 1 ? 0 : skips;
    for (index left_out = 0; left_out <= most; ++left_out) {
        for (std::size_t at = 0; at < in.size(); ++at) {
            bool same = true;
            for (std::size_t i = 0; i < gram.size(); ++i) {
                const std::size_t place = at + i * static_cast<std::size_t>(left_out + 1);
                same = same && place < in.size() && in[place] == gram[i];
            }
            count += same ? 1 : 0;
        }
    }
    return count;
}

}  // namespace

TEST_CASE("tfidf_vectorizer counts grams, with tokens left out between them, against a search")
{
    Ints in = reference::random<std::int64_t>(40, 1);
    for (auto& token : in) {
        token = std::int64_t{2} + (token & 3);
    }
    for (const index most : {1, 2, 3}) {
        for (index least = 1; least <= most; ++least) {
            for (const index skips : {0, 1, 2, 5}) {
                CAPTURE(least);
                CAPTURE(most);
                CAPTURE(skips);
                Floats expected(14);
                for (std::size_t row = 0; row < 2; ++row) {
                    const auto first = in.begin() + static_cast<std::ptrdiff_t>(row * 20);
                    for (std::size_t g = 0; g < pool.grams.size(); ++g) {
                        const auto length = static_cast<index>(pool.grams[g].size());
                        if (length >= least && length <= most) {
                            expected[row * 7 + static_cast<std::size_t>(pool.targets[g])] =
                                static_cast<float>(occurrences({first, first + 20}, pool.grams[g], skips));
                        }
                    }
                }
                CHECK(counted<tfidf_mode::tf>(in, 2, {least, most, skips}) == expected);
            }
        }
    }
}

TEST_CASE_TEMPLATE("tfidf_vectorizer: counts, weights, and counts times weights", T, std::int32_t, std::int64_t)
{
    const std::vector<T> in{2, 3, 2, 3, 5, 7};
    CHECK(counted<tfidf_mode::tf>(in, 1, {1, 3, 0}) == Floats{2, 2, 1, 1, 0, 1, 2});
    CHECK(counted<tfidf_mode::idf>(in, 1, {1, 3, 0}) == Floats{1, 2, 3, 7, 0, 5, 4});
    CHECK(counted<tfidf_mode::tfidf>(in, 1, {1, 3, 0}) == Floats{2, 4, 3, 7, 0, 5, 8});
}

TEST_CASE("tfidf_vectorizer: no weights are ones, and tf doesn't read them")
{
    const Ints in{2, 3, 2, 3, 5, 7};
    CHECK(counted<tfidf_mode::idf>(in, 1, {1, 3, 0}, pool, false) == Floats{1, 1, 1, 1, 0, 1, 1});
    CHECK(counted<tfidf_mode::tfidf>(in, 1, {1, 3, 0}, pool, false) ==
          counted<tfidf_mode::tf>(in, 1, {1, 3, 0}, pool, true));
}

TEST_CASE("tfidf_vectorizer: grams that share a column add up; rows know nothing of each other")
{
    const Pool shared{.grams = {{2}, {3}, {2, 3}}, .targets = {0, 0, 1}, .weights = {1, 10, 100}};
    // The gram 2 3 across the end of a row is none.
    const Ints in{2, 3, 3, 2, 3, 5, 3, 5};
    CHECK(counted<tfidf_mode::tf>(in, 2, {1, 2, 0}, shared) == Floats{4, 1, 0, 0, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0});
    CHECK(counted<tfidf_mode::tfidf>(in, 2, {1, 2, 0}, shared) == Floats{22, 100, 0, 0, 0, 0, 0, 20, 0, 0, 0, 0, 0, 0});
}

TEST_CASE("tfidf_vectorizer: rows shorter than the grams, and none at all")
{
    CHECK(counted<tfidf_mode::tf>(Ints{5, 2}, 2, {1, 3, 3}) == Floats{0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0});
    CHECK(counted<tfidf_mode::tf>(Ints{}, 1, {1, 3, 0}) == Floats(7));
}

}  // namespace wasminfer
