// Attention: softmax of scaled products of queries and keys, times values. Past keys and values are put in front of the
// new ones by copies; all else is one kernel.
#include "ops/attention.hpp"

#include <cmath>

#include <wasminfer/kernels/attention.hpp>

#include "ops/attributes.hpp"
#include "ops/convert.hpp"
#include "ops/matrix.hpp"
#include "ops/spatial.hpp"
#include "ops/strided.hpp"
#include "ops/type_set.hpp"

namespace wasminfer::gen {

Heads heads_of(const Shape& shape, const std::optional<Dim>& count, const std::string& what)
{
    if (shape.size() == 4) {
        return {.batch = shape[0],
                .heads = shape[1],
                .rows = shape[2],
                .width = shape[3],
                .batch_stride = shape[1] * shape[2] * shape[3],
                .head_stride = shape[2] * shape[3],
                .row_stride = shape[3]};
    }
    if (shape.size() != 3) {
        NodeView::fail(what + " should have three or four dimensions and has the shape " + to_string(shape));
    }
    if (!count) {
        NodeView::fail(what + " has three dimensions, and the attribute that says its number of heads is missing");
    }
    if (!known_equal(mod(shape[2], *count), 0)) {
        NodeView::fail(what + ": " + shape[2].str() + " elements a row can't be divided into " + count->str() +
                       " heads");
    }
    const Dim width = floor_div(shape[2], *count);
    return {.batch = shape[0],
            .heads = *count,
            .rows = shape[1],
            .width = width,
            .batch_stride = shape[1] * shape[2],
            .head_stride = width,
            .row_stride = shape[2]};
}

namespace {

enum Input : std::size_t { query, key, value, mask, past_key, past_value, lengths };
enum Output : std::size_t { result, present_key, present_value, scores };

std::optional<Dim> head_count(const NodeView& view, const std::string& attribute)
{
    if (!view.has_attribute(attribute)) {
        return std::nullopt;
    }
    const auto count = view.int_attribute(attribute);
    if (count < 1) {
        NodeView::fail("attribute '" + attribute + "' is " + std::to_string(count));
    }
    return count;
}

/// How the mask walks along [batch, heads, rows, keys].
struct Mask {
    std::vector<Dim> strides{0, 0, 0, 0};
    Dim keys = 0;
};

/// A node's operands and attributes, checked.
struct Attending {
    explicit Attending(const NodeView& view)
        : q{heads_of(view.shape(query), head_count(view, "q_num_heads"), "the query")},
          k{heads_of(view.shape(key), head_count(view, "kv_num_heads"), "the key")},
          v{heads_of(view.shape(value), head_count(view, "kv_num_heads"), "the value")}, past{0}
    {
        if (view.rank(query) != view.rank(key) || view.rank(query) != view.rank(value)) {
            NodeView::fail("query, key and value should have the same number of dimensions");
        }
        for (const Heads* other : {&k, &v}) {
            require_equal(q.batch, other->batch, "the batches of query, key and value");
        }
        require_equal(q.width, k.width, "the head sizes of query and key");
        require_equal(k.heads, v.heads, "the numbers of heads of key and value");
        require_equal(k.rows, v.rows, "the lengths of key and value");
        if (!known_equal(mod(q.heads, k.heads), 0)) {
            NodeView::fail(q.heads.str() + " heads of the query can't share " + k.heads.str() +
                           " of the key: the one has to be a multiple of the other");
        }
        if (view.has(past_key) != view.has(past_value)) {
            NodeView::fail("past_key and past_value should both be there, or none of them");
        }
        if (view.has(past_key)) {
            past = check_past(view, past_key, k);
            require_equal(past, check_past(view, past_value, v), "the lengths of past_key and past_value");
        }
        keys = past + k.rows;
        if (view.has(lengths)) {
            view.require_types(lengths, {DType::i64});
            if (view.has(past_key)) {
                NodeView::fail("nonpad_kv_seqlen and past_key exclude each other");
            }
            if (view.rank(lengths) != 1) {
                NodeView::fail("nonpad_kv_seqlen should have one dimension");
            }
            require_equal(view.shape(lengths)[0], q.batch, "the length of nonpad_kv_seqlen and the batch");
        }
        if (view.has(Input::mask)) {
            read_mask(view);
        }
    }

    static Dim check_past(const NodeView& view, std::size_t input, const Heads& fresh)
    {
        const Shape& shape = view.shape(input);
        if (shape.size() != 4) {
            NodeView::fail("input " + std::to_string(input) + ", the past, should have four dimensions and has " +
                           to_string(shape));
        }
        require_equal(shape[0], fresh.batch, "the batches of input " + std::to_string(input) + " and of what is new");
        require_equal(shape[1], fresh.heads, "the heads of input " + std::to_string(input) + " and of what is new");
        require_equal(shape[3], fresh.width,
                      "the head sizes of input " + std::to_string(input) + " and of what is new");
        return shape[2];
    }

    /// Up to four dimensions, broadcast. From opset 24 on a mask may have fewer columns than there are keys: those
    /// without a column are hidden.
    void read_mask(const NodeView& view)
    {
        const Shape& shape = view.shape(Input::mask);
        const Shape whole{q.batch, q.heads, q.rows, keys};
        if (shape.empty() || shape.size() > whole.size()) {
            NodeView::fail("the mask should have up to four dimensions and has the shape " + to_string(shape));
        }
        const auto strides = strides_of(shape);
        const std::size_t missing = whole.size() - shape.size();
        for (std::size_t axis = 0; axis < shape.size(); ++axis) {
            const std::size_t at = missing + axis;
            const bool columns = at + 1 == whole.size();
            const bool fits = known_equal(shape[axis], whole[at]);
            if (fits || (columns && view.opset() >= 24)) {
                attn_mask.strides[at] = fits && shape[axis] == Dim{1} ? Dim{0} : strides[axis];
            } else if (!(shape[axis] == Dim{1})) {
                NodeView::fail("the mask's shape " + to_string(shape) + " does not broadcast to " + to_string(whole));
            }
        }
        attn_mask.keys = view.opset() >= 24 ? shape.back() : keys;
    }

    Shape present_shape(const Heads& heads) const { return {heads.batch, heads.heads, keys, heads.width}; }

    Heads q, k, v;
    Dim past;  ///< Rows of past_key.
    Dim keys;
    Mask attn_mask;
};

/// What all is computed in: the widest of the types of keys and values and of the softmax.
DType common_type(const NodeView& view)
{
    DType type = wider(view.dtype(query), view.dtype(value));
    if (view.has_attribute("softmax_precision")) {
        const DType precision = onnx_type(view, "softmax_precision");
        if (!is_float(precision)) {
            NodeView::fail("softmax_precision " + std::string{name(precision)} + " is not supported");
        }
        // f16 is computed in f32 in any case.
        type = precision == DType::f64 ? precision : type;
    }
    return type;
}

void infer_attention(Infer& infer)
{
    infer.require_inputs(3, infer.opset() >= 24 ? 7 : 6);
    only_attributes(infer, {"is_causal", "kv_num_heads", "q_num_heads", "qk_matmul_output_mode", "scale", "softcap",
                            "softmax_precision"});
    infer.require_float(query);
    infer.require_float(value);
    infer.require_same_type(query, key);
    if (infer.has(past_key) && infer.has(past_value)) {
        infer.require_same_type(query, past_key);
        infer.require_same_type(value, past_value);
    }
    if (infer.has(Input::mask)) {
        require_in(infer, Input::mask, types::all);
    }
    common_type(infer);
    const auto stage = infer.int_attribute("qk_matmul_output_mode", 0);
    if (stage < 0 || stage > 3) {
        NodeView::fail("qk_matmul_output_mode is " + std::to_string(stage) + "; 0, 1, 2 and 3 are defined");
    }
    const Attending a{infer};
    const DType type = infer.dtype(query);
    const bool merged = infer.rank(query) == 3;
    infer.set(result, type,
              merged ? Shape{a.q.batch, a.q.rows, a.q.heads * a.v.width}
                     : Shape{a.q.batch, a.q.heads, a.q.rows, a.v.width});
    infer.set(present_key, type, a.present_shape(a.k));
    infer.set(present_value, infer.dtype(value), a.present_shape(a.v));
    infer.set(scores, type, {a.q.batch, a.q.heads, a.q.rows, a.keys});
}

double scale_of(const NodeView& view, const Heads& q)
{
    if (view.has_attribute("scale")) {
        const double scale = view.float_attribute("scale", 1);
        if (!(scale >= 0)) {
            NodeView::fail("the scale " + literal(scale) + " is negative, and ONNX takes its square root");
        }
        return scale;
    }
    if (!q.width.is_constant()) {
        NodeView::fail("the scale depends on the head size " + q.width.str() + ", which is not known",
                       "fix the dimension with --dim");
    }
    return 1 / std::sqrt(static_cast<double>(q.width.constant()));
}

/// Keys or values as the kernel reads them: the input, or the past and the input one behind the other.
struct Sequence {
    Operand operand;
    std::vector<Dim> strides;
};

Sequence sequence(Lower& lower, const Attending& a, const Heads& fresh, std::size_t input, std::size_t past,
                  std::size_t present, DType common)
{
    if (!lower.has(past) && !lower.has_output(present)) {
        return {converted(lower, input, common), fresh.strides()};
    }
    const DType type = lower.dtype(input);
    const Shape shape = a.present_shape(fresh);
    const Operand whole =
        lower.has_output(present)
            ? lower.result(present)
            : lower.temporary(type, element_count(shape) * Dim{static_cast<std::int64_t>(size_of(type))});
    const auto strides = strides_of(shape);
    const auto copy = [&](const Operand& from, const std::vector<Dim>& steps, const Dim& rows, const Dim& first) {
        lower_copy(lower, whole, from,
                   {.axes = {{fresh.batch, steps[0], strides[0]},
                             {fresh.heads, steps[1], strides[1]},
                             {rows, steps[2], strides[2]},
                             {fresh.width, 1, 1}},
                    .to_offset = first * fresh.width});
    };
    if (lower.has(past)) {
        copy(lower.operand(past), strides_of(lower.shape(past)), a.past, 0);
    }
    copy(lower.operand(input), fresh.strides(), fresh.rows, a.past);
    return {converted(lower, whole, common, element_count(shape)), {strides[0], strides[1], strides[2]}};
}

/// attention_scratch(), in bytes.
Dim scratch_bytes(const Attending& a, DType type)
{
    const DType computed = compute_type(type);
    const Dim size = static_cast<std::int64_t>(size_of(computed));
    if (type == DType::f32 && a.q.rows == Dim{1} && known_equal(a.q.heads, a.k.heads)) {
        return (ceil_div(a.q.width, 4) + ceil_div(a.keys, 4)) * Dim{16};
    }
    const bool wide = computed == DType::f64;
    const Dim kc = wide ? detail::gemm_kc<double> : detail::gemm_kc<float>;
    const Dim step = wide ? detail::gemm_row_step<double> : detail::gemm_row_step<float>;
    const Dim nr = gemm_nr;
    const Dim blocks = (ceil_div(a.q.width, kc) + ceil_div(a.keys, kc)) * Dim{detail::attention_rows} * step;
    const Dim packed = ceil_div(a.keys, nr) * nr * a.q.width + ceil_div(a.v.width, nr) * nr * a.keys;
    return (blocks + packed) * size;
}

template <class T>
void run_attention(const HostCall& call, DType mask_type, double scale, double softcap)
{
    using C = compute_t<T>;
    const auto run = [&]<class M>() {
        attention(call.in<T>(0), call.in<T>(1), call.in<T>(2), call.in<M>(3), call.in<std::int64_t>(4), call.out<T>(5),
                  call.out<T>(6), call.out<C>(7), call.extents<attention_extents>(), static_cast<C>(scale),
                  static_cast<C>(softcap));
    };
    if (mask_type == DType::boolean) {
        run.template operator()<bool>();
    } else {
        run.template operator()<T>();
    }
}

void lower_attention(Lower& lower)
{
    const Attending a{lower};
    const DType type = common_type(lower);
    const bool flags = lower.has(Input::mask) && lower.dtype(Input::mask) == DType::boolean;
    const DType mask_type = flags ? DType::boolean : type;
    const double scale = scale_of(lower, a.q);
    const double softcap = lower.float_attribute("softcap", 0);
    const Sequence k = sequence(lower, a, a.k, key, past_key, present_key, type);
    const Sequence v = sequence(lower, a, a.v, value, past_value, present_value, type);
    const Shape& out = *lower.out(result).shape;
    const Heads y = heads_of(out, a.q.heads, "the result");
    const Operand q = converted(lower, query, type);
    const Operand mask = flags ? lower.operand(Input::mask) : converted(lower, Input::mask, type);
    const Operand results = result_as(lower, result, type);
    const Operand stages = lower.has_output(scores) ? result_as(lower, scores, type) : Operand{};
    const Operand scratch = lower.temporary(compute_type(type), scratch_bytes(a, type));
    const auto literal_in = [&](double number) { return literal_of(type, number); };
    lower.call("attention", "kernels/attention.hpp")
        .templates(std::string{cpp_type(type)} + ", " + std::string{cpp_type(mask_type)})
        .read(q)
        .read(k.operand)
        .read(v.operand)
        .read(mask)
        .read(lower.operand(lengths))
        .write(results)
        .write(stages)
        .write(scratch)
        .extents({{"batch", a.q.batch},
                  {"q_heads", a.q.heads},
                  {"kv_heads", a.k.heads},
                  {"rows", a.q.rows},
                  {"keys", a.keys},
                  {"width", a.q.width},
                  {"v_width", a.v.width},
                  {"q", a.q.strides()},
                  {"k", k.strides},
                  {"v", v.strides},
                  {"out", y.strides()},
                  {"mask", a.attn_mask.strides},
                  {"mask_keys", a.attn_mask.keys},
                  {"causal", lower.int_attribute("is_causal", 0) != 0 ? 1 : 0},
                  {"past", a.past},
                  {"stage", lower.int_attribute("qk_matmul_output_mode", 0)},
                  {"empty", lower.opset() >= 24 ? 1 : 0}})
        .text(literal_in(scale))
        .text(literal_in(softcap))
        .host([type, mask_type, scale, softcap](const HostCall& call) {
            dispatch_float(type, [&]<class T>() { run_attention<T>(call, mask_type, scale, softcap); });
        });
    convert_result(lower, result, results);
    if (lower.has_output(scores)) {
        convert_result(lower, scores, stages);
    }
}

}  // namespace

std::span<const Operator> scaled_attention_rows()
{
    static constexpr Operator rows[] = {
        {.type = "Attention", .since = 23, .infer = infer_attention, .lower = lower_attention},
    };
    return rows;
}

std::span<const Operator> attention_operators()
{
    static const std::vector<Operator> rows = [] {
        std::vector<Operator> list;
        for (const auto part :
             {causal_conv_rows(), linear_attention_rows(), rotary_embedding_rows(), scaled_attention_rows()}) {
            list.insert(list.end(), part.begin(), part.end());
        }
        return list;
    }();
    return rows;
}

}  // namespace wasminfer::gen
