// Operators of ai.onnx.ml that prepare features: ArrayFeatureExtractor, Binarizer, FeatureVectorizer, Imputer, LabelEncoder,
// Normalizer, OneHotEncoder, Scaler, and ZipMap, whose maps from class to score are the scores themselves here.
#include <wasminfer/kernels/elementwise.hpp>
#include <wasminfer/kernels/ml_features.hpp>

#include <algorithm>

#include "ops/attributes.hpp"
#include "ops/ml.hpp"
#include "ops/operator.hpp"

namespace wasminfer::gen {

namespace {

constexpr const char* kernels = "kernels/ml_features.hpp";

/// The number of columns, which parameters are one for each of.
std::size_t column_count(const Table& x)
{
    if (!x.cols.is_constant()) {
        NodeView::fail("the number of features, " + x.cols.str() + ", has to be known");
    }
    return static_cast<std::size_t>(x.cols.constant());
}

/// 0 for one number, 1 for one each column; refuses other counts.
std::int64_t step_of(std::size_t count, std::size_t columns, const std::string& what)
{
    if (count != 1 && count != columns) {
        NodeView::fail("has " + std::to_string(count) + " " + what + " for " + std::to_string(columns) + " features");
    }
    return count == 1 ? 0 : 1;
}

// ---- Scaler ----

struct Scaling {
    Table x;
    std::vector<float> offset, scale;
    std::int64_t offset_step = 0, scale_step = 0;
};

Scaling scaling(const NodeView& view)
{
    view.require_inputs(1, 1);
    only_attributes(view, {"offset", "scale"});
    require_in(view, 0, ml_types);
    Scaling s{.x = table_of(view, 0),
              .offset = view.floats_attribute("offset", {0.0f}),
              .scale = view.floats_attribute("scale", {1.0f})};
    const auto columns = column_count(s.x);
    s.offset_step = step_of(s.offset.size(), columns, "offsets");
    s.scale_step = step_of(s.scale.size(), columns, "scales");
    return s;
}

void infer_scaler(Infer& infer)
{
    scaling(infer);
    infer.set(0, DType::f32, infer.shape(0));
}

void lower_scaler(Lower& lower)
{
    const Scaling s = scaling(lower);
    lower.call("scale_features", kernels)
        .read(lower.operand(0))
        .read(lower.weight("offset", DType::f32, s.offset))
        .read(lower.weight("scale", DType::f32, s.scale))
        .write(lower.result(0))
        .extents({{"rows", s.x.rows}, {"cols", s.x.cols}, {"offset_step", s.offset_step}, {"scale_step", s.scale_step}})
        .host([](const HostCall& host) {
            dispatch_in<ml_types>(host.dtypes[0], [&]<class T>() {
                scale_features(host.in<T>(0), host.in<float>(1), host.in<float>(2), host.out<float>(3),
                               host.extents<scaler_extents>());
            });
        });
}

// ---- Binarizer ----

void infer_binarizer(Infer& infer)
{
    infer.require_inputs(1, 1);
    only_attributes(infer, {"threshold"});
    require_in(infer, 0, ml_types);
    infer.set(0, infer.dtype(0), infer.shape(0));
}

void lower_binarizer(Lower& lower)
{
    const float threshold = lower.float_attribute("threshold", 0.0f);
    lower.call("unary", "kernels/elementwise.hpp")
        .read(lower.operand(0))
        .write(lower.result(0))
        .extents({{"n", element_count(lower.shape(0))}})
        .text("binarize<" + std::string{cpp_type(lower.dtype(0))} + ">{" + literal(threshold) + "}")
        .in_place(lower.out(0), lower.in(0))
        .host([threshold](const HostCall& host) {
            dispatch_in<ml_types>(host.dtypes[0], [&]<class T>() {
                unary(host.in<T>(0), host.out<T>(1), elementwise_extents{host.numbers[0]}, binarize<T>{threshold});
            });
        });
    lower.steps().back().call.header = kernels;
}

// ---- Imputer ----

/// Values of float inputs are in the attributes that end in _floats, those of integers in _int64s.
std::vector<double> imputed(const NodeView& view)
{
    if (is_float(view.dtype(0))) {
        const auto list = view.floats_attribute("imputed_value_floats");
        return {list.begin(), list.end()};
    }
    const auto list = view.ints_attribute("imputed_value_int64s");
    return {list.begin(), list.end()};
}

std::int64_t imputer_step(const NodeView& view)
{
    view.require_inputs(1, 1);
    only_attributes(view,
                    {"imputed_value_floats", "imputed_value_int64s", "replaced_value_float", "replaced_value_int64"});
    require_in(view, 0, ml_types);
    return step_of(imputed(view).size(), column_count(table_of(view, 0)), "imputed values");
}

void infer_imputer(Infer& infer)
{
    imputer_step(infer);
    infer.set(0, infer.dtype(0), infer.shape(0));
}

void lower_imputer(Lower& lower)
{
    const auto step = imputer_step(lower);
    const Table x = table_of(lower, 0);
    const DType type = lower.dtype(0);
    dispatch_in<ml_types>(type, [&]<class T>() {
        const auto numbers = imputed(lower);
        std::vector<T> values;
        std::ranges::transform(numbers, std::back_inserter(values), [](double v) { return static_cast<T>(v); });
        T replaced{};
        std::string text;
        if constexpr (std::is_floating_point_v<T>) {
            replaced = static_cast<T>(lower.float_attribute("replaced_value_float", 0.0f));
            text = literal(replaced);
        } else {
            replaced = static_cast<T>(lower.int_attribute("replaced_value_int64", 0));
            text = literal(std::int64_t{replaced});
        }
        lower.call("impute_features", kernels)
            .templates(std::string{cpp_type(type)})
            .read(lower.operand(0))
            .read(lower.weight("imputed", type, values))
            .write(lower.result(0))
            .extents({{"rows", x.rows}, {"cols", x.cols}, {"step", step}})
            .text(text)
            .in_place(lower.out(0), lower.in(0))
            .host([replaced](const HostCall& host) {
                impute_features(host.in<T>(0), host.in<T>(1), host.out<T>(2), host.extents<imputer_extents>(),
                                replaced);
            });
    });
}

// ---- Normalizer ----

feature_norm norm_of(const NodeView& view)
{
    const std::string word = view.string_attribute("norm", "MAX");
    if (word == "MAX") {
        return feature_norm::max;
    }
    if (word == "L1") {
        return feature_norm::l1;
    }
    if (word == "L2") {
        return feature_norm::l2;
    }
    NodeView::fail("norm '" + word + "' is none of MAX, L1, L2");
}

void infer_normalizer(Infer& infer)
{
    infer.require_inputs(1, 1);
    only_attributes(infer, {"norm"});
    require_in(infer, 0, ml_types);
    table_of(infer, 0);
    norm_of(infer);
    infer.set(0, DType::f32, infer.shape(0));
}

void lower_normalizer(Lower& lower)
{
    const Table x = table_of(lower, 0);
    const feature_norm norm = norm_of(lower);
    lower.call("normalize_features", kernels)
        .templates(norm == feature_norm::max  ? "feature_norm::max"
                   : norm == feature_norm::l1 ? "feature_norm::l1"
                                              : "feature_norm::l2")
        .read(lower.operand(0))
        .write(lower.result(0))
        .extents({{"rows", x.rows}, {"cols", x.cols}})
        .host([norm](const HostCall& host) {
            dispatch_in<ml_types>(host.dtypes[0], [&]<class T>() {
                const auto run = [&]<feature_norm Norm>() {
                    normalize_features<Norm>(host.in<T>(0), host.out<float>(1), host.extents<features_extents>());
                };
                norm == feature_norm::max  ? run.template operator()<feature_norm::max>()
                : norm == feature_norm::l1 ? run.template operator()<feature_norm::l1>()
                                           : run.template operator()<feature_norm::l2>();
            });
        });
}

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
    shape.push_back(static_cast<std::int64_t>(categories(infer).size()));
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

void lower_label_encoder(Lower& lower)
{
    const Tensor keys = labels(lower, "keys");
    const Tensor values = labels(lower, "values");
    dispatch_in<label_types>(keys.dtype(), [&]<class T>() {
        dispatch_in<label_types>(values.dtype(), [&]<class Out>() {
            const auto from = keys.as<T>();
            const auto to = values.as<Out>();
            // Of equal keys the last counts, as in the dictionary that ONNX describes; NaN comes last.
            std::vector<std::size_t> order;
            for (std::size_t i = 0; i < from.size(); ++i) {
                order.push_back(i);
            }
            const auto less = [&](std::size_t a, std::size_t b) {
                const auto x = wasminfer::widen(from[a]);
                const auto y = wasminfer::widen(from[b]);
                return x == x && (y != y || x < y);
            };
            std::ranges::sort(order,
                              [&](std::size_t a, std::size_t b) { return less(a, b) || (!less(b, a) && a < b); });
            std::vector<T> sorted_keys;
            std::vector<Out> sorted_values;
            for (std::size_t i = 0; i < order.size(); ++i) {
                if (i + 1 == order.size() || less(order[i], order[i + 1])) {
                    sorted_keys.push_back(from[order[i]]);
                    sorted_values.push_back(to[order[i]]);
                }
            }
            const auto count = static_cast<std::int64_t>(sorted_keys.size());
            sorted_values.push_back(default_label<Out>(lower));
            lower.call("encode_labels", kernels)
                .read(lower.operand(0))
                .read(lower.weight("keys", keys.dtype(), sorted_keys))
                .read(lower.weight("values", values.dtype(), sorted_values))
                .write(lower.result(0))
                .extents({{"n", element_count(lower.shape(0))}, {"count", count}})
                .host([](const HostCall& host) {
                    encode_labels(host.in<T>(0), host.in<T>(1), host.in<Out>(2), host.out<Out>(3),
                                  host.extents<categories_extents>());
                });
        });
    });
}

// ---- FeatureVectorizer ----

void infer_vectorizer(Infer& infer)
{
    infer.require_inputs(1, 1 << 16);
    only_attributes(infer, {"inputdimensions"});
    const auto dimensions = infer.ints_attribute("inputdimensions");
    if (!dimensions.empty()) {
        require_count(dimensions.size(), infer.input_count(), "inputdimensions");
    }
    const Dim rows = table_of(infer, 0).rows;
    Dim cols = 0;
    for (std::size_t i = 0; i < infer.input_count(); ++i) {
        require_in(infer, i, ml_types);
        const Table x = table_of(infer, i);
        const bool declared = dimensions.empty() || x.cols == Dim{dimensions[i]};
        if (!known_equal(x.rows, rows) || !declared) {
            NodeView::fail("input " + std::to_string(i) + " of shape " + to_string(infer.shape(i)) +
                           " has other rows than the first, or other columns than inputdimensions say");
        }
        cols += x.cols;
    }
    infer.set(0, DType::f32, {rows, cols});
}

void lower_vectorizer(Lower& lower)
{
    const Dim step = (*lower.out(0).shape)[1];
    Dim at = 0;
    for (std::size_t i = 0; i < lower.input_count(); ++i) {
        const Table x = table_of(lower, i);
        Operand slice = lower.result(0);
        slice.byte_offset = at * 4;
        lower.call("copy_features", kernels)
            .read(lower.operand(i))
            .write(slice)
            .extents({{"rows", x.rows}, {"cols", x.cols}, {"step", step}})
            .host([](const HostCall& host) {
                dispatch_in<ml_types>(host.dtypes[0], [&]<class T>() {
                    copy_features(host.in<T>(0), host.out<float>(1), host.extents<feature_slice_extents>());
                });
            });
        at += x.cols;
    }
}

// ---- ArrayFeatureExtractor ----

constexpr TypeSet extracted_types = types::numbers;

/// Columns of X, [..., C], by number; a vector gives one row.
void infer_extractor(Infer& infer)
{
    infer.require_inputs(2, 2);
    only_attributes(infer, {});
    require_in(infer, 0, extracted_types);
    infer.require_types(1, {DType::i64});
    Shape shape = infer.shape(0);
    if (shape.empty() || shape.back() == Dim{0}) {
        NodeView::fail("an input of shape " + to_string(shape) + " has no features");
    }
    shape.back() = element_count(infer.shape(1));
    if (shape.size() == 1) {
        shape.insert(shape.begin(), 1);
    }
    infer.set(0, infer.dtype(0), std::move(shape));
}

void lower_extractor(Lower& lower)
{
    const Shape& x = lower.shape(0);
    Operand in = lower.operand(0);
    Operand out = lower.result(0);
    in.dtype = out.dtype = bits_of(lower.dtype(0));
    lower.call("extract_features", kernels)
        .read(in)
        .read(lower.operand(1))
        .write(out)
        .extents({{"rows", element_count({x.begin(), x.end() - 1})},
                  {"cols", x.back()},
                  {"count", element_count(lower.shape(1))}})
        .host([](const HostCall& host) {
            dispatch_size(host.dtypes[0], [&]<class T>() {
                extract_features(host.in<T>(0), host.in<std::int64_t>(1), host.out<T>(2),
                                 host.extents<extract_extents>());
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

Operator row(std::string_view type, void (*infer)(Infer&), void (*lower)(Lower&))
{
    return {.type = type, .infer = infer, .lower = lower, .domain = ml_domain};
}

}  // namespace

std::span<const Operator> ml_feature_operators()
{
    static const Operator rows[] = {
        row("ArrayFeatureExtractor", infer_extractor, lower_extractor),
        row("Binarizer", infer_binarizer, lower_binarizer),
        row("FeatureVectorizer", infer_vectorizer, lower_vectorizer),
        row("Imputer", infer_imputer, lower_imputer),
        row("LabelEncoder", infer_label_encoder, lower_label_encoder),
        row("Normalizer", infer_normalizer, lower_normalizer),
        row("OneHotEncoder", infer_one_hot, lower_one_hot),
        row("Scaler", infer_scaler, lower_scaler),
        row("ZipMap", infer_zip_map, lower_zip_map),
    };
    return rows;
}

}  // namespace wasminfer::gen
