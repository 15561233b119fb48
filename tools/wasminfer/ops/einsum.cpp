// Einsum. Operands are contracted two at a time, in their order: as a matrix product with strides, whose operands are
// copied into another order of axes only where no strides describe them; what is no product (sums and diagonals of one
// operand, small integers) is a loop nest.
#include <wasminfer/kernels/contract.hpp>

#include <algorithm>

#include "ops/attributes.hpp"
#include "ops/einsum_equation.hpp"
#include "ops/strided.hpp"
#include "ops/strided_product.hpp"
#include "ops/type_set.hpp"
#include "ops/vision.hpp"

namespace wasminfer::gen {

namespace {

using Labels = std::vector<int>;

bool has(const Labels& labels, int label)
{
    return std::ranges::find(labels, label) != labels.end();
}

/// A tensor with one stride a label: the sum of strides where a label occurs twice, 0 where an extent of 1 is repeated.
struct Term {
    Operand operand;
    Labels labels;
    std::map<int, Dim> strides;

    Dim stride(int label) const
    {
        const auto it = strides.find(label);
        return it == strides.end() ? Dim{0} : it->second;
    }
};

class Contraction {
public:
    Contraction(Lower& lower, const EinsumEquation& equation)
        : lower_{lower}, equation_{equation}, type_{lower.dtype(0)}
    {
    }

    void run()
    {
        std::vector<Term> terms;
        for (std::size_t i = 0; i < equation_.inputs.size(); ++i) {
            terms.push_back(input_term(i));
        }
        Term left = terms[0];
        for (std::size_t i = 1; i < terms.size(); ++i) {
            const bool last = i + 1 == terms.size();
            const Labels kept = last ? equation_.output : wanted_later(left, terms, i);
            const Term result = last ? output_term() : fresh(kept);
            contract_pair(left, terms[i], result);
            left = result;
        }
        if (terms.size() == 1) {
            single(left, output_term());
        }
    }

private:
    Dim extent(int label) const { return equation_.extents[static_cast<std::size_t>(label)]; }

    Dim volume(const Labels& labels) const
    {
        Dim count = 1;
        for (const int label : labels) {
            count *= extent(label);
        }
        return count;
    }

    Term input_term(std::size_t input) const
    {
        Term term{lower_.operand(input), {}, {}};
        const Shape& shape = lower_.shape(input);
        const auto strides = strides_of(shape);
        for (std::size_t axis = 0; axis < shape.size(); ++axis) {
            const int label = equation_.inputs[input][axis];
            const Dim stride = shape[axis] == Dim{1} ? Dim{0} : strides[axis];
            if (!has(term.labels, label)) {
                term.labels.push_back(label);
                term.strides[label] = stride;
            } else {
                term.strides[label] += stride;
            }
        }
        return term;
    }

    Term contiguous(Operand operand, const Labels& labels) const
    {
        Term term{std::move(operand), labels, {}};
        Dim stride = 1;
        for (std::size_t i = labels.size(); i-- > 0;) {
            term.strides[labels[i]] = stride;
            stride *= extent(labels[i]);
        }
        return term;
    }

    Term output_term() const { return contiguous(lower_.result(0), equation_.output); }

    Term fresh(const Labels& labels)
    {
        return contiguous(lower_.temporary(type_, volume(labels) * static_cast<std::int64_t>(size_of(type_))), labels);
    }

    /// Labels of the first terms that the output or a later term has.
    Labels wanted_later(const Term& left, const std::vector<Term>& terms, std::size_t at) const
    {
        Labels kept;
        const auto consider = [&](int label) {
            bool wanted = has(equation_.output, label);
            for (std::size_t i = at + 1; i < terms.size(); ++i) {
                wanted = wanted || has(terms[i].labels, label);
            }
            if (wanted && !has(kept, label)) {
                kept.push_back(label);
            }
        };
        std::ranges::for_each(left.labels, consider);
        std::ranges::for_each(terms[at].labels, consider);
        return kept;
    }

    void copy(const Term& from, const Term& to)
    {
        StridedCopy copied;
        for (const int label : to.labels) {
            copied.axes.push_back({extent(label), from.stride(label), to.stride(label)});
        }
        lower_copy(lower_, to.operand, from.operand, copied);
    }

    /// Sums, a diagonal, another order of axes.
    void single(const Term& from, const Term& to)
    {
        if (to.labels.size() == from.labels.size()) {
            copy(from, to);
        } else {
            loop_nest(from, nullptr, to);
        }
    }

    void loop_nest(const Term& a, const Term* b, const Term& to)
    {
        Labels labels = to.labels;
        for (const Term* term : {&a, b}) {
            for (std::size_t i = 0; term && i < term->labels.size(); ++i) {
                if (!has(labels, term->labels[i])) {
                    labels.push_back(term->labels[i]);
                }
            }
        }
        constexpr int most = 12;
        if (labels.size() > most) {
            NodeView::fail("equation with " + std::to_string(labels.size()) + " labels in one product: at most " +
                           std::to_string(most) + " are supported");
        }
        std::vector<Dim> lists[4];
        for (const int label : labels) {
            lists[0].push_back(extent(label));
            lists[1].push_back(a.stride(label));
            lists[2].push_back(b ? b->stride(label) : Dim{0});
            lists[3].push_back(to.stride(label));
        }
        // One rank for the generator; generated code has its own.
        const std::size_t rank = std::max<std::size_t>(labels.size(), 1);
        lists[0].resize(rank, Dim{1});
        for (auto& list : lists) {
            list.resize(rank, Dim{0});
        }
        lower_.call("contract", "kernels/contract.hpp")
            .templates(std::to_string(rank))
            .read(a.operand)
            .read(b ? b->operand : Operand{})
            .write(to.operand)
            .extents({{"kept", static_cast<std::int64_t>(to.labels.size())},
                      {"dims", lists[0]},
                      {"a", lists[1]},
                      {"b", lists[2]},
                      {"out", lists[3]}})
            .host([type = type_, rank](const HostCall& host) {
                contract_extents<most> e{
                    .kept = static_cast<index>(host.numbers[0]), .dims = {}, .a = {}, .b = {}, .out = {}};
                for (std::size_t i = 0; i < most; ++i) {
                    e.dims[i] = i < rank ? static_cast<index>(host.numbers[1 + i]) : 1;
                    e.a[i] = i < rank ? static_cast<index>(host.numbers[1 + rank + i]) : 0;
                    e.b[i] = i < rank ? static_cast<index>(host.numbers[1 + 2 * rank + i]) : 0;
                    e.out[i] = i < rank ? static_cast<index>(host.numbers[1 + 3 * rank + i]) : 0;
                }
                dispatch_in<types::numbers>(
                    type, [&]<class T>() { contract(host.in<T>(0), host.in<T>(1), host.out<T>(2), e); });
            });
    }

    /// Sums out what only this term has.
    Term reduced(const Term& term, const Term& other, const Labels& kept)
    {
        Labels left;
        std::ranges::copy_if(term.labels, std::back_inserter(left),
                             [&](int label) { return has(kept, label) || has(other.labels, label); });
        if (left.size() == term.labels.size()) {
            return term;
        }
        const Term result = fresh(left);
        single(term, result);
        return result;
    }

    /// Labels stepped through evenly, as one axis with the last label's stride; nullopt where they are not.
    std::optional<Dim> step(const Labels& labels, const Term& term) const
    {
        std::optional<Dim> stride;
        Dim whole = 1;
        for (std::size_t i = labels.size(); i-- > 0;) {
            if (extent(labels[i]) == Dim{1}) {
                continue;
            }
            const Dim own = term.stride(labels[i]);
            if (!stride) {
                stride = own;
            } else if (!(own == *stride * whole)) {
                return std::nullopt;
            }
            whole *= extent(labels[i]);
        }
        // The kernel takes a stride of 0 for "contiguous".
        return stride == Dim{0} ? std::nullopt : std::optional{stride.value_or(Dim{1})};
    }

    Term in_order(const Term& term, const Labels& batch, const Labels& rows, const Labels& cols)
    {
        if (step(rows, term) && step(cols, term)) {
            return term;
        }
        Labels order;
        std::ranges::copy_if(batch, std::back_inserter(order), [&](int label) { return has(term.labels, label); });
        order.insert(order.end(), rows.begin(), rows.end());
        order.insert(order.end(), cols.begin(), cols.end());
        const Term result = fresh(order);
        copy(term, result);
        return result;
    }

    std::vector<BatchLoop> loops(const Labels& batch, const Term& a, const Term& b, const Term& to) const
    {
        std::vector<BatchLoop> list;
        for (const int label : batch) {
            const BatchLoop loop{extent(label), a.stride(label), b.stride(label), to.stride(label)};
            if (loop.extent == Dim{1}) {
                continue;
            }
            if (!list.empty()) {
                BatchLoop& last = list.back();
                if (last.a == loop.a * loop.extent && last.b == loop.b * loop.extent &&
                    last.out == loop.out * loop.extent) {
                    last = {last.extent * loop.extent, loop.a, loop.b, loop.out};
                    continue;
                }
            }
            list.push_back(loop);
        }
        return list;
    }

    void contract_pair(const Term& first, const Term& second, const Term& to)
    {
        constexpr TypeSet products = types::floats | set_of(DType::i32, DType::i64, DType::u32, DType::u64);
        if (!contains(products, type_)) {
            loop_nest(first, &second, to);
            return;
        }
        Term a = reduced(first, second, to.labels);
        Term b = reduced(second, first, to.labels);
        // The result's columns are b's.
        if (!to.labels.empty() && !has(b.labels, to.labels.back())) {
            std::swap(a, b);
        }
        Labels batch;
        Labels rows;
        Labels cols;
        Labels summed;
        for (const int label : to.labels) {
            (has(a.labels, label) ? (has(b.labels, label) ? batch : rows) : cols).push_back(label);
        }
        std::ranges::copy_if(a.labels, std::back_inserter(summed), [&](int label) { return !has(to.labels, label); });
        a = in_order(a, batch, rows, summed);
        b = in_order(b, batch, summed, cols);
        const bool straight = step(rows, to) && step(cols, to) == Dim{1};
        Labels order = batch;
        order.insert(order.end(), rows.begin(), rows.end());
        order.insert(order.end(), cols.begin(), cols.end());
        const Term made = straight ? to : fresh(order);
        const auto batches = loops(batch, a, b, made);
        if (batches.size() > 4) {
            loop_nest(a, &b, to);
            return;
        }
        lower_product(lower_, a.operand, b.operand, made.operand,
                      {.loops = batches,
                       .m = volume(rows),
                       .n = volume(cols),
                       .k = volume(summed),
                       .a_row = *step(rows, a),
                       .a_col = *step(summed, a),
                       .b_row = *step(summed, b),
                       .b_col = *step(cols, b),
                       .out_row = *step(rows, made)});
        if (!straight) {
            copy(made, to);
        }
    }

    Lower& lower_;
    const EinsumEquation& equation_;
    DType type_;
};

void infer_einsum(Infer& infer)
{
    only_attributes(infer, {"equation"});
    infer.require_inputs(1, 32);
    require_in(infer, 0, types::numbers);
    for (std::size_t i = 1; i < infer.input_count(); ++i) {
        infer.require_same_type(0, i);
    }
    const EinsumEquation equation = read_einsum(infer);
    Shape shape;
    for (const int label : equation.output) {
        shape.push_back(equation.extents[static_cast<std::size_t>(label)]);
    }
    infer.set(0, infer.dtype(0), std::move(shape));
}

void lower_einsum(Lower& lower)
{
    const EinsumEquation equation = read_einsum(lower);
    Contraction{lower, equation}.run();
}

}  // namespace

std::span<const Operator> einsum_operators()
{
    static constexpr Operator rows[] = {
        {.type = "Einsum", .since = 12, .infer = infer_einsum, .lower = lower_einsum},
    };
    return rows;
}

}  // namespace wasminfer::gen
