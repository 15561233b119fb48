// Whether the generator takes each operator with each element type that ONNX's schemas give it: the cases of one node are
// compiled again with one type parameter after the other set to each of its types. Values are not looked at.
//
// usage: schema_types FOLDER TABLE        FOLDER: cases, see minimal/make.py. TABLE: schema_types.txt.
#include <cstdio>
#include <fstream>
#include <iostream>
#include <set>
#include <sstream>

#include <wasminfer/functors/cast.hpp>

#include "job.hpp"
#include "support/model_builder.hpp"

using namespace wasminfer::gen;
namespace fs = std::filesystem;

namespace {

struct Formals {
    std::vector<std::string> parameters;
    bool repeats = false;

    std::string at(int position) const
    {
        const auto last = static_cast<int>(parameters.size()) - 1;
        return position <= last ? parameters[static_cast<std::size_t>(position)]
               : repeats        ? parameters.back()
                                : std::string{"-"};
    }
};

struct Schema {
    std::int64_t since = 1;
    Formals inputs, outputs;
    std::map<std::string, std::vector<DType>> types;
};

DType type_named(const std::string& word)
{
    for (int type = 0; type <= static_cast<int>(DType::u64); ++type) {
        if (name(static_cast<DType>(type)) == word) {
            return static_cast<DType>(type);
        }
    }
    throw std::runtime_error{"the table knows a type '" + word + "'"};
}

Schema read_schema(std::istringstream& line)
{
    Schema schema;
    line >> schema.since;
    Formals* formals = &schema.inputs;
    std::string parameter;
    for (std::string word; line >> word;) {
        if (word == "->") {
            formals = &schema.outputs;
        } else if (word == "|") {
            formals = nullptr;
            line >> parameter;
        } else if (!formals) {
            schema.types[parameter].push_back(type_named(word));
        } else {
            formals->repeats = word.back() == '*';
            formals->parameters.push_back(formals->repeats ? word.substr(0, word.size() - 1) : word);
        }
    }
    return schema;
}

std::map<std::string, std::vector<Schema>> read_table(const fs::path& path)
{
    std::ifstream file{path};
    std::map<std::string, std::vector<Schema>> table;
    for (std::string line; std::getline(file, line);) {
        std::istringstream words{line};
        std::string op;
        if (words >> op && op != "#") {
            table[op].push_back(read_schema(words));
        }
    }
    return table;
}

/// The same numbers, as far as the type can say them.
Tensor retyped(const Tensor& tensor, DType type)
{
    const auto numbers = tensor.to_doubles();
    return dispatch(type, [&]<class T>() {
        std::vector<std::byte> bytes;
        for (const double number : numbers) {
            const auto element = wasminfer::cast<T>{}(number);
            const auto* begin = reinterpret_cast<const std::byte*>(&element);
            bytes.insert(bytes.end(), begin, begin + sizeof(T));
        }
        return Tensor{type, tensor.shape(), std::move(bytes)};
    });
}

void retype_initializer(onnx::TensorProto& proto, DType type)
{
    const std::string& raw = proto.raw_data();
    const auto* begin = reinterpret_cast<const std::byte*>(raw.data());
    const Tensor tensor{dtype_of_onnx(proto.data_type()),
                        {proto.dims().begin(), proto.dims().end()},
                        std::vector<std::byte>(begin, begin + raw.size())};
    proto = tensor_proto(retyped(tensor, type), proto.name());
}

/// A case of one node, and its schema.
struct Subject {
    fs::path folder;
    onnx::ModelProto model;
    std::string op;
    const Schema* schema = nullptr;

    const onnx::NodeProto& node() const { return model.graph().node(0); }

    /// Names of the inputs or outputs that a type parameter stands for.
    static std::set<std::string> names(const google::protobuf::RepeatedPtrField<std::string>& list,
                                       const Formals& formals, const std::string& parameter)
    {
        std::set<std::string> found;
        for (int i = 0; i < list.size(); ++i) {
            if (!list[i].empty() && formals.at(i) == parameter) {
                found.insert(list[i]);
            }
        }
        return found;
    }
};

std::optional<Subject> read_subject(const fs::path& folder, const std::map<std::string, std::vector<Schema>>& table)
{
    Subject subject{.folder = folder};
    std::ifstream file{folder / "model.onnx", std::ios::binary};
    if (!subject.model.ParseFromIstream(&file)) {
        throw std::runtime_error{"can't read " + folder.string()};
    }
    // A body is written for one type.
    const bool has_body = std::ranges::any_of(subject.model.graph().node(0).attribute(),
                                              [](const auto& attribute) { return attribute.has_g(); });
    if (subject.model.graph().node_size() != 1 || has_body) {
        return std::nullopt;
    }
    const std::string& domain = subject.node().domain();
    subject.op = (domain.empty() ? "" : domain + "::") + subject.node().op_type();
    std::int64_t opset = 0;
    for (const auto& import : subject.model.opset_import()) {
        opset = import.domain() == domain ? import.version() : opset;
    }
    const auto it = table.find(subject.op);
    if (it != table.end()) {
        for (const Schema& schema : it->second) {
            subject.schema = schema.since <= opset ? &schema : subject.schema;
        }
    }
    return subject.schema ? std::optional{std::move(subject)} : std::nullopt;
}

/// Why the generator refuses the case with a type in place of the parameter; empty where it doesn't.
std::string refusal(const Subject& subject, const std::string& parameter, DType type)
{
    const auto in = Subject::names(subject.node().input(), subject.schema->inputs, parameter);
    const auto out = Subject::names(subject.node().output(), subject.schema->outputs, parameter);
    onnx::ModelProto model = subject.model;
    auto& graph = *model.mutable_graph();
    auto jobs = make_jobs(subject.folder, {});
    Job& job = jobs.at(0);
    for (int i = 0; i < graph.input_size(); ++i) {
        if (in.contains(graph.input(i).name())) {
            graph.mutable_input(i)->mutable_type()->mutable_tensor_type()->set_elem_type(onnx_of_dtype(type));
            Tensor& data = job.data.inputs.at(static_cast<std::size_t>(i));
            data = retyped(data, type);
        }
    }
    for (auto& output : *graph.mutable_output()) {
        if (out.contains(output.name())) {
            output.mutable_type()->mutable_tensor_type()->set_elem_type(onnx_of_dtype(type));
        }
    }
    for (auto& initializer : *graph.mutable_initializer()) {
        if (in.contains(initializer.name())) {
            retype_initializer(initializer, type);
        }
    }
    const TemporaryFolder folder;
    std::ofstream{folder.path() / "model.onnx", std::ios::binary} << model.SerializeAsString();
    job.folder = folder.path();
    prepare(job);
    return job.ready ? std::string{} : job.result.reason;
}

/// Types that a schema gives and that are refused all the same, each with the reason.
bool is_refused_on_purpose(const std::string& op, DType type)
{
    // Exp and Log are not defined on integers: ONNX's reference refuses them, and opset 28 takes them off the schema.
    return op == "ReduceLogSumExp" && is_integer(type);
}

}  // namespace

int main(int argc, char** argv)
{
    if (argc != 3) {
        std::fputs("usage: schema_types FOLDER TABLE\n", stderr);
        return 2;
    }
    const auto table = read_table(argv[2]);
    // Of each operator, parameter and type: the last refusal, or nothing where one case at least is taken.
    std::map<std::tuple<std::string, std::string, DType>, std::string> refusals;
    int models = 0;
    std::vector<fs::path> folders;
    for (const auto& entry : fs::recursive_directory_iterator{argv[1]}) {
        if (entry.path().filename() == "model.onnx") {
            folders.push_back(entry.path().parent_path());
        }
    }
    std::ranges::sort(folders);
    for (const auto& folder : folders) {
        const auto subject = read_subject(folder, table);
        if (!subject) {
            continue;
        }
        for (const auto& [parameter, types] : subject->schema->types) {
            if (Subject::names(subject->node().input(), subject->schema->inputs, parameter).empty()) {
                continue;
            }
            for (const DType type : types) {
                const auto [it, fresh] = refusals.try_emplace({subject->op, parameter, type}, "not tried");
                if (!it->second.empty()) {
                    it->second = refusal(*subject, parameter, type);
                    ++models;
                }
            }
        }
    }
    int failed = 0;
    for (const auto& [key, reason] : refusals) {
        const auto& [op, parameter, type] = key;
        if (reason.empty() == is_refused_on_purpose(op, type)) {
            ++failed;
            std::cout << op << ", " << parameter << " = " << name(type) << ": "
                      << (reason.empty() ? "taken, and listed as refused on purpose\n" : reason) << '\n';
        }
    }
    std::cout << refusals.size() << " operators' types, " << models << " models, " << failed << " failed\n";
    return failed == 0 && !refusals.empty() ? 0 : 1;
}
