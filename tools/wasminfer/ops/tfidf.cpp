// TfIdfVectorizer over integers: n-grams of a pool, counted.
#include <wasminfer/kernels/tfidf.hpp>

#include <algorithm>

#include "ops/attributes.hpp"
#include "ops/ml.hpp"
#include "ops/operator.hpp"
#include "ops/type_set.hpp"

namespace wasminfer::gen {

namespace {

constexpr TypeSet token_types = set_of(DType::i32, DType::i64);

struct Vectorizer {
    std::vector<std::int64_t> pool, starts, targets;
    std::vector<float> weights;
    std::int64_t columns = 0;
    std::int64_t least = 1, most = 1, skips = 0;
    tfidf_mode mode = tfidf_mode::tf;
};

std::int64_t positive(const NodeView& view, const std::string& key, std::int64_t least)
{
    const auto number = view.int_attribute(key);
    if (number < least || number > (1 << 20)) {
        NodeView::fail("attribute '" + key + "' = " + std::to_string(number) + " is out of range");
    }
    return number;
}

tfidf_mode mode_of(const NodeView& view)
{
    const std::string word = view.string_attribute("mode", "");
    if (word == "TF") {
        return tfidf_mode::tf;
    }
    if (word == "IDF") {
        return tfidf_mode::idf;
    }
    if (word == "TFIDF") {
        return tfidf_mode::tfidf;
    }
    NodeView::fail("mode '" + word + "' is none of TF, IDF, TFIDF");
}

/// ngram_counts[n - 1] is where the pool's n-grams begin; those of n tokens follow one another up to where n + 1 begin.
void read_pool(const NodeView& view, Vectorizer& v)
{
    const auto counts = view.ints_attribute("ngram_counts");
    const auto size = std::ssize(v.pool);
    for (std::size_t i = 0; i < counts.size(); ++i) {
        const auto length = static_cast<std::int64_t>(i) + 1;
        const auto end = i + 1 < counts.size() ? counts[i + 1] : size;
        if (counts[i] < 0 || end > size || counts[i] > end || (end - counts[i]) % length != 0) {
            NodeView::fail("ngram_counts does not divide the pool of " + std::to_string(size) + " into grams of " +
                           std::to_string(length));
        }
        for (auto at = counts[i]; at < end; at += length) {
            v.starts.push_back(at);
        }
    }
    v.starts.push_back(size);
    if (!counts.empty() && counts[0] != 0) {
        NodeView::fail("ngram_counts does not begin with 0");
    }
}

Vectorizer vectorizer(const NodeView& view)
{
    view.require_inputs(1, 1);
    only_attributes(view, {"max_gram_length", "max_skip_count", "min_gram_length", "mode", "ngram_counts",
                           "ngram_indexes", "pool_int64s", "pool_strings", "weights"});
    if (view.has_attribute("pool_strings")) {
        NodeView::fail("its pool is made of strings, which are not supported", "use integers for tokens");
    }
    require_in(view, 0, token_types);
    if (view.rank(0) != 1 && view.rank(0) != 2) {
        NodeView::fail("an input of shape " + to_string(view.shape(0)) + " is neither [C] nor [N,C]");
    }
    Vectorizer v{.pool = view.ints_attribute("pool_int64s"),
                 .starts = {},
                 .targets = view.ints_attribute("ngram_indexes"),
                 .weights = view.floats_attribute("weights")};
    v.least = positive(view, "min_gram_length", 1);
    v.most = positive(view, "max_gram_length", v.least);
    v.skips = positive(view, "max_skip_count", 0);
    v.mode = mode_of(view);
    read_pool(view, v);
    if (v.targets.empty() || v.targets.size() + 1 != v.starts.size()) {
        NodeView::fail("has " + std::to_string(v.targets.size()) + " ngram_indexes for " +
                       std::to_string(v.starts.size() - 1) + " grams");
    }
    if (!v.weights.empty() && v.weights.size() != v.targets.size()) {
        NodeView::fail("has " + std::to_string(v.weights.size()) + " weights for " + std::to_string(v.targets.size()) +
                       " grams");
    }
    const auto [low, high] = std::ranges::minmax(v.targets);
    if (low < 0 || high >= (std::int64_t{1} << 31)) {
        NodeView::fail("an ngram_index is out of range");
    }
    v.columns = high + 1;
    return v;
}

void infer_tfidf(Infer& infer)
{
    Shape shape = infer.shape(0);
    shape.back() = vectorizer(infer).columns;
    infer.set(0, DType::f32, std::move(shape));
}

void lower_tfidf(Lower& lower)
{
    const Vectorizer v = vectorizer(lower);
    const Shape& x = lower.shape(0);
    constexpr const char* words[] = {"tfidf_mode::tf", "tfidf_mode::idf", "tfidf_mode::tfidf"};
    lower.call("tfidf_vectorizer", "kernels/tfidf.hpp")
        .templates(words[static_cast<std::size_t>(v.mode)])
        .read(lower.operand(0))
        .read(lower.weight("pool", DType::i64, v.pool))
        .read(lower.weight("gram_starts", DType::i64, v.starts))
        .read(lower.weight("gram_targets", DType::i64, v.targets))
        .read(v.weights.empty() ? Operand{} : lower.weight("gram_weights", DType::f32, v.weights))
        .write(lower.result(0))
        .extents({{"rows", x.size() == 1 ? Dim{1} : x[0]},
                  {"cols", x.back()},
                  {"columns", v.columns},
                  {"grams", std::ssize(v.targets)},
                  {"least", v.least},
                  {"most", v.most},
                  {"skips", v.skips}})
        .host([mode = v.mode](const HostCall& host) {
            dispatch_in<token_types>(host.dtypes[0], [&]<class T>() {
                const auto run = [&]<tfidf_mode Mode>() {
                    tfidf_vectorizer<Mode>(host.in<T>(0), host.in<std::int64_t>(1), host.in<std::int64_t>(2),
                                           host.in<std::int64_t>(3), host.in<float>(4), host.out<float>(5),
                                           host.extents<tfidf_extents>());
                };
                switch (mode) {
                case tfidf_mode::tf: run.template operator()<tfidf_mode::tf>(); break;
                case tfidf_mode::idf: run.template operator()<tfidf_mode::idf>(); break;
                case tfidf_mode::tfidf: run.template operator()<tfidf_mode::tfidf>(); break;
                }
            });
        });
}

const Operator rows[] = {
    {.type = "TfIdfVectorizer", .since = 9, .infer = infer_tfidf, .lower = lower_tfidf},
};

}  // namespace

std::span<const Operator> tfidf_operators()
{
    return rows;
}

}  // namespace wasminfer::gen
