// Operators of ai.onnx.ml on labels and categories: LabelEncoder, OneHotEncoder, and ZipMap, whose maps from class to score
// are the scores themselves here.
#include <wasminfer/kernels/ml_features.hpp>

#include <algorithm>
#include <numeric>

#include "ops/attributes.hpp"
#include "ops/ml.hpp"
#include "ops/operator.hpp"

namespace wasminfer::gen {

namespace {

constexpr const char* kernels = "kernels/ml_features.hpp";

// ---- OneHotEncoder ----

constexpr TypeSet category_types = ml_types;

std::vector<std::int64_t> categories(const NodeView& view)
{
    view.require_inputs(1, 1);
    only_attributes(view, {"cats_int64s", "cats_strings", "zeros"});
    if (!strings_attribute(view, "cats_strings").empty()) {
        NodeView::fail("its categories are strings, which are not supported",
                       "encode the categories as integers before they reach the model");
    }
    require_in(view, 0, category_types);
    auto list = view.ints_attribute("cats_int64s");
    if (list.empty()) {
        NodeView::fail("has no categories");
    }
    return list;
}

/// zeros = 1: an unknown category has zeros. With zeros = 0 ONNX calls it an error, and there is none here.
void infer_one_hot(Infer& infer)
{
    Shape shape = infer.shape(0);
    shape.emplace_back(static_cast<std::int64_t>(categories(infer).size()));
    infer.set(0, DType::f32, std::move(shape));
}

void lower_one_hot(Lower& lower)
{
    const auto list = categories(lower);
    lower.call("one_hot_categories", kernels)
        .read(lower.operand(0))
        .read(lower.weight("categories", DType::i64, list))
        .write(lower.result(0))
        .extents({{"n", element_count(lower.shape(0))}, {"count", static_cast<std::int64_t>(list.size())}})
        .host([](const HostCall& host) {
            dispatch_in<category_types>(host.dtypes[0], [&]<class T>() {
                one_hot_categories(host.in<T>(0), host.in<std::int64_t>(1), host.out<float>(2),
                                   host.extents<categories_extents>());
            });
        });
}

// ---- LabelEncoder ----

/// Those that ai.onnx.ml 4 names, less strings.
constexpr TypeSet label_types = set_of(DType::f32, DType::f64, DType::i64, DType::i32, DType::i16);

/// Keys or values: a list of integers, of floats, or (ai.onnx.ml 4) a tensor.
Tensor labels(const NodeView& view, const std::string& word)
{
    if (view.has_attribute(word + "_strings") || view.has_attribute("classes_strings")) {
        NodeView::fail("maps " + word + " that are strings, which are not supported",
                       "encode labels outside the model, or ask for outputs before this node");
    }
    if (const auto* tensor = view.node().attributes.get<Tensor>(word + "_tensor")) {
        return *tensor;
    }
    if (view.has_attribute(word + "_int64s")) {
        const auto list = view.ints_attribute(word + "_int64s");
        return Tensor::ints({static_cast<std::int64_t>(list.size())}, list);
    }
    const auto list = view.floats_attribute(word + "_floats");
    return Tensor::of<float>(DType::f32, {static_cast<std::int64_t>(list.size())}, list);
}

void infer_label_encoder(Infer& infer)
{
    infer.require_inputs(1, 1);
    const Tensor keys = labels(infer, "keys");
    const Tensor values = labels(infer, "values");
    require_in(infer, 0, label_types);
    if (keys.dtype() != infer.dtype(0) || keys.count() != values.count() || !contains(label_types, values.dtype())) {
        NodeView::fail("maps " + std::to_string(keys.count()) + " keys of " + std::string{name(keys.dtype())} + " to " +
                       std::to_string(values.count()) + " values of " + std::string{name(values.dtype())} +
                       ", and its input is " + std::string{name(infer.dtype(0))});
    }
    infer.set(0, values.dtype(), infer.shape(0));
}

template <class Out>
Out default_label(const NodeView& view)
{
    if (const auto* tensor = view.node().attributes.get<Tensor>("default_tensor")) {
        return tensor->count() > 0 ? static_cast<Out>(tensor->to_doubles()[0]) : Out{};
    }
    if constexpr (std::is_integral_v<Out>) {
        return static_cast<Out>(view.int_attribute("default_int64", -1));
    } else {
        return static_cast<Out>(view.float_attribute("default_float", -0.0f));
    }
}

/// Positions of the keys in ascending order. Of equal keys the last counts, as in the dictionary that ONNX describes; NaN
/// comes last.
template <class T>
std::vector<std::size_t> ascending(std::span<const T> keys)
{
    std::vector<std::size_t> order(keys.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    const auto less = [&](std::size_t a, std::size_t b) {
        const auto x = wasminfer::widen(keys[a]);
        const auto y = wasminfer::widen(keys[b]);
        return x == x && (y != y || x < y);
    };
    std::ranges::sort(order, [&](std::size_t a, std::size_t b) { return less(a, b) || (!less(b, a) && a < b); });
    std::vector<std::size_t> last;
    for (std::size_t i = 0; i < order.size(); ++i) {
        if (i + 1 == order.size() || less(order[i], order[i + 1])) {
            last.push_back(order[i]);
        }
    }
    return last;
}

template <class T>
std::vector<T> picked(std::span<const T> from, const std::vector<std::size_t>& order)
{
    std::vector<T> to;
    std::ranges::transform(order, std::back_inserter(to), [&](std::size_t i) { return from[i]; });
    return to;
}

void lower_label_encoder(Lower& lower)
{
    const Tensor keys = labels(lower, "keys");
    const Tensor values = labels(lower, "values");
    std::vector<std::size_t> order;
    Operand key_weight;
    dispatch_in<label_types>(keys.dtype(), [&]<class T>() {
        const auto numbers = keys.as<T>();
        order = ascending<T>(numbers);
        key_weight = lower.weight("keys", keys.dtype(), picked<T>(numbers, order));
    });
    Operand value_weight;
    dispatch_in<label_types>(values.dtype(), [&]<class Out>() {
        auto numbers = picked<Out>(values.as<Out>(), order);
        numbers.push_back(default_label<Out>(lower));
        value_weight = lower.weight("values", values.dtype(), numbers);
    });
    lower.call("encode_labels", kernels)
        .read(lower.operand(0))
        .read(key_weight)
        .read(value_weight)
        .write(lower.result(0))
        .extents({{"n", element_count(lower.shape(0))}, {"count", static_cast<std::int64_t>(order.size())}})
        .host([](const HostCall& host) {
            dispatch_in<label_types>(host.dtypes[0], [&]<class T>() {
                dispatch_in<label_types>(host.dtypes[3], [&]<class Out>() {
                    encode_labels(host.in<T>(0), host.in<T>(1), host.in<Out>(2), host.out<Out>(3),
                                  host.extents<categories_extents>());
                });
            });
        });
}

// ---- ZipMap ----

void infer_zip_map(Infer& infer)
{
    infer.require_inputs(1, 1);
    only_attributes(infer, {"classlabels_int64s", "classlabels_strings"});
    infer.require_types(0, {DType::f32});
    infer.set(0, DType::f32, infer.shape(0));
}

void lower_zip_map(Lower& lower)
{
    lower.alias(lower.out(0), lower.in(0));
}

const Operator rows[] = {
    {.type = "LabelEncoder", .infer = infer_label_encoder, .lower = lower_label_encoder, .domain = ml_domain},
    {.type = "OneHotEncoder", .infer = infer_one_hot, .lower = lower_one_hot, .domain = ml_domain},
    {.type = "ZipMap", .infer = infer_zip_map, .lower = lower_zip_map, .domain = ml_domain},
};

}  // namespace

std::span<const Operator> ml_label_operators()
{
    return rows;
}

}  // namespace wasminfer::gen
