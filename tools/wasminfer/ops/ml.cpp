#include "ops/ml.hpp"

#include <wasminfer/kernels/ml_features.hpp>

#include <array>
#include <numeric>

namespace wasminfer::gen {

namespace {

constexpr std::array<std::string_view, 5> transform_names{"NONE", "LOGISTIC", "SOFTMAX", "SOFTMAX_ZERO", "PROBIT"};
constexpr std::array<std::string_view, 5> transform_words{"none", "logistic", "softmax", "softmax_zero", "probit"};

std::string argument(score_transform transform)
{
    return "score_transform::" + std::string{transform_words[static_cast<std::size_t>(transform)]};
}

/// Calls f.template operator()<Transform>().
template <class F>
void dispatch_transform(score_transform transform, F f)
{
    switch (transform) {
    case score_transform::none: f.template operator()<score_transform::none>(); break;
    case score_transform::logistic: f.template operator()<score_transform::logistic>(); break;
    case score_transform::softmax: f.template operator()<score_transform::softmax>(); break;
    case score_transform::softmax_zero: f.template operator()<score_transform::softmax_zero>(); break;
    case score_transform::probit: f.template operator()<score_transform::probit>(); break;
    }
}

}  // namespace

Table table_of(const NodeView& view, std::size_t input)
{
    const Shape& shape = view.shape(input);
    if (shape.empty() || shape.size() > 2) {
        NodeView::fail("an input of shape " + to_string(shape) + " is no table: [N,C] or [C] is expected");
    }
    return shape.size() == 1 ? Table{1, shape[0]} : Table{shape[0], shape[1]};
}

std::vector<double> numbers_attribute(const NodeView& view, const std::string& key)
{
    if (const auto* tensor = view.node().attributes.get<Tensor>(key + "_as_tensor")) {
        return tensor->to_doubles();
    }
    const auto list = view.floats_attribute(key);
    return {list.begin(), list.end()};
}

std::vector<std::string> strings_attribute(const NodeView& view, const std::string& key)
{
    return view.node().attributes.get_or<std::vector<std::string>>(key, {});
}

void require_count(std::size_t count, std::size_t expected, const std::string& what)
{
    if (count != expected) {
        NodeView::fail("has " + std::to_string(count) + " " + what + ", and needs " + std::to_string(expected));
    }
}

score_transform transform_of(const NodeView& view)
{
    const std::string word = view.string_attribute("post_transform", "NONE");
    for (std::size_t i = 0; i < transform_names.size(); ++i) {
        if (word == transform_names[i]) {
            return static_cast<score_transform>(i);
        }
    }
    NodeView::fail("post_transform '" + word + "' is none of NONE, LOGISTIC, SOFTMAX, SOFTMAX_ZERO, PROBIT");
}

namespace {

/// Output 0: the second label where the lone score is above the threshold.
void lower_threshold_class(Lower& lower, const Operand& scores, const std::vector<std::int64_t>& labels,
                           const Dim& rows, float threshold)
{
    if (!lower.has_output(0)) {
        return;
    }
    lower.call("threshold_class", "kernels/ml_scores.hpp")
        .read(scores)
        .read(lower.weight("class_labels", DType::i64, labels))
        .write(lower.result(0))
        .extents({{"rows", rows}, {"cols", Dim{1}}})
        .text(literal(threshold))
        .host([threshold](const HostCall& host) {
            threshold_class(host.in<float>(0), host.in<std::int64_t>(1), host.out<std::int64_t>(2),
                            host.extents<scores_extents>(), threshold);
        });
}

}  // namespace

Classes classes_of(const NodeView& view, const std::string& ints, const std::string& strings)
{
    Classes classes{.labels = view.ints_attribute(ints), .transform = transform_of(view)};
    if (const auto names = strings_attribute(view, strings); !names.empty()) {
        if (view.has_output(0)) {
            NodeView::fail("its class labels are strings, which are not supported",
                           "ask for the scores alone (--output '" +
                               (view.has_output(1) ? view.out(1).name : std::string{"NAME"}) +
                               "'), or train the model with integer labels");
        }
        classes.labels.resize(names.size());
        std::iota(classes.labels.begin(), classes.labels.end(), std::int64_t{0});
    }
    if (classes.labels.size() < 2) {
        NodeView::fail("has fewer than two class labels");
    }
    return classes;
}

void infer_classes(Infer& infer, const Classes& classes, const Dim& rows)
{
    infer.set(0, DType::i64, {rows});
    infer.set(1, DType::f32, {rows, classes.count()});
}

void lower_classes(Lower& lower, const Classes& classes, const Dim& rows,
                   const std::function<void(const Operand&)>& score)
{
    const Dim cols = classes.made();
    // Labels go by the scores before they are transformed.
    const bool apart = classes.lone || classes.transform != score_transform::none || !lower.has_output(1);
    const Operand scores = apart ? lower.temporary(DType::f32, rows * cols * 4) : lower.result(1);
    score(scores);
    if (classes.lone) {
        lower_threshold_class(lower, scores, classes.labels, rows, classes.threshold);
    } else {
        lower_largest_class(lower, scores, classes.labels, rows, cols);
    }
    if (lower.has_output(1) && classes.lone) {
        lower_two_classes(lower, scores, lower.result(1), rows, classes.transform, classes.complement);
    } else if (lower.has_output(1) && apart) {
        lower_transform(lower, scores, lower.result(1), rows, cols, classes.transform);
    }
}

Operand as_floats(Lower& lower, std::size_t input)
{
    if (lower.dtype(input) == DType::f32) {
        return lower.operand(input);
    }
    const Table x = table_of(lower, input);
    const Operand floats = lower.temporary(DType::f32, x.rows * x.cols * 4);
    lower.call("copy_features", "kernels/ml_features.hpp")
        .read(lower.operand(input))
        .write(floats)
        .extents({{"rows", x.rows}, {"cols", x.cols}, {"step", x.cols}})
        .host([](const HostCall& host) {
            dispatch_in<ml_types>(host.dtypes[0], [&]<class T>() {
                copy_features(host.in<T>(0), host.out<float>(1), host.extents<feature_slice_extents>());
            });
        });
    return floats;
}

void lower_transform(Lower& lower, const Operand& from, const Operand& to, const Dim& rows, const Dim& cols,
                     score_transform transform)
{
    lower.call("transform_scores", "kernels/ml_scores.hpp")
        .templates(argument(transform))
        .read(from)
        .write(to)
        .extents({{"rows", rows}, {"cols", cols}})
        .host([transform](const HostCall& host) {
            dispatch_transform(transform, [&]<score_transform Transform>() {
                transform_scores<Transform>(host.in<float>(0), host.out<float>(1), host.extents<scores_extents>());
            });
        });
}

void lower_two_classes(Lower& lower, const Operand& from, const Operand& to, const Dim& rows, score_transform transform,
                       bool complement)
{
    lower.call("two_classes", "kernels/ml_scores.hpp")
        .templates(argument(transform) + (complement ? ", true" : ", false"))
        .read(from)
        .write(to)
        .extents({{"rows", rows}, {"cols", Dim{1}}})
        .host([transform, complement](const HostCall& host) {
            dispatch_transform(transform, [&]<score_transform Transform>() {
                const auto e = host.extents<scores_extents>();
                complement ? two_classes<Transform, true>(host.in<float>(0), host.out<float>(1), e)
                           : two_classes<Transform, false>(host.in<float>(0), host.out<float>(1), e);
            });
        });
}

void lower_largest_class(Lower& lower, const Operand& scores, const std::vector<std::int64_t>& labels, const Dim& rows,
                         const Dim& cols)
{
    if (!lower.has_output(0)) {
        return;
    }
    lower.call("largest_class", "kernels/ml_scores.hpp")
        .read(scores)
        .read(lower.weight("class_labels", DType::i64, labels))
        .write(lower.result(0))
        .extents({{"rows", rows}, {"cols", cols}})
        .host([](const HostCall& host) {
            largest_class(host.in<float>(0), host.in<std::int64_t>(1), host.out<std::int64_t>(2),
                          host.extents<scores_extents>());
        });
}

}  // namespace wasminfer::gen
