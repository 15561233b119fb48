#include "passes/layout_region.hpp"

#include <algorithm>

#include "ops/operator.hpp"
#include "passes/binary_choice.hpp"

namespace wasminfer::gen {

namespace {

/// What a free dimension counts for when bytes are compared.
constexpr std::int64_t typical_size = 64;
/// Among choices that move the same bytes: fewer Transposes, and then fewer nodes away from the model's order.
constexpr std::int64_t node_weight = std::int64_t{1} << 10;
constexpr std::int64_t byte_weight = std::int64_t{1} << 14;

bool can_be_stored(const Value* value)
{
    // The elements of small integers are known in the model's order: they aren't worth the trouble.
    return value && value->shape && value->rank() >= 2 && !value->is_constant() && !value->known && !value->elements;
}

bool same_orders(const AxisSpace& space, const Shape& shape, const LayoutRegion::Orders& a,
                 const LayoutRegion::Orders& b)
{
    return space.reshapes ? same_order(shape, a[0], b[0]) && same_order(shape, a[1], b[1]) : a == b;
}

/// Whether a function of each element of the value can become part of the node that makes it, Transposes aside.
bool has_epilogue(const Value* value)
{
    const Node* node = value->producer;
    while (node && node->is("Transpose")) {
        node = node->inputs[0]->producer;
    }
    const Operator* row = node ? find_operator(node->domain, node->op, node->opset) : nullptr;
    return row && row->epilogue != Epilogue::none;
}

}  // namespace

bool takes_strides(const Node& node)
{
    const bool strided = node.domain == "wasminfer" && node.op == "StridedMatMul";
    if (!strided && !node.is("MatMul")) {
        return false;
    }
    const auto matrices = [](const Value* value) {
        return value && value->shape && value->rank() >= 2 && !value->is_constant();
    };
    return matrices(node.input(0)) && matrices(node.input(1)) && node.inputs.size() == 2 && node.output(0) &&
           !node.attributes.has("bias") && !node.attributes.has("residual");
}

Permutation strided_order(const Node& node, const std::string& key, std::size_t rank)
{
    const auto* axes = node.attributes.get<std::vector<std::int64_t>>(key);
    return axes ? Permutation(axes->begin(), axes->end()) : identity_permutation(rank);
}

LayoutRegion::LayoutRegion(const Graph& graph, const Symbols& symbols, Node& transpose) : graph_{graph}
{
    for (const auto& [name, symbol] : symbols) {
        sizes_[name] = std::clamp<std::int64_t>(symbol.hi.as_constant().value_or(typical_size), 1, typical_size);
    }
    collect_readers(graph, false);
    const auto order = permutation_of(transpose);
    if (!can_be_stored(transpose.inputs[0])) {
        return;
    }
    add_value(transpose.inputs[0], {identity_permutation(order.size()), order});
    // What is found is added at its end meanwhile.
    for (std::size_t i = 0; i < order_found_.size(); ++i) {  // NOLINT(modernize-loop-convert)
        const Value* value = order_found_[i];
        if (value->producer) {
            try_node(*value->producer);
        }
        for (const Reader& reader : readers(value)) {
            if (reader.node) {
                try_node(*reader.node);
            }
        }
    }
}

void LayoutRegion::collect_readers(const Graph& graph, bool outside)
{
    for (const auto& node : graph.nodes()) {
        // Extents can be asked of a value in any order, and products read any.
        const bool asks = !outside && (node->is("Shape") || node->is("Size") || takes_strides(*node));
        for (std::size_t i = 0; i < node->inputs.size() && !asks; ++i) {
            readers_[node->inputs[i]].push_back({outside ? nullptr : node.get(), i});
        }
        for_each_subgraph(*node, [&](const Graph& body) { collect_readers(body, true); });
    }
    for (const Value* output : graph.outputs) {
        readers_[output].push_back({nullptr, 0});
    }
}

const std::vector<LayoutRegion::Reader>& LayoutRegion::readers(const Value* value) const
{
    static const std::vector<Reader> nobody;
    const auto it = readers_.find(value);
    return it == readers_.end() ? nobody : it->second;
}

/// The member that reads the value in the order that it chooses; nullptr where it is read in the model's order.
const LayoutRegion::Member* LayoutRegion::member_that_reads(const Reader& reader) const
{
    const Member* inside = reader.node ? member(reader.node) : nullptr;
    return inside && (inside->space.rank == 0 || inside->space.inputs[reader.input]) ? inside : nullptr;
}

const LayoutRegion::Orders* LayoutRegion::orders(const Value* value) const
{
    const auto it = values_.find(value);
    return it == values_.end() ? nullptr : &it->second;
}

const LayoutRegion::Member* LayoutRegion::member(const Node* node) const
{
    const auto it = members_.find(node);
    return it == members_.end() ? nullptr : &it->second;
}

const Permutation* LayoutRegion::product_order(const Value* result) const
{
    const auto it = product_choices_.find(result);
    return it == product_choices_.end() ? nullptr : &values_.at(result)[it->second ? 1 : 0];
}

LayoutRegion::Making LayoutRegion::making(const Value* value) const
{
    if (!value->producer) {
        return {};
    }
    if (const Member* inside = member(value->producer)) {
        return {.member = inside};
    }
    if (!takes_strides(*value->producer)) {
        return {};
    }
    // The result's columns stay next to each other.
    const std::size_t rank = value->shape->size();
    const auto before = strided_order(*value->producer, "perm_y", rank);
    const auto fits = [&](const Permutation& order) { return compose(before, order).back() + 1 == rank; };
    const Orders& both = values_.at(value);
    return {.strided = fits(both[0]) && fits(both[1])};
}

/// The order that the choices leave the value in.
const Permutation& LayoutRegion::made_in(const Value* value, const Permutation& straight) const
{
    const Member* maker = making(value).member;
    if (maker) {
        return values_.at(value)[maker->choice ? 1 : 0];
    }
    const Permutation* order = product_order(value);
    return order ? *order : straight;
}

void LayoutRegion::add_value(const Value* value, const Orders& orders)
{
    if (values_.try_emplace(value, orders).second && orders[0] != orders[1]) {
        order_found_.push_back(value);
    }
}

bool LayoutRegion::try_transpose(Node& node, Member& member, std::vector<Operand>& operands) const
{
    member.space = {};
    const Value* from = node.inputs[0];
    const Value* to = node.outputs[0];
    const auto order = permutation_of(node);
    if (const Orders* known = orders(from)) {
        const auto back = inverse(order);
        operands = {{from, *known}, {to, {compose(back, (*known)[0]), compose(back, (*known)[1])}}};
    } else if (const Orders* wanted = orders(to)) {
        operands = {{from, {compose(order, (*wanted)[0]), compose(order, (*wanted)[1])}}, {to, *wanted}};
    }
    return !operands.empty();
}

bool LayoutRegion::try_space(Member& member, std::vector<Operand>& operands) const
{
    const Node& node = *member.node;
    const AxisSpace& space = member.space;
    // One operand whose orders are known gives those of the space, and these give those of all others.
    const auto derive = [&](const Value* value, const std::optional<AxisSpace::Map>& map) {
        const Orders* known = map ? orders(value) : nullptr;
        if (!known || !member.orders[0].empty()) {
            return;
        }
        const auto first = space_order(space, *map, (*known)[0]);
        const auto second = space_order(space, *map, (*known)[1]);
        if (first && second) {
            member.orders = {*first, *second};
        }
    };
    const auto follow = [&](const Value* value, const std::optional<AxisSpace::Map>& map) {
        if (map) {
            const Orders wanted{operand_order(*map, member.orders[0]), operand_order(*map, member.orders[1])};
            const Orders* known = orders(value);
            const bool free_ones = known && same_orders(space, *value->shape, *known, wanted);
            operands.push_back({value, free_ones ? *known : wanted});
        }
    };
    for (std::size_t i = 0; i < space.inputs.size(); ++i) {
        derive(node.inputs[i], space.inputs[i]);
    }
    for (std::size_t i = 0; i < space.outputs.size(); ++i) {
        derive(node.outputs[i], space.outputs[i]);
    }
    if (member.orders[0].empty()) {
        return false;
    }
    for (std::size_t i = 0; i < space.inputs.size(); ++i) {
        follow(node.inputs[i], space.inputs[i]);
    }
    for (std::size_t i = 0; i < space.outputs.size(); ++i) {
        follow(node.outputs[i], space.outputs[i]);
    }
    return true;
}

/// Whether the operands' orders agree with what is known of them, and the node can be written in both.
bool LayoutRegion::fits(const Member& member, const std::vector<Operand>& operands) const
{
    for (const auto& [value, wanted] : operands) {
        const Orders* known = orders(value);
        if (!can_be_stored(value) || (known && *known != wanted)) {
            return false;
        }
    }
    const Node& node = *member.node;
    if (member.space.rank == 0) {
        return true;
    }
    for (std::size_t choice = 0; choice < 2; ++choice) {
        if (member.absorbed ? !can_absorb(*member.absorbed, member.orders[choice])
                            : !can_permute(node, member.space, member.orders[choice])) {
            return false;
        }
        if (member.space.reshapes || member.absorbed) {
            const auto stored = [&](const Value* value) {
                for (const Operand& operand : operands) {
                    if (operand.value == value) {
                        return permuted(*value->shape, operand.orders[choice]);
                    }
                }
                return *value->shape;
            };
            if (!can_reshape(stored(node.inputs[0]), stored(node.outputs[0]))) {
                return false;
            }
        }
    }
    return true;
}

void LayoutRegion::try_node(Node& node)
{
    if (members_.contains(&node)) {
        return;
    }
    const auto attempt = [&](Member member) {
        std::vector<Operand> operands;
        const bool derived = node.is("Transpose") ? try_transpose(node, member, operands) : try_space(member, operands);
        if (!derived || !fits(member, operands)) {
            return false;
        }
        for (const auto& [value, known] : operands) {
            add_value(value, known);
        }
        members_.emplace(&node, std::move(member));
        return true;
    };
    if (node.is("Transpose")) {
        attempt({.node = &node});
        return;
    }
    auto space = axis_space(node);
    if (space && attempt({.node = &node, .space = *std::move(space)})) {
        return;
    }
    if (node.outputs.size() == 1 && node.outputs[0] && node.input(0) && node.input(0)->shape) {
        const auto nodes = [&](const Value* value) {
            std::vector<Node*> list;
            std::ranges::transform(readers(value), std::back_inserter(list), &Reader::node);
            return list;
        };
        if (auto absorbed = absorbed_reshape(node, nodes(node.outputs[0]), nodes(node.inputs[0]))) {
            attempt({.node = &node, .space = absorbed->space, .absorbed = absorbed});
        }
    }
}

std::int64_t LayoutRegion::cost(const Shape& shape, DType dtype, const Permutation& from, const Permutation& to) const
{
    if (from == to) {
        return 0;
    }
    if (same_order(shape, from, to)) {
        return node_weight;
    }
    auto bytes = static_cast<std::int64_t>(size_of(dtype));
    for (const Dim& dim : shape) {
        bytes *= std::clamp<std::int64_t>(dim.evaluate(sizes_).value_or(typical_size), 0, 1 << 16);
        bytes = std::min(bytes, std::int64_t{1} << 36);
    }
    return bytes * byte_weight + node_weight;
}

/// The same of a value. A Transpose behind a product keeps it from what could be fused into it: better one further on.
std::int64_t LayoutRegion::cost(const Value& value, const Permutation& from, const Permutation& to) const
{
    const auto sum = cost(*value.shape, value.dtype, from, to);
    return sum > 0 && has_epilogue(&value) ? sum + node_weight : sum;
}

std::int64_t LayoutRegion::adapting_cost(const Member& member, const Permutation& order) const
{
    std::int64_t sum = is_identity(order) ? 0 : 1;
    for (std::size_t i = 0; i < member.space.inputs.size(); ++i) {
        const Value* input = member.node->inputs[i];
        const bool data = i >= 32 ? member.space.data == ~0U : (member.space.data >> i & 1U) != 0;
        if (!data || member.absorbed || !input || input->is_constant() || member.space.inputs[i]) {
            continue;
        }
        if (const auto moved = adapted_order(*input, member.space, order)) {
            Shape shape(moved->size() - input->shape->size(), Dim{1});
            shape.insert(shape.end(), input->shape->begin(), input->shape->end());
            sum += cost(shape, input->dtype, identity_permutation(moved->size()), *moved);
        }
    }
    return sum;
}

bool LayoutRegion::improve()
{
    BinaryChoice problem;
    std::map<const Node*, BinaryChoice::Variable> variables;
    for (const auto& node : graph_.nodes()) {
        if (const Member* inside = member(node.get())) {
            const auto variable = problem.add_variable();
            variables[node.get()] = variable;
            if (inside->space.rank != 0) {
                problem.add_cost(BinaryChoice::zero, variable, adapting_cost(*inside, inside->orders[1]));
                problem.add_cost(variable, BinaryChoice::one, adapting_cost(*inside, inside->orders[0]));
            }
        }
    }
    std::map<const Value*, BinaryChoice::Variable> products;
    for (const auto& [value, orders] : values_) {
        const auto straight = identity_permutation(orders[0].size());
        const auto between = [&, &two = orders](const Permutation& from, std::size_t to) {
            return cost(*value, from, two[to]);
        };
        // needs_one is 1 where a reader chooses 1, needs_zero is 0 where one chooses 0.
        const auto needs_one = problem.add_variable();
        const auto needs_zero = problem.add_variable();
        const auto read_by = [&](BinaryChoice::Variable reader) {
            problem.add_cost(needs_one, reader, BinaryChoice::never);
            problem.add_cost(reader, needs_zero, BinaryChoice::never);
        };
        bool outside = false;
        for (const Reader& reader : readers(value)) {
            const Member* inside = member_that_reads(reader);
            outside = outside || !inside;
            if (inside) {
                read_by(variables.at(inside->node));
            }
        }
        if (outside && orders[0] == straight) {
            read_by(BinaryChoice::zero);
        } else if (outside && orders[1] == straight) {
            read_by(BinaryChoice::one);
        }
        const Making maker = making(value);
        if (maker.member || maker.strided) {
            const auto made = maker.member ? variables.at(maker.member->node) : problem.add_variable();
            if (maker.strided) {
                products[value] = made;
                problem.add_cost(made, BinaryChoice::one, orders[0] == straight ? 0 : 1);
                problem.add_cost(BinaryChoice::zero, made, orders[1] == straight ? 0 : 1);
            }
            problem.add_cost(made, needs_one, between(orders[0], 1));
            problem.add_cost(needs_zero, made, between(orders[1], 0));
            if (outside && orders[0] != straight && orders[1] != straight) {
                problem.add_cost(made, BinaryChoice::one, between(straight, 0));
                problem.add_cost(BinaryChoice::zero, made, between(straight, 1));
            }
        } else {
            problem.add_cost(BinaryChoice::zero, needs_one, between(straight, 1));
            problem.add_cost(needs_zero, BinaryChoice::one, between(straight, 0));
        }
    }
    const auto chosen = problem.solve();
    for (auto& [node, inside] : members_) {
        inside.choice = chosen[variables.at(node)];
    }
    for (const auto& [value, variable] : products) {
        product_choices_[value] = chosen[variable];
    }
    return cost_of_choices() < cost_of_transposes();
}

std::int64_t LayoutRegion::cost_of_choices() const
{
    std::int64_t sum = 0;
    for (const auto& [node, inside] : members_) {
        sum += inside.space.rank == 0 ? 0 : adapting_cost(inside, inside.orders[inside.choice ? 1 : 0]);
    }
    for (const auto& [value, orders] : values_) {
        const auto straight = identity_permutation(orders[0].size());
        std::vector<Permutation> stored{made_in(value, straight)};
        const auto need = [&](const Permutation& order) {
            if (std::ranges::find(stored, order) == stored.end()) {
                sum += cost(*value, stored[0], order);
                stored.push_back(order);
            }
        };
        for (const Reader& reader : readers(value)) {
            const Member* inside = member_that_reads(reader);
            need(inside ? orders[inside->choice ? 1 : 0] : straight);
        }
    }
    return sum;
}

std::int64_t LayoutRegion::cost_of_transposes() const
{
    std::int64_t sum = 0;
    for (const auto& [node, inside] : members_) {
        if (inside.space.rank == 0) {
            const Value& from = *node->inputs[0];
            sum += cost(from, identity_permutation(from.shape->size()), permutation_of(*node));
        }
    }
    return sum;
}

}  // namespace wasminfer::gen
