// LinearAttention.
#include <wasminfer/kernels/linear_attention.hpp>

#include <cmath>

#include "ops/attention.hpp"
#include "ops/attributes.hpp"
#include "ops/matrix.hpp"
#include "ops/spatial.hpp"
#include "ops/type_set.hpp"

namespace wasminfer::gen {

namespace {

enum Input : std::size_t { query, key, value, past, decay, beta };

struct Rule {
    bool gated = false;
    bool delta = false;
};

Rule rule_of(const NodeView& view)
{
    const std::string name = view.string_attribute("update_rule", "gated_delta");
    if (name != "linear" && name != "gated" && name != "delta" && name != "gated_delta") {
        NodeView::fail("the update rule '" + name + "' is none of linear, gated, delta and gated_delta");
    }
    const Rule rule{.gated = name.starts_with("gated"), .delta = name.ends_with("delta")};
    if ((rule.gated && !view.has(decay)) || (rule.delta && !view.has(beta))) {
        NodeView::fail("the update rule '" + name + "' needs " + (rule.gated && !view.has(decay) ? "decay" : "beta"));
    }
    return rule;
}

/// A node's operands and attributes, checked.
struct Recurrence {
    explicit Recurrence(const NodeView& view)
        : rule{rule_of(view)}, q{heads_of(view.shape(query), view.int_attribute("q_num_heads"), "the query")},
          k{heads_of(view.shape(key), view.int_attribute("kv_num_heads"), "the key")},
          v{heads_of(view.shape(value), view.int_attribute("kv_num_heads"), "the value")}
    {
        for (const std::size_t input : {query, key, value}) {
            if (view.rank(input) != 3) {
                NodeView::fail("query, key and value should have three dimensions");
            }
        }
        for (const Heads* other : {&k, &v}) {
            require_equal(q.batch, other->batch, "the batches of query, key and value");
            require_equal(q.rows, other->rows, "the lengths of query, key and value");
        }
        require_equal(q.width, k.width, "the head sizes of query and key");
        if (!known_equal(mod(q.heads, k.heads), 0)) {
            NodeView::fail(q.heads.str() + " heads of the query can't share " + k.heads.str() + " states");
        }
        if (view.has(past)) {
            check(view, past, state_shape());
        }
        if (rule.gated) {
            const bool one = view.rank(decay) == 3 && known_equal(view.shape(decay)[2], k.heads);
            decays = one ? Dim{1} : k.width;
            check(view, decay, {q.batch, q.rows, k.heads * decays});
        }
        if (rule.delta) {
            const bool one = view.rank(beta) == 3 && view.shape(beta)[2] == Dim{1};
            betas = one ? Dim{1} : k.heads;
            check(view, beta, {q.batch, q.rows, betas});
        }
    }

    Shape state_shape() const { return {q.batch, k.heads, k.width, v.width}; }

    static void check(const NodeView& view, std::size_t input, const Shape& expected)
    {
        if (!(view.shape(input) == expected)) {
            NodeView::fail("input " + std::to_string(input) + " has the shape " + to_string(view.shape(input)) +
                           ", expected " + to_string(expected));
        }
    }

    Rule rule;
    Heads q, k, v;
    Dim decays = 1;
    Dim betas = 1;
};

DType state_type(const NodeView& view)
{
    return view.dtype(view.has(past) ? past : query);
}

void infer_linear_attention(Infer& infer)
{
    infer.require_inputs(3, 6);
    only_attributes(infer, {"chunk_size", "kv_num_heads", "q_num_heads", "scale", "update_rule"});
    infer.require_float(query);
    for (const std::size_t input : {key, value, decay, beta}) {
        if (infer.has(input)) {
            infer.require_same_type(query, input);
        }
    }
    if (infer.has(past)) {
        infer.require_float(past);
    }
    const Recurrence r{infer};
    infer.set(0, infer.dtype(query), {r.q.batch, r.q.rows, r.q.heads * r.v.width});
    infer.set(1, state_type(infer), r.state_shape());
}

double scale_of(const NodeView& view, const Heads& q)
{
    if (const double scale = view.float_attribute("scale", 0); scale != 0) {
        return scale;
    }
    if (!q.width.is_constant()) {
        NodeView::fail("the scale depends on the head size " + q.width.str() + ", which is not known",
                       "fix the dimension with --dim");
    }
    return 1 / std::sqrt(static_cast<double>(q.width.constant()));
}

void lower_linear_attention(Lower& lower)
{
    const Recurrence r{lower};
    const DType type = lower.dtype(query);
    const DType state = state_type(lower);
    const double scale = scale_of(lower, r.q);
    const auto element = static_cast<std::int64_t>(size_of(compute_type(type)));
    const Operand scratch =
        lower.temporary(compute_type(type), (r.k.width + Dim{2}) * ceil_div(r.v.width, 4) * Dim{4 * element});
    lower.call("linear_attention", "kernels/linear_attention.hpp")
        .templates(std::string{cpp_type(type)} + ", " + std::string{cpp_type(state)})
        .read(lower.operand(query))
        .read(lower.operand(key))
        .read(lower.operand(value))
        .read(lower.operand(past))
        .read(r.rule.gated ? lower.operand(decay) : Operand{})
        .read(r.rule.delta ? lower.operand(beta) : Operand{})
        .write(lower.result(0))
        .write(lower.has_output(1) ? lower.result(1) : Operand{})
        .write(scratch)
        .extents({{"batch", r.q.batch},
                  {"rows", r.q.rows},
                  {"q_heads", r.q.heads},
                  {"kv_heads", r.k.heads},
                  {"width", r.k.width},
                  {"v_width", r.v.width},
                  {"decays", r.decays},
                  {"betas", r.betas}})
        .text(literal_of(type, scale))
        .host([type, state, scale](const HostCall& call) {
            dispatch_float(type, [&]<class T>() {
                dispatch_float(state, [&]<class S>() {
                    using C = compute_t<T>;
                    linear_attention(call.in<T>(0), call.in<T>(1), call.in<T>(2), call.in<S>(3), call.in<T>(4),
                                     call.in<T>(5), call.out<T>(6), call.out<S>(7), call.out<C>(8),
                                     call.extents<linear_attention_extents>(), static_cast<C>(scale));
                });
            });
        });
}

}  // namespace

std::span<const Operator> linear_attention_rows()
{
    static constexpr Operator rows[] = {
        {.type = "LinearAttention", .since = 27, .infer = infer_linear_attention, .lower = lower_linear_attention},
    };
    return rows;
}

}  // namespace wasminfer::gen
