// NegativeLogLikelihoodLoss and SoftmaxCrossEntropyLoss: networks exported together with their loss.
#include <wasminfer/kernels/nll_loss.hpp>
#include <wasminfer/kernels/softmax.hpp>

#include "ops/attributes.hpp"
#include "ops/operator.hpp"
#include "ops/type_set.hpp"

namespace wasminfer::gen {

namespace {

enum Input : std::size_t { scores, targets, weights };

loss_reduction reduction_of(const NodeView& view)
{
    const std::string name = view.string_attribute("reduction", "mean");
    if (name != "none" && name != "sum" && name != "mean") {
        NodeView::fail("the reduction '" + name + "' is none of none, sum and mean");
    }
    return name == "none" ? loss_reduction::none : name == "sum" ? loss_reduction::sum : loss_reduction::mean;
}

/// Scores are [N, C, d1, …], targets [N, d1, …], weights [C].
void infer_loss(Infer& infer)
{
    infer.require_inputs(2, 3);
    only_attributes(infer, {"ignore_index", "reduction"});
    infer.require_float(scores);
    infer.require_types(targets, {DType::i32, DType::i64});
    const Shape& x = infer.shape(scores);
    if (x.size() < 2) {
        NodeView::fail("the scores should have two dimensions at least and have the shape " + to_string(x));
    }
    Shape expected = x;
    expected.erase(expected.begin() + 1);
    if (!(infer.shape(targets) == expected)) {
        NodeView::fail("the targets have the shape " + to_string(infer.shape(targets)) + ", expected " +
                       to_string(expected));
    }
    if (infer.has(weights)) {
        infer.require_same_type(scores, weights);
        if (!(infer.shape(weights) == Shape{x[1]})) {
            NodeView::fail("the weights have the shape " + to_string(infer.shape(weights)) + ", expected [" +
                           x[1].str() + "]");
        }
    }
    infer.set(0, infer.dtype(scores), reduction_of(infer) == loss_reduction::none ? expected : Shape{});
}

Dim inner_count(const Shape& x)
{
    return element_count({x.begin() + 2, x.end()});
}

void lower_nll(Lower& lower, const Operand& logarithms)
{
    const Shape& x = lower.shape(scores);
    const auto reduction = reduction_of(lower);
    constexpr std::array names{"none", "sum", "mean"};
    lower.call("nll_loss", "kernels/nll_loss.hpp")
        .templates(std::string{"loss_reduction::"} + names[static_cast<std::size_t>(reduction)])
        .read(logarithms)
        .read(lower.operand(targets))
        .read(lower.has(weights) ? lower.operand(weights) : Operand{})
        .write(lower.result(0))
        .extents({{"outer", x[0]},
                  {"classes", x[1]},
                  {"inner", inner_count(x)},
                  {"ignores", lower.has_attribute("ignore_index") ? 1 : 0},
                  {"ignored", lower.int_attribute("ignore_index", 0)}})
        .host([reduction, type = lower.dtype(scores), index_type = lower.dtype(targets)](const HostCall& call) {
            dispatch_float(type, [&]<class T>() {
                dispatch_in<set_of(DType::i32, DType::i64)>(index_type, [&]<class I>() {
                    const auto run = [&]<loss_reduction how>() {
                        nll_loss<how>(call.in<T>(0), call.in<I>(1), call.in<T>(2), call.out<T>(3),
                                      call.extents<nll_loss_extents>());
                    };
                    switch (reduction) {
                    case loss_reduction::none: run.template operator()<loss_reduction::none>(); break;
                    case loss_reduction::sum: run.template operator()<loss_reduction::sum>(); break;
                    case loss_reduction::mean: run.template operator()<loss_reduction::mean>(); break;
                    }
                });
            });
        });
}

void lower_nll_loss(Lower& lower)
{
    lower_nll(lower, lower.operand(scores));
}

void infer_cross_entropy(Infer& infer)
{
    infer_loss(infer);
    infer.set(1, infer.dtype(scores), infer.shape(scores));
}

void lower_cross_entropy(Lower& lower)
{
    const Shape& x = lower.shape(scores);
    const DType type = lower.dtype(scores);
    const Dim bytes = element_count(x) * Dim{static_cast<std::int64_t>(size_of(type))};
    const Operand logarithms = lower.has_output(1) ? lower.result(1) : lower.temporary(type, bytes);
    lower.call("log_softmax", "kernels/softmax.hpp")
        .read(lower.operand(scores))
        .write(logarithms)
        .extents({{"outer", x[0]}, {"axis", x[1]}, {"inner", inner_count(x)}})
        .host([type](const HostCall& call) {
            dispatch_float(
                type, [&]<class T>() { log_softmax(call.in<T>(0), call.out<T>(1), call.extents<softmax_extents>()); });
        });
    lower_nll(lower, logarithms);
}

}  // namespace

std::span<const Operator> loss_operators()
{
    static constexpr Operator rows[] = {
        {.type = "NegativeLogLikelihoodLoss", .since = 12, .infer = infer_loss, .lower = lower_nll_loss},
        {.type = "SoftmaxCrossEntropyLoss", .since = 12, .infer = infer_cross_entropy, .lower = lower_cross_entropy},
    };
    return rows;
}

}  // namespace wasminfer::gen
