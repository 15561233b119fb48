// The part of a graph in which values can be stored in either of two orders of their axes, and the cheapest choice.
#pragma once

#include <array>
#include <map>

#include "passes/absorbed_reshape.hpp"

namespace wasminfer::gen {

/// Values reached from one Transpose through nodes whose axes can be permuted. Each has two orders that it can be stored
/// in (entry i: which axis of the value is axis i as stored); going through a node, or through a Transpose, one pair of
/// orders follows from the other. Choosing 0 or 1 for each node says in which of its operands' orders it runs.
class LayoutRegion {
public:
    using Orders = std::array<Permutation, 2>;

    /// A node that can run either way. A Transpose costs nothing either way: its output is its input, seen differently.
    struct Member {
        Node* node = nullptr;
        AxisSpace space = {};
        Orders orders = {};  ///< Of the space's axes; none for a Transpose.
        std::optional<AbsorbedReshape> absorbed = std::nullopt;
        bool choice = false;
    };

    /// Grows the region around a Transpose, between the order of what it reads and the order of what it makes.
    LayoutRegion(const Graph& graph, const Symbols& symbols, Node& transpose);

    /// Chooses for all members. Returns whether that moves fewer bytes than the Transposes in the region do now.
    bool improve();

    /// nullptr where the value, or the node, is outside.
    const Orders* orders(const Value* value) const;
    const Member* member(const Node* node) const;
    /// The order in which a product of strided operands writes its result; nullptr where that is the model's.
    const Permutation* product_order(const Value* result) const;

private:
    struct Operand {
        const Value* value;
        Orders orders;
    };

    struct Reader {
        Node* node;  ///< nullptr: a graph's output, or a node of a body.
        std::size_t input;
    };

    /// The orders that the value's producer can leave it in: those of the region, or the model's alone.
    struct Making {
        const Member* member = nullptr;
        bool strided = false;  ///< A product that writes in either order.
    };

    Making making(const Value* value) const;
    const Permutation& made_in(const Value* value, const Permutation& straight) const;
    void add_value(const Value* value, const Orders& orders);
    void try_node(Node& node);
    bool try_transpose(Node& node, Member& member, std::vector<Operand>& operands) const;
    bool try_space(Member& member, std::vector<Operand>& operands) const;
    bool fits(const Member& member, const std::vector<Operand>& operands) const;

    std::int64_t cost(const Shape& shape, DType dtype, const Permutation& from, const Permutation& to) const;
    std::int64_t cost(const Value& value, const Permutation& from, const Permutation& to) const;
    std::int64_t adapting_cost(const Member& member, const Permutation& order) const;
    std::int64_t cost_of_choices() const;
    std::int64_t cost_of_transposes() const;
    const std::vector<Reader>& readers(const Value* value) const;
    void collect_readers(const Graph& graph, bool outside);
    const Member* member_that_reads(const Reader& reader) const;

    const Graph& graph_;
    std::map<std::string, std::int64_t> sizes_;
    std::map<const Value*, std::vector<Reader>> readers_;
    std::map<const Value*, Orders> values_;
    std::vector<const Value*> order_found_;
    std::map<const Node*, Member> members_;
    std::map<const Value*, bool> product_choices_;
};

/// A product of two tensors of the model, neither constant: its kernel takes strides (wasminfer::StridedMatMul), so that
/// it reads and writes any order of axes for nothing, the result's last axis apart.
bool takes_strides(const Node& node);
/// The permutation in such an attribute of the node; the identity where it is absent.
Permutation strided_order(const Node& node, const std::string& key, std::size_t rank);

}  // namespace wasminfer::gen
