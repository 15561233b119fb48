// Operators of ai.onnx.ml that prepare features: ArrayFeatureExtractor, Binarizer, FeatureVectorizer, Imputer, Normalizer,
// Scaler.
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
        row("Normalizer", infer_normalizer, lower_normalizer),
        row("Scaler", infer_scaler, lower_scaler),
    };
    return rows;
}

}  // namespace wasminfer::gen
