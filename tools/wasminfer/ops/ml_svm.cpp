// SVMClassifier and SVMRegressor of ai.onnx.ml: kernel values of each row and the support vectors, then sums of them. A
// regressor without support vectors is linear.
#include <wasminfer/kernels/svm.hpp>

#include <numeric>

#include "ops/attributes.hpp"
#include "ops/ml.hpp"
#include "ops/operator.hpp"

namespace wasminfer::gen {

namespace {

constexpr const char* kernels = "kernels/svm.hpp";

/// Support vectors and their kernel.
struct Machine {
    Table x;
    std::int64_t vectors = 0;
    std::vector<float> support;  ///< [vectors, C]
    std::vector<float> coefficients, rho;
    svm_kernel kernel = svm_kernel::linear;
    svm_parameters parameters;
};

svm_kernel kernel_of(const NodeView& view)
{
    const std::string word = view.string_attribute("kernel_type", "LINEAR");
    if (word == "LINEAR") {
        return svm_kernel::linear;
    }
    if (word == "POLY") {
        return svm_kernel::poly;
    }
    if (word == "RBF") {
        return svm_kernel::rbf;
    }
    if (word == "SIGMOID") {
        return svm_kernel::sigmoid;
    }
    NodeView::fail("kernel_type '" + word + "' is none of LINEAR, POLY, RBF, SIGMOID");
}

Machine machine(const NodeView& view, std::int64_t vectors, TypeSet types)
{
    view.require_inputs(1, 1);
    require_in(view, 0, types);
    Machine m{.x = table_of(view, 0),
              .vectors = vectors,
              .support = view.floats_attribute("support_vectors"),
              .coefficients = view.floats_attribute("coefficients"),
              .rho = view.floats_attribute("rho"),
              .kernel = kernel_of(view)};
    if (!m.x.cols.is_constant()) {
        NodeView::fail("the number of features, " + m.x.cols.str() + ", has to be known");
    }
    const auto parameters = view.floats_attribute("kernel_params", {0.0f, 0.0f, 0.0f});
    require_count(parameters.size(), 3, "kernel_params");
    m.parameters = {.gamma = parameters[0], .coef0 = parameters[1], .degree = parameters[2]};
    return m;
}

void check_support(const Machine& m)
{
    if (m.vectors < 1 || m.vectors > (std::int64_t{1} << 31)) {
        NodeView::fail(std::to_string(m.vectors) + " support vectors are not supported");
    }
    require_count(m.support.size(), static_cast<std::size_t>(m.vectors) * static_cast<std::size_t>(m.x.cols.constant()),
                  "numbers in 'support_vectors'");
}

/// K(row, vector) in a temporary.
Operand lower_kernels(Lower& lower, const Machine& m)
{
    constexpr const char* words[] = {"svm_kernel::linear", "svm_kernel::poly", "svm_kernel::rbf",
                                     "svm_kernel::sigmoid"};
    const Operand rows = as_floats(lower, 0);
    const Operand values = lower.temporary(DType::f32, m.x.rows * (m.vectors * 4));
    const svm_parameters p = m.parameters;
    lower.call("svm_kernels", kernels)
        .templates(words[static_cast<std::size_t>(m.kernel)])
        .read(rows)
        .read(lower.weight("support_vectors", DType::f32, m.support))
        .write(values)
        .extents({{"rows", m.x.rows}, {"features", m.x.cols}, {"vectors", m.vectors}})
        .text("{" + literal(p.gamma) + ", " + literal(p.coef0) + ", " + literal(p.degree) + "}")
        .host([kernel = m.kernel, p](const HostCall& host) {
            const auto run = [&]<svm_kernel Kernel>() {
                svm_kernels<Kernel>(host.in<float>(0), host.in<float>(1), host.out<float>(2),
                                    host.extents<svm_extents>(), p);
            };
            switch (kernel) {
            case svm_kernel::linear: run.template operator()<svm_kernel::linear>(); break;
            case svm_kernel::poly: run.template operator()<svm_kernel::poly>(); break;
            case svm_kernel::rbf: run.template operator()<svm_kernel::rbf>(); break;
            case svm_kernel::sigmoid: run.template operator()<svm_kernel::sigmoid>(); break;
            }
        });
    return values;
}

// ---- SVMRegressor ----

/// Without support vectors (n_supports = 0) the coefficients are those of the features.
Machine regressor(const NodeView& view)
{
    only_attributes(view, {"coefficients", "kernel_params", "kernel_type", "n_supports", "one_class", "post_transform",
                           "rho", "support_vectors"});
    Machine m = machine(view, view.int_attribute("n_supports", 0), ml_types);
    require_count(m.rho.size(), 1, "numbers in 'rho'");
    if (m.vectors == 0) {
        if (m.kernel != svm_kernel::linear) {
            NodeView::fail("has no support vectors, and a kernel that is not LINEAR");
        }
        require_count(m.coefficients.size(), static_cast<std::size_t>(m.x.cols.constant()), "coefficients");
    } else {
        check_support(m);
        require_count(m.coefficients.size(), static_cast<std::size_t>(m.vectors), "coefficients");
    }
    transform_of(view);
    return m;
}

void infer_regressor(Infer& infer)
{
    const Machine m = regressor(infer);
    infer.set(0, DType::f32, {m.x.rows, 1});
}

void lower_regressor(Lower& lower)
{
    const Machine m = regressor(lower);
    const bool one_class = lower.int_attribute("one_class", 0) != 0;
    const Operand values = m.vectors == 0 ? as_floats(lower, 0) : lower_kernels(lower, m);
    const Dim terms = m.vectors == 0 ? m.x.cols : Dim{m.vectors};
    const float rho = m.rho[0];
    lower.call("svm_sums", kernels)
        .templates(one_class ? "true" : "false")
        .read(values)
        .read(lower.weight("coefficients", DType::f32, m.coefficients))
        .write(lower.result(0))
        .extents({{"rows", m.x.rows}, {"vectors", terms}})
        .text(literal(rho))
        .host([one_class, rho](const HostCall& host) {
            const auto e = host.extents<svm_sum_extents>();
            one_class ? svm_sums<true>(host.in<float>(0), host.in<float>(1), host.out<float>(2), e, rho)
                      : svm_sums<false>(host.in<float>(0), host.in<float>(1), host.out<float>(2), e, rho);
        });
    if (const auto transform = transform_of(lower); transform != score_transform::none && !one_class) {
        lower_transform(lower, lower.result(0), lower.result(0), m.x.rows, 1, transform);
    }
}

// ---- SVMClassifier ----

/// Scores are a probability for each class where prob_a and prob_b are given, else a decision for each pair of classes: one
/// d for two classes, written as [-d, d]. Labels go by the pairs' votes.
struct Classifier {
    Machine machine;
    Classes classes;
    std::vector<std::int64_t> counts;
    std::vector<float> prob_a, prob_b;
    std::int64_t pairs = 0;

    std::int64_t columns() const { return prob_a.empty() && classes.count() > 2 ? pairs : classes.count(); }
};

Classifier classifier(const NodeView& view)
{
    only_attributes(view, {"classlabels_ints", "classlabels_strings", "coefficients", "kernel_params", "kernel_type",
                           "post_transform", "prob_a", "prob_b", "rho", "support_vectors", "vectors_per_class"});
    Classifier c;
    c.counts = view.ints_attribute("vectors_per_class");
    std::int64_t vectors = 0;
    for (const auto count : c.counts) {
        if (count < 0 || count > (std::int64_t{1} << 31)) {
            NodeView::fail("vectors_per_class holds " + std::to_string(count));
        }
        vectors += count;
    }
    if (vectors == 0) {
        NodeView::fail("has no support vectors", "export a linear model as a LinearClassifier");
    }
    c.machine = machine(view, vectors, ml_types);
    check_support(c.machine);
    c.classes = classes_of(view, "classlabels_ints", "classlabels_strings");
    const std::int64_t classes = c.classes.count();
    c.pairs = classes * (classes - 1) / 2;
    require_count(c.counts.size(), c.classes.labels.size(), "entries in 'vectors_per_class'");
    require_count(c.machine.coefficients.size(), static_cast<std::size_t>((classes - 1) * vectors), "coefficients");
    require_count(c.machine.rho.size(), static_cast<std::size_t>(c.pairs), "numbers in 'rho'");
    c.prob_a = view.floats_attribute("prob_a");
    c.prob_b = view.floats_attribute("prob_b");
    require_count(c.prob_b.size(), c.prob_a.size(), "numbers in 'prob_b'");
    if (!c.prob_a.empty()) {
        require_count(c.prob_a.size(), static_cast<std::size_t>(c.pairs), "numbers in 'prob_a'");
    }
    return c;
}

void infer_classifier(Infer& infer)
{
    const Classifier c = classifier(infer);
    infer.set(0, DType::i64, {c.machine.x.rows});
    infer.set(1, DType::f32, {c.machine.x.rows, c.columns()});
}

void lower_probabilities(Lower& lower, const Classifier& c, const Operand& decisions)
{
    const std::int64_t classes = c.classes.count();
    const Operand scratch = lower.temporary(DType::f32, classes * (2 * classes + 1) * 4);
    lower.call("svm_probabilities", kernels)
        .read(decisions)
        .read(lower.weight("prob_a", DType::f32, c.prob_a))
        .read(lower.weight("prob_b", DType::f32, c.prob_b))
        .write(lower.result(1))
        .extents({{"rows", c.machine.x.rows}, {"classes", classes}})
        .write(scratch)
        .host([](const HostCall& host) {
            svm_probabilities(host.in<float>(0), host.in<float>(1), host.in<float>(2), host.out<float>(3),
                              host.extents<svm_probability_extents>(), host.out<float>(4));
        });
}

void lower_classifier(Lower& lower)
{
    const Classifier c = classifier(lower);
    const Dim& rows = c.machine.x.rows;
    const Operand values = lower_kernels(lower, c.machine);
    const Operand decisions = lower.temporary(DType::f32, rows * (c.pairs * 4));
    const Operand votes = lower.temporary(DType::f32, rows * (c.classes.count() * 4));
    lower.call("svm_decisions", kernels)
        .read(values)
        .read(lower.weight("coefficients", DType::f32, c.machine.coefficients))
        .read(lower.weight("rho", DType::f32, c.machine.rho))
        .read(lower.weight("vectors_per_class", DType::i64, c.counts))
        .write(decisions)
        .write(votes)
        .extents({{"rows", rows}, {"vectors", c.machine.vectors}, {"classes", c.classes.count()}})
        .host([](const HostCall& host) {
            svm_decisions(host.in<float>(0), host.in<float>(1), host.in<float>(2), host.in<std::int64_t>(3),
                          host.out<float>(4), host.out<float>(5), host.extents<svm_pairs_extents>());
        });
    lower_largest_class(lower, votes, c.classes.labels, rows, c.classes.count());
    if (!lower.has_output(1)) {
        return;
    }
    const auto transform = c.classes.transform;
    if (!c.prob_a.empty()) {
        lower_probabilities(lower, c, decisions);
        if (transform != score_transform::none) {
            lower_transform(lower, lower.result(1), lower.result(1), rows, c.columns(), transform);
        }
    } else if (c.classes.count() == 2) {
        lower_two_classes(lower, decisions, lower.result(1), rows, transform, transform == score_transform::probit);
    } else {
        lower_transform(lower, decisions, lower.result(1), rows, c.columns(), transform);
    }
}

const Operator rows[] = {
    {.type = "SVMClassifier", .infer = infer_classifier, .lower = lower_classifier, .domain = ml_domain},
    {.type = "SVMRegressor", .infer = infer_regressor, .lower = lower_regressor, .domain = ml_domain},
};

}  // namespace

std::span<const Operator> ml_svm_operators()
{
    return rows;
}

}  // namespace wasminfer::gen
