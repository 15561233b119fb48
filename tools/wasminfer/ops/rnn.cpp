// LSTM, GRU and RNN: one gemm over the whole sequence for what the input contributes, then one call a direction.
#include <algorithm>
#include <cctype>

#include <wasminfer/kernels/rnn.hpp>

#include "ops/convert.hpp"
#include "ops/matrix.hpp"
#include "ops/operator.hpp"

namespace wasminfer::gen {

namespace {

enum class Cell { lstm, gru, rnn };

struct CellFacts {
    Cell cell;
    std::int64_t gates;
    std::size_t activations;
    std::size_t outputs;
    std::vector<std::string> defaults;
};

CellFacts facts_of(const NodeView& view)
{
    if (view.node().op == "LSTM") {
        return {Cell::lstm, 4, 3, 3, {"Sigmoid", "Tanh", "Tanh"}};
    }
    if (view.node().op == "GRU") {
        return {Cell::gru, 3, 2, 2, {"Sigmoid", "Tanh"}};
    }
    return {Cell::rnn, 1, 1, 2, {"Tanh"}};
}

/// Gives the activations their alpha and beta, in the order in which the lists hold them.
class ActivationReader {
public:
    explicit ActivationReader(const NodeView& view)
        : alpha_{view.floats_attribute("activation_alpha")}, beta_{view.floats_attribute("activation_beta")}
    {
    }

    std::string functor(std::string name)
    {
        std::ranges::transform(name, name.begin(), [](unsigned char c) { return std::tolower(c); });
        static const std::map<std::string, std::string> plain = {
            {"relu", "relu{}"},         {"tanh", "tanh_{}"},        {"sigmoid", "sigmoid{}"},
            {"softsign", "softsign{}"}, {"softplus", "softplus{}"},
        };
        if (const auto it = plain.find(name); it != plain.end()) {
            return it->second;
        }
        if (name == "leakyrelu") {
            return "leaky_relu{" + take(alpha_, 0.01F) + "}";
        }
        if (name == "thresholdedrelu") {
            return "thresholded_relu{" + take(alpha_, 1.0F) + "}";
        }
        if (name == "elu") {
            return "elu{" + take(alpha_, 1.0F) + "}";
        }
        if (name == "hardsigmoid") {
            return both("hard_sigmoid", 0.2F, 0.5F);
        }
        if (name == "scaledtanh") {
            return both("scaled_tanh", 1.0F, 1.0F);
        }
        if (name == "affine") {
            return both("affine", 1.0F, 0.0F);
        }
        NodeView::fail("the activation '" + name + "' is not supported");
    }

private:
    std::string both(const std::string& functor, float alpha, float beta)
    {
        const std::string first = take(alpha_, alpha);
        return functor + "{" + first + ", " + take(beta_, beta) + "}";
    }

    static std::string take(std::vector<float>& list, float fallback)
    {
        if (list.empty()) {
            return literal(fallback);
        }
        const float value = list.front();
        list.erase(list.begin());
        return literal(value);
    }

    std::vector<float> alpha_, beta_;
};

/// A node's operands and attributes, checked.
struct Recurrent {
    explicit Recurrent(const NodeView& view) : facts{facts_of(view)}
    {
        view.require_inputs(3, facts.cell == Cell::lstm ? 8 : 6);
        for (const std::size_t operand : {0U, 1U, 2U, 3U, 5U, 6U, 7U}) {
            if (view.has(operand)) {
                view.require_float(operand);
                view.require_same_type(0, operand);
            }
        }
        if (view.has(4)) {
            view.require_types(4, {DType::i32});
        }
        if (view.rank(0) != 3 || view.rank(1) != 3 || view.rank(2) != 3) {
            NodeView::fail("X, W and R must have three dimensions");
        }
        layout = view.opset() >= 14 ? view.int_attribute("layout", 0) : 0;
        const std::string direction = view.string_attribute("direction", "forward");
        if (direction != "forward" && direction != "reverse" && direction != "bidirectional") {
            NodeView::fail("the direction '" + direction + "' is none of forward, reverse and bidirectional");
        }
        directions = direction == "bidirectional" ? 2 : 1;
        reverse_first = direction == "reverse";
        const Shape& x = view.shape(0);
        steps = x[layout == 0 ? 0 : 1];
        batch = x[layout == 0 ? 1 : 0];
        input = x[2];
        hidden = view.shape(2)[2];
        check_shape(view, 1, {directions, hidden * Dim{facts.gates}, input});
        check_shape(view, 2, {directions, hidden * Dim{facts.gates}, hidden});
        check_shape(view, 3, {directions, hidden * Dim{2 * facts.gates}});
        check_shape(view, 4, {batch});
        check_shape(view, 5, state_shape());
        check_shape(view, 6, state_shape());
        check_shape(view, 7, {directions, hidden * Dim{3}});
        if (view.int_attribute("hidden_size", hidden.is_constant() ? hidden.constant() : 0) != hidden.constant()) {
            NodeView::fail("hidden_size and the shape of R disagree");
        }
    }

    static void check_shape(const NodeView& view, std::size_t operand, const Shape& expected)
    {
        if (view.has(operand) && !(view.shape(operand) == expected)) {
            NodeView::fail("input " + std::to_string(operand) + " has the shape " + to_string(view.shape(operand)) +
                           ", expected " + to_string(expected));
        }
    }

    Shape state_shape() const
    {
        return layout == 0 ? Shape{directions, batch, hidden} : Shape{batch, directions, hidden};
    }

    Shape y_shape() const
    {
        return layout == 0 ? Shape{steps, directions, batch, hidden} : Shape{batch, steps, directions, hidden};
    }

    CellFacts facts;
    std::int64_t layout = 0;
    std::int64_t directions = 1;
    bool reverse_first = false;
    Dim steps, batch, input, hidden;
};

void infer_recurrent(Infer& infer)
{
    const Recurrent r{infer};
    infer.set(0, infer.dtype(0), r.y_shape());
    for (std::size_t output = 1; output < r.facts.outputs; ++output) {
        infer.set(output, infer.dtype(0), r.state_shape());
    }
}

/// f16 is computed in f32: its operands are widened before, its results rounded once, at the end.
class RecurrentLowering {
public:
    explicit RecurrentLowering(Lower& lower)
        : lower_{lower}, r_{lower}, activations_{lower}, type_{compute_type(lower.dtype(0))}
    {
    }

    void run()
    {
        const Dim gate_rows = r_.hidden * Dim{r_.facts.gates};
        place_results();
        const Operand xg = temporary(r_.steps * r_.batch * gate_rows);
        for (std::int64_t d = 0; d < r_.directions; ++d) {
            multiply_input(d, xg, gate_rows);
            recur(d, xg);
        }
        for (const auto& [output, computed] : results_) {
            convert_result(lower_, output, computed);
        }
    }

private:
    Dim bytes(const Dim& elements) const { return elements * Dim{static_cast<std::int64_t>(size_of(type_))}; }

    Operand temporary(const Dim& elements) { return lower_.temporary(type_, bytes(elements)); }

    Operand at(Operand operand, const Dim& elements) const
    {
        if (operand.kind != Operand::Kind::none) {
            operand.byte_offset = operand.byte_offset + bytes(elements);
        }
        operand.dtype = type_;
        return operand;
    }

    /// An input in the type that is computed in, cast once for both directions. The cast is a step: ask for it before
    /// the step that reads it is begun.
    Operand wide(std::size_t input)
    {
        const auto it = wide_.find(input);
        return it != wide_.end() ? it->second : wide_.emplace(input, converted(lower_, input, type_)).first->second;
    }

    void place_results()
    {
        for (std::size_t output = 0; output < r_.facts.outputs; ++output) {
            if (lower_.has_output(output)) {
                results_.emplace(output, result_as(lower_, output, type_));
            }
        }
    }

    /// f.template operator()<T>() with the type that is computed in.
    template <class F>
    decltype(auto) dispatch_computed(F f) const
    {
        return type_ == DType::f64 ? f.template operator()<double>() : f.template operator()<float>();
    }

    /// Columns [first, first + count) of the transposed weights of a direction, packed.
    Operand packed(std::size_t input, std::int64_t d, const Dim& k, const Dim& first, const Dim& count,
                   const std::string& suffix)
    {
        const Value& weights = lower_.in(input);
        const Dim rows = r_.hidden * Dim{r_.facts.gates};
        const Dim skipped = (rows * Dim{d} + first) * k;
        if (weights.constant && k.is_constant()) {
            const gemm_pack_extents e{.k = static_cast<index>(k.constant()),
                                      .n = static_cast<index>(count.constant()),
                                      .row_stride = 1,
                                      .col_stride = static_cast<index>(k.constant())};
            return dispatch_computed([&]<class T>() {
                std::vector<T> panels(static_cast<std::size_t>(gemm_packed_size(e)));
                pack_gemm_b(elements_as<T>(weights).data() + skipped.constant(), panels.data(), e);
                return lower_.weight(weights.name + suffix + std::to_string(d), type_, panels);
            });
        }
        const Operand to = temporary(ceil_div(count, gemm_nr) * k * gemm_nr);
        const Operand from = at(wide(input), skipped);
        lower_.call("pack_gemm_b", "kernels/gemm_pack.hpp")
            .read(from)
            .write(to)
            .extents({{"k", k}, {"n", count}, {"row_stride", 1}, {"col_stride", k}});
        return to;
    }

    std::int64_t gates_apart() const
    {
        return r_.facts.cell == Cell::gru && lower_.int_attribute("linear_before_reset", 0) != 0 ? 1 : 0;
    }

    Operand input_bias(std::int64_t d)
    {
        if (!lower_.has(3)) {
            return {};
        }
        const Value& bias = lower_.in(3);
        const Dim count = r_.hidden * Dim{r_.facts.gates};
        const Dim skipped = count * Dim{2 * d};
        if (bias.constant) {
            return dispatch_computed([&]<class T>() {
                std::vector<T> sum(static_cast<std::size_t>(count.constant()));
                rnn_bias(elements_as<T>(bias).data() + skipped.constant(), sum.data(),
                         {.gates = static_cast<index>(r_.facts.gates),
                          .hidden = static_cast<index>(r_.hidden.constant()),
                          .apart = static_cast<index>(gates_apart())});
                return lower_.weight(bias.name + "_sum" + std::to_string(d), type_, sum);
            });
        }
        const Operand to = temporary(count);
        const Operand from = at(wide(3), skipped);
        lower_.call("rnn_bias", "kernels/rnn.hpp")
            .read(from)
            .write(to)
            .extents({{"gates", Dim{r_.facts.gates}}, {"hidden", r_.hidden}, {"apart", Dim{gates_apart()}}});
        return to;
    }

    void multiply_input(std::int64_t d, const Operand& xg, const Dim& gate_rows)
    {
        const Operand w = packed(1, d, r_.input, 0, gate_rows, "_packed");
        const Operand bias = input_bias(d);
        const Operand x = wide(0);
        lower_.call("gemm", "kernels/gemm.hpp")
            .read(x)
            .read(w)
            .read(bias)
            .write(xg)
            .extents({{"m", r_.steps * r_.batch}, {"n", gate_rows}, {"k", r_.input}, {"lda", 0}, {"ldc", 0}});
    }

    std::vector<Field> extents(std::int64_t d) const
    {
        const Dim dirs = r_.directions;
        const bool rows_by_step = r_.layout == 0;
        const bool reverse = r_.directions == 2 ? d == 1 : r_.reverse_first;
        return {{"steps", r_.steps},
                {"batch", r_.batch},
                {"hidden", r_.hidden},
                {"x_step", rows_by_step ? r_.batch : Dim{1}},
                {"x_batch", rows_by_step ? Dim{1} : r_.steps},
                {"y_step", rows_by_step ? dirs * r_.batch * r_.hidden : dirs * r_.hidden},
                {"y_batch", rows_by_step ? r_.hidden : r_.steps * dirs * r_.hidden},
                {"state", rows_by_step ? r_.hidden : dirs * r_.hidden},
                {"reverse", Dim{reverse ? 1 : 0}}};
    }

    /// Elements between the two directions, in the states and in Y alike.
    Dim direction_offset(std::int64_t d) const { return Dim{d} * (r_.layout == 0 ? r_.batch * r_.hidden : r_.hidden); }

    Operand state(std::size_t input, std::int64_t d) { return at(wide(input), direction_offset(d)); }

    Operand result(std::size_t output, std::int64_t d) const
    {
        const auto it = results_.find(output);
        return it != results_.end() ? at(it->second, direction_offset(d)) : Operand{};
    }

    Operand lengths() const { return lower_.operand(4); }

    std::string limit() const
    {
        const float bound = lower_.float_attribute("clip", 0.0F);
        return bound > 0 ? "gate_clip{" + literal(bound) + "}" : "identity{}";
    }

    void add_functors(CallBuilder& call, std::int64_t d)
    {
        call.text(limit());
        std::vector<std::string> names = r_.facts.defaults;
        if (const auto* given = lower_.node().attributes.get<std::vector<std::string>>("activations")) {
            const std::size_t first = static_cast<std::size_t>(d) * r_.facts.activations;
            if (given->size() != r_.facts.activations * static_cast<std::size_t>(r_.directions)) {
                NodeView::fail("activations has " + std::to_string(given->size()) + " entries");
            }
            names.assign(given->begin() + static_cast<std::ptrdiff_t>(first),
                         given->begin() + static_cast<std::ptrdiff_t>(first + r_.facts.activations));
        }
        for (const auto& name : names) {
            call.text(activations_.functor(name));
        }
    }

    Operand scratch(std::int64_t a_unit) { return temporary(r_.batch * r_.hidden * Dim{a_unit}); }

    void recur(std::int64_t d, const Operand& xg)
    {
        const Dim n = r_.hidden;
        const Operand h0 = state(5, d);
        switch (r_.facts.cell) {
        case Cell::lstm: {
            const Operand r = packed(2, d, n, 0, n * Dim{4}, "_packed");
            const Operand c0 = state(6, d);
            const Operand peepholes = at(wide(7), Dim{d} * n * Dim{3});
            const Operand room = scratch(6);
            auto call = lower_.call("lstm", "kernels/rnn.hpp");
            call.read(xg).read(r).read(peepholes).read(lengths());
            call.read(h0).read(c0).write(result(0, d)).write(result(1, d)).write(result(2, d));
            call.write(room).extents(extents(d)).text(lower_.int_attribute("input_forget", 0) != 0 ? "true" : "false");
            add_functors(call, d);
            break;
        }
        case Cell::gru: {
            const bool apart = gates_apart() != 0;
            const Operand zr = packed(2, d, n, 0, n * Dim{2}, "_zr");
            const Operand h = packed(2, d, n, n * Dim{2}, n, "_h");
            const Operand bias = apart && lower_.has(3) ? at(wide(3), n * Dim{6 * d + 5}) : Operand{};
            const Operand room = scratch(4);
            auto call = lower_.call("gru", "kernels/rnn.hpp");
            call.read(xg).read(zr).read(h).read(bias).read(lengths()).read(h0);
            call.write(result(0, d)).write(result(1, d)).write(room).extents(extents(d)).text(apart ? "true" : "false");
            add_functors(call, d);
            break;
        }
        case Cell::rnn: {
            const Operand r = packed(2, d, n, 0, n, "_packed");
            const Operand room = scratch(2);
            auto call = lower_.call("rnn", "kernels/rnn.hpp");
            call.read(xg).read(r).read(lengths()).read(h0).write(result(0, d)).write(result(1, d));
            call.write(room).extents(extents(d));
            add_functors(call, d);
            break;
        }
        }
    }

    Lower& lower_;
    Recurrent r_;
    ActivationReader activations_;
    DType type_;  ///< What is computed in.
    std::map<std::size_t, Operand> wide_;
    std::map<std::size_t, Operand> results_;
};

void lower_recurrent(Lower& lower)
{
    RecurrentLowering{lower}.run();
}

const Operator rows[] = {
    {.type = "GRU", .since = 3, .infer = infer_recurrent, .lower = lower_recurrent},
    {.type = "LSTM", .since = 1, .infer = infer_recurrent, .lower = lower_recurrent},
    {.type = "RNN", .since = 1, .infer = infer_recurrent, .lower = lower_recurrent},
};

}  // namespace

std::span<const Operator> rnn_operators()
{
    return rows;
}

}  // namespace wasminfer::gen
