#include "emit/statements.hpp"

#include <algorithm>
#include <span>

namespace wasminfer::gen {

PlanNames::PlanNames(const Model& model, const Plan& plan)
{
    // The types of the tables that the names stand in.
    Identifiers identifiers{{"arena_at", "weight_at"}};
    for (const Region& region : plan.regions) {
        regions_.push_back(identifiers.make(region.name, "_at"));
    }
    for (const Weight& weight : plan.program.weights) {
        weights_.push_back(identifiers.make(weight.name, "_w"));
    }
    for (const auto& [symbol, info] : model.symbols) {
        dimensions_[symbol] = identifiers.make(symbol, "_d");
    }
}

std::set<std::string> PlanNames::all() const
{
    std::set<std::string> names(regions_.begin(), regions_.end());
    names.insert(weights_.begin(), weights_.end());
    for (const auto& [symbol, name] : dimensions_) {
        names.insert(name);
    }
    return names;
}

namespace {

std::string print_dim(const Dim& dim, const PlanNames& names)
{
    return dim.cpp([&](const std::string& symbol) { return names.dimension(symbol); });
}

std::string accessor(DType dtype)
{
    return dtype == DType::boolean ? "boolean" : std::string{name(dtype)};
}

std::string print_extents(const Extents& extents, const PlanNames& names)
{
    std::string text;
    for (const Field& field : extents.fields) {
        text += (text.empty() ? "." : ", .") + field.name + " = ";
        std::string list;
        for (const Dim& dim : field.dims) {
            list += (list.empty() ? "" : ", ") + print_dim(dim, names);
        }
        text += field.array ? "{" + list + "}" : list;
    }
    return "{" + text + "}";
}

class StepPrinter {
public:
    StepPrinter(const Plan& plan, const PlanNames& names, const std::string& before_call)
        : plan_{plan}, names_{names}, before_call_{before_call}
    {
    }

    /// All steps of the plan. A network of many is several functions in wasm, a few steps each.
    std::string print_parts(int depth)
    {
        constexpr std::size_t most = 8;
        const std::span<const Step> steps = plan_.program.steps;
        if (steps.size() <= most) {
            return print(steps, depth);
        }
        const std::string indent(static_cast<std::size_t>(depth) * 4, ' ');
        std::string text;
        for (std::size_t first = 0; first < steps.size(); first += most) {
            const auto part = steps.subspan(first, std::min(most, steps.size() - first));
            text += indent + "part([&] {\n" + print(part, depth + 1) + indent + "});\n";
        }
        return text;
    }

private:
    std::string print(std::span<const Step> steps, int depth)
    {
        std::string text;
        for (const Step& step : steps) {
            const std::string indent(static_cast<std::size_t>(depth) * 4, ' ');
            text += indent + "observe(" + std::to_string(number_++) + ");  // " + comment_text(step.label) + "\n";
            switch (step.kind) {
            case Step::Kind::kernel:
                text += before_call_.empty() ? "" : indent + before_call_ + "\n";
                text += print_call(step, depth);
                break;
            case Step::Kind::branch: text += print_branch(step, depth); break;
            case Step::Kind::loop: text += print_loop(step, depth); break;
            }
        }
        return text;
    }

    std::string operand(const Operand& operand) const
    {
        return operand.kind == Operand::Kind::none
                   ? "static_cast<const " + std::string{cpp_type(operand.dtype)} + "*>(nullptr)"
                   : print_operand(plan_.place(operand), operand.dtype, names_);
    }

    std::string argument(const Argument& argument) const
    {
        if (const auto* bytes = std::get_if<Operand>(&argument)) {
            // A bare nullptr converts to any pointer where no type has to be deduced from it.
            const bool bare = bytes->kind == Operand::Kind::none && bytes->dtype == DType::undefined;
            const std::string pointer = bare ? "nullptr" : operand(*bytes);
            return bytes->before + (bytes->view ? view(*bytes, pointer) : pointer) + bytes->after;
        }
        if (const auto* extents = std::get_if<Extents>(&argument)) {
            return print_extents(*extents, names_);
        }
        return std::get<Text>(argument).text;
    }

    /// The pointer as a view that knows its shape.
    std::string view(const Operand& bytes, const std::string& pointer) const
    {
        const Shape& shape = *bytes.view;
        std::string extents;
        for (const Dim& dim : shape) {
            extents += (extents.empty() ? "" : ", ") + print_dim(dim, names_);
        }
        const std::string element = (bytes.written ? "" : "const ") + std::string{cpp_type(bytes.dtype)};
        return is_static(shape)
                   ? "tensor_view<" + element + (shape.empty() ? "" : ", " + extents) + ">{" + pointer + "}"
                   : "free_tensor_view<" + element + ", " + std::to_string(shape.size()) + ">{" + pointer + ", {" +
                         extents + "}}";
    }

    /// What may stand on a line of its own: an argument, or a member of extents that are too long for one line.
    std::vector<std::string> pieces(const KernelCall& call, std::size_t widest) const
    {
        std::vector<std::string> list;
        for (std::size_t i = 0; i < call.arguments.size(); ++i) {
            const std::string end = i + 1 == call.arguments.size() ? ");" : ",";
            const std::string text = argument(call.arguments[i]) + end;
            const bool split = std::holds_alternative<Extents>(call.arguments[i]) && text.size() > widest;
            std::size_t first = 0;
            for (std::size_t at = text.find(", ."); split && at != std::string::npos; at = text.find(", .", at + 1)) {
                list.push_back(text.substr(first, at + 1 - first));
                first = at + 2;
            }
            list.push_back(text.substr(first));
        }
        return list;
    }

    /// The call on one line, or on as many as it needs.
    std::string print_call(const Step& step, int depth) const
    {
        constexpr std::size_t widest = 120;
        const KernelCall& call = step.call;
        const std::string indent(static_cast<std::size_t>(depth) * 4, ' ');
        std::string line = indent + (step.measures.empty() ? "" : names_.dimension(step.measures) + " = ") +
                           call.function +
                           (call.template_arguments.empty() ? "" : "<" + call.template_arguments + ">") + "(";
        std::string text;
        bool fresh = true;
        for (const std::string& piece : pieces(call, widest - indent.size() - 8)) {
            if (!fresh && line.size() + 1 + piece.size() > widest) {
                text += line + "\n";
                line = indent + "        ";
                fresh = true;
            }
            line += (fresh ? "" : " ") + piece;
            fresh = false;
        }
        return text + line + (call.arguments.empty() ? ");" : "") + "\n";
    }

    std::string print_branch(const Step& step, int depth)
    {
        const std::string indent(static_cast<std::size_t>(depth) * 4, ' ');
        std::string text = indent + "if (*" + operand(step.condition) + ") {\n" + print(step.bodies[0], depth + 1);
        if (!step.bodies[1].empty()) {
            text += indent + "} else {\n" + print(step.bodies[1], depth + 1);
        }
        return text + indent + "}\n";
    }

    std::string print_loop(const Step& step, int depth)
    {
        const std::string indent(static_cast<std::size_t>(depth) * 4, ' ');
        const std::string inner = indent + "    ";
        const std::string& turn = names_.dimension(step.turn);
        const std::string on = turn + "_on";
        const bool counted = step.trip_count.kind != Operand::Kind::none || step.trips;
        const bool stoppable = step.body_condition.kind != Operand::Kind::none;
        const bool guarded = step.condition.kind != Operand::Kind::none;
        std::string text;
        if (counted) {
            // A count that is read need not fit into an index of 32 bits: "for ever" is the largest of 64.
            text += indent + "const " + (step.trips ? "index " : "std::int64_t ") + turn +
                    "_end = " + (step.trips ? print_dim(*step.trips, names_) : "*" + operand(step.trip_count)) + ";\n";
        }
        if (stoppable || guarded) {
            text += indent + "bool " + on + " = " + (guarded ? "*" + operand(step.condition) : "true") + ";\n";
        }
        std::string condition = counted ? turn + " < " + turn + "_end" : "";
        if (stoppable || guarded) {
            condition = on + (condition.empty() ? "" : " && ") + condition;
        }
        if (!step.measures.empty()) {
            text += indent + names_.dimension(step.measures) + " = 0;\n";
        }
        text += indent + "for (index " + turn + " = 0; " + condition + "; ++" + turn + ") {\n";
        if (step.iteration.kind != Operand::Kind::none) {
            text += inner + "*" + operand(step.iteration) + " = " + turn + ";\n";
        }
        text += print(step.bodies[0], depth + 1);
        if (stoppable) {
            text += inner + on + " = *" + operand(step.body_condition) + ";\n";
        }
        if (!step.measures.empty()) {
            text += inner + "++" + names_.dimension(step.measures) + ";\n";
        }
        text += indent + "}\n";
        return text;
    }

    const Plan& plan_;
    const PlanNames& names_;
    const std::string& before_call_;
    int number_ = 0;
};

}  // namespace

std::string print_operand(const Place& place, DType dtype, const PlanNames& names)
{
    const std::string& base = place.in_weights ? names.weight(place.index) : names.region(place.index);
    std::string pointer = accessor(dtype) + "(" + base + ")";
    if (place.byte_offset == Dim{0}) {
        return pointer;
    }
    const Dim elements = floor_div(place.byte_offset, static_cast<std::int64_t>(size_of(dtype)));
    return pointer + " + " + print_dim(elements, names);
}

std::string print_steps(const Plan& plan, const PlanNames& names, int depth, const std::string& before_call)
{
    return StepPrinter{plan, names, before_call}.print_parts(depth);
}

}  // namespace wasminfer::gen
