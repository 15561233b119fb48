// LinearRegressor and LinearClassifier of ai.onnx.ml: a product with constant coefficients [targets, C], and what becomes
// of its scores. A classifier with one row of coefficients and two classes gives the second class's score.
#include <wasminfer/kernels/gemm.hpp>

#include "ops/attributes.hpp"
#include "ops/ml.hpp"
#include "ops/operator.hpp"

namespace wasminfer::gen {

namespace {

struct Coefficients {
    Table x;
    std::int64_t targets = 1;
    std::vector<float> weights;     ///< [targets, C]
    std::vector<float> intercepts;  ///< Empty, or one for each target.
};

Coefficients coefficients_of(const NodeView& view, std::int64_t targets)
{
    view.require_inputs(1, 1);
    require_in(view, 0, ml_types);
    Coefficients c{.x = table_of(view, 0), .targets = targets, .weights = view.floats_attribute("coefficients")};
    c.intercepts = view.floats_attribute("intercepts");
    if (!c.x.cols.is_constant()) {
        NodeView::fail("the number of features, " + c.x.cols.str() + ", has to be known");
    }
    if (targets < 1 || targets > (std::int64_t{1} << 31)) {
        NodeView::fail(std::to_string(targets) + " targets are not supported");
    }
    require_count(c.weights.size(), static_cast<std::size_t>(targets) * static_cast<std::size_t>(c.x.cols.constant()),
                  "coefficients");
    if (!c.intercepts.empty()) {
        require_count(c.intercepts.size(), static_cast<std::size_t>(targets), "intercepts");
    }
    transform_of(view);
    return c;
}

/// X · coefficientsᵀ + intercepts.
void lower_product(Lower& lower, const Coefficients& c, const Operand& scores)
{
    const auto k = static_cast<index>(c.x.cols.constant());
    const auto n = static_cast<index>(c.targets);
    const gemm_pack_extents e{.k = k, .n = n, .row_stride = 1, .col_stride = k};
    std::vector<float> panels(static_cast<std::size_t>(gemm_packed_size(e)));
    pack_gemm_b(c.weights.data(), panels.data(), e);
    const Operand rows = as_floats(lower, 0);
    lower.call("gemm", "kernels/gemm.hpp")
        .read(rows)
        .read(lower.weight("coefficients", DType::f32, panels))
        .read(c.intercepts.empty() ? Operand{} : lower.weight("intercepts", DType::f32, c.intercepts))
        .write(scores)
        .extents({{"m", c.x.rows}, {"n", Dim{n}}, {"k", Dim{k}}, {"lda", Dim{k}}, {"ldc", Dim{n}}})
        .host([](const HostCall& host) {
            gemm(host.in<float>(0), host.in<float>(1), host.in<float>(2), host.out<float>(3),
                 host.extents<gemm_extents>());
        });
}

Coefficients regressor(const NodeView& view)
{
    only_attributes(view, {"coefficients", "intercepts", "post_transform", "targets"});
    return coefficients_of(view, view.int_attribute("targets", 1));
}

void infer_regressor(Infer& infer)
{
    const Coefficients c = regressor(infer);
    infer.set(0, DType::f32, {c.x.rows, c.targets});
}

void lower_regressor(Lower& lower)
{
    const Coefficients c = regressor(lower);
    lower_product(lower, c, lower.result(0));
    if (const auto transform = transform_of(lower); transform != score_transform::none) {
        lower_transform(lower, lower.result(0), lower.result(0), c.x.rows, c.targets, transform);
    }
}

struct Classifier {
    Coefficients coefficients;
    Classes classes;
};

/// multi_class, one against the rest or multinomial, changes nothing about how scores are made.
Classifier classifier(const NodeView& view)
{
    only_attributes(view, {"classlabels_ints", "classlabels_strings", "coefficients", "intercepts", "multi_class",
                           "post_transform"});
    Classes classes = classes_of(view, "classlabels_ints", "classlabels_strings");
    const auto cols = table_of(view, 0).cols;
    const auto features = cols.is_constant() ? cols.constant() : 0;
    const auto weights = static_cast<std::int64_t>(view.floats_attribute("coefficients").size());
    classes.lone = classes.count() == 2 && weights == features;
    classes.complement = classes.transform == score_transform::probit;
    return {.coefficients = coefficients_of(view, classes.made()), .classes = std::move(classes)};
}

void infer_classifier(Infer& infer)
{
    const Classifier c = classifier(infer);
    infer_classes(infer, c.classes, c.coefficients.x.rows);
}

void lower_classifier(Lower& lower)
{
    const Classifier c = classifier(lower);
    lower_classes(lower, c.classes, c.coefficients.x.rows,
                  [&](const Operand& scores) { lower_product(lower, c.coefficients, scores); });
}

const Operator rows[] = {
    {.type = "LinearClassifier", .infer = infer_classifier, .lower = lower_classifier, .domain = ml_domain},
    {.type = "LinearRegressor", .infer = infer_regressor, .lower = lower_regressor, .domain = ml_domain},
};

}  // namespace

std::span<const Operator> ml_linear_operators()
{
    return rows;
}

}  // namespace wasminfer::gen
