// before: past[b,h,p,d] (input) -> Concat(axis 2, new) -> present[b,h,p+n,d] (output)
//  after: past[p,b,h,d] (input) -> Append(Transpose(new)) -> present[p+n,b,h,d] (output) -> Transpose -> other readers
//
// The caller asked for a key/value cache (or another input that grows by rows) to stay in the model. With its rows
// outermost, what is there already never moves: present starts where past does, and new rows go behind the old ones. The
// Transposes are cancelled by the passes behind this one; attention's products read any order of axes.
#include <algorithm>

#include "passes/pass.hpp"
#include "passes/permutation.hpp"
#include "passes/rewrite.hpp"

namespace wasminfer::gen {

namespace {

std::unique_ptr<Node> transpose(Value* from, Value* to, const Permutation& permutation)
{
    auto node = std::make_unique<Node>();
    node->op = "Transpose";
    node->opset = 13;
    node->inputs = {from};
    node->outputs = {to};
    node->attributes.set("perm", to_attribute(permutation));
    return node;
}

class CacheBinder {
public:
    CacheBinder(Model& model, const PassOptions& options, Diagnostics& diagnostics)
        : model_{model}, graph_{model.graph}, options_{options}, diagnostics_{diagnostics}
    {
    }

    void bind(const CacheRequest& request)
    {
        try {
            Cache cache = find(request);
            Node& concat = concat_of(cache);
            cache.capacity = request.rows;
            count_rows(cache);
            rewrite(cache, concat);
            model_.caches.push_back(std::move(cache));
        } catch (const OperatorError& error) {
            diagnostics_.add(
                {.where = "--cache " + request.input + "=" + request.output + ":" + std::to_string(request.rows),
                 .message = error.what(),
                 .advice = "'wasminfer inspect' lists inputs and outputs, and the pairs that look like a cache"});
        }
    }

private:
    [[noreturn]] static void refuse(const std::string& what) { throw OperatorError{what}; }

    /// The pair, and the one axis along which they differ.
    Cache find(const CacheRequest& request) const
    {
        Cache cache;
        const auto input = std::ranges::find(graph_.inputs, request.input, &Value::name);
        while (cache.output < graph_.outputs.size() && graph_.output_name(cache.output) != request.output) {
            ++cache.output;
        }
        if (input == graph_.inputs.end()) {
            refuse("the model has no input '" + request.input + "'");
        }
        if (cache.output == graph_.outputs.size()) {
            refuse("the model has no output '" + request.output + "'");
        }
        cache.input = static_cast<std::size_t>(input - graph_.inputs.begin());
        if (is_taken(cache)) {
            refuse("an input or output belongs to another state or cache already");
        }
        const Value& past = **input;
        const Value& present = *graph_.outputs[cache.output];
        std::vector<std::size_t> grown;
        for (std::size_t axis = 0; axis < past.shape->size() && axis < present.shape->size(); ++axis) {
            if (!known_equal((*past.shape)[axis], (*present.shape)[axis])) {
                grown.push_back(axis);
            }
        }
        if (past.dtype != present.dtype || past.rank() != present.rank() || grown.size() != 1) {
            refuse("the input is " + type_string(past) + ", the output " + type_string(present) +
                   ": a cache grows along one axis, and is the same otherwise");
        }
        cache.axis = grown[0];
        const Dim& rows = (*past.shape)[cache.axis];
        if (!rows.as_symbol()) {
            refuse("the extent that grows, " + rows.str() + ", is not a free dimension of its own");
        }
        cache.rows = *rows.as_symbol();
        cache.added = (*present.shape)[cache.axis] - rows;
        return cache;
    }

    bool is_taken(const Cache& cache) const
    {
        const auto clashes = [&](const auto& other) {
            return other.input == cache.input || other.output == cache.output;
        };
        return std::ranges::any_of(model_.states, clashes) || std::ranges::any_of(model_.caches, clashes);
    }

    /// The Concat that puts new rows behind the input's.
    Node& concat_of(const Cache& cache) const
    {
        const Value* input = graph_.inputs[cache.input];
        const Value* output = graph_.outputs[cache.output];
        Node* concat = producer_of(output, {"Concat", "Identity"});
        while (concat && concat->is("Identity")) {
            concat = producer_of(concat->inputs[0], {"Concat", "Identity"});
        }
        if (!concat || concat->inputs.size() != 2 || concat->inputs[0] != input || concat->outputs[0] != output) {
            refuse("the output is made in another way than by a Concat of the input and new rows");
        }
        return *concat;
    }

    /// The rows before a run leave room for those that it adds.
    void count_rows(const Cache& cache)
    {
        Symbol& rows = model_.symbols.at(cache.rows);
        for (const Cache& other : model_.caches) {
            if (other.rows == cache.rows && (!(other.added == cache.added) || other.capacity != cache.capacity)) {
                refuse("another cache has as many rows, '" + cache.rows + "', and grows in another way");
            }
        }
        const auto least = smallest(cache.added);
        if (!least || *least < 1) {
            refuse("a run adds " + cache.added.str() + " rows, which may be none or fewer");
        }
        if (cache.capacity < *least || rows.multiple != 1) {
            refuse("there is no room for the " + std::to_string(*least) + " rows that a run adds");
        }
        rows.lo = 0;
        rows.hi = cache.capacity - *least;
        rows.cached = true;
    }

    std::optional<std::int64_t> smallest(const Dim& dim) const
    {
        std::map<std::string, Range> ranges;
        for (const auto& name : dim.symbols()) {
            const Symbol& symbol = model_.symbols.at(name);
            if (symbol.measured_by || symbol.cached) {
                return std::nullopt;
            }
            ranges[name] = {symbol.lo.constant(), symbol.hi.constant()};
        }
        return dim.bounds(ranges).lo;
    }

    void rewrite(const Cache& cache, Node& concat)
    {
        Value* past = graph_.inputs[cache.input];
        Value* present = graph_.outputs[cache.output];
        const Permutation order = to_front(past->shape->size(), cache.axis);
        Value* face = renamed(*past, order);
        Value* grown = renamed(*present, order);
        Value* rows = graph_.add_value(grown->name + "_rows");
        graph_.inputs[cache.input] = face;
        graph_.outputs[cache.output] = grown;

        auto append = std::make_unique<Node>();
        append->domain = "wasminfer";
        append->op = "Append";
        append->opset = 1;
        append->name = concat.name;
        append->inputs = {face, rows};
        append->outputs = {grown};
        std::size_t at = graph_.position(&concat);
        insert(at++, transpose(concat.inputs[1], rows, order));
        insert(at++, std::move(append));
        concat.outputs = {nullptr};
        insert(at, transpose(grown, present, inverse(order)));
        graph_.erase_nodes([&](const Node& node) { return &node == &concat; });
        insert(0, transpose(face, past, inverse(order)));
    }

    /// A value that takes over another one's name, with its axes in another order.
    Value* renamed(Value& inner, const Permutation& order)
    {
        Value* face = graph_.add_value(inner.name);
        inner.name += "_own";
        face->dtype = inner.dtype;
        face->shape = permuted(*inner.shape, order);
        return face;
    }

    void insert(std::size_t at, std::unique_ptr<Node> node)
    {
        infer_node(*graph_.insert_node(at, std::move(node)), model_.symbols, options_);
    }

    Model& model_;
    Graph& graph_;
    const PassOptions& options_;
    Diagnostics& diagnostics_;
};

}  // namespace

void bind_caches(Model& model, const PassOptions& options, Diagnostics& diagnostics)
{
    // Where inference failed, shapes are missing, and what is wrong has been said.
    if (!diagnostics.empty()) {
        return;
    }
    CacheBinder binder{model, options, diagnostics};
    for (const CacheRequest& request : options.caches) {
        binder.bind(request);
    }
}

}  // namespace wasminfer::gen
