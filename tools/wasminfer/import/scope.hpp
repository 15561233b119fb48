#pragma once

#include <string>
#include <unordered_map>

#include "ir/graph.hpp"

namespace wasminfer::gen {

/// The names that nodes of one graph, subgraph or function body can read.
///
/// ONNX wants nodes sorted, and then a name means what was last made before the node: by this graph, else by one around
/// it. Unsorted graphs are read too: a name that no graph has made yet means what this graph makes later.
class Scope {
public:
    explicit Scope(const Scope* outer = nullptr) : outer_{outer} {}

    /// A name that has a value before the first node. A null value is an optional input of a function that its caller
    /// left out. False where the name is taken already.
    bool define(const std::string& name, Value* value) { return entries_.try_emplace(name, value, true).second; }
    /// A name that a node is going to make.
    bool declare(const std::string& name, Value* value) { return entries_.try_emplace(name, value, false).second; }
    /// The node that makes it has been passed.
    void mark_made(const std::string& name) { entries_.at(name).made = true; }

    struct Entry {
        Value* value = nullptr;
        bool made = false;
    };

    /// nullptr where nothing makes the name.
    const Entry* find(const std::string& name) const
    {
        const auto it = entries_.find(name);
        const Entry* own = it == entries_.end() ? nullptr : &it->second;
        if (own && own->made) {
            return own;
        }
        const Entry* around = outer_ ? outer_->find(name) : nullptr;
        return around ? around : own;
    }

private:
    const Scope* outer_;
    std::unordered_map<std::string, Entry> entries_;
};

}  // namespace wasminfer::gen
